"""Every address of a tenant's site, made from the URL conf and filled in with what the tenant really has."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from crm.core.models import ExternalId
from crm.core.registry import registry

GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()\[\]]|\[[^\]]*\])*\)|<(?:\w+:)?(\w+)>")
# A parameter of an address that is not named here fails the suite: say what belongs into it
OF_MODEL = {
    "job_id": "exchange.ImportJob", "user_id": "team.User", "key_id": "team.ApiKey", "delivery": "automation.Delivery",
    "app_id": "team.ConnectedApp", "connection_id": "team.Connection",
    "invitation_id": "team.Invitation",
    "version_id": "analytics.ModelVersion", "recommendation_id": "analytics.Recommendation",
    "export_id": "exchange.ExportJob", "bulk_id": "exchange.BulkJob",
    "field_id": "core.CustomField", "mapping_id": "exchange.ImportTemplate", "archive_id": "exchange.ImportJob",
    "view_id": "core.SavedView", "merge_id": "core.Merge",
    "report": "analytics.SavedReport", "dashboard": "analytics.Dashboard",
    "run": "automation.RuleRun", "notification_id": "automation.Notification",
}
FIXED = {
    "token": "x", "role": "member", "key": "x", "tab": "timeline", "name": "notes", "verb": "complete", "kind": "churn",
    "figures": "results", "label": "customers.customer", "object": "customers.customer",
}
# Who is not logged in may see these: the name of the route, and why
OPEN = {
    "log-in": "the door", "password-forgotten": "for those who cannot get in", "password-reset": "needs its token",
    "invitation": "needs its token", "enter": "needs its key", "language": "keeps a cookie",
    "words": "the translations of scripts",
    "openapi": "says what the API is like", "docs": "the same, to read", "not-here": "says that nothing is here",
    "paper-open": "needs its token", "paper-open-file": "needs its token", "paper-answer": "needs its token",
    "log-out": "has nothing to end", "oauth-token": "asks for credentials", "oauth-revoke": "asks for credentials",
    "oauth-metadata": "says where everything is", "mail-inbound": "needs its token",
    "calendar-feed": "needs its token",
    "visits-script": "the same for all", "visits": "answers no website that is not listed, and tells nothing",
}


@dataclass(frozen=True)
class Address:
    """One address and the route it came from."""

    path: str
    name: str
    is_repeated: bool = False  # the same code stands at the same place of every noun, and this is not the first of them


def patterns(inside: list[Any], before: str = "") -> Iterator[tuple[str, str]]:
    """The written form and the name of each route."""
    for one in inside:
        written = before + str(one.pattern).removeprefix("^")
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns, written)
        elif isinstance(one, URLPattern):
            yield written, one.name or ""


def first_id(model: str) -> str:
    """A row of the tenant the connection stands in."""
    return first_in(str(connection.schema_name), model)


@cache
def first_in(schema: str, model: str) -> str:
    """It is asked for once: the rows that every test begins with are the same."""
    return str(apps.get_model(model)._base_manager.order_by("pk").values_list("pk", flat=True)[0])


def value_of(name: str, slug: str, written: str = "") -> str:
    """What stands for a parameter of a route of the noun `slug`."""
    if name in {"id", "record_id"}:
        jobs = {
            "bulk/exports": "exchange.ExportJob", "v1/views": "core.SavedView", "bulk/edits": "exchange.BulkJob",
            "v1/shares": "team.Share",
        }
        job = next((model for where, model in jobs.items() if where in written), "exchange.ImportJob")
        return first_id(registry_label(slug)) if slug else first_id(job)
    if name in OF_MODEL:
        return first_id(OF_MODEL[name])
    if name in {"source", "value"}:
        return str(ExternalId.objects.values_list(name, flat=True)[0])
    if name not in FIXED:
        raise LookupError(f"A route has a parameter {name!r}: say in tests/isolation/routes.py what belongs into it.")
    return FIXED[name]


def registry_label(slug: str) -> str:
    """The noun of a slug."""
    return next(resource.label for resource in registry if resource.slug == slug)


def filled(written: str, slug: str) -> str:
    """The route with its parameters filled in."""
    path = GROUP.sub(lambda found: value_of(found[1] or found[2], slug, written), written)
    return "/" + path.replace("\\Z", "").replace("/?", "/").replace("\\.", ".").replace("$", "")


def addresses() -> list[Address]:
    """Every address, for every noun, of the tenant the connection stands in."""
    found, slugs = [], [resource.slug for resource in registry]
    for written, name in patterns(get_resolver().url_patterns):
        if "<resource:" in written:
            paths = [filled(re.sub(r"<resource:\w+>", slug, written), slug) for slug in slugs]
            found += [Address(path, name, is_repeated=path != paths[0]) for path in paths]
            continue
        slug = next((slug for slug in slugs if re.search(rf"(^|/){slug}/", written)), "")
        found.append(Address(filled(written, slug), name))
    return found
