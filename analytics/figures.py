"""The page of reports: questions that most companies ask, ready to be read."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.reports.answering import report_answer
from analytics.reports.asking import noun_of, report_read
from analytics.reports.grouping import during, grouping_read
from analytics.reports.ready import READY
from analytics.reports.tables import table_of
from crm.core.actors import Actor
from crm.core.days import today
from crm.core.figures import Asked, Choices, Figures, Table, every_figures

YEARS = 10


def ready(actor: Actor) -> Choices:
    """The reports to choose from."""
    return [(name, one.label) for name, one in READY.items()]


def years(actor: Actor) -> Choices:
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
    note = _("A year is the one in which a deal was closed, an order was placed or a customer came in.")
    return table_of(report_answer(report_read(asked, actor=actor)), [(note, None)])


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
        is_listed=False,
    )
)
