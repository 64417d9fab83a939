"""Why there is no score and what would lift it, in words with the numbers in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from analytics.gates import AUC_FLOOR, GRADE_A, GRADE_B, LEAST_CUSTOMERS, LEAST_OUTCOMES, RULE_MARGIN
from crm.core.trade import order_word

LEAST_DAYS = 120  # two windows of 30 days and 60 days before the first snapshot


def figure(value: float | None, digits: int = 2) -> str:
    """A number as people read it."""
    return "–" if value is None else formats.number_format(round(value, digits), digits, use_l10n=True)


def verdict_label(verdict: str) -> str:
    """Whether a model is in use, in a word."""
    match verdict:
        case "ok":
            return _("Published")
        case "no_signal":
            return _("Insufficient signal")
        case "insufficient_history":
            return _("Not enough history")
        case _:
            return ""


def verdict_why(verdict: str, metrics: Mapping[str, Any]) -> str:
    """Why a model is not published."""
    if verdict == "insufficient_history":
        return _(
            "There is too little history: %(customers)s customers with orders over %(days)s days. Kith needs "
            "%(least)s customers, %(outcomes)s who came back and %(outcomes)s who did not."
        ) % {
            "customers": metrics.get("customers", 0),
            "days": metrics.get("history_days", 0),
            "least": LEAST_CUSTOMERS,
            "outcomes": LEAST_OUTCOMES,
        }
    if verdict == "no_signal":
        return " ".join(refusal_label(code, metrics) for code in metrics.get("refused_for", ()))
    return ""


def refusal_label(code: str, metrics: Mapping[str, Any]) -> str:
    """One reason for not publishing."""
    match code:
        case "auc_lower":
            return _(
                "The best model is hardly better than chance: lower bound of AUC %(auc)s, needed above %(floor)s."
            ) % {
                "auc": figure(metrics.get("auc_lower")),
                "floor": figure(AUC_FLOOR),
            }
        case "brier":
            return _("Its probabilities are no better than giving everybody the same one.")
        case _:
            return _('It is worse than the simple rule "no order for N days".')


def verdict_lift(verdict: str) -> str:
    """What would bring a score."""
    match verdict:
        case "insufficient_history":
            return _("Import older orders with their dates: at least %(days)s days of history.") % {"days": LEAST_DAYS}
        case "no_signal":
            return _("More orders with dates, products and returns; the contest is held again every week.")
        case _:
            return ""


def status_why(status: str, *, has_orders: bool, metrics: Mapping[str, Any]) -> str:
    """Why one customer has no score."""
    if status == "opted_out":
        return _("This customer objects to profiling: nothing is computed about them.")
    if not has_orders and status in {"insufficient_history", ""}:
        return _("This customer has no %(orders)s yet.") % {"orders": order_word(0)}
    return verdict_why(status, metrics)


def status_lift(status: str, *, has_orders: bool) -> str:
    """What would bring this customer a score."""
    if status == "opted_out":
        return ""
    if status == "":
        return _("Scores are computed every night and right after an import.")
    if not has_orders:
        return _("Add or import an order of this customer.")
    return verdict_lift(status)


def rung_label(rung: str) -> str:
    """The step of the ladder."""
    match rung:
        case "full":
            return _("Full contest: at least 500 customers")
        case "logistic":
            return _("Small contest: at least 50 customers, grade B at best")
        case _:
            return _("Segments only: too little history for a model")


def step_label(step: str) -> str:
    """What a run is doing, as "real: learning" is stored."""
    match step.rpartition(" ")[2]:
        case "learning":
            return _("Learning from past orders")
        case "scoring":
            return _("Scoring customers")
        case "recommending":
            return _("Choosing products to recommend")
        case _:
            return ""


def grade_rule() -> list[str]:
    """The rule by which grades are given, line by line."""
    numbers = {
        "a_auc": figure(GRADE_A["auc"]),
        "a_lift": figure(GRADE_A["lift"], 1),
        "a_error": figure(GRADE_A["error"]),
        "b_auc": figure(GRADE_B["auc"]),
        "b_error": figure(GRADE_B["error"]),
        "floor": figure(AUC_FLOOR),
        "margin": figure(RULE_MARGIN, 3),
    }
    return [
        _("A: AUC at least %(a_auc)s, lift in the top tenth at least %(a_lift)s or the highest the base rate allows, "
          "calibration error at most %(a_error)s.") % numbers,
        _("B: AUC at least %(b_auc)s, calibration error at most %(b_error)s.") % numbers,
        _("C: published, neither A nor B.") % numbers,
        _("D: not published. A model is published if the lower 95%% bound of its AUC is above %(floor)s, it beats the "
          "base rate's Brier score, and its AUC is not more than %(margin)s below the simple rule's.") % numbers,
    ]  # fmt: skip


def back_test(metrics: Mapping[str, Any], days: int | None) -> str:
    """The back-test in words."""
    if not metrics.get("flagged"):
        return ""
    return _("%(days)s days ago Kith would have flagged %(flagged)s customers; %(left)s of them left.") % {
        "days": days,
        "flagged": metrics["flagged"],
        "left": metrics["flagged_left"],
    }
