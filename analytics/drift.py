"""Whether tonight's scores still look like those the champion was judged by."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.features import Floats
from analytics.models import ModelVersion

ALARM_PSI = 0.25
ALARM_MOVE = 0.5


def stability(grid: Floats, p: Floats) -> float:
    """Population stability index of probabilities p, shape (n,), against the deciles of a grid of quantiles."""
    cuts = np.unique(np.quantile(grid, np.linspace(0.1, 0.9, 9)))
    then = np.bincount(np.searchsorted(cuts, grid), minlength=len(cuts) + 1) / len(grid)
    now = np.bincount(np.searchsorted(cuts, p), minlength=len(cuts) + 1) / max(len(p), 1)
    then, now = np.maximum(then, 1e-4), np.maximum(now, 1e-4)
    return float(((now - then) * np.log(now / then)).sum())


def drift_of(p: Floats, base_rate: float, before: ModelVersion | None) -> dict[str, Any]:
    """The move since the version before; an alarm leads to a new contest, the champion stays until then."""
    grid = (before.thresholds if before else {}).get("grid")
    if not grid or not len(p):
        return {}
    index = stability(np.array(grid, dtype=np.float64), p)
    usual = float(before.thresholds["base_rate"]) if before else base_rate
    move = abs(base_rate - usual) / usual if usual else 0.0
    return {
        "score_psi": round(index, 4),
        "base_rate_move": round(move, 4),
        "is_alarm": index > ALARM_PSI or move > ALARM_MOVE,
    }
