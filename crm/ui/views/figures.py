"""Pages of figures: a table of numbers, each of which leads to the records behind it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from crm.core.actors import Actor
from crm.core.figures import Behind, Cell, Column, every_figures
from crm.core.registry import registry
from crm.ui.cells import babel_locale, money_text, number_text
from crm.ui.pages import PageRequest, page, part, show
from tenants.context import current


@dataclass(frozen=True)
class Shown:
    """A cell as the page writes it: its text, where it leads, how far its bar reaches."""

    value: Any
    text: str
    href: str
    tone: str
    bar: int | None


@require_GET
@page
def figures(request: PageRequest, figures: str) -> HttpResponse:
    """One page; asked by HTMX only its table."""
    found = every_figures.find(figures)
    params = {name: str(value) for name, value in request.GET.items() if value}
    chosen = found.chosen(params)
    table = found.read(params, actor=request.actor)
    adds = registry[found.adds] if found.adds else None
    context: dict[str, Any] = {
        "request": request,
        "figures": found,
        "table": table,
        "rows": [(line, [shown(one, line.cells[one.name], request.actor) for one in table.columns])
                 for line in table.lines],
        "notes": [(text, address(behind, request.actor)) for text, behind in table.notes],
        "asks": [(one, list(one.choices()), chosen[one.name]) for one in found.asks],
        "adds": adds if adds and request.actor.may(adds.permission("add")) else None,
    }
    if request.htmx and not request.htmx.boosted:
        return part(request, "ui/parts/figures_table.html", context)
    return show(request, "ui/figures.html", context)


def shown(column: Column, cell: Cell, actor: Actor) -> Shown:
    """One cell in the reader's language."""
    bar = round(min(max(float(cell.value), 0.0), 1.0) * 100) if column.is_bar and cell.value is not None else None
    return Shown(cell.value, text_of(column, cell.value), address(cell.behind, actor), cell.tone, bar)


def text_of(column: Column, value: Any) -> str:
    """A value by its kind."""
    if value is None:
        return "—"
    if column.kind == "money":
        locale = babel_locale(get_language() or "en")
        return money_text(Decimal(value).quantize(Decimal(1)), current().currency, locale).removesuffix(".00")
    if column.kind == "percent":
        return f"{round(float(value) * 100)} %"
    return number_text(value) if column.kind == "integer" else str(value)


def address(behind: Behind | None, actor: Actor) -> str:
    """The list of the records, for those who may see it."""
    if behind is None or not actor.may(registry[behind.label].permission("view")):
        return ""
    return f"{reverse('ui:list', args=[registry[behind.label]])}?{urlencode(behind.params)}"
