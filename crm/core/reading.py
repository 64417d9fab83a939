"""One compiled way to read a noun: list pages, API lists, record pages and exports come from here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.checks import sort_column
from crm.core.cleaning import Refused, cleaner, json_value
from crm.core.errors import CrmError
from crm.core.permissions import is_hidden, permit, readable, visible
from crm.core.querying import where_of
from crm.core.registry import Resource, Row
from crm.core.rows import columns_of, rows_of

RESERVED = frozenset({"page_size", "cursor", "ordering", "search", "fields", "count", "include"})
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
    allowed = [spec.name for spec in readable(resource, actor)]
    asked = [f for f in params.get("fields", "").split(",") if f] or list(fields or allowed)
    for name in asked:
        if name not in (*allowed, "id", "version") and name not in (p.name for p in resource.parts):
            raise CrmError(
                "unknown_field",
                _("There is no field %(name)s.") % {"name": name[:80]},
                field=name[:80],
                allowed=allowed,
            )
    ordering = params.get("ordering") or resource.ordering
    if ordering.removeprefix("-") not in resource.sortable or is_hidden(resource, ordering.removeprefix("-"), actor):
        raise CrmError(
            "unknown_ordering",
            _("The list cannot be sorted by %(name)s.") % {"name": ordering[:80]},
            field="ordering",
            allowed=list(resource.sortable),
        )
    where = where_of(resource, {k: v for k, v in params.items() if k not in RESERVED}, actor=actor)
    search = params.get("search", "")
    if "\x00" in search:
        raise CrmError("bad_value", _("Holds characters that cannot be stored."), field="search")
    return ListQuery(resource, actor, where, search[:200], ordering, tuple(dict.fromkeys(asked)))


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
        column = query.resource.column(key_of(query))
        typed = None if is_null is True else ("" if value == "" else cleaner(column)(value))
        return Position(typed, UUID(pk), is_null is True, back is True)
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError, Refused, ValidationError) as error:
        raise CrmError(
            "bad_cursor", _("This cursor is not one of this list; begin with the first page."), field="cursor"
        ) from error


def key_of(query: ListQuery) -> str:
    """The column by which the list sorts."""
    return sort_column(query.resource, query.ordering.removeprefix("-"), hasattr(query.resource.model, "name_key"))


def page_read(query: ListQuery, *, cursor: str = "", size: int = 50, most: int = LARGEST_PAGE) -> Page:
    """One page by keyset: rows with a value, then rows without; each range is an index scan of its own."""
    size, position = max(1, min(size, most)), position_of(query, cursor)
    back = position is not None and position.back
    ranges = [ranged(query, position, is_null) for is_null in ((True, False) if back else (False, True))]
    key, columns = key_of(query), columns_of(query.resource, query.actor, query.fields)
    extra = [] if key in columns else [key]
    found: list[Row] = []
    for rows in ranges:
        if rows is not None and len(found) <= size:
            found += rows.values("id", *columns, *extra)[: size + 1 - len(found)]
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    ends = [Position(row[key], row["id"], row[key] is None) for row in (*found[:1], *found[-1:])]
    for row in found if extra else ():
        del row[key]
    page = Page(rows_of(query.resource, query.actor, query.fields, found))
    if not found:
        return page
    first, last = ends
    forward = last.text() if (more or back) else ""
    return replace(
        page, next=forward, previous=replace(first, back=True).text() if (more if back else position) else ""
    )


def ranged(query: ListQuery, position: Position | None, is_null: bool) -> QuerySet[Any] | None:
    """One of the two ranges of a list, from the position on; None where the position leaves nothing of it."""
    key, down, back = key_of(query), query.ordering.startswith("-"), position is not None and position.back
    if is_null and not query.resource.column(key).null:
        return None
    rows = query.rows.filter(**{f"{key}__isnull": is_null}) if query.resource.column(key).null else query.rows
    falling = down is not back
    if position is not None:
        if position.is_null != is_null:
            return rows_ordered(rows, key, is_null, falling) if position.is_null == back else None
        past = TupleLessThan if falling else TupleGreaterThan
        if is_null:
            rows = rows.filter(**{"id__lt" if falling else "id__gt": position.id})
        else:
            rows = rows.filter(past((F(key), F("id")), (position.value, position.id)))
    return rows_ordered(rows, key, is_null, falling)


def rows_ordered(rows: QuerySet[Any], key: str, is_null: bool, falling: bool) -> QuerySet[Any]:
    """In the order of the range's index."""
    sign = "-" if falling else ""
    return rows.order_by(f"{sign}id") if is_null else rows.order_by(f"{sign}{key}", f"{sign}id")


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
    found = list(rows.values("id", "version", "deleted_at", *columns_of(resource, actor, names)))
    if not found:
        raise CrmError("not_found", _("There is no such record."), status=404)
    return rows_of(query.resource, query.actor, query.fields, found)[0]


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
    scope = query.actor.person if query.resource.label in query.actor.own_only else ""
    text = f"{query.resource.label}|{query.where}|{query.search}|{scope}"
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()[:32]
