"""Our own estimators keep scikit-learn's contract, and say what the papers say."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import parametrize_with_checks

from analytics.estimators.base_rate import BaseRate
from analytics.estimators.beta_geometric import BetaGeometric
from analytics.estimators.ease import Ease
from analytics.estimators.gamma_gamma import GammaGamma
from analytics.estimators.silence_rule import SilenceRule

TWO_COLUMNS = "the check uses two columns, the model needs three"
EXPECTED = {
    "BetaGeometric": dict.fromkeys(
        (
            "check_estimators_overwrite_params", "check_estimators_fit_returns_self", "check_readonly_memmap_input",
            "check_fit_idempotent", "check_fit_check_is_fitted", "check_n_features_in",
        ),
        TWO_COLUMNS,
    )
}  # fmt: skip


@parametrize_with_checks(
    [BaseRate(), SilenceRule(), BetaGeometric(), GammaGamma(), Ease()],
    expected_failed_checks=lambda estimator: EXPECTED.get(type(estimator).__name__, {}),
)
def test_it_keeps_the_contract_of_scikit_learn(estimator: BaseEstimator, check: Any) -> None:
    check(estimator)


def test_the_base_rate_adds_one_imagined_case_of_each_class() -> None:
    fitted = BaseRate().fit([[0], [0], [0]], [1, 0, 0])
    assert fitted.predict_proba([[7]])[0].tolist() == pytest.approx([3 / 5, 2 / 5])


def test_the_silence_rule_finds_the_number_of_days() -> None:
    silence = np.array([[5.0], [10.0], [20.0], [40.0], [80.0], [160.0]])
    fitted = SilenceRule().fit(silence, [0, 0, 0, 1, 1, 1])
    assert fitted.cut_ == 40
    assert fitted.predict([[20.0], [200.0]]).tolist() == [0, 1]


def published() -> BetaGeometric:
    """The CDNOW parameters of Fader, Hardie & Lee (2005), time in weeks."""
    model = BetaGeometric()
    model.r_, model.alpha_, model.a_, model.b_, model.n_features_in_ = 0.243, 4.414, 0.793, 2.426, 3
    return model


def test_expected_purchases_are_those_of_the_paper() -> None:
    answer = published().expected(np.array([[2.0, 30.43, 38.86]]), 39)
    assert answer[0] == pytest.approx(1.226, abs=0.002)


def test_who_bought_once_counts_as_alive_and_yet_may_never_return() -> None:
    once = np.array([[0.0, 0.0, 50.0]])
    assert published().p_alive(once)[0] == 1.0
    assert published().p_none(once, 13)[0] == pytest.approx(((4.414 + 50) / (4.414 + 50 + 13)) ** 0.243)


def test_the_day_of_half_the_purchases_is_where_the_probability_is_halved() -> None:
    model, row = published(), np.array([[3.0, 20.0, 25.0]])
    alive = model.p_alive(row)[0]
    within = alive - (model.p_none(row, 52)[0] - (1 - alive))
    half = model.days_until(row, 0.5, 52)[0]
    assert alive - (model.p_none(row, half)[0] - (1 - alive)) == pytest.approx(within / 2)


def test_it_finds_the_parameters_that_made_the_data() -> None:
    draw = np.random.default_rng(4)
    rates, age = draw.gamma(1.2, 1 / 30.0, 4000), np.full(4000, 300.0)
    leaving = draw.beta(1.5, 6.0, 4000)
    rows = []
    for rate, gone in zip(rates, leaving, strict=True):
        at, repeats, last = 0.0, 0, 0.0
        while draw.random() >= gone if repeats else True:
            at += draw.exponential(1 / rate)
            if at > 300:
                break
            repeats, last = repeats + 1, at
        rows.append((repeats, last))
    fitted = BetaGeometric().fit(np.column_stack([np.array(rows), age]))
    assert fitted.r_ / fitted.alpha_ == pytest.approx(1.2 / 30, rel=0.15)
    assert fitted.a_ / (fitted.a_ + fitted.b_) == pytest.approx(0.2, abs=0.06)


def test_an_amount_lies_between_the_customers_mean_and_everybodys() -> None:
    model = GammaGamma()
    model.p_, model.q_, model.v_, model.scale_, model.n_features_in_ = 6.25, 3.74, 15.44, 1.0, 2
    mean_of_all = 6.25 * 15.44 / 2.74
    weight = 6.25 * 2 / (6.25 * 2 + 2.74)
    assert model.expected([[2.0, 50.0]])[0] == pytest.approx((1 - weight) * mean_of_all + weight * 50.0)


def test_the_weights_are_those_of_a_plain_inverse() -> None:
    draw = np.random.default_rng(2)
    table = (draw.random((900, 600)) < 0.05).astype(np.float32)
    inverse = np.linalg.inv((table.T @ table).astype(np.float64) + 50.0 * np.eye(600))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0.0)
    assert Ease(penalty=50.0).fit(table).weights_ == pytest.approx(expected, abs=1e-5)


def test_products_that_are_bought_together_find_each_other() -> None:
    baskets = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 0]], dtype=np.float32)
    fitted = Ease(penalty=1.0).fit(baskets)
    scores = fitted.transform(np.array([[1, 0, 0, 0]], dtype=np.float32))[0]
    assert scores.argmax() == 1
    gram = baskets.T @ baskets + np.eye(4)
    inverse = np.linalg.inv(gram)
    assert fitted.weights_[0, 1] == pytest.approx(-inverse[0, 1] / inverse[1, 1], rel=1e-4)
