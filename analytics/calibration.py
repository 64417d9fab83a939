"""Straightening probabilities that are too bold or too timid, when the newest snapshot shows that they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from analytics.features import Floats
from analytics.judging import calibration_error

TOLERATED_ERROR = 0.05
TOLERATED_SLOPE = (0.75, 1.33)
STEPS = 25


@dataclass(frozen=True)
class Straightening:
    """Stretches log-odds around a centre (Platt's sigmoid with the level kept).

    The level is left to the refit, which has seen the newest snapshot; carrying last season's level into this one
    would only move the error.
    """

    slope: float = 1.0
    centre: float = 0.0

    def apply(self, p: Floats) -> Floats:
        """Straightened probabilities, shape (n,)."""
        if self.slope == 1.0:
            return p
        answer: Floats = expit(self.centre + self.slope * (margins(p) - self.centre))
        return answer


def margins(p: Floats) -> Floats:
    """Log-odds, kept finite."""
    answer: Floats = logit(np.clip(p, 1e-6, 1 - 1e-6))
    return answer


def straightening(y: Floats, p: Floats) -> Straightening:
    """Fit slope and level on outcomes y and probabilities p; keep the slope only if the check failed.

    Newton's method on the logistic likelihood: Platt (1999).
    """
    if calibration_error(y, p) <= TOLERATED_ERROR or p.std() < 1e-9:
        return Straightening()
    x = margins(p)
    table = np.column_stack([np.ones_like(x), x])
    beta = np.zeros(2)  # from here the steps cannot overshoot far
    for _ in range(STEPS):
        fitted = expit(table @ beta)
        curvature = table.T @ (table * (fitted * (1 - fitted))[:, None]) + 1e-6 * np.eye(2)
        beta = beta + np.linalg.solve(curvature, table.T @ (y - fitted))
    slope = float(np.clip(beta[1], 0.25, 4.0))
    if TOLERATED_SLOPE[0] <= slope <= TOLERATED_SLOPE[1]:
        return Straightening()
    return Straightening(slope=slope, centre=float(x.mean()))
