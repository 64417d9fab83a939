"""What the models know about a person: told with everything else, and forgotten (settings.PRIVACY_TELL, _FORGET)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from analytics.models import PredictionFeedback, PredictionSnapshot, Recommendation

LABEL = "customers.customer"


def tell(found: dict[str, list[UUID]]) -> dict[str, Any]:
    """Past scores, recommendations, and what people said of the scores."""
    theirs = {"customer__in": found.get(LABEL, ())}
    return {
        "scores_of_the_past": list(
            PredictionSnapshot.objects.filter(**theirs).values(
                "week_on", "churn_probability", "churn_band", "model_version"
            )
        ),
        "recommendations": list(
            Recommendation.objects.filter(**theirs).values(
                "product__name", "shelf", "reason_text", "accepted_at", "dismissed_at", "dismissed_for"
            )
        ),
        "feedback": list(PredictionFeedback.objects.filter(**theirs).values("created_at", "answer", "reason")),
    }


def forget(found: dict[str, list[UUID]], _words: list[str]) -> None:
    """All of it."""
    theirs = {"customer__in": found.get(LABEL, ())}
    for model in (PredictionSnapshot, Recommendation, PredictionFeedback):
        model._default_manager.filter(**theirs).delete()
