"""Which products go together: EASE^R, a linear autoencoder with a closed form.

Steck (2019), Embarrassingly Shallow Autoencoders for Sparse Data, WWW '19, https://arxiv.org/abs/1905.03375.
"""
# mypy: disallow-subclassing-any=False
# ruff: noqa: N803, N806

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg import lapack
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

BLOCK = 256


def mirror(matrix: Any) -> None:
    """Copy the lower triangle of a square matrix to the upper one, in place, a strip at a time."""
    for start in range(0, len(matrix), BLOCK):
        end = start + BLOCK
        corner = np.tril(matrix[start:end, start:end])
        matrix[start:end, start:end] = corner + np.tril(corner, -1).T
        matrix[start:end, end:] = matrix[end:, start:end].T


class Ease(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Learn item-to-item weights that reconstruct each customer's items from the others.

    Parameters
    ----------
    penalty : float, default=500.0
        Ridge term added to the diagonal of the Gram matrix (lambda of the paper).

    Attributes
    ----------
    counts_ : ndarray of shape (n_items, n_items), float32
        How many customers have both items.
    weights_ : ndarray of shape (n_items, n_items), float32
        Diagonal zero; scores are profile @ weights_.

    Notes
    -----
    In float32 by Cholesky (LAPACK spotrf, spotri): several times faster than a general inverse. Items go up to about
    5,000; the memory is two square matrices.
    """

    def __init__(self, penalty: float = 500.0) -> None:
        self.penalty = penalty

    def fit(self, X: Any, y: Any = None) -> Ease:
        """Learn from X, shape (n_customers, n_items), sparse or dense, 0/1 or weights."""
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float32)
        gram = X.T @ X
        self.counts_ = np.asarray(gram.toarray() if sparse.issparse(gram) else gram, dtype=np.float32)
        ridge = np.array(self.counts_, order="F")  # LAPACK's order, so that it works in place
        ridge[np.diag_indices_from(ridge)] += np.float32(self.penalty)
        lower, failed = lapack.spotrf(ridge, lower=1, overwrite_a=1)
        inverse, failed_too = lapack.spotri(lower, lower=1, overwrite_c=1)
        if failed or failed_too:
            raise ValueError("The Gram matrix is not positive definite: choose a penalty above zero.")
        mirror(inverse)
        inverse /= -np.diag(inverse).copy()
        inverse[np.diag_indices_from(inverse)] = 0.0
        self.weights_ = np.ascontiguousarray(inverse)
        return self

    def transform(self, X: Any) -> Any:
        """Scores of every item for profiles X, shape (n, n_items), as a dense array of the same shape."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float32, reset=False)
        return np.asarray(X @ self.weights_)

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn's checks what goes in and what comes out."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
