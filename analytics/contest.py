"""The contest: every contestant learns from what was known, and is judged on what came after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from analytics.bands import thresholds_of
from analytics.calibration import Straightening, straightening
from analytics.contestants import BASE_RATE, BY_RUNG, LOGISTIC, SILENCE_RULE, build
from analytics.design import design
from analytics.features import Floats
from analytics.gates import refusals, rung_of
from analytics.history import History
from analytics.judging import groups, verdict

AUC_TIE = 0.005
BRIER_TIE = 0.0005


@dataclass(frozen=True)
class Contest:
    """How everyone did at one date.

    `table` has one entry a contestant (name and figures); without a champion `verdict` says why there is none.
    """

    on: date
    days: int
    rung: str
    verdict: str
    champion: str = ""
    table: list[dict[str, Any]] = field(default_factory=list)
    trained_on: list[date] = field(default_factory=list)
    customers: int = 0
    refused_for: list[str] = field(default_factory=list)
    flagged: int = 0
    flagged_left: int = 0
    bins: list[dict[str, float]] = field(default_factory=list)
    straightening: Straightening = field(default_factory=Straightening)

    def figures(self, name: str) -> dict[str, Any]:
        """The figures of one contestant."""
        return next(entry for entry in self.table if entry["name"] == name)


def probabilities(estimator: Any, matrix: Floats) -> Floats:
    """Probability of the positive class, shape (n,)."""
    answer: Floats = estimator.predict_proba(matrix)[:, -1]
    return answer


def winner(table: Sequence[dict[str, Any]]) -> str:
    """The lowest Brier score among those whose AUC is within a hair of the best; the plainer of two equals."""
    best_auc = max(entry["auc"] for entry in table)
    near = [entry for entry in table if entry["auc"] >= best_auc - AUC_TIE]
    best_brier = min(entry["brier"] for entry in near)
    return str(next(entry["name"] for entry in near if entry["brier"] <= best_brier + BRIER_TIE))


def rung_at(history: History, on: date, trained_on: Sequence[date], days: int) -> str:
    """The ladder's step: customers are counted at `on`, outcomes on the newest snapshot to learn from."""
    if not trained_on:
        return "rules"
    outcomes = history.churned(trained_on[0], days)
    lost = int(outcomes.sum())
    return rung_of(len(history.snapshot(on).ids), min(lost, len(outcomes) - lost))


def hold(history: History, on: date, days: int, *, champion: str = "") -> Contest:
    """Let the contestants of the rung learn from what was known at `on`, and judge them on (on, on + days].

    With `champion` the winner was chosen before (on earlier data) and is only judged.
    """
    trained_on = history.training_days(on, days)
    rung = rung_at(history, on, trained_on, days)
    truth = history.churned(on, days) if rung != "rules" else None
    if truth is None or min(truth.sum(), len(truth) - truth.sum()) == 0:
        return Contest(on, days, "rules", "insufficient_history", trained_on=trained_on)
    matrix, outcomes = history.examples(trained_on, days)
    asked = design(history.snapshot(on))
    answers = {name: probabilities(build(name, len(outcomes)).fit(matrix, outcomes), asked) for name in BY_RUNG[rung]}
    table = [{"name": name, **verdict(truth, p)} for name, p in answers.items()]
    chosen = champion if champion in answers else winner(table)
    by_name = {entry["name"]: entry for entry in table}
    against = refusals(by_name[chosen], by_name[BASE_RATE], by_name[SILENCE_RULE])
    flagged = answers[chosen] >= thresholds_of(float(outcomes.mean()))["high"]
    return Contest(
        on,
        days,
        rung,
        "no_signal" if against else "ok",
        champion=chosen,
        table=table,
        trained_on=trained_on,
        customers=len(truth),
        refused_for=against,
        flagged=int(flagged.sum()),
        flagged_left=int(truth[flagged].sum()),
        bins=groups(truth, answers[chosen]),
        straightening=straightening(truth, answers[chosen]),
    )


def choose_before(history: History, on: date, days: int) -> str:
    """The champion that could have been chosen at `on`: the winner one window earlier, or the usual one."""
    earlier = hold(history, on - timedelta(days=days), days)
    return earlier.champion or LOGISTIC
