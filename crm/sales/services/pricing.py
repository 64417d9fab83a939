"""What price books, limits and subscriptions take from elsewhere, and what they may not say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from crm.core.actors import granted
from crm.core.errors import Problem
from crm.core.registry import Row
from crm.sales.models import Subscription
from crm.sales.services.discounts import DECIDE
from crm.sales.services.rates import rates_take
from crm.team.models import Role
from tenants.context import current

Refusals = Iterator[tuple[int, str, Problem]]


def ends_before(rows: Mapping[int, Row]) -> Refusals:
    """What ends before it starts."""
    for at, row in rows.items():
        if row["starts_on"] and row["ends_on"] and row["ends_on"] < row["starts_on"]:
            yield at, "ends_on", Problem("before_start", _("Ends before it starts."))


def rates_follow(rows: Mapping[int, Row], was: Mapping[int, Row]) -> Refusals:
    """A name for new ones that have none."""
    for row in (row for at, row in rows.items() if at not in was):
        row["name"] = row["name"] or f"{row['currency']} {row['valid_on']}"
    return iter(())


def books_follow(rows: Mapping[int, Row]) -> Refusals:
    """Own currency unless it says another."""
    for row in rows.values():
        row["currency"] = row["currency"] or current().currency
    yield from ends_before(rows)
    for at, row in rows.items():
        steps = set[tuple[UUID, Decimal]]()
        for index, price in enumerate(row.get("prices", ())):
            step = (price["product"], price["least_quantity"])
            if step in steps:
                text = _("There is a price of this product from this quantity on already.")
                yield at, f"prices.{index}.least_quantity", Problem("not_unique", text)
            steps.add(step)


def roles_offered() -> list[tuple[str, str]]:
    """The roles that a limit may be for."""
    return [(role.code, role.label) for role in Role.objects.order_by("name") if not is_free(role.permissions)]


def is_free(permissions: Iterable[str]) -> bool:
    """Whether whoever holds these decides on discounts, so that no limit binds them."""
    return granted(frozenset(permissions), DECIDE)


def limits_follow(rows: Mapping[int, Row], was: Mapping[int, Row]) -> Refusals:
    """Only of roles that there are, and that may not decide on discounts themselves."""
    named = {at: row["role"] for at, row in rows.items() if row["role"] and row["role"] != was.get(at, {}).get("role")}
    roles = dict(Role.objects.order_by("code").values_list("code", "permissions")) if named else {}
    codes = tuple(code for code, permissions in roles.items() if not is_free(permissions))
    for at, role in named.items():
        if role not in roles:
            text = _("There is no such role; there are: %(codes)s.") % {"codes": ", ".join(codes)}
            yield at, "role", Problem("choice", text, codes)
        elif role not in codes:
            text = _("Who has this role may decide on approvals, so that no limit would bind them; choose another one.")
            yield at, "role", Problem("not_bound", text, codes)


def subscriptions_follow(rows: Mapping[int, Row], was: Mapping[int, Row]) -> Refusals:
    """Own currency and every month unless it says another; the rate of the day it starts."""
    for row in rows.values():
        row["interval"] = row["interval"] or Subscription.Interval.MONTH.value
        row["currency"] = row["currency"] or current().currency
    yield from rates_take(rows, was, lambda row: row["starts_on"])
    yield from ends_before(rows)
