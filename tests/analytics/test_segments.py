"""Segments, risk levels, next best actions, drift: plain rules on plain numbers."""

import json

import numpy as np
import pytest

from analytics.actions import Facts, action_label, action_of
from analytics.bands import band_of, kept_thresholds, thresholds_of
from analytics.drift import stability
from analytics.segments import cuts_of, high_value_cut, scores, segment_of


def test_fifths_are_cut_where_the_customers_divide() -> None:
    values = np.arange(1.0, 101.0)
    cuts = cuts_of(values, values, values)
    assert np.bincount(scores(values, cuts.frequency))[1:].tolist() == [20, 20, 20, 20, 20]
    assert scores(np.array([1.0, 100.0]), cuts.recency, is_low_good=True).tolist() == [5, 1]


def test_cuts_of_a_company_without_revenue_can_be_kept() -> None:
    """PostgreSQL's JSON knows no infinity: a first file of customers alone must not stop the night."""
    nothing = np.zeros(3)
    assert json.loads(json.dumps(cuts_of(nothing, nothing, nothing).as_json(), allow_nan=False))["high_value"] is None


def test_high_value_is_who_brings_four_fifths_of_revenue() -> None:
    assert high_value_cut(np.array([10.0, 50.0, 30.0, 10.0])) == 30.0
    assert high_value_cut(np.zeros(3)) is None


@pytest.mark.parametrize(
    ("steps", "orders", "segment"),
    [
        ((5, 5, 5), 9, "champions"), ((4, 3, 3), 5, "loyal"), ((5, 1, 2), 2, "potential_loyal"), ((5, 1, 1), 1, "new"),
        ((4, 1, 1), 1, "promising"), ((3, 3, 2), 3, "needs_attention"), ((3, 1, 2), 2, "about_to_sleep"),
        ((1, 3, 3), 4, "at_risk"), ((1, 5, 5), 9, "cannot_lose"), ((2, 1, 2), 2, "hibernating"), ((1, 1, 1), 1, "lost"),
    ],
)  # fmt: skip
def test_every_segment_has_its_place_on_the_map(steps: tuple[int, int, int], orders: int, segment: str) -> None:
    assert segment_of(*steps, orders) == segment


def test_risk_levels_follow_the_usual_risk_and_stay_absolute() -> None:
    assert thresholds_of(0.05) == {"medium": 0.05, "high": 0.095, "critical": 0.174}
    assert thresholds_of(0.9) == {"medium": 0.5, "high": 0.65, "critical": 0.8}
    assert [band_of(p, thresholds_of(0.05)) for p in (0.04, 0.05, 0.1, 0.2)] == ["low", "medium", "high", "critical"]


def test_risk_levels_are_kept_until_the_usual_risk_moves_by_half() -> None:
    first = kept_thresholds(0.2, None)
    assert kept_thresholds(0.29, first) == first
    assert kept_thresholds(0.31, first) != first
    assert kept_thresholds(0.31, first)["set_at"] == 0.31


@pytest.mark.parametrize(
    ("facts", "action"),
    [
        (Facts("critical", "at_risk", True, 40, 9), "call"),
        (Facts("", "cannot_lose", True, 0, 9), "call"),
        (Facts("high", "at_risk", False, 0, 3), "win_back"),
        (Facts("medium", "loyal", False, 10, 5), "remind"),
        (Facts("low", "new", False, 0, 1), "second_order"),
        (Facts("low", "champions", True, 0, 20), "thank"),
        (Facts("low", "loyal", False, 0, 5), "recommend"),
        (Facts("low", "lost", False, 0, 1), ""),
    ],
)
def test_the_first_rule_that_fits_names_the_action(facts: Facts, action: str) -> None:
    assert action_of(facts) == action
    assert bool(action_label(action)) == bool(action)


def test_drift_is_nothing_for_the_same_and_loud_for_another_population() -> None:
    draw = np.random.default_rng(0)
    grid = np.quantile(draw.beta(2, 5, 4000), np.linspace(0, 1, 101))
    assert stability(grid, draw.beta(2, 5, 4000)) < 0.05
    assert stability(grid, draw.beta(5, 2, 4000)) > 0.25
