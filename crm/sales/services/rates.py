"""What currencies are worth, by day."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from crm.core.registry import Row
from crm.sales.models import ExchangeRate
from tenants.context import current

Day = Callable[[Row], date | datetime | None]


def rates_take(rows: Mapping[int, Row], was: Mapping[int, Row], day_of: Day) -> None:
    """Give what names no rate, or another currency than before, the rate of its day; where none is known, 1."""
    lacking = [row for at, row in rows.items() if is_lacking(row, was.get(at))]
    home = current().currency
    known = rates_known({row["currency"] for row in lacking} - {home, ""})
    for row in lacking:
        days = known.get(row["currency"], ([], []))
        row["exchange_rate"] = rate_at(days, day_in(day_of(row)))


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


def rates_known(currencies: set[str]) -> dict[str, tuple[list[date], list[Decimal]]]:
    """The days from which rates hold, and the rates, by currency."""
    found: dict[str, tuple[list[date], list[Decimal]]] = defaultdict(lambda: ([], []))
    if currencies:
        rates = ExchangeRate.objects.filter(currency__any_of=currencies, deleted_at__isnull=True).order_by("valid_on")
        for currency, day, rate in rates.values_list("currency", "valid_on", "rate"):
            found[currency][0].append(day)
            found[currency][1].append(rate)
    return found


def rate_at(days: tuple[list[date], list[Decimal]], day: date) -> Decimal:
    """The last rate on or before a day; before the first of them, the first."""
    if not days[0]:
        return Decimal(1)
    return days[1][max(bisect_right(days[0], day) - 1, 0)]
