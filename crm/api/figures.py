"""Pages of figures as programs read them: which there are, and each with its numbers and the records behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from crm.api.about import path
from crm.api.openapi import Answer, Operation
from crm.api.told import ChoiceTold
from crm.api.typed import listed, typed
from crm.api.views import ApiView
from crm.core.actors import Actor
from crm.core.figures import Behind, Figures, Line, Table, every_figures


class FigureColumn(TypedDict):
    """A column of a page of figures."""

    name: str
    label: str
    kind: str


class FigureRow(TypedDict):
    """A line of a page of figures, with the lists behind its numbers."""

    title: str
    depth: int
    is_total: bool
    values: Mapping[str, Any]
    records: Mapping[str, str | None]


class FigureNote(TypedDict):
    """A sentence beside a page of figures."""

    text: str
    records: str | None


class FigureTable(TypedDict):
    """The table of a page of figures."""

    columns: list[FigureColumn]
    rows: list[FigureRow]
    notes: list[FigureNote]


class FigureAsk(TypedDict):
    """What a page of figures can be asked."""

    name: str
    label: str
    default: str
    choices: list[ChoiceTold]


class FiguresSaid(TypedDict):
    """A page of figures and what it can be asked."""

    name: str
    label: str
    description: str
    url: str
    parameters: list[FigureAsk]


class FiguresTold(FiguresSaid, FigureTable):
    """A page of figures as it was asked."""

    asked: Mapping[str, Any]


class FiguresList(ApiView):
    """The pages of figures that the caller may read, with what each can be asked."""

    def get(self, request: Request) -> Response:
        """All of them."""
        return Response({"results": [said(one, request, self.actor) for one in every_figures if one.may(self.actor)]})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        answers = {200: Answer(_("Pages of figures"), listed(FiguresSaid))}
        return Operation(id="figures_list", summary=_("Pages of figures"), tag="tenant", answers=answers)


class FiguresOne(ApiView):
    """One page of figures: its parameters are its own."""

    def known(self, method: str) -> frozenset[str] | None:
        """The page itself refuses what it does not know."""
        return None

    def get(self, request: Request, figures: str) -> Response:
        """The table, as a person would see it."""
        found = every_figures.find(figures)
        params = {name: str(value) for name, value in request.query_params.items()}
        asked = found.chosen(params, found.offered(self.actor))
        table = found.told(asked, actor=self.actor)
        whole: FiguresTold = {**said(found, request, self.actor), **told(table, request), "asked": asked}
        return Response(whole)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        names = [one.name for one in every_figures]
        parameters = (path("figures", {"type": "string", "enum": names}, _("The name of the page.")),)
        text = _("Numbers with the lists of records behind them; GET /figures says which parameters a page takes.")
        answers = {200: Answer(_("The table"), typed(FiguresTold))}
        return Operation("figures_read", _("One page of figures"), "tenant", answers, text, parameters)


def said(one: Figures, request: Request, actor: Actor) -> FiguresSaid:
    """A page and what it can be asked."""
    return {
        "name": one.name,
        "label": str(one.label),
        "description": str(one.description),
        "url": reverse("api:figures-one", kwargs={"figures": one.name}, request=request),
        "parameters": [
            {
                "name": each.name,
                "label": str(each.label),
                "default": each.default(),
                "choices": [{"value": value, "label": str(label)} for value, label in each.choices(actor)],
            }
            for each in one.asks
        ],
    }


def told(table: Table, request: Request) -> FigureTable:
    """The table: values by column, and beside them the addresses of the records behind each."""
    return {
        "columns": [{"name": one.name, "label": str(one.label), "kind": one.kind} for one in table.columns],
        "rows": [row_of(line, request) for line in table.lines],
        "notes": [{"text": text, "records": address(behind, request)} for text, behind in table.notes],
    }


def row_of(line: Line, request: Request) -> FigureRow:
    """One line."""
    return {
        "title": line.title,
        "depth": line.depth,
        "is_total": line.is_total,
        "values": {name: cell.value for name, cell in line.cells.items()},
        "records": {name: address(cell.behind, request) for name, cell in line.cells.items() if cell.behind},
    }


def address(behind: Behind | None, request: Request) -> str | None:
    """The list of the records, filtered."""
    if behind is None:
        return None
    return f"{reverse(f'api:{behind.slug}', request=request)}?{urlencode(behind.params)}"
