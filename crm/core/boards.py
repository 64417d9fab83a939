"""Records in columns: what stands in each, how much it is worth, and the first of its cards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import is_fixed, is_hidden, permit, readable, visible
from crm.core.ranges import Position
from crm.core.reading import ListQuery, Page, page_read
from crm.core.registry import Board, Resource, Row, registry
from crm.core.rows import columns_of, rows_of, titles_kept
from crm.core.services import record_save
from crm.core.summing import has_own_currency
from crm.core.verbs import verb_run

CARDS = 20


@dataclass(frozen=True)
class Column:
    """One column: its value, what is known of it, and totals over all that stands there."""

    key: str
    title: str | Promise
    facts: Row
    count: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)  # by currency; "" is the tenant's own
    weighted: Decimal | None = None
    rows: tuple[Row, ...] = ()
    next: str = ""


@dataclass(frozen=True)
class Way:
    """How a card comes into a column: by an action, which may ask for something first, or by saving the field."""

    verb: str = ""
    is_asking: bool = False


def way_into(resource: Resource, column: Column, actor: Actor) -> Way | None:
    """The actor's way to move cards into a column; there is none where records come by themselves."""
    board = board_of(resource, actor)
    if is_fixed(resource, board.by, actor):
        return None
    name = board.asks(column.facts) or board.verbs.get(column.key) or board.verb
    if not name:
        may = resource.specs[board.by].writable and actor.may(resource.permission("change"))
        return Way() if may else None
    verb = resource.verb_names[name]
    if not actor.may(verb.permission(resource)):
        return None
    return Way(name, is_asking=any(one != board.by for one in verb.inputs))


def column_enter(resource: Resource, column: Column, id: UUID, *, actor: Actor, version: int | None) -> None:
    """Move a record into a column, as the noun has it."""
    board, way = board_of(resource, actor), way_into(resource, column, actor)
    name = way.verb if way else board.verbs.get(column.key) or board.verb  # without a way, it says why
    if not (name or resource.specs[board.by].writable):
        text = _("Nothing is moved into “%(column)s” by hand.") % {"column": column.title}
        raise CrmError("not_moved", text, status=409)
    if name:
        inputs = {board.by: key_of(resource, column.key)} if name == board.verb else {}
        verb_run(resource, name, id, actor=actor, inputs=inputs, version=version)
    else:
        record_save(resource.model, {board.by: key_of(resource, column.key)}, actor=actor, id=id, version=version)


def board_of(resource: Resource, actor: Actor) -> Board:
    """The noun's board, if it has one whose columns the actor may see."""
    permit(actor, resource.permission("view"))
    if resource.board is None or is_hidden(resource, resource.board.by, actor):
        raise CrmError("not_found", _("There is no board of these records."), status=404)
    return resource.board


@dataclass(frozen=True)
class Frame:
    """What a board can be about (of deals: the pipelines) in order, as id and title, and the columns of each."""

    choices: list[Row]
    columns: dict[UUID | None, list[Column]]

    def of(self, within: UUID | None) -> list[Column]:
        """The columns of one choice, without what stands in them."""
        return self.columns.get(within, [])


def frame_read(resource: Resource, actor: Actor) -> Frame:
    """Every board of a noun without its cards: one statement at most."""
    board = board_of(resource, actor)
    spec = resource.specs[board.by]
    if spec.target is None:
        return Frame([], {None: [Column(value, label, {}) for value, label in spec.choices if value]})
    target = registry[spec.target]
    permit(actor, target.permission("view"))
    names = ["id", *(one.name for one in readable(target, actor) if one.name not in target.links)]
    rows = visible(target.model, actor)
    if not board.within:
        found = rows.order_by(target.ordering, "id").values(*names)
        return Frame([], {None: [Column(str(row["id"]), row[target.title], row) for row in found]})
    about = registry[resource.links[board.within]]
    permit(actor, about.permission("view"))
    rows = rows.filter(**{f"{board.within}__in": visible(about.model, actor).order_by()})
    order = (f"{board.within}__{about.ordering}", f"{board.within}_id", target.ordering, "id")
    choices: dict[UUID, Row] = {}
    columns: dict[UUID | None, list[Column]] = defaultdict(list)
    beside = {"within_id": F(f"{board.within}_id"), "within_title": F(f"{board.within}__{about.title}")}
    for row in rows.order_by(*order).values(*names, **beside):
        within, title = row.pop("within_id"), row.pop("within_title")
        choices.setdefault(within, {"id": within, "title": title})
        columns[within].append(Column(str(row["id"]), row[target.title], row))
    return Frame(list(choices.values()), columns)


def board_read(query: ListQuery, empty: Sequence[Column]) -> list[Column]:
    """The columns with what stands in them: two statements, however much that is."""
    resource, actor = query.resource, query.actor
    board = board_of(resource, actor)
    if not empty:
        return []
    rows = query.rows.filter(**{f"{board.by}__in": [column.key for column in empty]})
    totals = totals_by(query, board, rows)
    cards = cards_first(query, board, list(totals))
    return [filled(board, column, totals.get(column.key, {}), cards.get(column.key, [])) for column in empty]


def totals_by(query: ListQuery, board: Board, rows: QuerySet[Any]) -> dict[str, Row]:
    """Of each column that holds something: how many cards, and what they are worth by currency."""
    resource, names = query.resource, {"total_amount": board.amount, "total_weighted": board.weighted}
    sums = {total: Sum(name) for total, name in names.items() if name and not is_hidden(resource, name, query.actor)}
    is_own = bool(sums) and has_own_currency(resource, resource.specs[board.amount])
    keys = [board.by, "currency"] if is_own else [board.by]
    found: dict[str, Row] = {}
    for row in rows.order_by().values(*keys).annotate(cards_count=Count("id"), **sums):
        held = found.setdefault(str(row[board.by]), {"count": 0, "amounts": {}, "weighted": row.get("total_weighted")})
        held["count"] += row["cards_count"]
        if row.get("total_amount") is not None:
            held["amounts"][row["currency"] if is_own else ""] = row["total_amount"]
    return found


def filled(board: Board, column: Column, totals: Row, rows: Sequence[Row]) -> Column:
    """A column with its totals and first cards."""
    shown = tuple(rows[:CARDS])
    last = Position(shown[-1][board.since], shown[-1]["id"], is_null=False).text() if len(rows) > CARDS else ""
    return replace(column, **totals, rows=shown, next=last)


def cards_first(query: ListQuery, board: Board, keys: Sequence[str]) -> dict[str, list[Row]]:
    """The first cards of every column and one more, newest first: an index range each, in one statement."""
    names = ("id", "version", *columns_of(query.shape, query.actor, query.fields))
    kept = titles_kept(query.shape.links, query.actor, query.fields)
    ranges = [
        query.rows.filter(**{board.by: key}).order_by(f"-{board.since}", "-id").values(*names, **kept)[: CARDS + 1]
        for key in keys
    ]
    found = list(ranges[0].union(*ranges[1:], all=True) if len(ranges) > 1 else ranges[0]) if ranges else []
    by_key: dict[str, list[Row]] = defaultdict(list)
    keyed = [str(row[board.by]) for row in found]
    for key, row in zip(keyed, rows_of(query.resource, query.shape, query.actor, query.fields, found), strict=True):
        by_key[key].append(row)
    return by_key


def column_read(query: ListQuery, key: str, cursor: str) -> Page:
    """More cards of one column."""
    board = board_of(query.resource, query.actor)
    where = query.where & Q(**{board.by: key})
    return page_read(replace(query, where=where, ordering=f"-{board.since}"), cursor=cursor, size=CARDS)


def key_of(resource: Resource, text: str) -> Any:
    """A column's key as it travels; one that no column can have is refused."""
    board = resource.board
    try:
        return UUID(text) if board and resource.specs[board.by].target else text
    except ValueError as error:
        raise CrmError("bad_value", _("There is no such column."), status=404) from error
