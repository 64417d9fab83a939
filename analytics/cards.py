"""What the record page and the API show of the models: cards for one record, and the page about the models.

Everything here reads stored fields and rows; nothing is computed from orders, and numpy is not needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from crm.core.actors import Actor


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
    """One line of the recommendations card; `id` is the recommendation's, for feedback."""

    id: int
    product_id: UUID
    name: str
    sku: str
    rank: int
    score: float
    reason_type: str
    reason_text: str


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


def cards_of(resource_label: str, record_id: UUID, *, actor: Actor) -> list[Card]:
    """The cards of one record: none for a noun without predictors or a record the actor may not see."""
    raise NotImplementedError


def model_page(*, actor: Actor) -> dict[str, object]:
    """What the model page shows: one entry a predictor with contest table, grade rule, rung, bins, history."""
    raise NotImplementedError
