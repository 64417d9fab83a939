"""The body of a change as its caller means it: what a GET gave may be sent back as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from crm.api.parsers import json_read
from crm.api.rendering import JsonRenderer
from crm.core.actors import Actor
from crm.core.permissions import parts_writable, writable
from crm.core.reading import record_read
from crm.core.registry import Resource

Values = Mapping[str, Any]
BESIDE = "included"  # what a GET showed beside the record is no part of it


def sent_back(resource: Resource, id: UUID, values: Values, actor: Actor) -> tuple[dict[str, Any], int | None]:
    """What is really to be written, and the version that the body says it was read as.

    Values that cannot be written are passed over where they equal what is stored; others are left in, to be refused by
    name.
    """
    can = {spec.name for spec in writable(resource, actor)} | {part.name for part in parts_writable(resource, actor)}
    odd = [name for name in values if name not in can]
    if not odd or not actor.may(resource.permission("view")):
        return dict(values), None
    stored = json_read(JsonRenderer().render(record_read(resource, id, actor=actor)))
    same = {name for name in odd if name == BESIDE or (name in stored and values[name] == stored[name])}
    version = values.get("version")
    is_version = isinstance(version, int) and not isinstance(version, bool)
    if is_version:
        same.add("version")
    return {name: value for name, value in values.items() if name not in same}, version if is_version else None


def whole_record(resource: Resource, sent: Values, values: Values, actor: Actor) -> dict[str, Any]:
    """The values of a PUT: all that the caller may write, at its default where the body `sent` does not name it."""
    own = {
        spec.name: resource.column(spec.name).get_default()
        for spec in writable(resource, actor)
        if spec.name != "owner" and spec.name not in sent
    }
    return {**own, **{part.name: [] for part in parts_writable(resource, actor) if part.name not in sent}, **values}
