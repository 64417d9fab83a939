"""What a shopkeeper would do without a model: "no order for N days" means gone."""
# mypy: disallow-subclassing-any=False
# ruff: noqa: N803, N806

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.isotonic import IsotonicRegression
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data


class SilenceRule(ClassifierMixin, BaseEstimator):
    """The best rule "no order for N days", with the rate of loss seen at each length of silence.

    All N are tried at once: the rate is a rising step function of the silence (isotonic regression), so the rule's
    ranking is that of the silence itself and its probabilities are the best a rule on silence alone can give.

    Parameters
    ----------
    column : int, default=0
        Which column of X holds the silence (any increasing function of days).

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
    curve_ : IsotonicRegression
        Rate of loss by silence.
    base_ : float
        Rate of loss among all examples.
    cut_ : float
        The silence, in the column's unit, above which loss is more likely than not: the N of the rule.

    Notes
    -----
    Isotonic regression by pool adjacent violators: Barlow, Bartholomew, Bremner & Brunk (1972).
    """

    def __init__(self, column: int = 0) -> None:
        self.column = column

    def fit(self, X: Any, y: Any) -> SilenceRule:
        """Learn the rate of loss by silence from X, shape (n, k), and y, shape (n,), two classes."""
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        self.classes_ = np.unique(y)
        if len(self.classes_) > 2:
            raise ValueError(f"Only binary classification is supported. y has {len(self.classes_)} classes.")
        if len(self.classes_) < 2:
            raise ValueError("Classifier can't train when only one class is present.")
        silence = X[:, self.column].astype(np.float64)
        lost = (y == self.classes_[1]).astype(np.float64)
        self.curve_ = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(silence, lost)
        self.base_ = float(lost.mean())
        above = silence[self.curve_.predict(silence) > 0.5]
        self.cut_ = float(above.min()) if len(above) else float("inf")
        return self

    def predict_proba(self, X: Any) -> Any:
        """Rates of both classes, shape (n, 2)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        lost = self.curve_.predict(X[:, self.column].astype(np.float64))
        return np.column_stack([1.0 - lost, lost])

    def predict(self, X: Any) -> Any:
        """Lost or not, shape (n,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn's checks that one column and two classes are all it takes."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        tags.classifier_tags.multi_class = False
        return tags
