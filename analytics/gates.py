"""The rules by which a model is trusted: how much history opens which rung, what is published, which grade it gets.

Plain arithmetic on measured figures; the model page prints these rules from the same constants.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LEAST_CUSTOMERS = 50
LEAST_OUTCOMES = 20
FULL_CUSTOMERS = 500
AUC_FLOOR = 0.55
RULE_MARGIN = 0.005
GRADE_A = {"auc": 0.75, "lift": 2.5, "error": 0.05}
GRADE_B = {"auc": 0.65, "error": 0.10}


def rung_of(customers: int, least_outcome: int) -> str:
    """The step of the ladder: "rules" (segments only), "logistic", or "full"."""
    if customers < LEAST_CUSTOMERS or least_outcome < LEAST_OUTCOMES:
        return "rules"
    return "full" if customers >= FULL_CUSTOMERS else "logistic"


def refusals(champion: Mapping[str, Any], base: Mapping[str, Any], rule: Mapping[str, Any]) -> list[str]:
    """Why the champion must not be published, out of time; empty when it may."""
    reasons = []
    if not champion["auc_lower"] > AUC_FLOOR:
        reasons.append("auc_lower")
    if not champion["brier"] < base["brier"]:
        reasons.append("brier")
    if not champion["auc"] >= rule["auc"] - RULE_MARGIN:
        reasons.append("simple_rule")
    return reasons


def lift_needed(base_rate: float) -> float:
    """Grade A asks for a lift of 2.5 in the top tenth, or the highest that the base rate allows."""
    return min(GRADE_A["lift"], 1.0 / base_rate if base_rate > 0 else GRADE_A["lift"])


def grade_of(figures: Mapping[str, Any], *, is_published: bool, rung: str) -> str:
    """A, B, C or D, by the rule that the model page prints; the logistic rung is capped at B."""
    if not is_published:
        return "D"
    tolerance = 1e-9
    is_a = (
        figures["auc"] >= GRADE_A["auc"]
        and figures["lift_10"] >= lift_needed(figures["base_rate"]) - tolerance
        and figures["calibration_error"] <= GRADE_A["error"]
    )
    if is_a and rung == "full":
        return "A"
    is_b = figures["auc"] >= GRADE_B["auc"] and figures["calibration_error"] <= GRADE_B["error"]
    return "B" if is_a or is_b else "C"
