"""How likely open deals are won, by what became of earlier ones; judged on deals that it did not learn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from crm.core.actors import Actor
from crm.core.models import Event
from crm.core.permissions import is_hidden
from crm.core.registry import registry
from crm.core.samples import sample_shown
from crm.sales.models import Deal, Outcome, Stage

MOST, LEAST = 2000, 20  # closed deals that are learned from, the latest; fewer than these say nothing
JUDGED = 0.2  # the share of them, the latest, on which it is judged
WEIGHT = 10  # a stage that few deals came through leans on the share of all, as if so many more had
Past = Sequence[tuple[frozenset[UUID], bool]]  # of each closed deal: the stages it came through, and whether it was won


@dataclass(frozen=True)
class Likelihood:
    """The share of deals won, of all and of those that came through each stage, and how good that has been."""

    closed: int = 0
    base: float | None = None  # the share won of all; None where too few were closed
    stages: Mapping[UUID, float] = field(default_factory=dict)  # none where they say no more than the share of all
    judged: int = 0
    brier: float | None = None
    brier_base: float | None = None

    def of(self, stage: UUID) -> float:
        """How likely a deal in this stage is won."""
        return self.stages.get(stage, self.base or 0.0)


def likelihood_read(actor: Actor) -> Likelihood:
    """Learn from the deals that were closed last, of all people: only shares are told. Two statements."""
    past = past_read(by_stage=not is_hidden(registry["sales.deal"], "stage", actor))
    if len(past) < LEAST:
        return Likelihood(len(past))
    base, stages = learned(past)
    cut = len(past) - round(len(past) * JUDGED)
    first_base, first_stages = learned(past[:cut])
    tries = [(stage, won) for visited, won in past[cut:] for stage in visited]
    if len(tries) < LEAST:
        return Likelihood(len(past), base)
    brier = score((first_stages.get(stage, first_base), won) for stage, won in tries)
    brier_base = score((first_base, won) for _stage, won in tries)
    found = Likelihood(len(past), base, stages, len(past) - cut, brier, brier_base)
    return found if brier < brier_base else Likelihood(len(past), base, {}, len(past) - cut, brier, brier_base)


def past_read(*, by_stage: bool) -> Past:
    """Deals that were closed, the oldest first, with the open stages that history says they came through."""
    closed = Deal.objects.filter(deleted_at=None, is_sample=sample_shown(), closed_on__isnull=False)
    closed = closed.exclude(status=Outcome.OPEN).order_by("-closed_on", "-pk")
    rows = list(closed.values_list("pk", "status")[:MOST])[::-1]
    stages = Stage.objects.filter(outcome=Outcome.OPEN).values_list("pk", flat=True) if by_stage else ()
    opened = {str(pk): pk for pk in stages}
    moves = Event.objects.filter(
        object_type=Deal._meta.label_lower, object_id__any_of={pk for pk, _status in rows}, after__has_key="stage"
    )
    visited: dict[UUID, set[UUID]] = defaultdict(set)
    for pk, stage in moves.values_list("object_id", "after__stage").order_by():
        if stage in opened:
            visited[pk].add(opened[stage])
    return [(frozenset(visited[pk]), status == Outcome.WON) for pk, status in rows]


def learned(past: Past) -> tuple[float, dict[UUID, float]]:
    """The share that was won: of all, and of those that came through each stage."""
    base = sum(won for _visited, won in past) / len(past)
    counts: dict[UUID, list[int]] = defaultdict(lambda: [0, 0])
    for visited, won in past:
        for stage in visited:
            counts[stage][0] += won
            counts[stage][1] += 1
    return base, {stage: (won + WEIGHT * base) / (n + WEIGHT) for stage, (won, n) in counts.items()}


def score(tries: Iterable[tuple[float, bool]]) -> float:
    """The Brier score: the mean of the squared distances between what was said and what came; less is better."""
    distances = [(said - won) ** 2 for said, won in tries]
    return sum(distances) / len(distances)
