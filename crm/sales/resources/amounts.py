"""Amounts that follow from numbers: exact to the fourth place, and refused where no column of money holds them."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

from django.utils.translation import gettext as _

from crm.core.errors import Problem, Unfit

CENT_OF_CENT = Decimal("0.0001")
LEAST_TOO_LARGE = Decimal(10) ** 15
HUNDRED = Decimal(100)
DIGITS = 100  # of the largest product that columns allow, and more


def product_of(field: str, *factors: Decimal) -> Decimal:
    """Numbers multiplied, as money is kept; `field` is what to mend where the amount is too large."""
    exact = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
    amount = Decimal(1)
    for factor in factors:
        amount = exact.multiply(amount, factor)
    return kept(field, exact.quantize(amount, CENT_OF_CENT))


def less(discount_percent: Decimal) -> Decimal:
    """What a discount leaves, as a factor."""
    return (HUNDRED - discount_percent) / HUNDRED if discount_percent else Decimal(1)


def kept(field: str, amount: Decimal) -> Decimal:
    """An amount that a column of money holds."""
    if abs(amount) >= LEAST_TOO_LARGE:
        text = _("The amount that follows must be below %(limit)s.") % {"limit": "10^15"}
        raise Unfit(field, Problem("number", text))
    return amount
