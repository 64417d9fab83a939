"""The pipeline that a new tenant finds."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from crm.core.actors import SYSTEM
from crm.core.services import Change, record_save, records_save
from crm.sales.models import Category, LostReason, Outcome, Pipeline, Stage


def first_stages() -> list[tuple[str, int, str, str, int | None]]:
    """Name, probability, category, outcome and days allowed of the stages that most begin with."""
    return [
        (_("New"), 10, Category.PIPELINE, Outcome.OPEN, 14),
        (_("Qualified"), 25, Category.PIPELINE, Outcome.OPEN, 21),
        (_("Proposal"), 50, Category.BEST_CASE, Outcome.OPEN, 21),
        (_("Negotiation"), 75, Category.COMMIT, Outcome.OPEN, 14),
        (_("Won"), 100, Category.CLOSED, Outcome.WON, None),
        (_("Lost"), 0, Category.OMITTED, Outcome.LOST, None),
    ]


def first_reasons() -> list[str]:
    """Why deals are lost, to begin with."""
    return [
        pgettext("lost reason", "Price"),
        _("Chose a competitor"),
        _("No budget"),
        _("No decision"),
        _("Missing feature"),
        _("Bad timing"),
    ]


def pipeline_start(locale: str) -> None:
    """A first pipeline with its stages and lost reasons, in the tenant's language; whoever ever had one keeps to it."""
    if Pipeline.objects.exists():
        return
    with override(locale):
        pipeline = record_save(Pipeline, {"name": _("Sales"), "is_default": True}, actor=SYSTEM)
        stages = [
            Change(
                {
                    "pipeline": pipeline,
                    "name": name,
                    "position": place,
                    "probability": probability,
                    "category": category,
                    "outcome": outcome,
                    "days_limit": days,
                }
            )
            for place, (name, probability, category, outcome, days) in enumerate(first_stages(), 1)
        ]
        records_save(Stage, stages, actor=SYSTEM)
        records_save(LostReason, [Change({"name": name}) for name in first_reasons()], actor=SYSTEM)
