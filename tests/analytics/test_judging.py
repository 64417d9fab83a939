"""The figures by which models are judged, against values worked out by hand."""

from itertools import permutations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from analytics.calibration import straightening
from analytics.explanation import boosted, shapley
from analytics.gates import grade_of, refusals, rung_of
from analytics.judging import auc, auc_lower, brier, calibration_error, lift_top, verdict

Y = np.array([1.0, 0.0, 1.0, 0.0])
P = np.array([0.9, 0.4, 0.4, 0.2])


def test_auc_counts_the_pairs_in_the_right_order_and_ties_half() -> None:
    assert auc(Y, P) == (1 + 1 + 1 + 0.5) / 4


def test_auc_without_two_classes_is_a_half() -> None:
    assert auc(np.ones(3), np.array([0.1, 0.2, 0.3])) == 0.5


def test_brier_is_the_mean_squared_distance() -> None:
    assert brier(Y, P) == pytest.approx((0.01 + 0.16 + 0.36 + 0.04) / 4)


def test_the_lower_bound_is_that_of_hanley_and_mcneil() -> None:
    one, two = 0.8 / 1.2, 2 * 0.64 / 1.8
    error = ((0.8 * 0.2 + 49 * (one - 0.64) + 99 * (two - 0.64)) / (50 * 100)) ** 0.5
    assert auc_lower(0.8, 50, 100) == pytest.approx(0.8 - 1.96 * error)


def test_lift_compares_the_top_tenth_with_everybody() -> None:
    y = np.array([1.0] * 2 + [0.0] * 18)
    assert lift_top(y, np.linspace(1, 0, 20)) == pytest.approx(10.0)


def test_calibration_error_is_zero_when_shares_are_as_promised() -> None:
    y = np.tile([1.0, 0.0], 50)
    assert calibration_error(y, np.full(100, 0.5)) == pytest.approx(0.0)
    assert calibration_error(y, np.full(100, 0.8)) == pytest.approx(0.3)


def test_accuracy_stands_beside_that_of_the_majority() -> None:
    figures = verdict(np.array([1.0, 0.0, 0.0, 0.0]), np.array([0.6, 0.6, 0.1, 0.1]))
    assert (figures["accuracy"], figures["accuracy_majority"]) == (0.75, 0.75)


def test_probabilities_that_are_too_bold_are_straightened() -> None:
    draw = np.random.default_rng(0)
    margin = draw.normal(0, 1, 5000)
    y = (draw.random(5000) < 1 / (1 + np.exp(-margin))).astype(float)
    bold = 1 / (1 + np.exp(-3 * margin))
    fitted = straightening(y, bold)
    assert fitted.slope == pytest.approx(1 / 3, abs=0.05)
    assert calibration_error(y, fitted.apply(bold)) < 0.05


def test_good_probabilities_are_left_alone() -> None:
    draw = np.random.default_rng(0)
    p = draw.random(5000)
    assert straightening((draw.random(5000) < p).astype(float), p).slope == 1.0


def test_shapley_values_are_the_mean_over_all_orders() -> None:
    shares = np.array([0.5, 0.25, 0.8])
    table = shapley(shares)
    for pattern in range(8):
        met = [(pattern >> i) & 1 for i in range(3)]
        expected = np.zeros(3)
        for order in permutations(range(3)):
            state = list(shares)
            for column in order:
                before = np.prod(state)
                state[column] = float(met[column])
                expected[column] += np.prod(state) - before
        assert table[pattern] == pytest.approx(expected / 6)


def test_contributions_of_boosted_trees_add_up_to_the_answer() -> None:
    draw = np.random.default_rng(0)
    table = draw.normal(size=(600, 5))
    y = (table[:, 0] + table[:, 1] * table[:, 2] + draw.normal(size=600) > 0).astype(int)
    model = HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=8, early_stopping=False).fit(table, y)
    added, usual = boosted(model, table)
    assert added.sum(axis=1) + usual == pytest.approx(model.decision_function(table))
    assert np.abs(added).mean(axis=0)[0] > np.abs(added).mean(axis=0)[4]


BASE = {"auc": 0.5, "auc_lower": 0.45, "brier": 0.25}
RULE = {"auc": 0.68, "auc_lower": 0.66, "brier": 0.24}
GOOD = {"auc": 0.76, "auc_lower": 0.74, "brier": 0.2, "lift_10": 2.6, "calibration_error": 0.03, "base_rate": 0.3}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"auc_lower": 0.55}, "auc_lower"),
        ({"brier": 0.25}, "brier"),
        ({"auc": 0.67}, "simple_rule"),
    ],
)
def test_each_gate_refuses_for_its_own_reason(change: dict[str, float], reason: str) -> None:
    assert refusals(GOOD, BASE, RULE) == []
    assert refusals({**GOOD, **change}, BASE, RULE) == [reason]


@pytest.mark.parametrize(
    ("change", "rung", "grade"),
    [
        ({}, "full", "A"),
        ({}, "logistic", "B"),
        ({"lift_10": 1.3, "base_rate": 0.8}, "full", "A"),
        ({"lift_10": 1.3}, "full", "B"),
        ({"auc": 0.7, "calibration_error": 0.09}, "full", "B"),
        ({"calibration_error": 0.2}, "full", "C"),
    ],
)
def test_the_grade_follows_the_printed_rule(change: dict[str, float], rung: str, grade: str) -> None:
    assert grade_of({**GOOD, **change}, is_published=True, rung=rung) == grade
    assert grade_of({**GOOD, **change}, is_published=False, rung=rung) == "D"


def test_the_ladder_counts_customers_and_both_outcomes() -> None:
    found = [rung_of(49, 20), rung_of(50, 19), rung_of(50, 20), rung_of(499, 200), rung_of(500, 20)]
    assert found == ["rules", "rules", "logistic", "logistic", "full"]
