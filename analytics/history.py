"""What happened to customers after a snapshot: examples to learn from, read once and kept for the length of a run."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from analytics.design import design
from analytics.features import Floats, Snapshot, extent, returned_within, snapshot

LEAST_HISTORY = 60
STEPS = (0, 30, 60, 90)


class History:
    """Snapshots and outcomes of one population of the tenant: the real customers, or the samples."""

    def __init__(self, *, is_sample: bool, today: date) -> None:
        self.is_sample = is_sample
        self.today = today
        span = extent(today, is_sample=is_sample)
        self.first, self.last = span if span else (today, today)
        self.has_orders = span is not None
        self._snapshots: dict[date, Snapshot] = {}
        self._returned: dict[tuple[date, int], set[object]] = {}

    def snapshot(self, on: date) -> Snapshot:
        """Features at the end of a day."""
        if on not in self._snapshots:
            self._snapshots[on] = snapshot(on, is_sample=self.is_sample)
        return self._snapshots[on]

    def churned(self, on: date, days: int) -> Floats:
        """1 for each customer of the snapshot without an order in (on, on + days], shape (n,)."""
        if (on, days) not in self._returned:
            self._returned[on, days] = set(returned_within(on, days, is_sample=self.is_sample))
        came_back = self._returned[on, days]
        return np.array([pk not in came_back for pk in self.snapshot(on).ids], dtype=np.float64)

    def training_days(self, on: date, days: int) -> list[date]:
        """Snapshots whose outcomes are known at `on`: `days` before, and 30, 60, 90 days earlier still."""
        candidates = (on - timedelta(days=days + step) for step in STEPS)
        return [day for day in candidates if (day - self.first).days >= LEAST_HISTORY]

    def examples(self, snapshot_days: list[date], days: int) -> tuple[Floats, Floats]:
        """Learning matrix and outcomes of several snapshots, one under the other: shapes (n, k) and (n,)."""
        tables = [design(self.snapshot(day)) for day in snapshot_days]
        outcomes = [self.churned(day, days) for day in snapshot_days]
        return np.vstack(tables), np.concatenate(outcomes)
