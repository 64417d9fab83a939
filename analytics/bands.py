"""Risk levels by absolute thresholds: set once from the usual risk, then kept from version to version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BANDS = ("low", "medium", "high", "critical")
ODDS = {"medium": 1.0, "high": 2.0, "critical": 4.0}  # times the usual odds of leaving
LIMITS = {"medium": 0.50, "high": 0.65, "critical": 0.80}  # never higher than this, however usual leaving is


def thresholds_of(base_rate: float) -> dict[str, float]:
    """The probability at which each level begins, from the share that usually leaves."""
    usual = min(max(base_rate, 0.001), 0.999)
    odds = usual / (1 - usual)
    return {band: round(min(times * odds / (1 + times * odds), LIMITS[band]), 3) for band, times in ODDS.items()}


def band_of(probability: float, thresholds: Mapping[str, Any]) -> str:
    """The risk level of a probability."""
    reached = [band for band in BANDS[1:] if probability >= thresholds[band]]
    return reached[-1] if reached else BANDS[0]


def kept_thresholds(base_rate: float, before: Mapping[str, Any] | None) -> dict[str, float]:
    """Yesterday's thresholds, unless the usual risk has moved by half since they were set."""
    if before and "medium" in before:
        set_at = float(before.get("set_at", base_rate))
        if set_at and abs(base_rate - set_at) / set_at <= 0.5:
            return {band: float(before[band]) for band in BANDS[1:]} | {"set_at": set_at}
    return thresholds_of(base_rate) | {"set_at": base_rate}
