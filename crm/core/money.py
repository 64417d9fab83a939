"""Money that changes hands: there is nothing smaller than a currency's smallest unit."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache

from babel.numbers import get_currency_precision
from django.utils.translation import gettext as _

from crm.core.errors import Problem
from crm.core.registry import Row
from tenants.context import current

WIDE = Context(prec=100, rounding=ROUND_HALF_UP)
TOO_FINE = "too_fine"


@cache
def unit_of(currency: str) -> Decimal:
    """The smallest unit of a currency, as papers show it: .01, of the yen 1, of the Kuwaiti dinar .001."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


def currency_of(row: Row) -> str:
    """The currency that a record's amounts are in: its own, or else the company's."""
    return str(row.get("currency") or current().currency)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount in whole units, half of one upwards, as is the custom of trade."""
    return WIDE.quantize(amount, unit_of(currency))


def too_fine(row: Row, names: Collection[str]) -> Iterator[tuple[str, Problem]]:
    """Amounts with more digits than their currency has; what they would be without is told beside."""
    currency = currency_of(row)
    for name in names:
        amount = row[name]
        if amount is not None and amount != (fitting := rounded(amount, currency)):
            yield name, Problem(TOO_FINE, digits_text(currency), (f"{fitting:f}",))


def digits_text(currency: str) -> str:
    """How many digits amounts of a currency have."""
    places = get_currency_precision(currency)
    if not places:
        return _("Amounts in %(currency)s have no decimal places.") % {"currency": currency}
    text = _("Amounts in %(currency)s have at most %(count)s decimal places.")
    return text % {"currency": currency, "count": places}
