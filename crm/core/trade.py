"""What a company calls an order, by what it sells: a bank has transactions, a travel agency bookings."""

from __future__ import annotations

from django.utils.functional import Promise, lazy
from django.utils.translation import ngettext

from tenants.standing import standing


def industry_here() -> str:
    """What the company at hand sells; nothing where there is none."""
    return str(getattr(standing.tenant, "industry", ""))


def order_word(n: int = 1) -> str:
    """One order, or many, as the people of the company call it."""
    match industry_here():
        case "bank":
            return ngettext("transaction", "transactions", n)
        case "travel":
            return ngettext("booking", "bookings", n)
        case _:
            return ngettext("order", "orders", n)


def chosen(usual: str | Promise, bank: str | Promise, travel: str | Promise) -> str:
    """A label as the company at hand says it."""
    return str({"bank": bank, "travel": travel}.get(industry_here(), usual))


by_trade = lazy(chosen, str)  # asked whenever it is shown: the same label is another one in another company
