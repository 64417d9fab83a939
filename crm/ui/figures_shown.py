"""Figures as pages write them: a value by its kind, and the list of the records behind it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language

from crm.core.actors import Actor
from crm.core.figures import Behind, Cell, Column, Line, Table
from crm.core.registry import registry
from crm.ui.cells import babel_locale, money_text, number_text
from tenants.context import current


@dataclass(frozen=True)
class Shown:
    """A cell as the page writes it: its text, where it leads, how far its bar reaches."""

    value: Any
    text: str
    href: str
    tone: str
    bar: int | None


def rows_shown(table: Table, actor: Actor) -> list[tuple[Line, list[Shown]]]:
    """Every line with its cells."""
    return [(line, [shown(one, line.cells[one.name], actor) for one in table.columns]) for line in table.lines]


def shown(column: Column, cell: Cell, actor: Actor) -> Shown:
    """One cell in the reader's language."""
    bar = round(min(max(float(cell.value), 0.0), 1.0) * 100) if column.is_bar and cell.value is not None else None
    return Shown(cell.value, value_text(column.kind, cell.value), address(cell.behind, actor), cell.tone, bar)


def value_text(kind: str, value: Any) -> str:
    """A value by its kind."""
    if value is None:
        return "—"
    if kind == "money":
        locale = babel_locale(get_language() or "en")
        return money_text(Decimal(value).quantize(Decimal(1)), current().currency, locale).removesuffix(".00")
    if kind == "percent":
        return f"{round(float(value) * 100)} %"
    return number_text(value) if kind in ("integer", "number") else str(value)


def address(behind: Behind | None, actor: Actor) -> str:
    """The list of the records, for those who may see it."""
    if behind is None or not actor.may(registry[behind.label].permission("view")):
        return ""
    return f"{reverse('ui:list', args=[registry[behind.label]])}?{urlencode(behind.params)}"
