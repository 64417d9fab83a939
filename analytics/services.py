"""What others may ask of analytics. Light to import: the learning itself is loaded when a worker calls it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

Progress = Callable[[str, float], None]


def refresh(*, as_of: datetime, contest: bool, progress: Progress | None = None) -> Any:
    """Recompute every model and score of the current tenant, real rows and samples apart; return the Run."""
    raise NotImplementedError


def rescore(customer_ids: Sequence[UUID]) -> int:
    """Rescore a few customers within the models in use; return how many rows changed."""
    raise NotImplementedError


def evaluate(as_of: date, window: int) -> dict[str, Any]:
    """Judge every contestant at a past date against what came after it; stores nothing."""
    raise NotImplementedError
