"""Learned models as bytes and back: skops with a fixed list of trusted types, never pickle."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any
from zipfile import ZIP_DEFLATED

import skops.io

TRUSTED = (
    "analytics.estimators.base_rate.BaseRate",
    "analytics.estimators.beta_geometric.BetaGeometric",
    "analytics.estimators.gamma_gamma.GammaGamma",
    "analytics.estimators.silence_rule.SilenceRule",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)


def packed(parts: dict[str, Any]) -> bytes:
    """A dictionary of fitted estimators and numbers as bytes."""
    data: bytes = skops.io.dumps(parts, compression=ZIP_DEFLATED)
    return data


def unpacked(data: bytes | memoryview) -> dict[str, Any]:
    """The dictionary again; a type that is not on the list is refused."""
    parts: dict[str, Any] = skops.io.loads(bytes(data), trusted=list(TRUSTED))
    return parts


def library() -> dict[str, str]:
    """With which versions the bytes were made."""
    return {name: version(name) for name in ("scikit-learn", "numpy", "scipy", "skops")}
