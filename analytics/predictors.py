"""Predictors: one declaration for each prediction, read by the night, the cards, the pages and the tests.

Light: what computes is named by a dotted path and loaded by the worker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise


@dataclass(frozen=True)
class Predictor:
    """What is learned from what, and into which fields of which noun the answer goes.

    `learn` is the dotted path of a function(lesson) -> (what scoring uses or None, the model version that is kept).
    `question` is what the model page puts above the figures.
    """

    name: str
    label: Label
    question: Label
    noun: str
    fields: tuple[str, ...]
    learn: str
    algorithms: tuple[tuple[str, Label], ...]
    has_contest: bool = False


CONTESTANTS: tuple[tuple[str, Label], ...] = (
    ("base_rate", _("Base rate: everybody the same")),
    ("silence_rule", _("Simple rule: no order for N days")),
    ("logistic", _("Logistic regression")),
    ("boosting", _("Gradient boosting")),
)

PREDICTORS: tuple[Predictor, ...] = (
    Predictor(
        "churn",
        _("Churn risk"),
        _("Who will not order again within the window?"),
        "customers.customer",
        (
            "churn_probability", "churn_window_days", "churn_base_rate", "churn_band", "churn_percentile",
            "churn_trend", "churn_reasons", "prediction_status", "prediction_confidence", "model_version",
            "model_grade",
        ),
        "analytics.learning.learn_churn",
        CONTESTANTS,
        has_contest=True,
    ),
    Predictor(
        "next_purchase",
        _("Next purchase"),
        _("Who will order within 30 days?"),
        "customers.customer",
        ("buy_within_30d_probability",),
        "analytics.learning.learn_next_purchase",
        CONTESTANTS,
        has_contest=True,
    ),
    Predictor(
        "clv",
        _("Lifetime value"),
        _("What will a customer spend in the next year, and when will they buy next?"),
        "customers.customer",
        (
            "clv_predicted", "clv_low", "clv_high", "clv_horizon_days", "next_purchase_low_on",
            "next_purchase_expected_on", "next_purchase_high_on", "next_purchase_overdue_days",
        ),
        "analytics.learning.learn_clv",
        (("bg_nbd_gamma_gamma", _("BG/NBD and Gamma-Gamma")),),
    ),
    Predictor(
        "rfm",
        _("Segment"),
        _("Where does a customer stand by recency, frequency and money?"),
        "customers.customer",
        (
            "rfm_r", "rfm_f", "rfm_m", "rfm_segment", "is_high_value", "clv_historic", "orders_count",
            "repeat_rate", "avg_order_value", "avg_days_between_orders", "last_order_at", "best_contact_hour",
            "next_best_action",
        ),
        "analytics.learning.learn_rfm",
        (("quintiles", _("Quintiles of recency, frequency and money")),),
    ),
    Predictor(
        "recommendations",
        _("Recommended products"),
        _("What will a customer buy again, and what might be new for them?"),
        "customers.customer",
        (),
        "analytics.learning.learn_recommendations",
        (("ease", _("EASE: products that go together, and what is popular")),),
    ),
)  # fmt: skip


def predictor(name: str) -> Predictor:
    """The declaration of that name."""
    return next(p for p in PREDICTORS if p.name == name)


def algorithm_label(name: str) -> str:
    """An algorithm in words for people."""
    known: dict[str, Any] = {key: label for p in PREDICTORS for key, label in p.algorithms}
    return str(known.get(name, name))
