"""The floor of every contest: everybody gets the share seen so far."""
# mypy: disallow-subclassing-any=False
# ruff: noqa: N803, N806

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data


class BaseRate(ClassifierMixin, BaseEstimator):
    """Predict the share of each class, whoever is asked about.

    Parameters
    ----------
    weight : float, default=1.0
        Imagined cases of each class added to those seen (Laplace's rule of succession).

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    rate_ : ndarray of shape (n_classes,)
        Share of each class, in [0, 1].
    """

    def __init__(self, weight: float = 1.0) -> None:
        self.weight = weight

    def fit(self, X: Any, y: Any) -> BaseRate:
        """Count the classes of y, shape (n,); X, shape (n, k), is only checked."""
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        self.classes_, counts = np.unique(y, return_counts=True)
        self.rate_ = (counts + self.weight) / (counts + self.weight).sum()
        return self

    def predict_proba(self, X: Any) -> Any:
        """The shares, repeated: shape (n, n_classes)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        return np.tile(self.rate_, (len(X), 1))

    def predict(self, X: Any) -> Any:
        """The most frequent class, shape (n,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn's checks that a constant cannot separate classes."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags
