"""What currencies are worth, by day."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.errors import Problem
from crm.core.registry import Row
from crm.sales.models import ExchangeRate
from tenants.context import current

Day = Callable[[Row], date | datetime | None]


def rates_take(rows: Mapping[int, Row], was: Mapping[int, Row], day_of: Day) -> Iterator[tuple[int, str, Problem]]:
    """Give what names no rate, or another currency than before, the rate of its day; refuse where none is known."""
    lacking = {at: row for at, row in rows.items() if is_lacking(row, was.get(at))}
    known = Rates({row["currency"] for row in lacking.values()})
    for at, row in lacking.items():
        day = day_in(day_of(row))
        row["exchange_rate"] = known.of(row["currency"], day)
        if row["exchange_rate"] is None:
            yield at, "exchange_rate", no_rate(row["currency"], day)


def no_rate(currency: str, day: date) -> Problem:
    """The refusal of money of which nobody knows what it is worth."""
    text = _("There is no rate for %(currency)s on %(day)s: add one under Settings, Exchange rates, or give one here.")
    return Problem("no_rate", text % {"currency": currency, "day": day})


def is_lacking(row: Row, before: Row | None) -> bool:
    """Whether nobody has said what the currency is worth."""
    if row["exchange_rate"] is None or before is None:
        return row["exchange_rate"] is None
    return bool(row["currency"] != before["currency"] and row["exchange_rate"] == before["exchange_rate"])


def day_in(moment: date | datetime | None) -> date:
    """The tenant's day of a moment; today where there is none."""
    if isinstance(moment, datetime):
        return timezone.localdate(moment)
    return moment or timezone.localdate()


class Rates:
    """What some currencies are worth: one statement, none where all of them are the company's own."""

    def __init__(self, currencies: Iterable[str]) -> None:
        self.home = current().currency
        self.days: dict[str, list[date]] = defaultdict(list)
        self.rates: dict[str, list[Decimal]] = defaultdict(list)
        if asked := set(currencies) - {self.home, ""}:
            rows = ExchangeRate.objects.filter(currency__any_of=asked, deleted_at__isnull=True).order_by("valid_on")
            for currency, day, rate in rows.values_list("currency", "valid_on", "rate"):
                self.days[currency].append(day)
                self.rates[currency].append(rate)

    def of(self, currency: str, day: date) -> Decimal | None:
        """The last rate on or before a day; before the first of them, the first; None where none is known."""
        if currency in (self.home, ""):
            return Decimal(1)
        days = self.days.get(currency)
        return self.rates[currency][max(bisect_right(days, day) - 1, 0)] if days else None

    def exchanged(self, amount: Decimal, currency: str, row: Row, day: date) -> Decimal | None:
        """An amount of one currency in that of a record, at the record's own rate; None where none is known."""
        if (currency or self.home) == (row["currency"] or self.home):
            return amount
        rate = self.of(currency, day)
        return None if rate is None else amount * rate / row["exchange_rate"]
