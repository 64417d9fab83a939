"""Where a deal stands: what its stage asks for, and what follows from standing there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.errors import CrmError, Problem
from crm.core.registry import Row, registry
from crm.sales.models import Outcome, Stage
from crm.sales.services.rates import rates_take
from tenants.context import current

Refusal = tuple[str, Problem]


@dataclass(frozen=True)
class Step:
    """A stage as the rules see it."""

    id: UUID
    name: str
    pipeline: UUID
    is_default: bool
    outcome: str
    probability: int
    category: str
    required_fields: list[str]


class Steps:
    """Every stage of the tenant, in the order of its pipeline; read once a batch."""

    def __init__(self) -> None:
        columns = ("id", "name", "pipeline_id", "pipeline__is_default", "outcome", "probability", "category")
        rows = Stage.objects.order_by("pipeline__position", "pipeline_id", "position", "id")
        found: list[Any] = list(rows.values_list(*columns, "required_fields", "deleted_at"))
        self.by_id = {row[0]: Step(*row[:8]) for row in found}
        self.live = [self.by_id[row[0]] for row in found if row[8] is None]

    def first(self, pipeline: UUID | None, outcome: str = Outcome.OPEN) -> Step | None:
        """The first stage of an outcome; without a pipeline, of the default one, or else of the first."""
        of = [step for step in self.live if step.outcome == outcome]
        if pipeline is not None:
            return next((step for step in of if step.pipeline == pipeline), None)
        return next((step for step in of if step.is_default), of[0] if of else None)


def deals_follow(rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
    """Fill in what follows from each deal's stage; yield what must be refused."""
    steps = Steps()
    for row in rows.values():
        row["currency"] = row["currency"] or current().currency
    yield from rates_take(rows, was, lambda row: row["opened_on"])
    for at, row in rows.items():
        before = was.get(at)
        if refusal := placed(steps, row, before):
            yield at, *refusal
            continue
        step = steps.by_id[row["stage"]]
        if before is None or before["stage"] != row["stage"]:
            yield from ((at, *one) for one in missing(step, row))
            entered(step, row, before)
            if before is None:
                row["stage_at"] = stood_since(row)
        if refusal := dated(step, row, before):
            yield at, *refusal
        if before is not None and before["lines_amount"] and "lines" not in row and row["amount"] != before["amount"]:
            yield at, "amount", Problem("from_lines", _("The amount is the sum of the products; change those."))


def placed(steps: Steps, row: Row, before: Row | None) -> Refusal | None:
    """Find the stage where none is named, and the pipeline from the stage; the two must belong together."""
    is_moved = before is not None and row["pipeline"] != before["pipeline"] and row["stage"] == before["stage"]
    if row["stage"] is None or is_moved:
        step = steps.first(row["pipeline"])
        if step is None:
            return "stage", Problem("no_stage", _("This pipeline has no open stage; add one in Pipelines."))
        row["stage"] = step.id
    step = steps.by_id[row["stage"]]
    if row["pipeline"] is None or (before is not None and row["pipeline"] == before["pipeline"]):
        row["pipeline"] = step.pipeline
    if step.pipeline != row["pipeline"]:
        return "stage", Problem("other_pipeline", _("This stage belongs to another pipeline."))
    return None


def missing(step: Step, row: Row) -> Iterator[Refusal]:
    """What must be filled in before a deal may enter the stage."""
    specs = registry["sales.deal"].specs
    for name in step.required_fields:
        if name in specs and row.get(name) in (None, "", []):
            text = _("“%(stage)s” asks for %(field)s.") % {"stage": step.name, "field": specs[name].label}
            yield name, Problem("required_by_stage", text)


def entered(step: Step, row: Row, before: Row | None) -> None:
    """A new stage brings its probability and category, unless they were given with it."""
    row["stage_at"] = timezone.now()
    for name in ("probability", "category"):
        if row[name] in (None, "") or (before is not None and row[name] == before[name]):
            row[name] = getattr(step, name)


def stood_since(row: Row) -> datetime:
    """Since when a new deal stands where it is: one that comes from elsewhere did not begin, or end, today."""
    day = row["closed_on"] or row["opened_on"]
    today = timezone.localdate()
    noon = datetime.combine(day, time(12), timezone.get_current_timezone()) if day and day < today else None
    return noon or timezone.now()


def dated(step: Step, row: Row, before: Row | None) -> Refusal | None:
    """Status and days: opened once, closed while it is won or lost."""
    row["status"] = step.outcome
    row["opened_on"] = row["opened_on"] or timezone.localdate()
    if step.outcome != Outcome.OPEN:
        row["closed_on"] = row["closed_on"] or timezone.localdate()
    elif before is not None and before["status"] != Outcome.OPEN:
        row["closed_on"] = row["lost_reason"] = None
    elif row["closed_on"] is not None:
        return "closed_on", Problem("not_closed", _("An open deal has no closing day; win or lose it first."))
    return None


def stage_of(pipeline: UUID, outcome: str) -> UUID:
    """The first stage of an outcome, or a sentence that says what to add."""
    step = Steps().first(pipeline, outcome)
    if step is None:
        words: dict[str, Any] = {"outcome": dict(Outcome.choices)[outcome]}
        text = _("This pipeline has no stage whose outcome is “%(outcome)s”; add one in Stages.")
        raise CrmError("no_stage", text % words, status=409)
    return step.id
