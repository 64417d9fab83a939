"""Recurring revenue: what subscriptions are a month, and what made it more or less, month by month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from crm.core.actors import Actor
from crm.core.permissions import fields_permit, permit, visible
from crm.core.registry import registry
from crm.core.samples import sample_shown
from crm.sales.models import Subscription
from crm.sales.services.periods import Period

NONE = Decimal(0)
CHANGES = ("new", "expansion", "contraction", "churned")


@dataclass(frozen=True)
class Month:
    """What recurs at the end of a month, and how it came to that from what recurred at the end of the one before."""

    period: Period
    before: Decimal = NONE
    new: Decimal = NONE
    expansion: Decimal = NONE
    contraction: Decimal = NONE
    churned: Decimal = NONE
    customers: int = 0
    lost: int = 0
    kept: float | None = None  # the share of what recurred before that still does, with what the same customers added

    @property
    def after(self) -> Decimal:
        """What recurs at its end."""
        return self.before + self.new + self.expansion + self.contraction + self.churned


def live_on(day: date) -> Q:
    """What runs on a day; its last day counts."""
    return Q(starts_on__lte=day) & (Q(ends_on__isnull=True) | Q(ends_on__gte=day))


def months_of(periods: Iterable[Period], *, actor: Actor) -> list[Month]:
    """Each month from what every customer paid at its end and at the end of the one before, then all of them together,
    what was kept told of those who paid at the beginning: one statement."""
    permit(actor, registry["sales.subscription"].permission("view"))
    fields_permit(registry["sales.subscription"], ("customer", "monthly_home", "starts_on", "ends_on"), actor)
    asked = list(periods)
    days = [asked[0].first - timedelta(days=1), *(one.last for one in asked)]
    sums = {f"at_{n}": Sum("monthly_home", filter=live_on(day)) for n, day in enumerate(days)}
    rows = visible(Subscription, actor).filter(is_sample=sample_shown()).order_by()
    found = rows.values_list("customer").annotate(**sums).values_list(*sums)
    paid = [[amount or NONE for amount in row] for row in found]
    months = [month_of(one, [(row[n], row[n + 1]) for row in paid]) for n, one in enumerate(asked)]
    sums_of: dict[str, Any] = {name: sum((getattr(one, name) for one in months), NONE) for name in CHANGES}
    lasting = month_of(asked[-1], [(row[0], row[-1]) for row in paid])
    return [*months, replace(lasting, lost=sum(one.lost for one in months), **sums_of)]


def month_of(period: Period, pairs: list[tuple[Decimal, Decimal]]) -> Month:
    """One month from what each customer paid before and at its end."""
    began = sum((before for before, _after in pairs), NONE)
    kept = sum((after for before, after in pairs if before), NONE)
    grown = [(before, after - before) for before, after in pairs if before and after]
    return Month(
        period,
        before=began,
        new=sum((after for before, after in pairs if not before), NONE),
        expansion=sum((more for _before, more in grown if more > 0), NONE),
        contraction=sum((more for _before, more in grown if more < 0), NONE),
        churned=-sum((before for before, after in pairs if not after), NONE),
        customers=sum(1 for _before, after in pairs if after),
        lost=sum(1 for before, after in pairs if before and not after),
        kept=float(kept / began) if began else None,
    )

