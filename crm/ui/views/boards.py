"""The board of any noun that has one: columns with totals, cards that are moved by mouse, key or menu."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from crm.core.actors import Actor
from crm.core.boards import Column, Frame, board_of, board_read, column_read, frame_read, key_of
from crm.core.errors import CrmError
from crm.core.permissions import is_fixed, readable, unchangeable
from crm.core.reading import ListQuery, list_query
from crm.core.registry import Board, Resource, Row
from crm.core.services import record_save
from crm.core.specs import FieldSpec
from crm.core.verbs import verb_run
from crm.ui.addresses import record_address
from crm.ui.cells import sight, with_siblings
from crm.ui.conditions import PAGE_OWN
from crm.ui.filters import chips_of
from crm.ui.pages import PageRequest, page, part, show
from crm.ui.saved_views import choice_of, shown_of
from crm.ui.views.forms import version_of
from crm.ui.views.lists import parameters, quick_of

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
    fields = [*with_siblings(resource, names), board.by, "version"]
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
        "may_import": False,
        "shown": shown_of(resource, at_hand, choice_of(resource, actor), actor, "board"),
        "look": "board",
    }
    if request.htmx and not request.htmx.boosted:
        return part(request, "ui/parts/board_columns.html", context)
    return show(request, "ui/board.html", context)


def context_of(request: PageRequest, look: Look, columns: list[Column]) -> dict[str, Any]:
    """What the columns and their cards are shown with."""
    return {
        "request": request,
        "resource": look.resource,
        "board": look.board,
        "within": look.within,
        "specs": look.specs,
        "columns": columns,
        "asks": {column.key: look.board.asks(column.facts) for column in columns},
        "limits": {column.key: column.facts.get(look.board.limit) for column in columns},
        "eyes": sight(record_address),
        "may_move": may_move(request, look.resource, look.board),
        "locked": locked(look.resource, [row for column in columns for row in column.rows], request.actor),
        "now": timezone.now(),
    }


def may_move(request: PageRequest, resource: Resource, board: Board) -> bool:
    """Whether this person may move cards."""
    actor = request.actor
    return actor.may(resource.permission(board.verb or "change")) and not is_fixed(resource, board.by, actor)


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
    """Put a card into another column: by the noun's action, or by saving the field. Answers with the board anew."""
    look = look_of(request, resource)
    record_id, to = key_uuid(request.POST.get("id", "")), key_of(resource, request.POST.get("to", ""))
    values, version = {look.board.by: to}, version_of(request)
    try:
        if look.board.verb:
            verb_run(resource, look.board.verb, record_id, actor=request.actor, inputs=values, version=version)
        else:
            record_save(resource.model, values, actor=request.actor, id=record_id, version=version)
    except CrmError as refusal:
        raise said(refusal) from refusal
    columns = board_read(query_of(request, look), look.frame.of(look.within))
    return part(request, "ui/parts/board_columns.html", context_of(request, look, columns))


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
