"""How good a set of probabilities was, once the truth is known. All functions take y (0/1) and p, shape (n,)."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
GROUPS = 10


def auc(y: Floats, p: Floats) -> float:
    """Probability that a random positive ranks above a random negative, ties half (Mann-Whitney); .5 if one class."""
    positives = int(y.sum())
    negatives = len(y) - positives
    if not positives or not negatives:
        return 0.5
    ranks = rankdata(p)
    return float((ranks[y == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def auc_lower(area: float, positives: int, negatives: int) -> float:
    """Lower 95 % bound of an AUC: Hanley & McNeil (1982), Radiology 143, 29-36."""
    if not positives or not negatives:
        return 0.0
    both_above = area / (2 - area)
    both_below = 2 * area * area / (1 + area)
    spread = area * (1 - area) + (positives - 1) * (both_above - area**2) + (negatives - 1) * (both_below - area**2)
    return area - 1.96 * sqrt(max(spread, 0.0) / (positives * negatives))


def brier(y: Floats, p: Floats) -> float:
    """Mean squared difference of probability and outcome."""
    return float(np.mean((p - y) ** 2))


def groups(y: Floats, p: Floats) -> list[dict[str, float]]:
    """Ten equally large groups by probability: mean predicted, share observed, number; the calibration curve."""
    order = np.argsort(p, kind="stable")
    return [
        {"predicted": float(p[part].mean()), "observed": float(y[part].mean()), "n": len(part)}
        for part in np.array_split(order, GROUPS)
        if len(part)
    ]


def calibration_error(y: Floats, p: Floats) -> float:
    """Mean distance of predicted and observed share over ten equal groups."""
    bins = groups(y, p)
    total = sum(bin["n"] for bin in bins)
    return sum(bin["n"] * abs(bin["predicted"] - bin["observed"]) for bin in bins) / total


def lift_top(y: Floats, p: Floats, share: float = 0.1) -> float:
    """How many times the base rate is found among the `share` with the highest probability."""
    base = float(y.mean())
    if base == 0:
        return 0.0
    top = np.argsort(-p, kind="stable")[: max(1, round(len(p) * share))]
    return float(y[top].mean()) / base


def verdict(y: Floats, p: Floats) -> dict[str, Any]:
    """Every measure at once, as the contest table shows them."""
    positives = int(y.sum())
    area = auc(y, p)
    right = float(np.mean((p > 0.5) == (y == 1)))
    return {
        "n": len(y),
        "base_rate": float(y.mean()),
        "auc": area,
        "auc_lower": auc_lower(area, positives, len(y) - positives),
        "brier": brier(y, p),
        "lift_10": lift_top(y, p),
        "calibration_error": calibration_error(y, p),
        "accuracy": right,
        "accuracy_majority": float(max(y.mean(), 1 - y.mean())),
    }
