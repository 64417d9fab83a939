"""How much a purchase is worth: the Gamma-Gamma model, by scipy.

Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value, http://www.brucehardie.com/notes/025/.
"""
# mypy: disallow-subclassing-any=False
# ruff: noqa: N803, N806

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data


class GammaGamma(BaseEstimator):
    """Amounts of one customer are gamma around a personal mean; the means are inverse gamma over customers.

    The first two columns of X: number of purchases and their mean amount, in the tenant's currency.

    Attributes
    ----------
    p_, q_ : float
        Shapes of the two gamma distributions.
    v_ : float
        Scale, in units of `scale_`.
    scale_ : float
        Mean of the mean amounts learned from, in the tenant's currency.
    """

    def fit(self, X: Any, y: Any = None) -> GammaGamma:
        """Maximise the likelihood over the rows of X, shape (n, 2), with purchases and an amount above zero."""
        X = self._checked(X, reset=True)
        X = X[(X[:, 0] > 0) & (X[:, 1] > 0)]
        if not len(X):
            raise ValueError("Found array with 0 sample(s) with a purchase while a minimum of 1 is required.")
        self.scale_ = float(X[:, 1].mean())
        n, mean = X[:, 0], X[:, 1] / self.scale_

        def loss(logs: Any) -> float:
            p, q, v = np.exp(logs)
            terms = gammaln(p * n + q) - gammaln(p * n) - gammaln(q) + q * np.log(v)
            terms = terms + (p * n - 1) * np.log(mean) + p * n * np.log(n) - (p * n + q) * np.log(n * mean + v)
            return float(-terms.mean())

        found = minimize(loss, np.log([2.0, 3.0, 2.0]), method="L-BFGS-B", bounds=[(-6.0, 8.0)] * 3)
        self.p_, self.q_, self.v_ = (float(v) for v in np.exp(found.x))
        return self

    def expected(self, X: Any) -> Any:
        """Expected amount of a customer's next purchase, in the tenant's currency, shape (n,)."""
        check_is_fitted(self)
        X = self._checked(X, reset=False)
        n, mean = X[:, 0], X[:, 1] / self.scale_
        if self.q_ <= 1:  # the population has no mean: believe the customer's own
            return self.scale_ * np.where(n > 0, mean, 1.0)
        weight = self.p_ * n / (self.p_ * n + self.q_ - 1)
        return self.scale_ * ((1 - weight) * self.p_ * self.v_ / (self.q_ - 1) + weight * mean)

    def _checked(self, X: Any, *, reset: bool) -> Any:
        """The first two columns as floats, none negative."""
        X = validate_data(self, X, reset=reset, dtype=np.float64)
        if X.shape[1] < 2:
            raise ValueError(f"GammaGamma needs 2 columns (purchases, mean amount), got {X.shape[1]} feature(s).")
        if (X < 0).any():
            raise ValueError("Negative values in data passed to GammaGamma.")
        return X[:, :2]

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn's checks that counts and amounts are never negative."""
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags
