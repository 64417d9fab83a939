"""What the record page and the API show of the models: cards for one record, and the page about the models.

Everything here reads stored fields and rows; nothing is computed from orders, and numpy is not needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from analytics.actions import Facts, action_label, action_of
from analytics.model_cards import model_page
from analytics.models import ModelVersion, Recommendation
from analytics.reasons import reason_label, recommendation_label
from analytics.wording import status_lift, status_why
from crm.core.actors import Actor
from crm.core.permissions import visible
from crm.customers.models import Customer, Scored
from crm.sales.models import Product


@dataclass(frozen=True)
class Reason:
    """One reason behind a probability, in words with the number in them.

    `direction` is "up" (raises the risk) or "down"; `points` are percentage points, positive when up.
    """

    feature: str
    label: str
    value: float | None
    direction: str
    points: float
    actionable: bool


@dataclass(frozen=True)
class CardAction:
    """A button: `name` is create_task, dismiss; the page knows how to carry it out."""

    name: str
    label: str


@dataclass(frozen=True)
class PredictionData:
    """The predictions card of one customer (kind "prediction").

    With status "ok" the risk fields are filled; otherwise `why` says why there is no score and `lifts_it` what
    would bring one. The fields after `actions` stand on their own: each is None when it is not known.
    """

    status: str
    status_label: str
    why: str = ""
    lifts_it: str = ""
    probability: float | None = None
    base_rate: float | None = None
    window_days: int | None = None
    band: str = ""
    band_label: str = ""
    percentile: float | None = None
    trend: float | None = None
    reasons_up: Sequence[Reason] = ()
    reasons_down: Sequence[Reason] = ()
    confidence: str = ""
    grade: str = ""
    model_version: str = ""
    scored_at: datetime | None = None
    actions: Sequence[CardAction] = ()
    next_best_action: str = ""
    next_best_action_label: str = ""
    is_high_value: bool | None = None
    rfm_segment: str = ""
    rfm_segment_label: str = ""
    clv_predicted: Decimal | None = None
    clv_low: Decimal | None = None
    clv_high: Decimal | None = None
    clv_horizon_days: int | None = None
    clv_historic: Decimal | None = None
    next_purchase_low_on: date | None = None
    next_purchase_expected_on: date | None = None
    next_purchase_high_on: date | None = None
    next_purchase_overdue_days: int | None = None
    buy_within_30d_probability: float | None = None


@dataclass(frozen=True)
class RecommendedProduct:
    """One line of the recommendations card; `id` is the recommendation's, for feedback: none where it is not stored."""

    id: int | None
    product_id: UUID
    name: str
    sku: str
    rank: int
    score: float
    reason_type: str
    reason_text: str
    is_accepted: bool = False


@dataclass(frozen=True)
class RecommendationsData:
    """The recommendations card of one customer (kind "recommendations"): two lists, or `why` there are none."""

    buy_again: Sequence[RecommendedProduct] = ()
    new_for_you: Sequence[RecommendedProduct] = ()
    why: str = ""


@dataclass(frozen=True)
class Card:
    """A card on a record page: `kind` names the template ui/cards/<kind>.html, `data` is what it shows."""

    kind: str
    title: str
    data: PredictionData | RecommendationsData = field(repr=False)


__all__ = ["Card", "PredictionData", "Reason", "RecommendationsData", "RecommendedProduct", "cards_of", "model_page"]

LABEL = "customers.customer"
SHOWN_REASONS = 3
PLAIN = (
    "percentile", "trend", "window_days", "base_rate", "probability",
)  # fmt: skip
COPIED = (
    "is_high_value", "rfm_segment", "clv_predicted", "clv_low", "clv_high", "clv_horizon_days", "clv_historic",
    "next_purchase_low_on", "next_purchase_expected_on", "next_purchase_high_on", "next_purchase_overdue_days",
    "buy_within_30d_probability", "model_version", "scored_at",
)  # fmt: skip


def cards_of(resource_label: str, record_id: UUID, *, actor: Actor) -> list[Card]:
    """The cards of one record: none for a noun without predictors or a record the actor may not see."""
    if resource_label != LABEL or not actor.may("customers.view_customer"):
        return []
    customer = visible(Customer, actor).filter(pk=record_id).first()
    if customer is None:
        return []
    for scored in Scored._meta.concrete_fields:
        if f"{LABEL}.{scored.name}" in actor.hidden_fields:
            setattr(customer, scored.name, "" if scored.empty_strings_allowed and not scored.null else None)
    cards = [Card("prediction", _("Predictions"), prediction_of(customer))]
    if actor.may("sales.view_product"):
        cards.append(Card("recommendations", _("Recommended products"), recommendations_of(customer, actor)))
    return cards


def prediction_of(customer: Customer) -> PredictionData:
    """What is stored on a customer, with every label in the reader's language."""
    status = customer.prediction_status
    data: dict[str, Any] = {name: getattr(customer, name) for name in COPIED}
    data |= {
        "status": status,
        "status_label": customer.get_prediction_status_display() if status else _("Not scored yet"),
        "rfm_segment_label": customer.get_rfm_segment_display() if customer.rfm_segment else "",
        **next_action(customer),
    }
    if customer.churn_probability is None:
        return PredictionData(**data, **absence(customer))
    reasons = [reason_of(stored) for stored in customer.churn_reasons or ()]
    return PredictionData(
        **data,
        **{name: getattr(customer, f"churn_{name}") for name in PLAIN},
        band=customer.churn_band,
        band_label=customer.get_churn_band_display() if customer.churn_band else "",
        reasons_up=[reason for reason in reasons if reason.direction == "up"][:SHOWN_REASONS],
        reasons_down=[reason for reason in reasons if reason.direction == "down"][:SHOWN_REASONS],
        confidence=confidence_label(customer.prediction_confidence),
        grade=customer.model_grade,
        actions=[CardAction("create_task", _("Create task")), CardAction("dismiss", _("Not right"))],
    )


def absence(customer: Customer) -> dict[str, Any]:
    """Why there is no score and what lifts it."""
    status, has_orders = customer.prediction_status, bool(customer.orders_count)
    version = ModelVersion.objects.filter(predictor="churn", is_sample=customer.is_sample)
    card = version.exclude(status=ModelVersion.Status.RETIRED).only("metrics").first()
    return {
        "why": status_why(status, has_orders=has_orders, metrics=card.metrics if card else {}),
        "lifts_it": status_lift(status, has_orders=has_orders),
    }


def reason_of(stored: dict[str, Any]) -> Reason:
    """A stored reason, its label made anew in the reader's language."""
    return Reason(**{**stored, "label": reason_label(stored["feature"], stored["value"])})


def next_action(customer: Customer) -> dict[str, str]:
    """The next best action by name and in words, by the same rules that the night used."""
    facts = Facts(
        band=customer.churn_band,
        segment=customer.rfm_segment,
        is_high_value=bool(customer.is_high_value),
        overdue_days=customer.next_purchase_overdue_days or 0,
        orders=customer.orders_count or 0,
    )
    name = action_of(facts) if customer.next_best_action else ""
    return {"next_best_action": name, "next_best_action_label": action_label(name)}


def confidence_label(confidence: float | None) -> str:
    """How far to believe one score, in a word."""
    if confidence is None:
        return ""
    return _("High") if confidence >= 0.75 else _("Medium") if confidence >= 0.5 else _("Low")


def recommendations_of(customer: Customer, actor: Actor) -> RecommendationsData:
    """Both lists of a customer, or what is popular for one who has not bought anything yet."""
    if customer.is_profiling_refused:
        return RecommendationsData(why=_("This customer objects to profiling: nothing is computed about them."))
    rows = Recommendation.objects.filter(customer=customer, dismissed_at=None, product__in=visible(Product, actor))
    items = [(row.shelf, recommended(row, actor)) for row in rows.select_related("product").order_by("shelf", "rank")]
    if not items:
        popular = trending(customer, actor)
        nothing = _("Nothing has been sold often enough yet.")
        return RecommendationsData(new_for_you=popular, why="" if popular else nothing)
    return RecommendationsData(
        buy_again=[item for shelf, item in items if shelf == Recommendation.Shelf.AGAIN],
        new_for_you=[item for shelf, item in items if shelf == Recommendation.Shelf.NEW],
    )


def recommended(row: Recommendation, actor: Actor) -> RecommendedProduct:
    """A stored recommendation with its reason in the reader's language."""
    return RecommendedProduct(
        id=row.pk,
        product_id=row.product_id,
        name=row.product.name,
        sku=sku_of(row.product, actor),
        rank=row.rank,
        score=row.score,
        reason_type=row.reason_type,
        reason_text=recommendation_label(row.reason_type, row.reason_values) if row.reason_values else row.reason_text,
        is_accepted=row.accepted_at is not None,
    )


def sku_of(product: Product, actor: Actor) -> str:
    """A product's number, where the actor may read it."""
    return "" if "sales.product.sku" in actor.hidden_fields else product.sku


def trending(customer: Customer, actor: Actor) -> list[RecommendedProduct]:
    """What sells now, for someone without history; these rows are not stored, so they have no id."""
    version = ModelVersion.objects.filter(predictor="recommendations", is_sample=customer.is_sample)
    card = version.exclude(status=ModelVersion.Status.RETIRED).only("thresholds").first()
    entries = card.thresholds.get("trending", []) if card else []
    products = visible(Product, actor).in_bulk([entry["product"] for entry in entries])
    live = [(products.get(UUID(entry["product"])), entry["sold"]) for entry in entries]
    return [
        RecommendedProduct(None, product.pk, product.name, sku_of(product, actor), rank, float(sold), "trending",
                           recommendation_label("trending", {"sold": sold}))
        for rank, (product, sold) in enumerate(live, start=1)
        if product is not None and product.is_active
    ][:5]  # fmt: skip
