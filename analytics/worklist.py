"""Who to call first: customers ranked by what is at stake, each with its reason in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import ExpressionWrapper, F, FloatField, QuerySet
from django.db.models.functions import Cast, Coalesce

from analytics.cards import next_action
from analytics.reasons import reason_label
from crm.core.actors import Actor
from crm.core.permissions import visible
from crm.core.samples import sample_shown
from crm.customers.models import Customer


@dataclass(frozen=True)
class WorkItem:
    """One customer to call; `at_stake` is probability × value and decides the order, `actions` are verb-like names."""

    id: UUID
    name: str
    reason: str
    band: str
    band_label: str
    probability: float | None
    value: Decimal | None
    at_stake: Decimal | None
    next_best_action: str
    next_best_action_label: str
    actions: Sequence[str]
    is_sample: bool


NEEDED = {
    "churn_probability", "churn_band", "churn_reasons", "clv_predicted", "clv_historic", "rfm_segment",
    "next_best_action",
}  # fmt: skip
NOUN = Customer._meta.label_lower  # what the list is of, for pages that know no noun
RISKY = ("high", "critical")
SLIPPING = ("cannot_lose", "at_risk")


def worklist(actor: Actor, limit: int = 50) -> list[WorkItem]:
    """The customers to call first, of those the actor may see; the sample's while it is shown."""
    is_hidden = any(f"customers.customer.{name}" in actor.hidden_fields for name in NEEDED)
    if is_hidden or not actor.may("customers.view_customer"):
        return []
    seen = visible(Customer, actor)
    people = seen.filter(is_sample=sample_shown())
    found = list(by_risk(people)[:limit])
    if not found:
        found = list(by_segment(people)[:limit])
    return [item_of(customer) for customer in found]


def by_risk(people: QuerySet[Customer]) -> QuerySet[Customer]:
    """Those at high risk, by what is at stake: the risk times the value to come, or the value so far."""
    worth = Cast(Coalesce("clv_predicted", "clv_historic"), FloatField())
    stake = ExpressionWrapper(F("churn_probability") * worth, output_field=FloatField())
    risky = people.filter(churn_band__in=RISKY, churn_probability__isnull=False)
    return risky.annotate(stake=stake).order_by(F("stake").desc(nulls_last=True), "id")


def by_segment(people: QuerySet[Customer]) -> QuerySet[Customer]:
    """Where no risk is published: the segments that are slipping away, the most valuable first."""
    return people.filter(rfm_segment__in=SLIPPING).order_by(F("clv_historic").desc(nulls_last=True), "id")


def item_of(customer: Customer) -> WorkItem:
    """One line of the list."""
    value = customer.clv_predicted if customer.clv_predicted is not None else customer.clv_historic
    risk = customer.churn_probability
    return WorkItem(
        id=customer.pk,
        name=customer.name,
        reason=why(customer),
        band=customer.churn_band,
        band_label=customer.get_churn_band_display() if customer.churn_band else "",
        probability=risk,
        value=value,
        at_stake=None if value is None or risk is None else (value * Decimal(repr(risk))).quantize(Decimal("0.01")),
        actions=("create_task", "dismiss"),
        is_sample=customer.is_sample,
        **next_action(customer),
    )


def why(customer: Customer) -> str:
    """The reason in one line: what raises the risk most, or the segment's name."""
    raising: list[dict[str, Any]] = [r for r in customer.churn_reasons or () if r["direction"] == "up"]
    if raising:
        return reason_label(raising[0]["feature"], raising[0]["value"])
    return customer.get_rfm_segment_display() if customer.rfm_segment else ""
