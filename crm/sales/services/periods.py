"""Months, quarters and years, as targets and forecasts speak of them: `2026-03`, `2026-Q1`, `2026`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import DateField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm.sales.models import Deal, Order, Payment, Span, Target

MONTHS = {Span.MONTH: 1, Span.QUARTER: 3, Span.YEAR: 12}
OLDEST = 12  # years that are offered at most


@dataclass(frozen=True)
class Period:
    """One month, quarter or year."""

    span: str
    first: date

    @property
    def last(self) -> date:
        """Its last day."""
        return self.after.first - timedelta(days=1)

    @property
    def after(self) -> Period:
        """The one that follows."""
        months = self.first.year * 12 + self.first.month - 1 + MONTHS[Span(self.span)]
        return Period(self.span, date(months // 12, months % 12 + 1, 1))

    @property
    def text(self) -> str:
        """As it stands in addresses."""
        year, month = self.first.year, self.first.month
        if self.span == Span.YEAR:
            return f"{year}"
        return f"{year}-Q{(month + 2) // 3}" if self.span == Span.QUARTER else f"{year}-{month:02}"

    @property
    def label(self) -> str:
        """As people read it."""
        year, month = self.first.year, self.first.month
        if self.span == Span.MONTH:
            return date_format(self.first, "YEAR_MONTH_FORMAT")
        if self.span == Span.QUARTER:
            return _("Q%(quarter)s %(year)s") % {"year": year, "quarter": (month + 2) // 3}
        return str(year)

    def gone(self, today: date) -> float:
        """The share of its days that are over, from 0 to 1."""
        days = (self.last - self.first).days + 1
        return min(max((today - self.first).days + 1, 0), days) / days

    def holds(self, first: date, last: date) -> bool:
        """Whether a stretch of days lies within."""
        return self.first <= first and last <= self.last


def period_at(span: str, day: date) -> Period:
    """The period of that kind in which a day lies."""
    months = MONTHS[Span(span)]
    return Period(span, date(day.year, (day.month - 1) // months * months + 1, 1))


def period_read(text: str) -> Period:
    """A period from its text, which the page has checked."""
    year, _dash, rest = text.partition("-")
    if not rest:
        return Period(Span.YEAR, date(int(year), 1, 1))
    if rest.startswith("Q"):
        return Period(Span.QUARTER, date(int(year), int(rest[1:]) * 3 - 2, 1))
    return Period(Span.MONTH, date(int(year), int(rest), 1))


def periods_offered() -> list[tuple[str, str]]:
    """From next year back to the first result or target that there is: each year, its quarters, its months."""
    today = timezone.localdate()
    oldest = max(first_day(today).year, today.year - OLDEST)
    years = range(today.year + 1, min(oldest, today.year) - 1, -1)
    return [(period.text, period.label) for year in years for period in periods_of(year)]


def first_day(otherwise: date) -> date:
    """The day of the first deal that was closed, order, payment or target, in one statement."""
    days = {Deal: "closed_on", Order: "ordered_at", Payment: "paid_on", Target: "starts_on"}
    firsts = [
        model._default_manager.filter(deleted_at=None, **{f"{name}__isnull": False})
        .order_by(name)
        .values_list(Cast(name, DateField()))[:1]
        for model, name in days.items()
    ]
    return min((day for (day,) in firsts[0].union(*firsts[1:], all=True)), default=otherwise)


def period_year(text: str) -> str:
    """The year of a period, from its text."""
    return text.partition("-")[0]


def periods_of(year: int) -> Iterator[Period]:
    """A year, its quarters and its months, the latest first."""
    yield Period(Span.YEAR, date(year, 1, 1))
    for month in range(12, 0, -1):
        if month % 3 == 0:
            yield period_at(Span.QUARTER, date(year, month, 1))
        yield Period(Span.MONTH, date(year, month, 1))


def months_in(year: int) -> Iterator[Period]:
    """The months of a year as they follow each other."""
    return (Period(Span.MONTH, date(year, month, 1)) for month in range(1, 13))


def period_now() -> str:
    """The quarter of today."""
    return period_at(Span.QUARTER, timezone.localdate()).text
