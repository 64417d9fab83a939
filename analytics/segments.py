"""Segments by recency, frequency and money: five steps each, cut where the customers themselves divide."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.features import Floats

STEPS = (0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True)
class Cuts:
    """The inner quintiles of the population, four numbers each; kept on the model version."""

    recency: list[float]
    frequency: list[float]
    money: list[float]
    high_value: float | None  # none where nobody has spent anything

    def as_json(self) -> dict[str, Any]:
        """For the model version's thresholds."""
        return asdict(self)


def cuts_of(recency: Floats, frequency: Floats, money: Floats) -> Cuts:
    """Quintiles of days since the last order, number of orders and money spent, each shape (n,), n >= 1."""
    return Cuts(
        recency=np.quantile(recency, STEPS).tolist(),
        frequency=np.quantile(frequency, STEPS).tolist(),
        money=np.quantile(money, STEPS).tolist(),
        high_value=high_value_cut(money),
    )


def high_value_cut(money: Floats) -> float | None:
    """The smallest spend among the customers who together bring 80 % of revenue."""
    ranked = np.sort(money)[::-1]
    total = ranked.sum()
    if total <= 0:
        return None
    return float(ranked[int(np.searchsorted(np.cumsum(ranked), 0.8 * total))])


def scores(values: Floats, cuts: list[float], *, is_low_good: bool = False) -> NDArray[np.int64]:
    """1 (worst) to 5 (best) by the cuts, shape (n,); a value on a cut belongs to the worse side."""
    if is_low_good:
        return 5 - np.searchsorted(np.array(cuts), values, side="left").astype(np.int64)
    return 1 + np.searchsorted(np.array(cuts), values, side="left").astype(np.int64)


def segment_of(r: int, f: int, m: int, orders: float) -> str:
    """The segment's name by the usual map of recency against the mean of frequency and money."""
    if orders <= 1:
        return single_purchase_segment(r)
    value = (f + m) / 2
    if r >= 4:
        return "champions" if value >= 4 else "loyal" if value >= 3 else "potential_loyal"
    if r == 3:
        return "loyal" if value >= 4 else "needs_attention" if value >= 2.5 else "about_to_sleep"
    if value >= 4.5:
        return "cannot_lose"
    if value >= 3:
        return "at_risk"
    return "hibernating" if r == 2 else "lost"


def single_purchase_segment(r: int) -> str:
    """Where somebody stands who has bought once."""
    return {5: "new", 4: "promising", 3: "about_to_sleep", 2: "hibernating"}.get(r, "lost")
