"""What scoring needs to know, as learned tonight or as read back from the model versions in use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from analytics import lifetime, segments
from analytics.calibration import Straightening
from analytics.features import Floats


@dataclass(frozen=True)
class Classifier:
    """A fitted probability of leaving within a window, with everything its model version keeps beside it."""

    algorithm: str
    estimator: Any
    straightening: Straightening
    window_days: int
    base_rate: float
    thresholds: dict[str, Any] = field(default_factory=dict)
    version: str = ""
    grade: str = ""

    def probability(self, matrix: Floats) -> Floats:
        """Probability of no order within the window, shape (n,), rounded to what is stored."""
        raw = self.estimator.predict_proba(matrix)[:, -1]
        return np.round(self.straightening.apply(raw), 6)


@dataclass(frozen=True)
class Learned:
    """Everything in use for one population; None where nothing may be published."""

    is_sample: bool
    on: date
    churn: Classifier | None = None
    churn_verdict: str = "insufficient_history"
    buying: Classifier | None = None
    lifetime: lifetime.Lifetime | None = None
    cuts: segments.Cuts | None = None
