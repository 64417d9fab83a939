"""Learning one model of one population: the part that scoring uses, and the model version that is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from analytics import lifetime, segments
from analytics.artifacts import library, packed, unpacked
from analytics.bands import kept_thresholds
from analytics.calibration import Straightening
from analytics.contest import Contest, hold, rung_at
from analytics.contestants import build
from analytics.design import COLUMNS, design
from analytics.drift import drift_of
from analytics.features import Snapshot
from analytics.gates import grade_of
from analytics.history import LEAST_HISTORY, History
from analytics.learned import Classifier
from analytics.models import ModelVersion
from analytics.profiles import Profile
from analytics.purchases import Purchases, next_baskets, purchases
from analytics.recommending import recall_at
from analytics.scoring import totals_of

WINDOW_OF_INDUSTRY = {"shop": 90, "bank": 180, "travel": 365}
SHORTER_WINDOWS = (180, 90, 60, 30)
BUYING_WINDOW = 30
RECALL_WINDOW = 30
GRID = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True)
class Lesson:
    """What every predictor is given: one population's past, its people, and how it stood before."""

    history: History
    people: Sequence[Profile]
    industry: str
    is_contest: bool
    before: Mapping[str, ModelVersion]

    @property
    def today(self) -> date:
        """The day that scores speak of."""
        return self.history.today

    @property
    def known(self) -> Snapshot:
        """The facts of today."""
        return self.history.snapshot(self.today)


def version_of(lesson: Lesson, predictor: str, **fields: Any) -> ModelVersion:
    """A model version that is not saved yet."""
    return ModelVersion(
        predictor=predictor,
        is_sample=lesson.history.is_sample,
        features_on=lesson.today,
        library=library(),
        **fields,
    )


def window_of(lesson: Lesson) -> int:
    """The window after which silence counts as leaving: the industry's, or a shorter one if history is short.

    Learning and judging out of time take two windows and 60 days before the first snapshot.
    """
    usual = WINDOW_OF_INDUSTRY.get(lesson.industry, 90)
    days = (lesson.today - lesson.history.first).days
    fitting = (w for w in (usual, *SHORTER_WINDOWS) if w <= usual and days >= 2 * w + LEAST_HISTORY)
    return next(fitting, usual)


def learn_churn(lesson: Lesson) -> tuple[Classifier | None, ModelVersion]:
    """Who will not order within the window."""
    return classifier(lesson, "churn", window_of(lesson))


def learn_next_purchase(lesson: Lesson) -> tuple[Classifier | None, ModelVersion]:
    """Who will not order within 30 days; the field stores the opposite."""
    return classifier(lesson, "next_purchase", BUYING_WINDOW)


def classifier(lesson: Lesson, predictor: str, days: int) -> tuple[Classifier | None, ModelVersion]:
    """Hold the contest, or trust the last one, and refit its champion on everything that is known."""
    before = lesson.before.get(predictor)
    if before is None or lesson.is_contest or not is_reusable(lesson, before, days):
        contest = hold(lesson.history, lesson.today - timedelta(days=days), days)
        card = card_of_contest(lesson, predictor, contest)
    else:
        card = card_of_before(lesson, before)
    if card.verdict != "ok":
        return None, card
    return refit(lesson, card, before)


def is_reusable(lesson: Lesson, before: ModelVersion, days: int) -> bool:
    """Whether the last contest still speaks for the champion, and there is still enough to learn from."""
    trained_on = lesson.history.training_days(lesson.today, days)
    if rung_at(lesson.history, lesson.today, trained_on, days) == "rules":
        return False
    return before.verdict == "ok" and before.window_days == days and not before.drift.get("is_alarm")


def card_of_contest(lesson: Lesson, predictor: str, contest: Contest) -> ModelVersion:
    """The model version that a contest ends in."""
    figures = contest.figures(contest.champion) if contest.champion else {}
    is_published = contest.verdict == "ok"
    return version_of(
        lesson,
        predictor,
        verdict=contest.verdict,
        algorithm=contest.champion,
        rung=contest.rung,
        grade=grade_of(figures, is_published=is_published, rung=contest.rung) if figures else "D",
        window_days=contest.days,
        trained_count=contest.customers,
        features=list(COLUMNS),
        metrics={
            **figures,
            "judged_on": contest.on.isoformat(),
            "refused_for": contest.refused_for,
            "flagged": contest.flagged,
            "flagged_left": contest.flagged_left,
            "slope": contest.straightening.slope,
            "centre": contest.straightening.centre,
            "customers": len(lesson.known.ids),
            "history_days": (lesson.today - lesson.history.first).days,
        },
        contest=contest.table,
        calibration=contest.bins,
        snapshots=[day.isoformat() for day in contest.trained_on],
    )


def card_of_before(lesson: Lesson, before: ModelVersion) -> ModelVersion:
    """Tonight's model version on the strength of the last contest."""
    kept = ("verdict", "algorithm", "rung", "grade", "window_days", "features", "metrics", "contest", "calibration")
    return version_of(lesson, before.predictor, **{name: getattr(before, name) for name in kept})


def refit(lesson: Lesson, card: ModelVersion, before: ModelVersion | None) -> tuple[Classifier, ModelVersion]:
    """Learn from every snapshot whose outcome is known today."""
    days = int(card.window_days or 0)
    trained_on = lesson.history.training_days(lesson.today, days)
    matrix, outcomes = lesson.history.examples(trained_on, days)
    estimator = build(card.algorithm, len(outcomes)).fit(matrix, outcomes)
    straight = Straightening(float(card.metrics["slope"]), float(card.metrics["centre"]))
    base_rate = float(lesson.history.churned(trained_on[0], days).mean())
    fitted = Classifier(card.algorithm, estimator, straight, days, base_rate, grade=card.grade)
    p = fitted.probability(design(lesson.known))
    card.thresholds = {
        **kept_thresholds(base_rate, before.thresholds if before else None),
        "grid": np.quantile(p, GRID, method="inverted_cdf").tolist(),
        "base_rate": base_rate,
    }
    card.drift = drift_of(p, base_rate, before)
    card.snapshots = [day.isoformat() for day in trained_on]
    card.trained_count = len(outcomes)
    card.artifact = packed({"estimator": estimator, "slope": straight.slope, "centre": straight.centre})
    return replace(fitted, thresholds=card.thresholds), card


def classifier_from(version: ModelVersion | None) -> Classifier | None:
    """The classifier in use, read back from its bytes."""
    if version is None or version.verdict != "ok" or version.artifact is None:
        return None
    parts = unpacked(version.artifact)
    return Classifier(
        algorithm=version.algorithm,
        estimator=parts["estimator"],
        straightening=Straightening(parts["slope"], parts["centre"]),
        window_days=int(version.window_days or 0),
        base_rate=version.thresholds["base_rate"],
        thresholds=version.thresholds,
        version=version.name,
        grade=version.grade,
    )


def learn_clv(lesson: Lesson) -> tuple[lifetime.Lifetime | None, ModelVersion]:
    """How often and for how much each customer will buy; checked by a back-test of one window."""
    fitted = lifetime.fit(lesson.known)
    if fitted is None:
        return None, version_of(lesson, "clv", verdict="insufficient_history", algorithm="bg_nbd_gamma_gamma")
    metrics = back_test(lesson, window_of(lesson))
    artifact = packed({"buying": fitted.buying, "amount": fitted.amount})
    return fitted, version_of(
        lesson, "clv", verdict="ok", algorithm="bg_nbd_gamma_gamma", metrics=metrics, artifact=artifact,
        trained_count=len(lesson.known.ids), window_days=lifetime.HORIZON_DAYS,
    )  # fmt: skip


def back_test(lesson: Lesson, days: int) -> dict[str, Any]:
    """Predicted and actual spend of the last window, had the model been fitted before it."""
    then = lesson.history.snapshot(lesson.today - timedelta(days=days))
    fitted = lifetime.fit(then)
    if fitted is None:
        return {}
    spent = dict(zip(lesson.known.ids, lesson.known.column("spend").tolist(), strict=True))
    actual = sum(spent.get(pk, 0.0) for pk in then.ids) - float(then.column("spend").sum())
    predicted = float(lifetime.value(fitted, then, days).sum())
    ratio = round(predicted / actual, 4) if actual > 0 else None
    return {"days": days, "predicted": round(predicted, 2), "actual": round(actual, 2), "ratio": ratio}


def lifetime_from(version: ModelVersion | None) -> lifetime.Lifetime | None:
    """The lifetime models in use, read back from their bytes."""
    if version is None or version.artifact is None:
        return None
    return lifetime.Lifetime(**unpacked(version.artifact))


def learn_rfm(lesson: Lesson) -> tuple[segments.Cuts | None, ModelVersion]:
    """Where the population divides into fifths."""
    recency, frequency, money = totals_of(lesson.people, lesson.known)
    if not len(recency):
        return None, version_of(lesson, "rfm", verdict="insufficient_history", algorithm="quintiles")
    cuts = segments.cuts_of(recency, frequency, money)
    return cuts, version_of(
        lesson, "rfm", verdict="ok", algorithm="quintiles", thresholds=cuts.as_json(), trained_count=len(recency)
    )


def cuts_from(version: ModelVersion | None) -> segments.Cuts | None:
    """The cuts in use."""
    return segments.Cuts(**version.thresholds) if version is not None and version.verdict == "ok" else None


READ_BACK: dict[str, Any] = {
    "churn": classifier_from,
    "next_purchase": classifier_from,
    "clv": lifetime_from,
    "rfm": cuts_from,
}


def learn_recommendations(lesson: Lesson) -> tuple[Purchases | None, ModelVersion]:
    """What was bought by whom; the recall of both lists is measured with each contest."""
    known = purchases(lesson.today, is_sample=lesson.history.is_sample)
    if not known.items:
        return None, version_of(lesson, "recommendations", verdict="insufficient_history", algorithm="ease")
    before = lesson.before.get("recommendations")
    metrics = dict(before.metrics) if before and not lesson.is_contest else recall_metrics(lesson)
    popular = np.argsort(-known.popularity, kind="stable")[:10]
    trending = [{"product": str(known.items[i]), "sold": known.lately[i]} for i in popular]
    return known, version_of(
        lesson, "recommendations", verdict="ok", algorithm="ease", metrics=metrics,
        thresholds={"trending": trending}, trained_count=len(known.customers),
    )  # fmt: skip


def recall_metrics(lesson: Lesson) -> dict[str, Any]:
    """Recall at 10, had the lists been made 30 days ago."""
    then = lesson.today - timedelta(days=RECALL_WINDOW)
    known = purchases(then, is_sample=lesson.history.is_sample)
    baskets = next_baskets(known, lesson.today, is_sample=lesson.history.is_sample) if known.items else {}
    new, again = recall_at(known, baskets) if baskets else (None, None)
    return {"recall_new": new, "recall_again": again, "judged_on": then.isoformat(), "customers": len(baskets)}
