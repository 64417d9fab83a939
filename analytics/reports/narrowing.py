"""The same report of some days and of some people only: what the filters of a dashboard do to each of its reports."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.reports.answering import rows_of, sample_of
from analytics.reports.asking import report_read
from analytics.reports.grouping import Tree, during, grouping_read
from analytics.reports.keeping import Opened
from analytics.reports.ready import Definition
from crm.core.actors import Actor
from crm.core.days import months_later, today
from crm.core.errors import CrmError
from crm.core.permissions import is_hidden

ALL = "all"
PERIODS: tuple[tuple[str, str | Promise], ...] = (
    (ALL, gettext_lazy("All time")),
    ("30d", gettext_lazy("Last 30 days")),
    ("90d", gettext_lazy("Last 90 days")),
    ("12m", gettext_lazy("Last 12 months")),
    ("month", gettext_lazy("This month")),
    ("quarter", gettext_lazy("This quarter")),
    ("year", gettext_lazy("This year")),
    ("last-month", gettext_lazy("Last month")),
    ("last-quarter", gettext_lazy("Last quarter")),
    ("last-year", gettext_lazy("Last year")),
)
BETWEEN = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)\Z", re.ASCII)
FINER, WHOLE = ((45, "day"), (120, "week")), 10_000  # up to so many days
MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Days:
    """From a day to a day, and as many before them."""

    first: date
    last: date

    @property
    def before(self) -> Days:
        """The period before, as long; of whole months as many months."""
        after = self.last + timedelta(days=1)
        months = (after.year - self.first.year) * 12 + after.month - self.first.month
        if self.first.day == 1 and after.day == 1 and months:
            return Days(months_later(self.first, -months), self.first - timedelta(days=1))
        return Days(self.first - (after - self.first), self.first - timedelta(days=1))


def days_of(period: str) -> Days | None:
    """The days of a period as of today, or from a day to a day (`2017-01-01..2017-12-31`); none: all time is meant."""
    if (own := BETWEEN.match(period)) is not None:
        return days_between(own[1], own[2])
    if period not in dict(PERIODS):
        allowed = [name for name, _label in PERIODS]
        raise CrmError("bad_value", _("There is no such period."), field="period", allowed=allowed)
    now = today()
    if period == ALL:
        return None
    if period == "12m":  # whole months, so that no column of a chart is half a month
        return Days(months_later(now.replace(day=1), -11), months_later(now.replace(day=1), 1) - timedelta(days=1))
    if period.endswith("d"):
        return Days(now - timedelta(days=int(period[:-1]) - 1), now)
    months = MONTHS[period.removeprefix("last-")]
    first = now.replace(month=(now.month - 1) // months * months + 1, day=1)
    if period.startswith("last-"):
        first = months_later(first, -months)
    return Days(first, months_later(first, months) - timedelta(days=1))


def days_between(first: str, last: str) -> Days:
    """From a day to a day, both as written."""
    try:
        days = Days(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError as error:
        raise CrmError("bad_value", _("Needs two days, from and to."), field="period") from error
    if not date(1900, 1, 1) <= days.first <= days.last <= date(2999, 12, 31):
        raise CrmError("bad_value", _("Needs two days, from and to."), field="period")
    return days


def finer(opened: Opened, days: Days | None) -> Opened:
    """The same report by day or by week where its months would be one or two points of a chart."""
    length = (days.last - days.first).days + 1 if days else WHOLE
    by = next((by for most, by in FINER if length <= most), "")
    rows = list(opened.definition.get("rows") or [])
    if not by or not rows or rows[0]["field"] != opened.day or rows[0].get("by") not in MONTHS:
        return opened
    return replace(opened, definition={**opened.definition, "rows": [{**rows[0], "by": by}, *rows[1:]]})


def reaches_back(opened: Opened, days: Days, actor: Actor) -> bool:
    """Whether the records begin before these days: a period that they only half fill is no measure of another."""
    extra: Tree = {"field": opened.day, "op": "lt", "value": days.first.isoformat()}
    own = opened.definition.get("where")
    report = report_read({**opened.definition, "where": {"and": [own, extra]} if own else extra}, actor=actor)
    return rows_of(report, sample_of(report)).exists()


def narrowed(opened: Opened, days: Days | None, owner: str, actor: Actor) -> Definition:
    """The definition with the conditions of a dashboard; what a report knows no day or no owner of is told as it is."""
    noun, extra = opened.noun, list[Tree]()
    if days and opened.day:
        extra.append(during(grouping_read(noun, {"field": opened.day, "by": "day"}, actor), days.first, days.last))
    if owner and "owner" in noun.specs and not is_hidden(noun, "owner", actor):
        extra.append({"field": "owner", "op": "eq", "value": owner})
    own = opened.definition.get("where")
    trees = [*([own] if own else []), *extra]
    if not trees:
        return opened.definition
    return {**opened.definition, "where": trees[0] if len(trees) == 1 else {"and": trees}}
