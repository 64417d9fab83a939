"""Who takes part in the contest, and on which rung."""

from __future__ import annotations

from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from analytics.design import RECENCY
from analytics.estimators.base_rate import BaseRate
from analytics.estimators.silence_rule import SilenceRule

# Weight of the evidence against the ridge, over all examples together: with it, columns that say nearly the same share
# their weight instead of pulling against each other, so that reasons have the sign a reader expects (AUC within .002).
RIDGE = 10.0
BASE_RATE, SILENCE_RULE, LOGISTIC, BOOSTING = "base_rate", "silence_rule", "logistic", "boosting"
# From the plainest to the richest: of two that are equally good the plainer is used.
BY_RUNG = {
    "rules": (),
    "logistic": (BASE_RATE, SILENCE_RULE, LOGISTIC),
    "full": (BASE_RATE, SILENCE_RULE, LOGISTIC, BOOSTING),
}


def build(name: str, examples: int) -> Any:
    """A fresh, unfitted contestant for so many examples; everything random in it has a fixed seed."""
    if name == BASE_RATE:
        return BaseRate()
    if name == SILENCE_RULE:
        return SilenceRule(column=RECENCY)
    if name == LOGISTIC:
        return make_pipeline(StandardScaler(), LogisticRegression(C=RIDGE / examples, max_iter=2000))
    if name == BOOSTING:
        return HistGradientBoostingClassifier(
            learning_rate=0.05,
            max_iter=150,
            max_leaf_nodes=8,
            min_samples_leaf=30,
            early_stopping=False,
            random_state=0,
        )
    raise KeyError(name)
