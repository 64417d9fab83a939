"""A column's cleaner, made for its field and for how the whole column is written; every distinct cell cleaned once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from crm.core.specs import FieldSpec
from crm.exchange.cleaning.cells import ODD_TYPES, PLAIN, Clean, TextClean, error_of
from crm.exchange.cleaning.contacts import email_cleaner, phone_cleaner, several_cleaner, url_cleaner
from crm.exchange.cleaning.dates import DAY_FIRST, MONTH_FIRST, date_cleaner, day_month_order
from crm.exchange.cleaning.numbers import decimal_mark, number_cleaner
from crm.exchange.cleaning.words import (
    choice_cleaner,
    choices_cleaner,
    country_cleaner,
    currency_cleaner,
    language_cleaner,
    tags_cleaner,
    yes_no_cleaner,
)
from crm.exchange.reading.rows import Cell

SIMPLE: dict[str, Callable[[], Clean]] = {
    "yes_no": yes_no_cleaner,
    "country": country_cleaner,
    "currency": currency_cleaner,
    "language": language_cleaner,
}
MOST_REMEMBERED = 30_000
NUMBER_KINDS = frozenset({"number", "money", "percent"})
REACHES = frozenset({"phone", "email", "url"})
DATE_KINDS = frozenset({"date", "moment"})
HABIT_KINDS = NUMBER_KINDS | DATE_KINDS | {"integer"}


@dataclass(frozen=True)
class Surroundings:
    """What the tenant says about its numbers and dates."""

    region: str
    zone: ZoneInfo

    @property
    def order(self) -> str:
        """How dates are written where the tenant is, if nothing else tells."""
        return MONTH_FIRST if self.region in ("US", "PH", "FM", "PW") else DAY_FIRST


class Memo(dict[Cell, Any]):
    """Cells to values; `odd` once a cell was bad or had to be mended."""

    def __init__(self, clean: Clean) -> None:
        super().__init__()
        self.clean, self.odd = clean, False
        self.longest = clean.longest if isinstance(clean, TextClean) else 0  # of texts that may be plain

    def __missing__(self, cell: Cell) -> Any:
        value = (error_of(cell) if type(cell) is str and cell[:1] == "#" else None) or self.clean(cell)
        self.odd = self.odd or type(value) in ODD_TYPES
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[cell] = value
        return value

    def column(self, cells: Sequence[Cell]) -> list[Any]:
        """The values of a column; of texts that are as they should be none needs to be remembered."""
        if not self.longest:
            return list(map(self.__getitem__, cells))
        plain, most = PLAIN.fullmatch, self.longest
        return [cell if type(cell) is str and len(cell) <= most and plain(cell) else self[cell] for cell in cells]


def cleaner_for(
    spec: FieldSpec, around: Surroundings, *, answer: str = "", mark: str = ".", is_key: bool = False
) -> Clean:
    """The cleaner for a field; `answer` settles day and month, `mark` is the decimal mark of the column."""
    if spec.kind in DATE_KINDS:
        return date_cleaner(spec.kind, answer or around.order, around.zone)
    if spec.kind in NUMBER_KINDS or spec.kind == "integer":
        return number_cleaner(spec.kind, mark, spec.digits)
    if spec.kind in ("choice", "choices") and not spec.items:
        return chosen_cleaner(spec)
    if spec.kind in SIMPLE:
        return SIMPLE[spec.kind]()
    if (spec.items or spec.kind) in REACHES:
        return reach_cleaner(spec, around.region)
    return TextClean(spec.max_length, is_long=spec.kind == "long_text", is_identifier=is_key or spec.sensitive)


def reach_cleaner(spec: FieldSpec, region: str) -> Clean:
    """The cleaner for a number or an address, or for a list of them."""
    if spec.items:
        return several_cleaner(phone_cleaner(region) if spec.items == "phone" else email_cleaner())
    if spec.kind == "phone":
        return phone_cleaner(region, spec.max_length)
    return email_cleaner(spec.max_length) if spec.kind == "email" else url_cleaner(spec.max_length)


def chosen_cleaner(spec: FieldSpec) -> Clean:
    """The cleaner for one choice, for several, or for words without a list."""
    if not spec.choices:
        return tags_cleaner(spec.max_length)
    return choice_cleaner(spec.choices) if spec.kind == "choice" else choices_cleaner(spec.choices)


@dataclass(frozen=True)
class Habits:
    """What a column's texts show about the column as a whole."""

    mark: str = "."
    order: str = ""
    ambiguous: tuple[str, ...] = ()


def habits_of(kind: str, cells: Iterable[Cell]) -> Habits:
    """How this column writes its decimals, or its days and months."""
    texts = [cell for cell in cells if isinstance(cell, str) and cell]
    if kind in NUMBER_KINDS or kind == "integer":
        return Habits(mark=decimal_mark(texts))
    if kind in DATE_KINDS:
        order, examples = day_month_order(texts)
        return Habits(order=order, ambiguous=tuple(examples))
    return Habits()
