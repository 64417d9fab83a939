"""The page of reports: questions that most companies ask, ready to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.reports.answering import Answer, Row, report_answer
from analytics.reports.asking import noun_of, report_read
from analytics.reports.grouping import Tree, during, grouping_read
from crm.core.actors import Actor
from crm.core.days import today
from crm.core.figures import Asked, Cell, Choices, Column, Figures, Kind, Line, Table, every_figures

YEARS = 10
WON: Tree = {"field": "status", "op": "eq", "value": "won"}
CLOSED: Tree = {"field": "status", "op": "ne", "value": "open"}
KINDS: dict[str, Kind] = {"integer": "integer", "money": "money", "percent": "percent"}


@dataclass(frozen=True)
class Ready:
    """A report that is there from the first day: its definition, and the day by which a year is meant."""

    label: str | Promise
    day: str
    asked: Callable[[bool], dict[str, Any]]  # told whether one year is meant


def won(is_year: bool) -> dict[str, Any]:
    """Value won and win rate of every owner: by quarter of a year, or by year."""
    return {
        "object": "sales.deal",
        "rows": [{"field": "owner"}],
        "column": {"field": "closed_on", "by": "quarter" if is_year else "year"},
        "where": {"and": [CLOSED, {"field": "closed_on", "op": "is_empty", "value": "false"}]},
        "measures": [
            {"of": "sum", "field": "amount_home", "where": WON, "name": "won_value", "label": _("Won")},
            {"of": "share", "where": WON, "name": "win_rate", "label": _("Win rate")},
        ],
    }


def orders(is_year: bool) -> dict[str, Any]:
    """What orders came to: by month of a year, or by year."""
    value = {"field": "amount_home"}
    return {
        "object": "sales.order",
        "rows": [{"field": "ordered_at", "by": "month" if is_year else "year"}],
        "measures": [
            {"of": "sum", **value, "name": "value", "label": _("Value")},
            {"of": "count", "label": _("Orders")},
            {"of": "average", **value, "name": "average", "label": _("Average order")},
            {"of": "max", **value, "name": "largest", "label": _("Largest order")},
        ],
    }


def new_customers(is_year: bool) -> dict[str, Any]:
    """How many customers came in, and how far the acquaintance has come since."""
    return {
        "object": "customers.customer",
        "rows": [{"field": "created_at", "by": "month"}],
        "column": {"field": "lifecycle"},
    }


def risk(is_year: bool) -> dict[str, Any]:
    """How many customers of each segment may be lost."""
    return {"object": "customers.customer", "rows": [{"field": "rfm_segment"}], "column": {"field": "churn_band"}}


READY = {
    "won": Ready(gettext_lazy("Wins by owner"), "closed_on", won),
    "orders": Ready(gettext_lazy("Orders over time"), "ordered_at", orders),
    "new-customers": Ready(gettext_lazy("New customers by month"), "created_at", new_customers),
    "risk": Ready(gettext_lazy("Churn risk by segment"), "created_at", risk),
}


def ready() -> Choices:
    """The reports to choose from."""
    return [(name, one.label) for name, one in READY.items()]


def years() -> Choices:
    """All years together, or one of the last."""
    last = today().year
    return (("", gettext_lazy("All years")), *((str(year), str(year)) for year in range(last, last - YEARS, -1)))


def reports_table(actor: Actor, *, report: str, year: str) -> Table:
    """The answer to a ready report."""
    chosen = READY[report]
    asked = chosen.asked(bool(year))
    if year:
        period = grouping_read(noun_of(asked["object"]), {"field": chosen.day, "by": "year"}, actor)
        within = during(period, date(int(year), 1, 1), date(int(year), 12, 31))
        asked["where"] = {"and": [asked["where"], within]} if "where" in asked else within
    answer = report_answer(report_read(asked, actor=actor))
    lines = [line_of(one) for one in answer.rows]
    note = _("A year is the one in which a deal was closed, an order was placed or a customer came in.")
    return Table(list(columns_of(answer)), [*lines, line_of(answer.total, is_total=True)], [(note, None)])


def columns_of(answer: Answer) -> Iterator[Column]:
    """The rows as a whole, seen first on a narrow screen; then every column with each measure."""
    is_one = len(answer.report.measures) == 1
    for one in answer.report.measures:
        label = _("Together") if is_one else f"{_('Together')} · {one.label}" if answer.columns else one.label
        yield Column(one.name, label, KINDS[one.kind])
    for at, column in enumerate(answer.columns):
        for one in answer.report.measures:
            label = column.title if is_one else f"{column.title} · {one.label}"
            yield Column(f"{one.name}_{at}", label, KINDS[one.kind])


def line_of(row: Row, *, is_total: bool = False) -> Line:
    """One row; nothing leads nowhere, a share of nothing leads to the records that it is of."""
    cells = {f"{name}_{at}": cell for at, found in enumerate(row.cells) for name, cell in found.items()}
    told = {
        name: cell if cell.value or isinstance(cell.value, float) else Cell(cell.value)
        for name, cell in (cells | dict(row.total)).items()
    }
    return Line(row.title, told, row.depth, is_total=is_total)


every_figures.add(
    Figures(
        "reports",
        gettext_lazy("Reports"),
        gettext_lazy("Questions that most companies ask; every number leads to its records."),
        "report-analytics",
        "sales.deal",
        (
            Asked("report", gettext_lazy("Report"), ready, lambda: "won"),
            Asked("year", gettext_lazy("Year"), years, lambda: ""),
        ),
        reports_table,
    )
)
