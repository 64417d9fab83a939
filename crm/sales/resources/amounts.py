"""Amounts that follow from numbers: what is paid in whole units of its currency, and nothing that no column holds."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

from django.utils.translation import gettext as _

from crm.core.errors import Problem, Unfit
from crm.core.money import rounded
from crm.core.registry import Row
from tenants.context import current

CENT_OF_CENT = Decimal("0.0001")
LEAST_TOO_LARGE = Decimal(10) ** 15
HUNDRED = Decimal(100)
EXACT = Context(prec=100, rounding=ROUND_HALF_UP)  # digits of the largest product that columns allow, and more


def exact(*factors: Decimal) -> Decimal:
    """Numbers multiplied, to the last digit."""
    amount = Decimal(1)
    for factor in factors:
        amount = EXACT.multiply(amount, factor)
    return amount


def product_of(field: str, *factors: Decimal) -> Decimal:
    """Numbers multiplied, to the fourth place: for figures; `field` is what to mend where it is too large."""
    return kept(field, EXACT.quantize(exact(*factors), CENT_OF_CENT))


def money_of(field: str, currency: str, *factors: Decimal) -> Decimal:
    """Numbers multiplied to what can be paid in a currency, of "" in the company's own."""
    return kept(field, rounded(exact(*factors), currency or current().currency))


def line_amount(line: Row, currency: str) -> Decimal:
    """What a line comes to: quantity × price, less its discount."""
    price, share = line["unit_price"] or Decimal(0), less(line["discount_percent"])
    return money_of("unit_price", currency, line["quantity"], price, share)


def line_tax(line: Row, currency: str) -> Decimal:
    """The tax on a line's amount."""
    share = line["tax_percent"]
    return money_of("lines", currency, line["amount"], share / HUNDRED) if share else Decimal(0)


def less(discount_percent: Decimal) -> Decimal:
    """What a discount leaves, as a factor."""
    return (HUNDRED - discount_percent) / HUNDRED if discount_percent else Decimal(1)


def kept(field: str, amount: Decimal) -> Decimal:
    """An amount that a column of money holds."""
    if abs(amount) >= LEAST_TOO_LARGE:
        text = _("The amount that follows must be below %(limit)s.") % {"limit": "10^15"}
        raise Unfit(field, Problem("number", text))
    return amount
