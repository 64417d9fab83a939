"""Which facts moved a probability, and by how many points: exact for linear models, exact Shapley values for trees."""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from analytics.calibration import Straightening, margins
from analytics.contestants import BOOSTING, LOGISTIC, SILENCE_RULE
from analytics.design import COLUMNS, RECENCY, TOPIC_OF, TOPICS
from analytics.features import Floats


def contributions(name: str, estimator: Any, matrix: Floats) -> tuple[Floats, float]:
    """Log-odds that each column adds for each row, shape (n, k), and the log-odds of the average example."""
    if name == LOGISTIC:
        return linear(estimator, matrix)
    if name == BOOSTING:
        return boosted(estimator, matrix)
    if name == SILENCE_RULE:
        rate = estimator.curve_.predict(matrix[:, RECENCY])
        usual = float(margins(np.array([estimator.base_]))[0])
        answer = np.zeros_like(matrix)
        answer[:, RECENCY] = margins(rate) - usual
        return answer, usual
    return np.zeros_like(matrix), 0.0


def linear(pipeline: Any, matrix: Floats) -> tuple[Floats, float]:
    """Coefficient times distance from the mean of the training data: exact for standardised logistic regression."""
    scaled = pipeline[0].transform(matrix)
    return scaled * pipeline[-1].coef_[0], float(pipeline[-1].intercept_[0])


def boosted(model: Any, matrix: Floats) -> tuple[Floats, float]:
    """Shapley values of a boosted forest, by leaves (path-dependent TreeSHAP).

    A leaf's share of the sum is its value times a product over the columns on its path: 1 or 0 for a column that is
    known, the share of training examples that stay on the path for one that is not. With at most seven columns on a
    path every pattern of met conditions is worked out once, and customers look theirs up.

    Lundberg, Erion & Lee (2018), Consistent Individualized Feature Attribution for Tree Ensembles, arXiv:1802.03888.
    """
    total = np.zeros_like(matrix)
    expected = float(np.ravel(model._baseline_prediction)[0])
    for (tree,) in model._predictors:
        for columns, lows, highs, shares, value in leaves(tree.nodes):
            expected += value * float(np.prod(shares))
            if not columns:
                continue
            met = (matrix[:, columns] > lows) & (matrix[:, columns] <= highs)
            pattern = met @ (1 << np.arange(len(columns)))
            total[:, columns] += value * shapley(shares)[pattern]
    return total, expected


def leaves(nodes: Any) -> list[tuple[list[int], Floats, Floats, Floats, float]]:
    """For each leaf of a tree: the columns on its path, the interval (low, high] of each, the share of examples that
    stay on the path at that column's splits, and the leaf's value."""
    found = []
    stack: list[tuple[int, dict[int, tuple[float, float, float]]]] = [(0, {})]
    while stack:
        index, path = stack.pop()
        node = nodes[index]
        if node["is_leaf"]:
            limits = np.array(list(path.values()), dtype=np.float64).reshape(len(path), 3)
            found.append((list(path), limits[:, 0], limits[:, 1], limits[:, 2], float(node["value"])))
            continue
        column, cut = int(node["feature_idx"]), float(node["num_threshold"])
        low, high, share = path.get(column, (-np.inf, np.inf, 1.0))
        sides = ((int(node["left"]), low, min(high, cut)), (int(node["right"]), max(low, cut), high))
        for child, above, upto in sides:
            stays = share * float(nodes[child]["count"]) / float(node["count"])
            stack.append((child, {**path, column: (above, upto, stays)}))
    return found


def shapley(shares: Floats) -> Floats:
    """Shapley values of the product game for every pattern of met conditions, shape (2 ** d, d)."""
    d = len(shares)
    bits = (np.arange(1 << d)[:, None] >> np.arange(d)) & 1
    known = bits[None, :, :] == 1
    worth = np.where(known, bits[:, None, :], shares).prod(axis=2)
    sizes = bits.sum(axis=1)
    answer = np.zeros((1 << d, d))
    for column in range(d):
        without = np.flatnonzero(bits[:, column] == 0)
        weights = [factorial(int(s)) * factorial(d - int(s) - 1) / factorial(d) for s in sizes[without]]
        answer[:, column] = (worth[:, without | (1 << column)] - worth[:, without]) @ np.array(weights)
    return answer


def points_by_topic(
    name: str, estimator: Any, matrix: Floats, probability: Floats, straight: Straightening
) -> tuple[Floats, float]:
    """Percentage points that each topic adds, shape (n, len(TOPICS)), and the probability they are counted from.

    The points of a customer add up to 100 × (probability - reference): log-odds are shared out in proportion, which
    keeps every sign.
    """
    added, usual = contributions(name, estimator, matrix)
    reference = float(straight.apply(np.array([expit(usual)]))[0])
    distance = added.sum(axis=1)
    per_unit = np.where(
        np.abs(distance) > 1e-9,
        (probability - reference) / np.where(np.abs(distance) > 1e-9, distance, 1.0),
        reference * (1 - reference),
    )
    points = 100.0 * added * per_unit[:, None]
    return np.column_stack([points[:, members].sum(axis=1) for members in MEMBERS]), reference


def _members() -> list[NDArray[np.int64]]:
    """Which columns speak of each topic."""
    return [np.array([i for i, name in enumerate(COLUMNS) if TOPIC_OF[name] == topic]) for topic in TOPICS]


MEMBERS = _members()
