"""The addresses of pages: nouns by their slug, records by their id."""

from __future__ import annotations

from django.urls import reverse

from crm.core.registry import Resource, registry


class ResourceConverter:
    """The part of an address that names a noun: `customers`."""

    regex = "[a-z][a-z0-9-]*"

    def to_python(self, value: str) -> Resource:
        """The noun at that address; others are no addresses of ours."""
        found = registry.by_slug(value)
        if found is None:
            raise ValueError(value)
        return found

    def to_url(self, value: Resource | str) -> str:
        """The noun's slug."""
        return value if isinstance(value, str) else value.slug


# What a noun's page shows above what happened: an address that answers a fragment
PANELS = {
    "automation.webhook": "ui:webhook-panel",
    "automation.rule": "ui:rule-panel",
    "messaging.thread": "ui:thread-panel",
    "messaging.message": "ui:message-panel",
    "messaging.mailbox": "ui:mailbox-panel",
    "activities.file": "ui:file-panel",
}


# Work with a page of its own
JOBS = {"exchange.importjob": "ui:import", "exchange.exportjob": "ui:export"}


def panel_address(label: str, record_id: object) -> str:
    """Where the noun's own part of the record's page is; most have none."""
    return reverse(PANELS[label], args=[record_id]) if label in PANELS else ""


def record_address(label: str, record_id: object) -> str:
    """Where the record's page is; empty for what has none."""
    if label in JOBS:
        return reverse(JOBS[label], args=[record_id])
    resource = registry.get(label)
    return reverse("ui:record", args=[resource, record_id]) if resource else ""
