"""How often a customer will buy: the BG/NBD model, by scipy.

Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2), 275-284.
"""
# mypy: disallow-subclassing-any=False
# ruff: noqa: N803, N806

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, gammaln, hyp2f1
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

BOUND = 8.0  # of the logarithm of each parameter
COLLAPSED = 1e-3  # below this `a` nobody ever drops out, and the closed forms lose their digits


class BetaGeometric(BaseEstimator):
    """BG/NBD: purchases are Poisson at a personal rate, and after each one a customer may drop out for good.

    The first three columns of X: repeat purchases (days with an order less one), recency (days from first to last
    order) and age (days from first order to the day of the snapshot).

    Parameters
    ----------
    penalty : float, default=0.0
        Weight of the sum of squared parameters added to the mean negative log-likelihood.

    Attributes
    ----------
    r_, alpha_ : float
        Gamma distribution of the rates; alpha_ in days.
    a_, b_ : float
        Beta distribution of the drop-out probabilities.
    loglik_ : float
        Log-likelihood at the optimum (time in tenths of the greatest age).
    """

    def __init__(self, penalty: float = 0.0) -> None:
        self.penalty = penalty

    def fit(self, X: Any, y: Any = None) -> BetaGeometric:
        """Maximise the likelihood over X, shape (n, 3)."""
        X = self._checked(X, reset=True)
        scale = max(float(X[:, 2].max()) / 10.0, 1e-9)
        # the likelihood only needs distinct rows and how often each occurs
        distinct, weights = np.unique(
            np.column_stack([X[:, 0], np.round(X[:, 1:] / scale, 9)]), axis=0, return_counts=True
        )
        starts = (np.log([0.5, 1.0, 0.5, 2.0]), np.zeros(4))
        fits = [
            minimize(self._loss, start, args=(distinct, weights), method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * 4)
            for start in starts
        ]
        best = min(fits, key=lambda fit: float(fit.fun))
        self.r_, alpha, self.a_, self.b_ = (float(v) for v in np.exp(best.x))
        self.alpha_ = alpha * scale
        self.loglik_ = -float(best.fun) * float(weights.sum())
        return self

    def _loss(self, logs: Any, rows: Any, weights: Any) -> float:
        """Mean negative log-likelihood: equation (6) of the paper, in logarithms."""
        r, alpha, a, b = np.exp(logs)
        x, recency, age = rows.T
        first = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        second = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        alive = -(r + x) * np.log(alpha + age)
        gone = np.log(a) - np.log(b + np.maximum(x, 1.0) - 1.0) - (r + x) * np.log(alpha + recency)
        gone = np.where(x > 0, gone, -np.inf)
        total = first + second + np.logaddexp(alive, gone)
        return float(-(weights * total).sum() / weights.sum() + self.penalty * np.square(np.exp(logs)).sum())

    def p_alive(self, X: Any) -> Any:
        """Probability of not having dropped out, shape (n,); 1 for those who bought once, so no score of churn."""
        check_is_fitted(self)
        x, recency, age = self._checked(X, reset=False).T
        odds = np.log(self.a_) - np.log(self.b_ + np.maximum(x, 1.0) - 1.0)
        odds = odds + (self.r_ + x) * (np.log(self.alpha_ + age) - np.log(self.alpha_ + recency))
        return np.where(x == 0, 1.0, expit(-odds))

    def p_none(self, X: Any, days: float) -> Any:
        """Probability of no purchase in the next `days`, shape (n,).

        Exact: in BG/NBD drop-out only follows a purchase, so whoever is alive buys at least once or not as a Poisson
        process with a gamma rate.
        """
        alive = self.p_alive(X)
        x, _, age = self._checked(X, reset=False).T
        return 1.0 - alive + alive * ((self.alpha_ + age) / (self.alpha_ + age + days)) ** (self.r_ + x)

    def expected(self, X: Any, days: float) -> Any:
        """Expected purchases in the next `days`, shape (n,): equation (10); without drop-out when `a` collapses."""
        alive = self.p_alive(X)
        x, _, age = self._checked(X, reset=False).T
        steady = (self.r_ + x) / (self.alpha_ + age) * days
        if self.a_ < COLLAPSED or abs(self.a_ - 1.0) < 1e-6:
            return alive * steady
        z = days / (self.alpha_ + age + days)
        total = self.a_ + self.b_ + x - 1.0
        power = ((self.alpha_ + age) / (self.alpha_ + age + days)) ** (self.r_ + x)
        answer = alive * total / (self.a_ - 1.0) * (1.0 - power * hyp2f1(self.r_ + x, self.b_ + x, total, z))
        return np.where(np.isfinite(answer) & (answer >= 0), answer, alive * steady)

    def days_until(self, X: Any, share: float, horizon: float) -> Any:
        """Days until the next purchase that `share` of those who buy within `horizon` stay below, shape (n,)."""
        x, _, age = self._checked(X, reset=False).T
        within = 1.0 - ((self.alpha_ + age) / (self.alpha_ + age + horizon)) ** (self.r_ + x)
        return (self.alpha_ + age) * ((1.0 - share * within) ** (-1.0 / (self.r_ + x)) - 1.0)

    def _checked(self, X: Any, *, reset: bool) -> Any:
        """The first three columns as floats: none negative, and no recency beyond the age."""
        X = validate_data(self, X, reset=reset, dtype=np.float64)
        if X.shape[1] < 3:
            raise ValueError(f"BetaGeometric needs 3 columns (repeats, recency, age), got {X.shape[1]} feature(s).")
        if (X < 0).any():
            raise ValueError("Negative values in data passed to BetaGeometric.")
        return np.column_stack([X[:, 0], np.minimum(X[:, 1], X[:, 2]), X[:, 2]])

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn's checks that counts and times are never negative."""
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags
