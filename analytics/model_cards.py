"""What the model page shows: every predictor with its contest, grade, rung, calibration and history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from analytics.bands import BANDS
from analytics.keeping import version_find
from analytics.models import ModelVersion, Run
from analytics.predictors import PREDICTORS, Predictor, algorithm_label, predictor
from analytics.wording import back_test, grade_rule, rung_label, step_label, verdict_label, verdict_lift, verdict_why
from crm.core.actors import Actor
from crm.core.permissions import permit
from crm.core.samples import sample_shown

HISTORY = 30


class RunCard(TypedDict):
    """A night's run."""

    state: str
    step: str
    step_label: str
    progress: float
    as_of: str
    features_on: str | None
    counts: Mapping[str, Any]
    finished_at: str | None
    error: str


class PastVersion(TypedDict):
    """One line of a model's history."""

    id: int
    version: str
    status: str
    is_held: bool
    features_on: str
    algorithm_label: str
    verdict: str
    grade: str
    auc: float | None
    brier: float | None
    score_psi: float | None


class Predicting(TypedDict):
    """What a predictor is for, and whether it may be believed."""

    name: str
    label: str
    question: str
    has_contest: bool
    verdict: str


class ModelCard(Predicting, total=False):
    """One predictor; once something was learned, what is in use and how it was judged."""

    verdict_label: str
    why: str
    lifts_it: str
    id: int
    is_held: bool
    version: str
    algorithm: str
    algorithm_label: str
    rung: str
    rung_label: str
    grade: str
    features_on: str
    window_days: int | None
    trained_count: int
    snapshots: list[Any]
    metrics: Mapping[str, Any]
    back_test: str
    contest: list[Mapping[str, Any]]
    calibration: list[Any]
    bands: Mapping[str, Any]
    drift: Mapping[str, Any]
    library: Mapping[str, Any]
    history: list[PastVersion]


class VersionCard(ModelCard, total=False):
    """The card of one version."""

    status: str
    is_sample: bool


class ModelPage(TypedDict):
    """All predictors, of the real customers or, where there are none, of the samples."""

    is_sample: bool
    grade_rule: list[str]
    predictors: list[ModelCard]
    run: RunCard | None


def model_page(*, actor: Actor) -> ModelPage:
    """One entry a predictor, and the newest run."""
    permit(actor, "analytics.view_model")
    is_sample = sample_shown()
    every = ModelVersion.objects.filter(is_sample=is_sample).defer("artifact").order_by("-pk")
    by_predictor: dict[str, list[ModelVersion]] = {}
    for version in every:
        by_predictor.setdefault(version.predictor, []).append(version)
    run = Run.objects.order_by("-started_at").first()
    return {
        "is_sample": is_sample,
        "grade_rule": grade_rule(),
        "predictors": [model_card(one, by_predictor.get(one.name, [])) for one in PREDICTORS],
        "run": run_card(run) if run else None,
    }


def model_card(kind: Predictor, versions: list[ModelVersion]) -> ModelCard:
    """One predictor: what is in use, how it was judged, and how the versions before it did."""
    card: ModelCard = {
        "name": kind.name,
        "label": str(kind.label),
        "question": str(kind.question),
        "has_contest": kind.has_contest,
        "verdict": "",
    }
    if not versions:
        return card
    newest = next((one for one in versions if one.status != ModelVersion.Status.RETIRED), versions[0])
    return {
        **card,
        "verdict": newest.verdict,
        "verdict_label": verdict_label(newest.verdict),
        "why": verdict_why(newest.verdict, newest.metrics),
        "lifts_it": verdict_lift(newest.verdict),
        "id": newest.pk,
        "is_held": newest.is_held,
        "version": newest.name,
        "algorithm": newest.algorithm,
        "algorithm_label": algorithm_label(newest.algorithm),
        "rung": newest.rung,
        "rung_label": rung_label(newest.rung) if kind.has_contest else "",
        "grade": newest.grade,
        "features_on": newest.features_on.isoformat(),
        "window_days": newest.window_days,
        "trained_count": newest.trained_count,
        "snapshots": newest.snapshots,
        "metrics": newest.metrics,
        "back_test": back_test(newest.metrics, newest.window_days),
        "contest": [contestant(entry, newest.algorithm) for entry in newest.contest],
        "calibration": newest.calibration,
        "bands": {band: newest.thresholds[band] for band in BANDS[1:] if band in newest.thresholds},
        "drift": newest.drift,
        "library": newest.library,
        "history": [past(version) for version in versions[:HISTORY]],
    }


def version_card(version_id: int, *, actor: Actor) -> VersionCard:
    """The card of one version, whether it is in use or of the past."""
    permit(actor, "analytics.view_model")
    version = version_find(version_id)
    card = model_card(predictor(version.predictor), [version])
    del card["history"]
    return {**card, "status": version.status, "is_sample": version.is_sample}


def contestant(entry: dict[str, Any], champion: str) -> dict[str, Any]:
    """One line of the contest table."""
    return {**entry, "label": algorithm_label(entry["name"]), "is_champion": entry["name"] == champion}


def past(version: ModelVersion) -> PastVersion:
    """One line of the history."""
    return {
        "id": version.pk,
        "version": version.name,
        "status": version.status,
        "is_held": version.is_held,
        "features_on": version.features_on.isoformat(),
        "algorithm_label": algorithm_label(version.algorithm),
        "verdict": version.verdict,
        "grade": version.grade,
        "auc": version.metrics.get("auc"),
        "brier": version.metrics.get("brier"),
        "score_psi": version.drift.get("score_psi"),
    }


def run_card(run: Run) -> RunCard:
    """The newest run: its state, how far it is, what it wrote."""
    return {
        "state": run.state,
        "step": run.step,
        "step_label": step_label(run.step),
        "progress": run.progress,
        "as_of": run.as_of.isoformat(),
        "features_on": run.features_on.isoformat() if run.features_on else None,
        "counts": run.counts,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "error": run.error,
    }
