"""Results: what was reached, asked of the records themselves, for everybody at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from crm.core.actors import Actor
from crm.core.figures import Behind
from crm.core.permissions import fields_permit, permit, visible
from crm.core.registry import registry
from crm.core.samples import sample_shown
from crm.sales.models import Deal, DealLine, MeasureName, OrderLine
from crm.sales.services.periods import Period

Amounts = dict[UUID | None, Decimal]
CANCELLED = "cancelled"


@dataclass(frozen=True)
class Measure:
    """What is counted: records of a noun by the day of a field, or their amounts."""

    noun: str
    day: str
    amount: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    where: Q = field(default_factory=Q)
    is_moment: bool = False

    def rows(self, period: Period, actor: Actor) -> QuerySet[Any]:
        """The records of the period that the actor may see; samples only where there is nothing else."""
        permit(actor, registry[self.noun].permission("view"))
        fields_permit(registry[self.noun], self.told, actor)
        first, after = (self.edge(day) for day in (period.first, period.last + timedelta(days=1)))
        rows = visible(registry[self.noun].model, actor).filter(self.where, is_sample=sample_shown())
        return rows.filter(**{f"{self.day}__gte": first, f"{self.day}__lt": after})

    @property
    def told(self) -> set[str]:
        """The fields from which the numbers are made."""
        asked = {"owner", self.day, *(name.partition("__")[0] for name in self.params)}
        return asked | {self.amount, self.amount.removesuffix("_home")} if self.amount else asked

    def edge(self, day: date) -> date | datetime:
        """The beginning of a day, in the tenant's time where moments are counted."""
        return datetime.combine(day, time(), timezone.get_current_timezone()) if self.is_moment else day

    def behind(self, period: Period, **more: str) -> Behind:
        """The list of what was counted."""
        first, after = (self.edge(day).isoformat() for day in (period.first, period.last + timedelta(days=1)))
        own = {"is_sample": "true" if sample_shown() else "false"}
        return Behind(self.noun, {**self.params, f"{self.day}__gte": first, f"{self.day}__lt": after, **own, **more})


WON: dict[str, Any] = {"noun": "sales.deal", "day": "closed_on", "params": {"status": "won"}, "where": Q(status="won")}
MEASURES: dict[str, Measure] = {
    MeasureName.WON_VALUE: Measure(**WON, amount="amount_home"),
    MeasureName.WON_COUNT: Measure(**WON),
    MeasureName.REVENUE: Measure(
        "sales.order",
        "ordered_at",
        amount="amount_home",
        params={"status__ne": CANCELLED},
        where=~Q(status=CANCELLED),
        is_moment=True,
    ),
    MeasureName.PAYMENTS: Measure(
        "sales.payment", "paid_on", amount="amount_home", params={"status": "paid"}, where=Q(status="paid")
    ),
    MeasureName.NEW_CUSTOMERS: Measure("customers.customer", "created_at", is_moment=True),
    MeasureName.TASKS: Measure(
        "activities.task", "done_at", params={"status": "done"}, where=Q(status="done"), is_moment=True
    ),
    MeasureName.CALLS: Measure("activities.call", "called_at", is_moment=True),
    MeasureName.MEETINGS: Measure(
        "activities.meeting", "starts_at", params={"status": "held"}, where=Q(status="held"), is_moment=True
    ),
}
LINES: dict[str, tuple[Any, str]] = {"sales.deal": (DealLine, "deal"), "sales.order": (OrderLine, "order")}


def results(name: str, period: Period, *, actor: Actor, category: str = "") -> Amounts:
    """What each owner reached in a period: one statement, two where a product category is asked for."""
    measure = MEASURES[name]
    rows = measure.rows(period, actor).order_by()
    if category:
        return of_category(measure, rows, category, actor)
    what: Any = Sum(measure.amount) if measure.amount else Count("pk")
    return {owner: Decimal(n or 0) for owner, n in rows.values_list("owner").annotate(n=what)}


def of_category(measure: Measure, rows: QuerySet[Any], category: str, actor: Actor) -> Amounts:
    """The part of a product category: its lines; a deal whose lines name no price counts whole."""
    if measure.noun not in LINES:
        return {}
    fields_permit(registry[measure.noun], ["lines"], actor)
    fields_permit(registry["sales.product"], ["category"], actor)
    lines, parent = LINES[measure.noun]
    own = lines.objects.filter(product__category=category)
    held = rows.filter(pk__in=own.values(f"{parent}_id"))
    if not measure.amount:
        return {owner: Decimal(n) for owner, n in held.values_list("owner").annotate(n=Count("pk"))}
    priced = own.filter(**{f"{parent}__in": held.values("pk")}).exclude(amount=0)
    worth = Sum(F("amount") * F(f"{parent}__exchange_rate"))
    found: Amounts = {
        owner: Decimal(n or 0) for owner, n in priced.values_list(f"{parent}__owner").annotate(n=worth).order_by()
    }
    if parent == "deal":
        whole = held.filter(lines_amount=None).exclude(pk__in=priced.values("deal_id"))
        for owner, n in whole.values_list("owner").annotate(n=Sum(measure.amount)):
            found[owner] = found.get(owner, Decimal(0)) + Decimal(n or 0)
    return found


@dataclass(frozen=True)
class Closed:
    """What one owner closed in a period."""

    won_value: Decimal = Decimal(0)
    won: int = 0
    lost: int = 0

    def __add__(self, other: Closed) -> Closed:
        """Two together."""
        return Closed(self.won_value + other.won_value, self.won + other.won, self.lost + other.lost)

    @property
    def win_rate(self) -> float | None:
        """The share of deals that were won, of those that were closed."""
        return self.won / (self.won + self.lost) if self.won + self.lost else None


def closed(period: Period, *, actor: Actor) -> dict[UUID | None, Closed]:
    """Deals won and lost of each owner: one statement."""
    permit(actor, registry["sales.deal"].permission("view"))
    fields_permit(registry["sales.deal"], MEASURES[MeasureName.WON_VALUE].told, actor)
    rows = visible(Deal, actor).filter(
        closed_on__gte=period.first, closed_on__lte=period.last, is_sample=sample_shown()
    )
    won, lost = Q(status="won"), Q(status="lost")
    counted = rows.order_by().values_list("owner").annotate(
        value=Sum("amount_home", filter=won), won=Count("pk", filter=won), lost=Count("pk", filter=lost)
    )
    return {owner: Closed(value or Decimal(0), n_won, n_lost) for owner, value, n_won, n_lost in counted}
