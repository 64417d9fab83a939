"""Records in columns: what stands in each, how much it is worth, and the first of its cards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import is_hidden, permit, readable, visible
from crm.core.ranges import Position
from crm.core.reading import ListQuery, Page, page_read
from crm.core.registry import Board, Resource, Row, registry
from crm.core.rows import columns_of, rows_of, titles_kept

CARDS = 20


@dataclass(frozen=True)
class Column:
    """One column: its value, what is known of it, and totals over all that stands there."""

    key: str
    title: str | Promise
    facts: Row
    count: int = 0
    amount: Decimal | None = None
    weighted: Decimal | None = None
    rows: tuple[Row, ...] = ()
    next: str = ""


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
    named = {"total_amount": board.amount, "total_weighted": board.weighted}
    sums = {total: Sum(name) for total, name in named.items() if name and not is_hidden(resource, name, actor)}
    counted = rows.order_by().values(board.by).annotate(cards_count=Count("id"), **sums)
    totals = {str(row[board.by]): row for row in counted}
    cards = cards_first(query, board, list(totals))
    return [filled(board, column, totals.get(column.key, {}), cards.get(column.key, [])) for column in empty]


def filled(board: Board, column: Column, totals: Row, rows: Sequence[Row]) -> Column:
    """A column with its totals and first cards."""
    shown = tuple(rows[:CARDS])
    last = Position(shown[-1][board.since], shown[-1]["id"], is_null=False).text() if len(rows) > CARDS else ""
    return replace(
        column,
        count=totals.get("cards_count", 0),
        amount=totals.get("total_amount"),
        weighted=totals.get("total_weighted"),
        rows=shown,
        next=last,
    )


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
