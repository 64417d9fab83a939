"""One compiled way to read a noun: list pages, API lists, record pages and exports come from here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.cleaning import Refused
from crm.core.custom.known import ask_again
from crm.core.custom.shapes import Shape
from crm.core.errors import CrmError, Refusals
from crm.core.permissions import is_hidden, parts_shown, permit, readable, visible, within
from crm.core.plans import plan_of
from crm.core.querying import retired, where_of, where_of_text, where_of_tree
from crm.core.ranges import Key, Position, Range, begins, key_of, range_read, record_written
from crm.core.registry import CUSTOM, Resource, Row
from crm.core.rows import columns_of, rows_of, titles_kept
from crm.core.samples import asks_for_samples, is_mixed, tree_asks_for_samples
from crm.core.sorting import MOST_FIELDS, Place, Sort, place_read, sorted_read
from crm.core.specs import CHANGED, TEXT_KINDS

RESERVED = frozenset({"page_size", "cursor", "ordering", "search", "fields", "count", "include", "where"})
BAD_CURSOR = (ValueError, TypeError, AttributeError, binascii.Error, RecursionError, Refused, ValidationError)
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
    then: tuple[str, ...] = ()  # further fields to sort by
    is_mixed: bool = True  # whether samples stand among the company's own
    is_deleted: bool = False  # whether it asks for the deleted ones instead
    shape: Shape = field(init=False)  # of the moment of the question: fields may change before the answer is whole

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", self.resource.shape)

    @property
    def is_choosy(self) -> bool:
        """Whether it asks for some of the rows only, or may see only some."""
        return bool(self.where) or bool(self.search.strip()) or bool(self.actor.reach.see) or self.is_deleted

    @property
    def is_sorted(self) -> bool:
        """Whether no index has its order: several fields, or one that has none."""
        return bool(self.then) or self.ordering.removeprefix("-") == CHANGED

    @property
    def is_falling(self) -> bool:
        """Whether the largest comes first."""
        return self.ordering.startswith("-")

    @property
    def rows(self) -> QuerySet[Any]:
        """All rows that are asked for, in no order."""
        model = self.resource.model
        if self.is_deleted:
            rows = within(model._default_manager.filter(deleted_at__isnull=False), self.actor).filter(self.where)
        else:
            rows = visible(model, self.actor).filter(self.where)
        rows = rows if self.is_mixed else rows.filter(is_sample=False)
        return rows.filter(searched(self.resource, self.search, self.actor)) if self.search.strip() else rows


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
    known = {*allowed, "id", "version", *(part.name for part in parts_shown(resource, actor))}
    refusals, orders, where = Refusals(), [resource.ordering], Q()
    for name in (name for name in asked if name not in known):
        with refusals.kept():
            raise no_field(shape, name, allowed)
    with refusals.kept():
        orders = orderings_read(resource, params.get("ordering") or resource.ordering, actor)
    with refusals.kept():
        where = where_of(resource, {k: v for k, v in params.items() if k not in RESERVED}, actor=actor)
    with refusals.kept():
        where &= where_of_text(resource, params["where"], actor=actor) if params.get("where") else Q()
    search = params.get("search", "")
    with refusals.kept():
        if "\x00" in search:
            raise CrmError("bad_value", _("Holds characters that cannot be stored."), field="search")
    refusals.tell()
    found, mixed = tuple(dict.fromkeys(asked)), is_mixed(resource) or asks_for_samples(params)
    return ListQuery(resource, actor, where, search[:200], orders[0], found, tuple(orders[1:]), mixed)


def no_field(shape: Shape, name: str, allowed: Sequence[str]) -> CrmError:
    """The refusal of a field that a list cannot give."""
    if name in shape.retired:
        return retired(name, shape.retired[name], field="fields")
    message = _("There is no field %(name)s.") % {"name": name[:80]}
    return CrmError("unknown_field", message, parameter="fields", allowed=list(allowed))


def narrowed(query: ListQuery, tree: Any) -> ListQuery:
    """The list with the conditions of a tree beside its own."""
    where = query.where & where_of_tree(query.resource, tree, actor=query.actor)
    return replace(query, where=where, is_mixed=query.is_mixed or tree_asks_for_samples(tree))


def orderings_read(resource: Resource, text: str, actor: Actor) -> list[str]:
    """The fields to sort by, first things first; each once, and no more than a reader can follow."""
    shape, found = resource.shape, text.split(",")
    names = [one.removeprefix("-") for one in found]
    for one, name in zip(found, names, strict=True):
        if (label := shape.retired.get(name)) is not None:
            raise retired(name, label, field="ordering")
        if name not in shape.sortable or is_hidden(resource, name, actor):
            message = _("The list cannot be sorted by %(name)s.") % {"name": one[:80]}
            raise CrmError("unknown_ordering", message, field="ordering", allowed=list(shape.sortable))
    if len(set(names)) < len(names) or len(names) > MOST_FIELDS:
        message = _("A list is sorted by at most %(n)s fields, each once.") % {"n": MOST_FIELDS}
        raise CrmError("unknown_ordering", message, field="ordering", allowed=list(shape.sortable))
    return found


def searched(resource: Resource, words: str, actor: Actor) -> Q:
    """The condition of a search. Where a searched field is hidden, each word must stand in one that is not: the search
    column holds the words of all of them."""
    found = Q(search__words=words)
    if not any(is_hidden(resource, name, actor) for name in searched_fields(resource)):
        return found
    own = [name for name in resource.search if resource.specs[name].kind in TEXT_KINDS]
    shown = [name for name in own if not is_hidden(resource, name, actor) and not resource.specs[name].sensitive]
    for word in words.split():
        found &= reduce(Q.__or__, (Q(**{f"{name}__icontains": word}) for name in shown), Q(pk__in=[]))
    return found


def searched_fields(resource: Resource) -> tuple[str, ...]:
    """The fields whose words are in the search column."""
    return plan_of(resource.model).search_fields


def newest(resource: Resource, params: Mapping[str, str]) -> None:
    """Look again where the parameters name a field of the tenant's own that is not known here yet."""
    sorts = [one.removeprefix("-") for one in params.get("ordering", "").split(",")]
    words = (*params, *params.get("fields", "").split(","), *sorts)
    if any(word.startswith(CUSTOM) and word.split("__")[0] not in resource.specs for word in words):
        ask_again()


def key_asked(query: ListQuery) -> Key:
    """By what the list sorts."""
    return key_of(query.resource, query.shape, query.ordering.removeprefix("-"))


def position_of(query: ListQuery, key: Key, cursor: str) -> Position | None:
    """Read a cursor; one that this list did not give is refused."""
    if not cursor:
        return None
    try:
        back, is_null, value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        typed = None if is_null is True else key.read(value)
        return Position(typed, UUID(pk), is_null is True, back is True)
    except BAD_CURSOR as error:
        raise bad_cursor() from error


def bad_cursor() -> CrmError:
    """The refusal of a cursor."""
    text = _("This cursor is not one of this list; begin with the first page.")
    return CrmError("bad_cursor", text, field="cursor")


def cursor_judge(query: ListQuery | None, cursor: str) -> None:
    """Refuse a cursor that no list gave, or, where it is known which one is asked for, not this one."""
    if not cursor:
        return
    try:
        if query is None:
            json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        elif query.is_sorted:
            place_read(sorts_of(query), cursor)
    except BAD_CURSOR as error:
        raise bad_cursor() from error
    if query is not None and not query.is_sorted:
        position_of(query, key_asked(query), cursor)


def page_read(query: ListQuery, *, cursor: str = "", size: int = 50, most: int = LARGEST_PAGE) -> Page:
    """One page by keyset: rows with a value, then rows without."""
    if query.is_sorted:
        return page_sorted(query, cursor, max(1, min(size, most)))
    size, key = max(1, min(size, most)), key_asked(query)
    position = position_of(query, key, cursor)
    back = position is not None and position.back
    columns = columns_of(query.shape, query.actor, query.fields)
    kept = titles_kept(query.shape.links, query.actor, query.fields)
    is_extra, is_column = key.name not in columns, isinstance(key.value, F)
    asked = (*columns, *kept, key.name) if is_extra and is_column else (*columns, *kept)
    rows = query.rows.annotate(**kept) if query.is_choosy else None
    found: list[Row] = []
    for is_null in (True, False) if back else (False, True):
        start = begins(key, position, is_null)
        if start and len(found) <= size:
            falling = query.is_falling is not back
            one = Range(query.resource.model, key, asked, is_null, falling=falling, is_mixed=query.is_mixed)
            found += range_read(one, rows, start if isinstance(start, Position) else None, size + 1 - len(found))
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    ends = [Position(row[key.name], row["id"], row[key.name] is None) for row in (*found[:1], *found[-1:])]
    for row in found if is_extra else ():
        del row[key.name]
    page = Page(rows_of(query.resource, query.shape, query.actor, query.fields, found))
    if not found:
        return page
    first, last = ends
    forward = last.text() if (more or back) else ""
    return replace(
        page, next=forward, previous=replace(first, back=True).text() if (more if back else position) else ""
    )


def sorts_of(query: ListQuery) -> list[Sort]:
    """By what a list of several fields sorts."""
    names = (query.ordering, *query.then)
    return [(key_of(query.resource, query.shape, one.removeprefix("-")), one.startswith("-")) for one in names]


def page_sorted(query: ListQuery, cursor: str, size: int) -> Page:
    """One page of a list that is sorted by several fields."""
    sorts = sorts_of(query)
    place = None
    if cursor:
        try:
            place = place_read(sorts, cursor)
        except BAD_CURSOR as error:
            raise bad_cursor() from error
    columns = columns_of(query.shape, query.actor, query.fields)
    kept = titles_kept(query.shape.links, query.actor, query.fields)
    found = sorted_read(query.rows.annotate(**kept), (*columns, *kept), sorts, place, size + 1)
    more, found = len(found) > size, found[:size]
    back = place is not None and place.back
    if back:
        found.reverse()
    ends = [Place([row[f"by_{at}"] for at in range(len(sorts))], row["id"]) for row in (*found[:1], *found[-1:])]
    for row in found:
        for at in range(len(sorts)):
            del row[f"by_{at}"]
    page = Page(rows_of(query.resource, query.shape, query.actor, query.fields, found))
    if not found:
        return page
    first, last = ends
    before = more if back else place is not None
    return replace(
        page, next=last.text() if more or back else "", previous=replace(first, back=True).text() if before else ""
    )


def record_read(
    resource: Resource, id: UUID, *, actor: Actor, fields: Sequence[str] | None = None, deleted: bool = False
) -> Row:
    """One record with its version and parts; `deleted` finds it among the deleted ones, too."""
    permit(actor, resource.permission("view"))
    names = tuple(
        fields or (*(spec.name for spec in readable(resource, actor)), *(p.name for p in parts_shown(resource, actor)))
    )
    shape, kept = resource.shape, titles_kept(resource.links, actor, names)
    columns = ("id", "version", "deleted_at", *columns_of(shape, actor, names))
    if not deleted and not actor.reach.see:
        found = record_written(resource.model, columns).all(id, most=1)
    else:
        rows = within(resource.model._default_manager.all(), actor) if deleted else visible(resource.model, actor)
        found = list(rows.filter(pk=id).values(*columns, **kept))
    if not found:
        raise CrmError("not_found", _("There is no such record."), status=404)
    return rows_of(resource, shape, actor, names, found)[0]


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
