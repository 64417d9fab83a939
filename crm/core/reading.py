"""One compiled way to read a noun: list pages, API lists, record pages and exports come from here."""
from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
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
from crm.core.drafts import parts_read
from crm.core.errors import CrmError
from crm.core.permissions import is_hidden, masked, may_reveal, permit, readable, visible
from crm.core.plans import part_plan
from crm.core.querying import where_of
from crm.core.registry import Part, Resource, Row, registry

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
        return rows.filter(search__words=self.search) if self.search.strip() else rows


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


def list_query(resource: Resource, params: Mapping[str, str], *, actor: Actor, fields: Sequence[str] | None = None) -> ListQuery:
    """Read the parameters of a list; what is not known is refused by name."""
    permit(actor, resource.permission("view"))
    allowed = [spec.name for spec in readable(resource, actor)]
    asked = [f for f in params.get("fields", "").split(",") if f] or list(fields or allowed)
    for name in asked:
        if name not in (*allowed, "id", "version") and name not in (p.name for p in resource.parts):
            raise CrmError("unknown_field", _("There is no field %(name)s.") % {"name": name[:80]}, field=name[:80], allowed=allowed)
    ordering = params.get("ordering") or resource.ordering
    if ordering.removeprefix("-") not in resource.sortable or is_hidden(resource, ordering.removeprefix("-"), actor):
        raise CrmError("unknown_ordering", _("The list cannot be sorted by %(name)s.") % {"name": ordering[:80]}, field="ordering",
                       allowed=list(resource.sortable))
    where = where_of(resource, {k: v for k, v in params.items() if k not in RESERVED}, actor=actor)
    search = params.get("search", "")
    if "\x00" in search:
        raise CrmError("bad_value", _("Holds characters that cannot be stored."), field="search")
    return ListQuery(resource, actor, where, search[:200], ordering, tuple(dict.fromkeys(asked)))


@dataclass(frozen=True)
class Position:
    """Where a page begins: after (or, going back, before) the row of this value and id; `is_null` when the value is null."""

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
        raise CrmError("bad_cursor", _("This cursor is not one of this list; begin with the first page."), field="cursor") from error


def key_of(query: ListQuery) -> str:
    """The column by which the list sorts."""
    return sort_column(query.resource, query.ordering.removeprefix("-"), hasattr(query.resource.model, "name_key"))


def page_read(query: ListQuery, *, cursor: str = "", size: int = 50) -> Page:
    """One page by keyset: rows with a value first, rows without last; each range is a condition (and an index scan) of its own."""
    size, position = max(1, min(size, LARGEST_PAGE)), position_of(query, cursor)
    back = position is not None and position.back
    ranges = [ranged(query, position, is_null) for is_null in ((True, False) if back else (False, True))]
    columns = columns_of(query.resource, query.fields)
    key = key_of(query)
    found: list[Row] = []
    for rows in ranges:
        if rows is not None and len(found) <= size:
            found += rows.values("id", *columns, sort_value=F(key))[:size + 1 - len(found)]
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    page = Page(rows_of(query, found))
    if not found:
        return page
    first, last = (Position(row["sort_value"], row["id"], row["sort_value"] is None) for row in (found[0], found[-1]))
    forward = last.text() if (more or back) else ""
    return replace(page, next=forward, previous=replace(first, back=True).text() if (more if back else position) else "")


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


def columns_of(resource: Resource, fields: Iterable[str]) -> list[str]:
    """The columns and joins that these fields need."""
    columns: list[str] = []
    for name in fields:
        if name in ("id", "sort_value") or name not in resource.specs and name != "version":
            continue
        columns.append(name)
        if name in resource.links:
            columns.append(f"{name}__{title_of(resource.links[name])}")
    return columns


def title_of(label: str) -> str:
    """The field whose text names a record of this label."""
    resource = registry.get(label)
    return resource.title if resource else "name"


def rows_of(query: ListQuery, found: Sequence[Row]) -> list[Row]:
    """The rows as surfaces take them: links as id and title, sensitive values masked, parts where asked for."""
    resource = query.resource
    links = {name: (f"{name}__{title_of(target)}", target) for name, target in resource.links.items() if name in query.fields}
    mask = [] if may_reveal(resource, query.actor) else [name for name in resource.sensitive if name in query.fields]
    for row in found:
        for name, (title, target) in links.items():
            text = row.pop(title)
            row[name] = None if row[name] is None else {"id": row[name], "title": text, "label": target}
        for name in mask:
            row[name] = masked(row[name])
    for part in resource.parts:
        if part.name in query.fields:
            lines = lines_of(part, [row["id"] for row in found])
            for row in found:
                row[part.name] = lines.get(row["id"], [])
    references(resource, query, found)
    return [{name: value for name, value in row.items() if name != "sort_value"} for row in found]


def lines_of(part: Part, ids: list[UUID]) -> dict[UUID, list[Row]]:
    """The rows of a part with their links as id and title: one query more for each link."""
    lines = parts_read(part, ids)
    for name, target in part_plan(part).links.items():
        wanted = {line[name] for rows in lines.values() for line in rows if line[name]}
        label = target._meta.label_lower
        titles = dict(target._default_manager.filter(pk__in=wanted).values_list("pk", title_of(label))) if wanted else {}
        for rows in lines.values():
            for line in rows:
                line[name] = {"id": line[name], "title": titles.get(line[name], ""), "label": label} if line[name] else None
    return lines


def references(resource: Resource, query: ListQuery, found: Sequence[Row]) -> None:
    """What `object_id` points at, as id and title: one query for each noun on the page."""
    if "object_id" not in query.fields or "object_id" not in resource.specs:
        return
    types = dict(resource.model._default_manager.filter(pk__in=[r["id"] for r in found]).values_list("pk", "object_type"))
    wanted: dict[str, set[UUID]] = {}
    for row in found:
        if row["object_id"] and types[row["id"]] in registry:
            wanted.setdefault(types[row["id"]], set()).add(row["object_id"])
    titles = {pk: text for label, ids in wanted.items() if query.actor.may(registry[label].permission("view"))
              for pk, text in visible(registry[label].model, query.actor).filter(pk__in=ids).values_list("pk", title_of(label))}
    for row in found:
        if row["object_id"]:
            row["object_id"] = {"id": row["object_id"], "title": titles.get(row["object_id"], ""), "label": types[row["id"]]}


def record_read(resource: Resource, id: UUID, *, actor: Actor, fields: Sequence[str] | None = None, deleted: bool = False) -> Row:
    """One record with its version and parts; `deleted` finds it among the deleted ones, too."""
    permit(actor, resource.permission("view"))
    names = tuple(fields or (*(spec.name for spec in readable(resource, actor)), *(part.name for part in resource.parts)))
    query = ListQuery(resource, actor, Q(pk=id), "", resource.ordering, names)
    rows = query.rows
    if deleted:
        own = {"owner_id": actor.id} if resource.label in actor.own_only else {}
        rows = resource.model._default_manager.filter(pk=id, **own)
    found = list(rows.values("id", "version", "deleted_at", *columns_of(resource, names)))
    if not found:
        raise CrmError("not_found", _("There is no such record."), status=404)
    return rows_of(query, found)[0]


def count_read(query: ListQuery, *, mode: str = "estimate") -> Count:
    """How many rows: exact, or exact up to 10,000 and the planner's estimate beyond (kept for a minute)."""
    if mode == "exact":
        return Count(query.rows.count(), is_exact=True)
    few = query.rows.order_by()[:EXACT_UP_TO + 1].count()
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
    text = f"{query.resource.label}|{query.where}|{query.search}|{query.actor.id if query.resource.label in query.actor.own_only else ''}"
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()[:32]
