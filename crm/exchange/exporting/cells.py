"""Values as cells: texts that say the same in any program, true and false, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone

from analytics.reasons import reason_label
from crm.core.cleaning import json_value
from crm.core.comparing import EXTERNAL
from crm.core.registry import Row
from crm.core.specs import FieldSpec
from crm.exchange.exporting.columns import Column

Cell = str | bool | None
AMOUNT_PLACES = 2


def decimal_text(value: Any, places: int = 0) -> str:
    """A number without an exponent and without needless zeros; money keeps two places."""
    if isinstance(value, float):
        return format(value, ".15g") if value == value else ""
    text = format(Decimal(value), "f")
    whole, dot, rest = text.partition(".")
    rest = rest.rstrip("0").ljust(places, "0") if dot else ""
    return f"{whole}.{rest}" if rest else whole


def moment_text(value: datetime) -> str:
    """Local date and time; where the clock is set back, the offset tells the two hours apart."""
    local = timezone.localtime(value)
    return local.isoformat(" ") if local.fold else local.replace(tzinfo=None).isoformat(" ")


def structure_text(plain: bool, value: Any) -> str | None:
    """The reasons of a prediction as sentences; any other structure, and all for programs, as JSON."""
    if not plain and isinstance(value, list) and value and all(is_reason(one) for one in value):
        return "; ".join(str(reason_label(one["feature"], one["value"])) for one in value)
    return json.dumps(json_value(value), ensure_ascii=False) if value else None


def is_reason(value: Any) -> bool:
    """Whether it is one reason of a prediction."""
    return isinstance(value, dict) and "feature" in value and isinstance(value.get("value"), (int, float))


def words_of(spec: FieldSpec, plain: bool) -> Callable[[Any], str]:
    """A choice in words."""
    known = {} if plain else {value: str(label) for value, label in spec.choices}
    return lambda value: known.get(value, str(value))


def cell_maker(column: Column, plain: bool) -> Callable[[Any], Cell]:
    """The function that makes a column's cells; `plain` keeps the words of programs."""
    spec = column.spec
    words = words_of(spec, plain)
    makers: dict[str, Callable[[Any], Cell]] = {
        "yes_no": bool,
        "choice": words,
        "choices": lambda value: ", ".join(map(words, value)),
        "link": lambda value: str(value["title"]) if isinstance(value, Mapping) else str(value),
        "reference": lambda value: str(value["title"] or value["id"]) if isinstance(value, Mapping) else str(value),
        "money": lambda value: decimal_text(value, AMOUNT_PLACES),
        "number": decimal_text,
        "percent": decimal_text,
        "moment": lambda value: moment_text(value) if isinstance(value, datetime) else str(value),
        "date": lambda value: value.isoformat() if isinstance(value, date) else str(value),
        "json": partial(structure_text, plain),
    }
    make = makers.get(spec.kind, str)
    return lambda value: None if value is None or value == "" else make(value)


class Cells:
    """Rows as cells, under given columns."""

    def __init__(self, columns: Sequence[Column], *, plain: bool) -> None:
        self.columns = [(column, cell_maker(column, plain)) for column in columns]
        self.parts = list(dict.fromkeys(column.part for column in columns if column.part))

    def rows(self, rows: Sequence[Row], keys: Mapping[str, Mapping[UUID, Any]]) -> Iterator[list[Cell]]:
        """One row a record; with columns of a part, one a line (a record without lines keeps its one)."""
        for row in rows:
            lines = [line for part in self.parts for line in row.get(part, ())] if self.parts else []
            for line in lines or [{}]:
                yield [make(value_of(column, row, line, keys)) for column, make in self.columns]

    def lines(self, rows: Sequence[Row], keys: Mapping[str, Mapping[UUID, Any]]) -> Iterator[list[Cell]]:
        """One row a line; a record without lines has none."""
        return self.rows([row for row in rows if any(row.get(part) for part in self.parts)], keys)


def value_of(column: Column, row: Row, line: Row, keys: Mapping[str, Mapping[UUID, Any]]) -> Any:
    """What a column says of a record and one of its lines."""
    if column.spec.kind == EXTERNAL.kind:
        return keys[column.name].get(row["id"])
    value = (line if column.part else row).get(column.field)
    if not column.key:
        return value
    return keys[column.name].get(value["id"]) if value else None
