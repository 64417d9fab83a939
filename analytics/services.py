"""What others may ask of analytics. Light to import: the learning itself is loaded when a worker calls it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from analytics.models import PredictionFeedback, Recommendation, Run
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import permit, visible
from crm.customers.models import Customer
from crm.sales.models import Product

Progress = Callable[[str, float], None]
ANSWERS = ("useful", "not_useful", "wrong", "already_known")
MARKS = ("shown", "clicked", "accepted", "dismissed", "bought")
JUDGED = ("accepted", "dismissed")


def refresh(*, as_of: datetime, contest: bool, progress: Progress | None = None, again: bool = False) -> Run:
    """Recompute every model and score of the current tenant, real rows and samples apart; return the Run."""
    function = import_string("analytics.refreshing.refresh")
    run: Run = function(as_of=as_of, contest=contest, progress=progress, again=again)
    return run


def rescore_all() -> Run:
    """Score everybody again with the versions in use; nothing is learned."""
    run: Run = import_string("analytics.refreshing.rescore_all")()
    return run


def rescore(customer_ids: Sequence[UUID]) -> int:
    """Rescore a few customers within the models in use; return how many rows changed."""
    changed: int = import_string("analytics.refreshing.rescore")(customer_ids)
    return changed


def evaluate(as_of: date, window: int) -> dict[str, Any]:
    """Judge every contestant at a past date against what came after it; stores nothing."""
    figures: dict[str, Any] = import_string("analytics.evaluation.evaluate")(as_of, window)
    return figures


def feedback_give(customer_id: UUID, answer: str, *, actor: Actor, reason: str = "") -> PredictionFeedback:
    """Keep what a person says about a customer's churn risk, beside the number that was shown."""
    customer = visible(Customer, actor).filter(pk=customer_id).first()
    if customer is None:
        raise CrmError("not_found", "There is no such customer.", status=404)
    permit(actor, "customers.view_customer")
    if answer not in ANSWERS:
        raise CrmError("bad_value", f"The answer must be one of {', '.join(ANSWERS)}.", allowed=list(ANSWERS))
    return PredictionFeedback.objects.create(
        customer=customer,
        predictor="churn",
        answer=answer,
        reason=reason[:300],
        probability=customer.churn_probability,
        model_version=customer.model_version,
        actor_kind=actor.kind,
        actor_id=actor.id,
    )


def recommendation_mark(recommendation_id: int, mark: str, *, actor: Actor, reason: str = "") -> Recommendation:
    """Note what became of a recommendation: shown, clicked, accepted, dismissed (and for what reason) or bought."""
    if mark not in MARKS:
        raise CrmError("bad_value", f"The mark must be one of {', '.join(MARKS)}.", allowed=list(MARKS))
    row = recommendation_find(recommendation_id, actor=actor, is_judged=mark in JUDGED)
    setattr(row, f"{mark}_at", timezone.now())
    if mark in JUDGED:  # one answer takes the place of the other
        other = "accepted" if mark == "dismissed" else "dismissed"
        setattr(row, f"{other}_at", None)
        row.dismissed_for = reason[:300] if mark == "dismissed" else ""
    row.save(update_fields=[*(f"{one}_at" for one in MARKS), "dismissed_for"])
    return row


def recommendation_unmark(recommendation_id: int, *, actor: Actor) -> Recommendation:
    """Take back what was said of a recommendation."""
    row = recommendation_find(recommendation_id, actor=actor, is_judged=True)
    row.accepted_at = row.dismissed_at = None
    row.dismissed_for = ""
    row.save(update_fields=["accepted_at", "dismissed_at", "dismissed_for"])
    return row


def recommendation_find(recommendation_id: int, *, actor: Actor, is_judged: bool) -> Recommendation:
    """A recommendation for a customer whom the actor may see; judging it is a permission of its own."""
    permit(actor, "customers.view_customer")
    permit(actor, "sales.view_product")
    if is_judged:
        permit(actor, "analytics.change_recommendation")
    seen = {"customer__in": visible(Customer, actor), "product__in": visible(Product, actor)}
    row = Recommendation.objects.select_related("product").filter(pk=recommendation_id, **seen).first()
    if row is None:
        raise CrmError("not_found", _("There is no such recommendation."), status=404)
    return row
