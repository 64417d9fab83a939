"""The pipeline that a new tenant finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from crm.core.actors import SYSTEM
from crm.core.errors import Problem
from crm.core.registry import Row, registry
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


def fields_offered() -> list[tuple[str, str | Promise]]:
    """What a stage may ask for: what people write of a deal, the tenant's own fields among it."""
    kept = ("pipeline", "stage", "owner")
    return [
        (spec.name, spec.label)
        for spec in registry["sales.deal"].specs.values()
        if spec.writable and spec.name not in kept
    ]


def stages_follow(rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
    """A stage without a place comes after the last open one: it shares that one's place, and is younger."""
    lacking = [row for row in rows.values() if row["position"] is None]
    if lacking:
        live = Stage.objects.filter(pipeline__any_of={row["pipeline"] for row in lacking}, deleted_at__isnull=True)
        last = dict(live.filter(outcome=Outcome.OPEN).values_list("pipeline").annotate(last=Max("position")).order_by())
        for row in lacking:
            row["position"] = last.get(row["pipeline"], 1)
    known = tuple(name for name, _label in fields_offered())
    for at, row in rows.items():
        before = was.get(at)
        strange = [name for name in row["required_fields"] if name not in known]
        if strange and (before is None or row["required_fields"] != before["required_fields"]):
            text = _("Deals have no field %(name)s that people write.") % {"name": strange[0]}
            yield at, "required_fields", Problem("choice", text, known)


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
