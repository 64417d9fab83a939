"""`GET /events`: everything that happened, in the order of commits: nothing is missed, nothing comes twice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, ClassVar
from uuid import UUID

from django.apps import apps
from django.db.models import Q
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about_events as about
from crm.api.openapi import Operation
from crm.api.views import ApiView
from crm.core.actors import Actor
from crm.core.errors import CrmError, Refusals
from crm.core.feed import Place, feed_end, feed_floor, feed_page
from crm.core.including import OUTSIDE
from crm.core.outside import external_ids_of_events
from crm.core.permissions import is_limited, values_shown, within
from crm.core.registry import registry

NOW = "now"
CURSOR = re.compile(r"(\d{1,19})\.(\d{1,19})", re.ASCII)
PATTERN = re.compile(r"[a-z0-9_*]+(\.[a-z0-9_*]+){0,2}", re.ASCII)
OBJECT = re.compile(r"([a-z0-9_.-]{1,60})(?::([0-9a-fA-F-]{36}))?", re.ASCII)
ASKED = frozenset({"after", "types", "object", "page_size", "include"})
MOST_PATTERNS, MOST_EVENTS, EVENTS = 20, 1000, 100
LARGEST = 2**63 - 1
NO_TABLES = {"exchange.sample", "team.tenant"}  # of which events speak, too


class Events(ApiView):
    """The change feed."""

    parameters: ClassVar[dict[str, frozenset[str]]] = {"GET": ASKED}

    def get(self, request: Request) -> Response:
        """The events behind a cursor, and the cursor to ask with next."""
        asked, refusals, where = request.query_params, Refusals(), seen_by(self.actor)
        with refusals.kept():
            size = size_of(asked.get("page_size", str(EVENTS)))
        with refusals.kept():
            is_named = is_asked(asked.get("include", ""))
        with refusals.kept():
            where &= of_types(asked.get("types", ""))
        with refusals.kept():
            where &= of_object(asked.get("object", ""), self.actor)
        end = feed_end()
        with refusals.kept():
            after = end if asked.get("after") == NOW else place_of(asked.get("after", ""))
        refusals.tell()
        found = feed_page(where, after=after, end=end, limit=size + 1)
        more, found = len(found) > size, found[:size]
        last = (found[-1]["tx"], found[-1]["seq"]) if more else max(end, after)
        results = [told(event, self.actor) for event in found]
        names = external_ids_of_events(found) if is_named else {}
        for event, result in zip(found, results, strict=True) if is_named else ():
            result["object"][OUTSIDE] = names.get(event["object_id"], [])
        return Response({"results": results, "next": text_of(last), "has_more": more})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.events()


def is_asked(text: str) -> bool:
    """Whether the names that other systems have for the records shall be told, too."""
    if text not in ("", OUTSIDE):
        message = _("Events include external_ids only.")
        raise CrmError("unknown_relation", message, parameter="include", allowed=[OUTSIDE])
    return bool(text)


def size_of(text: str) -> int:
    """How many events one answer holds."""
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST_EVENTS):
        message = _("page_size goes from 1 to %(max)s.") % {"max": MOST_EVENTS}
        raise CrmError("bad_value", message, parameter="page_size", max=MOST_EVENTS)
    return int(text)


def text_of(place: Place) -> str:
    """A place in the feed as it travels."""
    return f"{place[0]}.{place[1]}"


def place_of(cursor: str) -> Place:
    """The place that a cursor names; one whose events have left the feed is refused: something would be missed."""
    floor = feed_floor()
    if not cursor:
        return floor
    found = CURSOR.fullmatch(cursor)
    place = (int(found[1]), int(found[2])) if found else (LARGEST + 1, 0)
    if max(place) > LARGEST:
        message = _("This is no cursor of the feed; take next of an answer, or now.")
        raise CrmError("bad_cursor", message, parameter="after")
    if place < floor:
        message = _("The events behind this cursor are older than 30 days and have left the feed. Read anew.")
        raise CrmError("cursor_expired", message, status=410, parameter="after")
    return place


def of_types(text: str) -> Q:
    """The names asked for, with * for any part."""
    if not text:
        return Q()
    patterns = text.split(",")
    if len(patterns) > MOST_PATTERNS or not all(PATTERN.fullmatch(one) for one in patterns):
        message = _("types takes up to %(max)s names such as sales.order.created or sales.order.*, with commas.")
        raise CrmError("bad_value", message % {"max": MOST_PATTERNS}, parameter="types")
    if unknown := [one for one in patterns if not names_something(one)]:
        message = _("%(name)s names no event; write it like sales.order.* or customers.customer.created.")
        allowed = [f"{resource.label}.*" for resource in registry]
        raise CrmError("bad_value", message % {"name": unknown[0][:80]}, parameter="types", allowed=allowed)
    any_of = "|".join(re.escape(one).replace(r"\*", ".*") for one in patterns)
    return Q(name__regex=f"^({any_of})$")


def names_something(pattern: str) -> bool:
    """Whether there are things of which a pattern may speak: one that never matches would be taken for silence."""
    module, _dot, noun = pattern.partition(".")
    if "*" in module:  # it stands for anything, dots included
        return True
    wanted = f"{module}.{noun.partition('.')[0] or '*'}"
    tables = {model._meta.label_lower for config in apps.get_app_configs() for model in config.get_models()}
    return any(fnmatchcase(label, wanted) for label in tables | NO_TABLES)


def of_object(text: str, actor: Actor) -> Q:
    """The noun asked for, or one record of it: `customers`, `customers.customer:<id>`."""
    if not text:
        return Q()
    found = OBJECT.fullmatch(text)
    resource = (registry.by_slug(found[1]) or registry.get(found[1])) if found else None
    if found is None or resource is None or not actor.may(resource.permission("view")):
        may = [one.label for one in registry if actor.may(one.permission("view"))]
        raise CrmError("bad_value", _("There is no such object."), parameter="object", allowed=may)
    return Q(object_type=resource.label, **({"object_id": id_of(found[2])} if found[2] else {}))


def id_of(text: str) -> UUID:
    """The id of a record."""
    try:
        return UUID(text)
    except ValueError as error:
        raise CrmError("bad_value", _("Must be the id of a record."), parameter="object") from error


def seen_by(actor: Actor) -> Q:
    """The events of what the actor may see; where it sees its own records only, theirs."""
    labels = [model._meta.label_lower for model in apps.get_models()]
    may = [label for label in labels if actor.may("{}.view_{}".format(*label.split(".")))]
    limited = {one.label: one.model for one in registry if is_limited(one.model, actor)}
    where = Q(object_type__in=[label for label in may if label not in limited])
    for label in (label for label in may if label in limited):
        rows = within(limited[label]._default_manager.all(), actor)
        where |= Q(object_type=label, object_id__in=rows.values("pk"))
    return where


def told(event: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """One event: who did what to which record, from what to what."""
    label = event["object_type"]
    return {
        "cursor": text_of((event["tx"], event["seq"])),
        "at": event["at"],
        "name": event["name"],
        "object": {"type": label, "id": event["object_id"]},
        "actor": {"kind": event["actor_kind"], "id": event["actor_id"]},
        "via": event["via"],
        "request_id": event["request_id"],
        "before": without_hidden(event["before"], label, actor),
        "after": without_hidden(event["after"], label, actor),
    }


def without_hidden(values: dict[str, Any] | None, label: str, actor: Actor) -> dict[str, Any] | None:
    """The values of an event without the fields that the actor may not see."""
    resource = registry.get(label)
    return values if values is None or resource is None else values_shown(resource, values, actor)
