"""One compiled way to read a noun: list pages, API lists, record pages and exports come from here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.db.models.lookups import IsNull
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.checks import sort_column
from crm.core.cleaning import Clean, Refused, cleaner, json_value
from crm.core.custom.columns import KeptText
from crm.core.custom.known import ask_again
from crm.core.custom.shapes import Shape
from crm.core.errors import CrmError
from crm.core.permissions import is_hidden, permit, readable, visible
from crm.core.querying import retired, where_of, where_of_text
from crm.core.registry import CUSTOM, Resource, Row
from crm.core.rows import columns_of, rows_of

RESERVED = frozenset({"page_size", "cursor", "ordering", "search", "fields", "count", "include", "where"})
LARGEST_PAGE, EXACT_UP_TO, COUNT_SECONDS = 200, 10_000, 60


@dataclass(frozen=True)
class ListQuery:
    """What a list asks for."""

    resource: Resource
    actor: Actor
    where: Q
    search: str
    ordering: str
    fields: tuple[str, ...]
    shape: Shape = field(init=False)  # of the moment of the question: fields may change before the answer is whole

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", self.resource.shape)

    @property
    def rows(self) -> QuerySet[Any]:
        """All rows that are asked for, in no order."""
        rows = visible(self.resource.model, self.actor).filter(self.where)
        return rows.filter(Q(search__words=self.search)) if self.search.strip() else rows


@dataclass(frozen=True)
class Page:
    """A page of rows and the cursors of its neighbours."""

    rows: list[Row]
    next: str = ""
    previous: str = ""


@dataclass(frozen=True)
class Count:
    """How many rows there are; `is_exact` is false where the planner's estimate stands in."""

    n: int
    is_exact: bool


def list_query(
    resource: Resource, params: Mapping[str, str], *, actor: Actor, fields: Sequence[str] | None = None
) -> ListQuery:
    """Read the parameters of a list; what is not known is refused by name."""
    permit(actor, resource.permission("view"))
    newest(resource, params)
    shape = resource.shape
    allowed = [spec.name for spec in readable(resource, actor)]
    asked = [f for f in params.get("fields", "").split(",") if f] or list(fields or allowed)
    known = {*allowed, "id", "version", *(part.name for part in resource.parts)}
    for name in asked:
        if name in shape.retired:
            raise retired(name, shape.retired[name], field="fields")
        if name not in known:
            raise CrmError(
                "unknown_field",
                _("There is no field %(name)s.") % {"name": name[:80]},
                field=name[:80],
                allowed=allowed,
            )
    ordering = params.get("ordering") or resource.ordering
    if (label := shape.retired.get(ordering.removeprefix("-"))) is not None:
        raise retired(ordering.removeprefix("-"), label, field="ordering")
    if ordering.removeprefix("-") not in shape.sortable or is_hidden(resource, ordering.removeprefix("-"), actor):
        raise CrmError(
            "unknown_ordering",
            _("The list cannot be sorted by %(name)s.") % {"name": ordering[:80]},
            field="ordering",
            allowed=list(shape.sortable),
        )
    where = where_of(resource, {k: v for k, v in params.items() if k not in RESERVED}, actor=actor)
    if params.get("where"):
        where &= where_of_text(resource, params["where"], actor=actor)
    search = params.get("search", "")
    if "\x00" in search:
        raise CrmError("bad_value", _("Holds characters that cannot be stored."), field="search")
    return ListQuery(resource, actor, where, search[:200], ordering, tuple(dict.fromkeys(asked)))


def newest(resource: Resource, params: Mapping[str, str]) -> None:
    """Look again where the parameters name a field of the tenant's own that is not known here yet."""
    words = (*params, *params.get("fields", "").split(","), params.get("ordering", "").removeprefix("-"))
    if any(word.startswith(CUSTOM) and word.split("__")[0] not in resource.specs for word in words):
        ask_again()


@dataclass(frozen=True)
class Position:
    """Where a page begins: after (going back: before) the row of this value and id."""

    value: Any
    id: UUID
    is_null: bool
    back: bool = False

    def text(self) -> str:
        """The cursor as it travels."""
        raw = json.dumps([self.back, self.is_null, json_value(self.value), str(self.id)], separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def position_of(query: ListQuery, cursor: str) -> Position | None:
    """Read a cursor; one that this list did not give is refused."""
    if not cursor:
        return None
    try:
        back, is_null, value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        typed = None if is_null is True else key_of(query).read(value)
        return Position(typed, UUID(pk), is_null is True, back is True)
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError, Refused, ValidationError) as error:
        raise CrmError(
            "bad_cursor", _("This cursor is not one of this list; begin with the first page."), field="cursor"
        ) from error


@dataclass(frozen=True)
class Key:
    """By what a list sorts: its name in a row, its value in SQL, whether it may be missing, how a cursor's is read."""

    name: str
    value: F | KeptText
    has_nulls: bool
    read: Clean


def key_of(query: ListQuery) -> Key:
    """The column by which the list sorts, or a tenant's own field that has an index."""
    name = query.ordering.removeprefix("-")
    if custom := query.shape.custom.get(name):
        return Key(name, custom.expression(), has_nulls=True, read=lambda raw: custom.comparable(custom.typed(raw)))
    name = sort_column(query.resource, name, hasattr(query.resource.model, "name_key"))
    column = query.resource.column(name)
    return Key(name, F(name), column.null, lambda raw: "" if raw == "" else cleaner(column)(raw))


def page_read(query: ListQuery, *, cursor: str = "", size: int = 50, most: int = LARGEST_PAGE) -> Page:
    """One page by keyset: rows with a value, then rows without; each range is an index scan of its own."""
    size, position, key = max(1, min(size, most)), position_of(query, cursor), key_of(query)
    back = position is not None and position.back
    ranges = [ranged(query, key, position, is_null) for is_null in ((True, False) if back else (False, True))]
    columns = columns_of(query.shape, query.actor, query.fields)
    extra = [] if key.name in columns else [key.name]
    named = {} if isinstance(key.value, F) else {extra.pop(): key.value}
    found: list[Row] = []
    for rows in ranges:
        if rows is not None and len(found) <= size:
            found += rows.values("id", *columns, *extra, **named)[: size + 1 - len(found)]
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    ends = [Position(row[key.name], row["id"], row[key.name] is None) for row in (*found[:1], *found[-1:])]
    for row in found if extra or named else ():
        del row[key.name]
    page = Page(rows_of(query.resource, query.shape, query.actor, query.fields, found))
    if not found:
        return page
    first, last = ends
    forward = last.text() if (more or back) else ""
    return replace(
        page, next=forward, previous=replace(first, back=True).text() if (more if back else position) else ""
    )


def ranged(query: ListQuery, key: Key, position: Position | None, is_null: bool) -> QuerySet[Any] | None:
    """One of the two ranges of a list, from the position on; None where the position leaves nothing of it."""
    down, back = query.ordering.startswith("-"), position is not None and position.back
    if is_null and not key.has_nulls:
        return None
    rows = query.rows.filter(IsNull(key.value, is_null)) if key.has_nulls else query.rows
    falling = down is not back
    if position is not None:
        if position.is_null != is_null:
            return rows_ordered(rows, key, is_null, falling) if position.is_null == back else None
        past = TupleLessThan if falling else TupleGreaterThan
        if is_null:
            rows = rows.filter(**{"id__lt" if falling else "id__gt": position.id})
        else:
            rows = rows.filter(past((key.value, F("id")), (position.value, position.id)))
    return rows_ordered(rows, key, is_null, falling)


def rows_ordered(rows: QuerySet[Any], key: Key, is_null: bool, falling: bool) -> QuerySet[Any]:
    """In the order of the range's index."""
    by_id = "-id" if falling else "id"
    return rows.order_by(by_id) if is_null else rows.order_by(OrderBy(key.value, descending=falling), by_id)


def record_read(
    resource: Resource, id: UUID, *, actor: Actor, fields: Sequence[str] | None = None, deleted: bool = False
) -> Row:
    """One record with its version and parts; `deleted` finds it among the deleted ones, too."""
    permit(actor, resource.permission("view"))
    names = tuple(
        fields or (*(spec.name for spec in readable(resource, actor)), *(part.name for part in resource.parts))
    )
    query = ListQuery(resource, actor, Q(pk=id), "", resource.ordering, names)
    rows = query.rows
    if deleted:
        own = {"owner_id": actor.person} if resource.label in actor.own_only else {}
        rows = resource.model._default_manager.filter(pk=id, **own)
    found = list(rows.values("id", "version", "deleted_at", *columns_of(query.shape, actor, names)))
    if not found:
        raise CrmError("not_found", _("There is no such record."), status=404)
    return rows_of(resource, query.shape, actor, names, found)[0]


def count_read(query: ListQuery, *, mode: str = "estimate") -> Count:
    """How many rows: exact, or exact up to 10,000 and the planner's estimate beyond (kept for a minute)."""
    if mode == "exact":
        return Count(query.rows.count(), is_exact=True)
    few = query.rows.order_by()[: EXACT_UP_TO + 1].count()
    if few <= EXACT_UP_TO:
        return Count(few, is_exact=True)
    key = f"count:{hash_of(query)}"
    known = cache.get(key)
    if known is None:
        plan = json.loads(query.rows.order_by().explain(format="json"))
        known = max(int(plan[0]["Plan"]["Plan Rows"]), few)
        cache.set(key, known, COUNT_SECONDS)
    return Count(int(known), is_exact=False)


def hash_of(query: ListQuery) -> str:
    """A name for what is counted."""
    text = repr(query.rows.order_by().query.sql_with_params())
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()[:32]
