"""Where a record stands on its board, told in the head of its page: steps to click, and the same as a choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from crm.core.actors import Actor
from crm.core.boards import Way, frame_read, way_into
from crm.core.errors import CrmError
from crm.core.permissions import is_hidden, unchangeable
from crm.core.reading import record_read
from crm.core.registry import Resource
from crm.core.specs import FieldSpec
from crm.ui.inputs import Entry, posted_entries, values_of
from crm.ui.pages import PageRequest, part

OWN = frozenset({"id", "to", "version", "next", "event"})  # what a move itself posts


@dataclass(frozen=True)
class Step:
    """One column of the board: whether the record stands there, else how it comes there."""

    key: str
    title: Any
    is_here: bool
    way: Way | None


def key_of_value(value: Any) -> str:
    """The column of a stored value: of a link, what it points at."""
    return str(value["id"] if isinstance(value, Mapping) else value)


def steps_of(resource: Resource, record_id: UUID, actor: Actor) -> tuple[list[Step], str]:
    """All the steps of what a record goes through, and the address that moves it."""
    board = resource.board
    if board is None or is_hidden(resource, board.by, actor):
        return [], ""
    names = [name for name in (board.by, board.within) if name and not is_hidden(resource, name, actor)]
    stored = record_read(resource, record_id, actor=actor, fields=names)
    within = stored.get(board.within) if board.within else None
    chosen = UUID(key_of_value(within)) if within else None
    is_shut = bool(unchangeable(resource.model, [record_id], actor))
    here = key_of_value(stored[board.by])
    steps = [
        Step(one.key, one.title, one.key == here, None if is_shut else way_into(resource, one, actor))
        for one in frame_read(resource, actor).of(chosen)
    ]
    query = f"?{board.within}={chosen}" if chosen else ""
    return steps, reverse("ui:board-move", args=[resource]) + query


def steps_shown(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """The steps as they stand in the head."""
    steps, address = steps_of(resource, record_id, request.actor)
    context = {"resource": resource, "record_id": record_id, "steps": steps, "address": address}
    return part(request, "ui/parts/steps.html", context)


def as_choice(resource: Resource, verb: str, spec: FieldSpec, actor: Actor) -> FieldSpec:
    """Where to: the columns of every board instead of a search, in the dialog of the action that moves."""
    board = resource.board
    if board is None or verb != board.verb or spec.name != board.by:
        return spec
    frame = frame_read(resource, actor)
    titles = {one["id"]: f"{one['title']}: " for one in frame.choices} if len(frame.choices) > 1 else {}
    choices = [(one.key, f"{titles.get(key, '')}{one.title}") for key, found in frame.columns.items() for one in found]
    return replace(spec, kind="choice", choices=tuple(choices))


def step_after(resource: Resource, verb: str, record: Any, actor: Actor) -> dict[str, str]:
    """What the dialog of the action that moves begins with: the step after the one at hand."""
    board = resource.board
    if board is None or verb != board.verb:
        return {}
    here = str(getattr(record, resource.model._meta.get_field(board.by).attname))  # type: ignore[union-attr]  # columns
    for columns in frame_read(resource, actor).columns.values():
        keys = [one.key for one in columns]
        if here in keys[:-1]:
            return {board.by: keys[keys.index(here) + 1]}
    return {}


def wanting(request: PageRequest, resource: Resource, refusal: CrmError) -> list[Entry]:
    """The fields for which a step asks, where nothing else is wrong with it."""
    board = resource.board
    errors: Any = refusal.details.get("errors", ())
    wrong = [str(one["pointer"]).strip("/") for one in errors]
    specs = [resource.specs[name] for name in wrong if name in resource.specs]
    is_asked = bool(specs) and len(specs) == len(wrong) and all(one.writable for one in specs)
    if refusal.code != "invalid" or board is None or board.by in wrong or not is_asked:
        return []
    entries = posted_entries(specs, request.POST)
    for one in errors:
        entry = entries[str(one["pointer"]).strip("/")]
        entry.errors += [str(one["message"])] if entry.text else []
    return list(entries.values())


def filled_in(request: PageRequest, resource: Resource) -> dict[str, Any]:
    """What somebody wrote into those fields."""
    specs = [spec for name, spec in resource.specs.items() if name in request.POST and name not in OWN]
    return values_of(posted_entries([spec for spec in specs if spec.writable], request.POST))
