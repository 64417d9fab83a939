"""The page of recurring revenue: what subscriptions bring a month, and what made it more or less."""

from __future__ import annotations

import json
from dataclasses import replace

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm.core.actors import Actor
from crm.core.figures import Asked, Behind, Cell, Choices, Column, Figures, Line, Table, every_figures
from crm.core.permissions import visible
from crm.core.samples import sample_shown
from crm.sales.models import Span, Subscription
from crm.sales.services.periods import OLDEST, Period, months_in, period_at
from crm.sales.services.recurring import Month, months_of

LAST_YEAR = ""
RECURRING_COLUMNS = (
    Column("before", gettext_lazy("At the beginning"), "money"),
    Column("new", pgettext_lazy("revenue", "New"), "money"),
    Column("expansion", gettext_lazy("Expansion"), "money"),
    Column("contraction", gettext_lazy("Contraction"), "money"),
    Column("churned", gettext_lazy("Churned"), "money"),
    Column("after", gettext_lazy("At the end"), "money"),
    Column("customers", gettext_lazy("Customers")),
    Column("lost", gettext_lazy("Customers lost")),
    Column("kept", gettext_lazy("Kept and grown"), "percent"),
)


def years(actor: Actor) -> Choices:
    """The last twelve months, or any year since the first subscription began."""
    today = timezone.localdate()
    first = visible(Subscription, actor).aggregate(first=Min("starts_on"))["first"] or today
    found = range(today.year, max(min(first.year, today.year), today.year - OLDEST) - 1, -1)
    return ((LAST_YEAR, gettext_lazy("Last 12 months")), *((str(year), str(year)) for year in found))


def recurring_table(actor: Actor, *, year: str) -> Table:
    """What recurs each month, and what made it more or less."""
    *months, whole = months_of(months_asked(year), actor=actor)
    is_sample = sample_shown()
    lines = [recurring_line(one.period.label, one, is_sample) for one in months if one.before or one.after or one.new]
    if not lines:
        return Table(RECURRING_COLUMNS, [])
    told = _("Each customer is counted by what their subscriptions are a month, at the rates they began with.")
    total = replace(recurring_line(_("Total"), whole, is_sample), is_total=True)
    return Table(RECURRING_COLUMNS, [*lines, total], [(told, None)])


def months_asked(year: str) -> list[Period]:
    """The months of a year as far as they have begun, or the last twelve."""
    today = timezone.localdate()
    this = period_at(Span.MONTH, today)
    if year:
        return [one for one in months_in(int(year)) if one.first <= this.first]
    return [one for one in (*months_in(today.year - 1), *months_in(today.year)) if one.first <= this.first][-12:]


def recurring_line(title: str, one: Month, is_sample: bool) -> Line:
    """A month; what recurs at its end leads to the subscriptions that run then."""
    cells = {column.name: Cell(getattr(one, column.name)) for column in RECURRING_COLUMNS}
    runs = {
        "or": [
            {"field": "ends_on", "op": "is_empty", "value": "true"},
            {"field": "ends_on", "op": "gte", "value": one.period.last.isoformat()},
        ]
    }
    where = {"and": [{"field": "starts_on", "op": "lte", "value": one.period.last.isoformat()}, runs]}
    params = {"where": json.dumps(where), "is_sample": "true" if is_sample else "false"}
    return Line(title, {**cells, "after": Cell(one.after, Behind("sales.subscription", params))})


every_figures.add(
    Figures(
        "recurring",
        gettext_lazy("Recurring revenue"),
        gettext_lazy("What subscriptions bring a month: new, more, less and lost."),
        "repeat",
        "sales.subscription",
        (Asked("year", gettext_lazy("Year"), years, lambda: LAST_YEAR),),
        recurring_table,
        adds="sales.subscription",
    )
)
