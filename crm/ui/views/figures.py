"""Pages of figures: a table of numbers, each of which leads to the records behind it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from crm.core.figures import every_figures
from crm.core.registry import registry
from crm.ui.figures_shown import address, rows_shown
from crm.ui.pages import PageRequest, page, part, show


@require_GET
@page
def figures(request: PageRequest, figures: str) -> HttpResponse:
    """One page; asked by HTMX only its table."""
    found = every_figures.find(figures)
    params = {name: str(value) for name, value in request.GET.items() if value}
    offered = found.offered(request.actor)
    chosen = found.chosen(params, offered)
    table = found.told(chosen, actor=request.actor)
    adds = registry[found.adds] if found.adds else None
    context: dict[str, Any] = {
        "request": request,
        "figures": found,
        "table": table,
        "rows": rows_shown(table, request.actor),
        "notes": [(text, address(behind, request.actor)) for text, behind in table.notes],
        "asks": [(one, one.grouped(offered[one.name]), chosen[one.name]) for one in found.asks],
        "adds": adds if adds and request.actor.may(adds.permission("add")) else None,
    }
    if request.htmx and not request.htmx.boosted:
        return part(request, "ui/parts/figures_table.html", context)
    return show(request, "ui/figures.html", context)
