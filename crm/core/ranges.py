"""Keyset pages: rows with a value and rows without are two ranges of one list, each an index scan of its own."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.db.models.lookups import IsNull

from crm.core.actors import SYSTEM
from crm.core.checks import sort_column
from crm.core.cleaning import Clean, cleaner, json_value
from crm.core.custom.columns import KeptText
from crm.core.custom.shapes import Shape
from crm.core.permissions import visible
from crm.core.prepared import PreparedRows, Unwritable
from crm.core.registry import Resource, Row

KEPT = 2000  # statements and keys that one process remembers
IDS = (UUID(int=1), UUID(int=2))
STAND_INS: dict[type, tuple[Any, Any]] = {
    str: ("a", "b"),
    int: (1, 2),
    float: (0.25, 0.5),
    Decimal: (Decimal("0.25"), Decimal("0.5")),
    date: (date(2000, 1, 1), date(2000, 1, 2)),
    datetime: (datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 2, tzinfo=UTC)),
}


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


@dataclass(frozen=True, eq=False)
class Key:
    """By what a list sorts: its name in a row, its value in SQL, whether it may be missing, how a cursor's is read."""

    name: str
    value: F | KeptText
    has_nulls: bool
    read: Clean


@lru_cache(maxsize=KEPT)
def key_of(resource: Resource, shape: Shape, name: str) -> Key:
    """The column by which the list sorts, or a tenant's own field that has an index."""
    if custom := shape.custom.get(name):
        return Key(name, custom.expression(), has_nulls=True, read=lambda raw: custom.comparable(custom.typed(raw)))
    name = sort_column(resource, name, hasattr(resource.model, "name_key"))
    column = resource.column(name)
    clean = cleaner(column)
    return Key(name, F(name), column.null, lambda raw: "" if raw == "" else clean(raw))


@dataclass(frozen=True)
class Range:
    """One of the two ranges of a list: which columns of which rows, and in which direction."""

    model: type[models.Model]
    key: Key
    columns: tuple[str, ...]
    is_null: bool
    falling: bool
    is_mixed: bool = True

    @property
    def every(self) -> QuerySet[Any]:
        """All live rows; without the sample's where they are apart."""
        rows = visible(self.model, SYSTEM)
        return rows if self.is_mixed else rows.filter(is_sample=False)

    def of(self, rows: QuerySet[Any], value: Any = None, id: UUID | None = None) -> QuerySet[Any, Row]:
        """These of some rows, behind a value and an id where they are given, in the order of the range's index."""
        key, by_id = self.key, "-id" if self.falling else "id"
        if key.has_nulls:
            rows = rows.filter(IsNull(key.value, self.is_null))
        if id is not None and self.is_null:
            rows = rows.filter(**{"id__lt" if self.falling else "id__gt": id})
        elif id is not None:
            past = TupleLessThan if self.falling else TupleGreaterThan
            rows = rows.filter(past((key.value, F("id")), (value, id)))
        order = [by_id] if self.is_null else [OrderBy(key.value, descending=self.falling), by_id]
        return rows.order_by(*order).values("id", *self.columns, **self.named)

    @property
    def named(self) -> dict[str, Any]:
        """The key where it is no column: it is asked for beside the columns."""
        return {} if isinstance(self.key.value, F) else {self.key.name: self.key.value}


def begins(key: Key, position: Position | None, is_null: bool) -> Position | bool:
    """From where a range is read: from a position, from its beginning (true), or not at all."""
    if is_null and not key.has_nulls:
        return False
    if position is None:
        return True
    return position if position.is_null == is_null else position.is_null == position.back


def range_read(asked: Range, rows: QuerySet[Any] | None, start: Position | None, most: int) -> list[Row]:
    """So many rows of a range; `rows` are those to choose from, None all that there are."""
    given = () if start is None else (start.id,) if asked.is_null else (start.value, start.id)
    if rows is None and (written := range_written(asked, tuple(type(one) for one in given))):
        return written.all(*given, most=most)
    chosen = asked.every if rows is None else rows
    return list((asked.of(chosen, start.value, start.id) if start else asked.of(chosen))[:most])


@lru_cache(maxsize=KEPT)
def range_written(asked: Range, kinds: tuple[type, ...]) -> PreparedRows | None:
    """The statement of a range of all rows, for a position of these kinds of values (none: from its beginning)."""
    pairs = [IDS if kind is UUID else STAND_INS.get(kind) for kind in kinds]
    every = asked.every

    def make(*given: Any) -> QuerySet[Any, Row]:
        return asked.of(every, *(given if len(given) != 1 else (None, *given)))

    try:
        return None if None in pairs else PreparedRows(make, *(pair for pair in pairs if pair))
    except Unwritable:
        return None


@lru_cache(maxsize=KEPT)
def record_written(model: type[models.Model], columns: Sequence[str]) -> PreparedRows:
    """The statement of one live record by its id."""
    return PreparedRows(lambda id: visible(model, SYSTEM).filter(Q(pk=id)).order_by().values(*columns), IDS)
