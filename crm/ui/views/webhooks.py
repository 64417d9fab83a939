"""Webhooks: the form, the log of deliveries, sending again, the secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.automation.deliveries import message_id
from crm.automation.matching import one_noun
from crm.automation.models import Delivery, Webhook
from crm.automation.services import deliveries_of, delivery_find, delivery_send_again, secret_show, webhook_find
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import permit, whole_permit, writable
from crm.core.reading import record_read
from crm.core.registry import Resource, registry
from crm.core.services import record_save
from crm.core.specs import FieldSpec
from crm.ui.builder import builder_of, changed, tree_of
from crm.ui.inputs import Entry, entries_of, values_of
from crm.ui.pages import PageRequest, go, page, part, show, toast, toast_later
from crm.ui.sentences import conditions_words
from crm.ui.views.forms import version_of
from crm.ui.written import json_posted, place_errors

SHOWN = 50


def webhooks() -> Resource:
    """The noun itself."""
    return registry.of(Webhook)


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest) -> HttpResponse:
    """A new webhook."""
    permit(request.actor, webhooks().permission("add"))
    return editor(request, {}, None)


@require_http_methods(["GET", "POST"])
@page
def edit(request: PageRequest, record_id: UUID) -> HttpResponse:
    """A stored one."""
    permit(request.actor, webhooks().permission("change"))
    return editor(request, record_read(webhooks(), record_id, actor=request.actor), record_id)


def editor(request: PageRequest, values: Mapping[str, Any], record_id: UUID | None) -> HttpResponse:
    """The form: shown, drawn anew while it is being written, or saved."""
    whole_permit(webhooks(), request.actor)
    data = request.POST if request.method == "POST" else None
    if data is None or "refresh" in data:
        return editor_page(request, values, record_id, data)
    try:
        version = version_of(request) if record_id else None
        sent = sent_values(data, request.actor)
        saved = record_save(Webhook, sent, actor=request.actor, id=record_id, version=version)
    except CrmError as refusal:
        if refusal.code not in ("invalid", "stale", "conflict"):
            raise
        return editor_page(request, values, record_id, data, refusal)
    toast_later(request, _("Saved."))
    return go(request, reverse("ui:record", args=[webhooks(), saved]))


def plain_specs(actor: Actor) -> list[FieldSpec]:
    """The fields with a control of their own."""
    return [spec for spec in writable(webhooks(), actor) if spec.kind != "json"]


def posted(data: QueryDict, actor: Actor) -> dict[str, Entry]:
    """The plain controls as they were sent."""
    entries = {spec.name: Entry(spec, spec.name, str(data.get(spec.name, ""))) for spec in plain_specs(actor)}
    if "built" in data:
        entries["events"].text = ", ".join(dict.fromkeys([*data.getlist("event"), *words(str(data.get("events", "")))]))
    return entries


def words(text: str) -> list[str]:
    """Names separated by commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def sent_values(data: QueryDict, actor: Actor) -> dict[str, Any]:
    """What the form says."""
    entries = posted(data, actor)
    values = {name: value for name, value in values_of(entries).items() if name in data or name == "events"}
    if "built" not in data:
        return values | json_posted(data, "conditions")
    resource = registry.get(one_noun(words(entries["events"].text)))
    return values | {"conditions": tree_of(resource, data) if resource else None}


def editor_page(
    request: PageRequest, values: Mapping[str, Any], record_id: UUID | None,
    data: QueryDict | None, refusal: CrmError | None = None,
) -> HttpResponse:  # fmt: skip
    """The form with whatever stands in it."""
    actor = request.actor
    entries = entries_of(plain_specs(actor), values) if data is None else posted(data, actor)
    entries.pop("owner", None)
    chosen = words(entries["events"].text)
    resource = registry.get(one_noun(chosen))
    problems: Any = (refusal.details.get("errors") or []) if refusal else []
    context = {
        "groups": [("", list(entries.values()))],
        "parts": [],
        "entries": entries,
        "resource": webhooks(),
        "noun": resource,
        "record_id": record_id,
        "version": values.get("version", "") if data is None else data.get("version", ""),
        "title": _("New webhook") if record_id is None else str(values["name"]),
        "nouns": noun_events(chosen, actor),
        "others": ", ".join(name for name in chosen if name not in known_events(actor)),
        "problems": place_errors(refusal, entries) if refusal else [],
        "errors": {str(one["pointer"]).strip("/"): str(one["message"]) for one in problems},
        **(written(resource, values, data, actor) if resource else {}),
    }
    return show(request, "ui/automation/webhook_form.html", context, status=422 if refusal else 200)


def known_events(actor: Actor) -> set[str]:
    """The names that have a check box."""
    return {name for _noun, boxes in noun_events([], actor) for name, _text, _is_on in boxes}


def noun_events(chosen: list[str], actor: Actor) -> list[tuple[Resource, list[tuple[str, str, bool]]]]:
    """For each noun the events that most ask for."""
    texts = {"*": _("everything"), "created": _("created"), "changed": _("changed"), "deleted": _("deleted")}
    nouns = [one for one in registry if one.in_navigation and actor.may(one.permission("view"))]
    return [
        (one, [(f"{one.label}.{tail}", text, f"{one.label}.{tail}" in chosen) for tail, text in texts.items()])
        for one in nouns
    ]


def written(resource: Resource, values: Mapping[str, Any], data: QueryDict | None, actor: Actor) -> dict[str, Any]:
    """The conditions."""
    if data is None or "built" not in data:
        return {"builder": builder_of(resource, values.get("conditions"), actor)}
    return {"builder": changed(data, resource, actor)}


# The log


@require_GET
@page
def panel(request: PageRequest, record_id: UUID) -> HttpResponse:
    """On the webhook's page: the log, and the secret once."""
    webhook, asked = webhook_find(record_id, actor=request.actor), request.GET
    state = str(asked.get("state", ""))
    state = state if state in Delivery.State.values else ""
    event = str(asked.get("event", "")).replace("\x00", "")[:80]
    resource = registry.get(one_noun(webhook.events))
    context = {
        "webhook": webhook,
        "rows": list(deliveries_of(webhook, state=state, event=event)[:SHOWN]),
        "states": Delivery.State.choices,
        "state": state,
        "event": event,
        "conditions": conditions_words(resource, webhook.conditions, request.actor) if resource else "",
        "may_replay": request.actor.may("automation.replay_webhook"),
        "may_see_secret": request.actor.may("automation.change_webhook") and not webhook.is_secret_shown,
    }
    return part(request, "ui/automation/webhook_panel.html", context)


@require_GET
@page
def delivery(request: PageRequest, record_id: UUID, delivery: UUID) -> HttpResponse:
    """The tries of one delivery."""
    found = delivery_find(webhook_find(record_id, actor=request.actor), delivery)
    context = {"delivery": found, "attempts": list(found.attempts.order_by("pk")), "message_id": message_id(found)}
    return part(request, "ui/automation/delivery.html", context)


@require_POST
@page
def replay(request: PageRequest, record_id: UUID, delivery: UUID) -> HttpResponse:
    """Send one once more."""
    delivery_send_again(webhook_find(record_id, actor=request.actor), delivery, actor=request.actor)
    return toast(HttpResponse(status=204), _("It is on its way again."))


@require_POST
@page
def secret(request: PageRequest, record_id: UUID) -> HttpResponse:
    """The secret, this once."""
    return part(request, "ui/automation/secret.html", {"plain": secret_show(record_id, actor=request.actor)})
