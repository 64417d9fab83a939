"""The board of any noun that has one: columns with totals, cards that are moved by mouse, key or menu."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.core.actors import Actor
from crm.core.boards import (
    Column,
    Frame,
    board_of,
    board_read,
    column_enter,
    column_read,
    frame_read,
    key_of,
    way_into,
)
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.permissions import readable, unchangeable, visible
from crm.core.reading import ListQuery, list_query
from crm.core.registry import Board, Resource, Row
from crm.core.rewinding import record_rewind
from crm.core.services import record_save
from crm.core.specs import FieldSpec
from crm.ui.addresses import record_address
from crm.ui.cells import sight, with_mark
from crm.ui.conditions import PAGE_OWN
from crm.ui.filters import chips_of
from crm.ui.inputs import Entry
from crm.ui.pages import PageRequest, Undo, go, offers_sample, page, part, show, toast, toast_later
from crm.ui.saved_views import choice_of, shown_of
from crm.ui.views.forms import version_of
from crm.ui.views.lists import parameters, quick_of
from crm.ui.views.steps import filled_in, wanting


class Told(NamedTuple):
    """What a toast says, and what it offers to take back."""

    text: str
    undo: Undo | None = None


NOT_ASKED = PAGE_OWN | {"ordering", "column"}


@dataclass(frozen=True)
class Look:
    """What the templates of a board need of the noun."""

    resource: Resource
    board: Board
    specs: tuple[FieldSpec, ...]
    frame: Frame
    within: UUID | None


def look_of(request: PageRequest, resource: Resource) -> Look:
    """The board as this person sees it; without a choice, the first there is."""
    board, frame = board_of(resource, request.actor), frame_read(resource, request.actor)
    choices = frame.choices
    chosen = request.GET.get(board.within, "") if board.within else ""
    within = next((one["id"] for one in choices if str(one["id"]) == chosen), choices[0]["id"] if choices else None)
    seen = {spec.name: spec for spec in readable(resource, request.actor)}
    return Look(resource, board, tuple(seen[name] for name in board.cards if name in seen), frame, within)


def query_of(request: PageRequest, look: Look) -> ListQuery:
    """The list that the board shows: the same filters as the list page's, within the chosen one."""
    board, resource = look.board, look.resource
    asked = {name: value for name, value in parameters(request).items() if name not in NOT_ASKED}
    asked.pop(board.within, None)
    if look.within:
        asked[board.within] = str(look.within)
    names = [resource.title, *(spec.name for spec in look.specs), board.since]
    fields = [*with_mark(resource, names, request.actor), board.by, "version"]
    return list_query(resource, asked, actor=request.actor, fields=list(dict.fromkeys(fields)))


@require_GET
@page
def board(request: PageRequest, resource: Resource) -> HttpResponse:
    """The page; asked by HTMX only its columns."""
    actor, language = request.actor, get_language() or "en"
    look = look_of(request, resource)
    params = {name: value for name, value in parameters(request).items() if name not in NOT_ASKED}
    columns = board_read(query_of(request, look), look.frame.of(look.within))
    filters = {name: value for name, value in params.items() if name != look.board.within}
    at_hand = {name: value for name, value in parameters(request).items() if name not in ("cursor", "column")}
    context = {
        **context_of(request, look, columns),
        "choices": look.frame.choices,
        "params": filters,
        "chips": chips_of(resource, filters, actor=actor, language=language),
        "quick": [entry for entry in quick_of(resource, filters, actor) if entry.name != look.board.by],
        "may_add": actor.may(resource.permission("add")),
        "is_bare": not params and not any(column.count for column in columns),
        "shown": shown_of(resource, at_hand, choice_of(resource, actor), actor, "board"),
        "look": "board",
        "offers_sample": offers_sample(resource, params),
    }
    if request.htmx and not request.htmx.boosted:
        return part(request, "ui/parts/board_columns.html", context)
    return show(request, "ui/board.html", context)


def context_of(request: PageRequest, look: Look, columns: list[Column]) -> dict[str, Any]:
    """What the columns and their cards are shown with."""
    ways = {column.key: way_into(look.resource, column, request.actor) for column in columns}
    return {
        "request": request,
        "resource": look.resource,
        "board": look.board,
        "within": look.within,
        "specs": look.specs,
        "columns": columns,
        "ways": ways,
        "limits": {column.key: column.facts.get(look.board.limit) for column in columns},
        "eyes": sight(record_address),
        "may_move": any(ways.values()),
        "reachable": [column for column in columns if ways[column.key]],
        "locked": locked(look.resource, [row for column in columns for row in column.rows], request.actor),
        "now": timezone.now(),
    }


def locked(resource: Resource, rows: Iterable[Row], actor: Actor) -> set[UUID]:
    """Which of the cards this person only sees."""
    return unchangeable(resource.model, [row["id"] for row in rows], actor)


@require_GET
@page
def column(request: PageRequest, resource: Resource) -> HttpResponse:
    """More cards of one column."""
    look = look_of(request, resource)
    key = request.GET.get("column", "")
    found = column_read(query_of(request, look), key_of(resource, key), request.GET.get("cursor", ""))
    every = look.frame.of(look.within)
    one = next((each for each in every if each.key == key), None)
    if one is None:
        raise CrmError("not_found", "", status=404)
    context = context_of(request, look, every)
    return part(
        request,
        "ui/parts/board_cards.html",
        {
            **context,
            "column": one,
            "rows": found.rows,
            "next": found.next,
            "locked": locked(resource, found.rows, request.actor),
        },
    )


@require_POST
@page
def move(request: PageRequest, resource: Resource) -> HttpResponse:
    """Put a card into another column, or take that back. Answers with the board anew, and offers the way back."""
    look = look_of(request, resource)
    record_id, event = key_uuid(request.POST.get("id", "")), str(request.POST.get("event", ""))
    is_record = request.POST.get("next") == "record"
    try:
        told = taken_back(request, resource, record_id, event) if event else moved(request, look, record_id)
    except CrmError as refusal:
        if is_record and (entries := wanting(request, resource, refusal)):
            return asked_first(request, look, record_id, entries, said(refusal))
        raise said(refusal) from refusal
    if is_record:
        toast_later(request, told.text, undo=told.undo)
        return go(request, record_address(resource.label, record_id))
    columns = board_read(query_of(request, look), look.frame.of(look.within))
    answer = part(request, "ui/parts/board_columns.html", context_of(request, look, columns))
    return toast(answer, *told)


def moved(request: PageRequest, look: Look, record_id: UUID) -> Told:
    """Move a card by the column's action, or by saving the field; what to say of it."""
    resource, by, actor = look.resource, look.board.by, request.actor
    key = str(key_of(resource, request.POST.get("to", "")))
    places = {column.key: column for column in look.frame.of(look.within)}
    if key not in places:
        raise CrmError("bad_value", _("There is no such column."), status=404)
    kept = visible(resource.model, actor).filter(pk=record_id)
    was = str(kept.values_list(by, flat=True).first())
    version, first = version_of(request), filled_in(request, resource)
    with transaction.atomic():
        if first:
            record_save(resource.model, first, actor=actor, id=record_id, version=version)
            version = kept.values_list("version", flat=True).get()
        column_enter(resource, places[key], record_id, actor=actor, version=version)
    return Told(_("Moved to “%(column)s”.") % {"column": places[key].title}, undo_of(request, look, record_id, was))


def asked_first(
    request: PageRequest, look: Look, record_id: UUID, entries: list[Entry], refusal: CrmError
) -> HttpResponse:
    """The dialog that asks for what must be filled in before a step."""
    to = str(request.POST.get("to", ""))
    context = {
        "record_id": record_id,
        "to": to,
        "column": next(one.title for one in look.frame.of(look.within) if one.key == to),
        "address": request.get_full_path(),
        "entries": entries,
        "refusal": refusal.message,
    }
    return part(request, "ui/parts/step_dialog.html", context, status=422)


def undo_of(request: PageRequest, look: Look, record_id: UUID, was: str) -> Undo | None:
    """How a move is taken back: by its event where the field is one that people write, else by the former column."""
    resource, actor = look.resource, request.actor
    back = next((one for one in look.frame.of(look.within) if one.key == was), None)
    way = way_into(resource, back, actor) if back else None
    version = visible(resource.model, actor).filter(pk=record_id).values_list("version", flat=True).first()
    if way is None or version is None:
        return None
    values = {"id": str(record_id), "version": str(version), "to": was, "next": str(request.POST.get("next", ""))}
    if resource.specs[look.board.by].writable and not look.board.verbs.get(was):
        events = Event.objects.filter(object_type=resource.label, object_id=record_id).order_by("-seq")
        values["event"] = str(events.values_list("seq", flat=True).first())
    elif way.is_asking:
        return None
    return Undo(request.get_full_path(), values)


def taken_back(request: PageRequest, resource: Resource, record_id: UUID, event: str) -> Told:
    """Give a record the values that it had before it was moved."""
    if not event.isdecimal() or len(event) > 18:
        raise CrmError("not_found", _("There is no such moment in the history of this record."), status=404)
    record_rewind(resource, record_id, int(event), actor=request.actor, version=version_of(request))
    return Told(_("Taken back."))


def key_uuid(text: str) -> UUID:
    """The id of a card."""
    try:
        return UUID(text)
    except ValueError as error:
        raise CrmError("not_found", "", status=404) from error


def said(refusal: CrmError) -> CrmError:
    """A refusal with its reasons in the sentence: a board has no fields to put them beside."""
    errors: Any = refusal.details.get("errors", ())
    reasons = " ".join(str(one["message"]) for one in errors)
    return CrmError(refusal.code, reasons or refusal.message, status=refusal.status, **refusal.details)
