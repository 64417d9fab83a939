"""Who to call first: customers ranked by what is at stake, each with its reason in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from crm.core.actors import Actor


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


def worklist(actor: Actor, limit: int = 50) -> list[WorkItem]:
    """The customers to call first, of those the actor may see; samples only while there is nothing real."""
    raise NotImplementedError
