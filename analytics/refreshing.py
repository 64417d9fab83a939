"""The recomputation of a tenant's models and scores, from reading orders to writing fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from threadpoolctl import threadpool_limits

from analytics import learning, scoring, storage
from analytics.features import day_end, local_day, reference_day, snapshot
from analytics.fingerprint import fingerprint
from analytics.history import History
from analytics.learned import Classifier, Learned
from analytics.models import ModelVersion, Run
from analytics.predictors import PREDICTORS, Predictor
from analytics.profiles import profiles
from analytics.purchases import Purchases
from analytics.reasons import recommendation_label
from analytics.recommending import Pick, Shelves, picks
from crm.sales.models import Product
from tenants.context import current

TREND_DAYS = 30
EXPIRES_DAYS = 14
KEPT_VERSIONS = 30
CUSTOMERS_AT_ONCE = 5000
KEPT_ARTIFACTS = 7
POPULATIONS = ((False, "real"), (True, "sample"))


@dataclass
class Watch:
    """Tells the run's row, and whoever asked, how far it has come."""

    run: Run
    progress: Any = None
    started: float = field(default_factory=monotonic)

    def step(self, label: str, share: float) -> None:
        """Note the step that begins now."""
        self.run.timings = {**self.run.timings, label: round(monotonic() - self.started, 3)}
        self.run.step, self.run.progress = label, share
        self.run.save(update_fields=["step", "progress", "timings"])
        if self.progress is not None:
            self.progress(label, share)


def refresh(*, as_of: datetime, contest: bool, progress: Any = None, again: bool = False) -> Run:
    """Recompute everything, or return the run that did so with the same data and the same day, unless `again`."""
    day = local_day(as_of)
    with storage.alone(), threadpool_limits(limits=1), translation.override(current().locale):
        data_hash = fingerprint(day)
        done = Run.objects.filter(data_hash=data_hash, state=Run.State.DONE)
        earlier = (done.filter(is_contest=True) if contest else done).order_by("-started_at").first()
        if earlier is not None and not again:
            return earlier
        Run.objects.filter(state=Run.State.RUNNING).update(state=Run.State.FAILED, error="interrupted")
        storage.statistics_renew()
        run = Run.objects.create(as_of=as_of, data_hash=data_hash, is_contest=contest)
        return carry_out(run, day, Watch(run, progress))


def carry_out(run: Run, day: date, watch: Watch) -> Run:
    """Both populations, one after the other; an error is kept on the run and passed on."""
    try:
        for place, (is_sample, name) in enumerate(POPULATIONS):
            counts = population(run, day, watch, is_sample=is_sample, at=place / len(POPULATIONS))
            run.counts = {**run.counts, name: counts}
    except BaseException as error:
        if not connection.in_atomic_block:  # otherwise the run's row goes with the caller's transaction
            Run.objects.filter(pk=run.pk).update(
                state=Run.State.FAILED, error=f"{type(error).__name__}: {error}"[:1000], finished_at=timezone.now()
            )
        raise
    run.state, run.progress, run.step, run.finished_at = Run.State.DONE, 1.0, "", timezone.now()
    run.save()
    return run


def population(run: Run, day: date, watch: Watch, *, is_sample: bool, at: float) -> dict[str, Any]:
    """Learn from, score and store one population: the real customers, or the samples."""
    on = reference_day(day, is_sample=is_sample)
    people = profiles(on, is_sample=is_sample)
    if not people:
        return {"customers": 0}
    if not is_sample:
        run.features_on = on
    name = dict(POPULATIONS)[is_sample]
    watch.step(f"{name}: learning", at + 0.05)
    history = History(is_sample=is_sample, today=on)
    lesson = learning.Lesson(
        history=history, people=people, industry=current().industry, is_contest=run.is_contest,
        before=versions_in_use(is_sample=is_sample),
    )  # fmt: skip
    parts, cards = learn_all(lesson)
    watch.step(f"{name}: scoring", at + 0.3)
    name_versions(cards, on)
    models = learned_of(parts, cards, is_sample=is_sample, on=on)
    counts = score_and_write(run, models, lesson, cards)
    watch.step(f"{name}: recommending", at + 0.45)
    storage.snapshot_write(on - timedelta(days=on.weekday()), is_sample=is_sample)
    recommended = recommend(parts["recommendations"], on, is_sample=is_sample)
    return {"customers": len(people), **counts, "recommendations_changed": recommended}


def score_and_write(
    run: Run, models: Learned, lesson: learning.Lesson, cards: dict[str, ModelVersion]
) -> dict[str, int]:
    """Score and store some thousand customers at a time: little memory, and no transaction that lasts."""
    known, before = lesson.known, lesson.history.snapshot(models.on - timedelta(days=TREND_DAYS))
    features_at = min(run.as_of, storage_moment(models.on))
    counts = {"scored": 0, "changed": 0, "crossed": 0}
    versions_save(cards, run.data_hash)
    for start in range(0, len(lesson.people), CUSTOMERS_AT_ONCE):
        people = lesson.people[start : start + CUSTOMERS_AT_ONCE]
        ids = [person.id for person in people]
        rows = scoring.score(models, known.of(ids), before.of(ids), people)
        changed, crossed = storage.scores_write(rows, scored_at=timezone.now(), features_at=features_at)
        storage.forget([person.id for person in people if person.is_refused])
        counts["scored"] += sum(1 for _, values in rows if values.get("churn_probability") is not None)
        counts["changed"] += changed
        counts["crossed"] += crossed
    return counts


def storage_moment(on: date) -> datetime:
    """The last moment that the facts of a day include."""
    return day_end(on) - timedelta(microseconds=1)


def versions_in_use(*, is_sample: bool) -> dict[str, ModelVersion]:
    """The newest version of each predictor, published or not."""
    current_ones = ModelVersion.objects.filter(is_sample=is_sample).exclude(status=ModelVersion.Status.RETIRED)
    return {version.predictor: version for version in current_ones}


def learn_one(predictor: Predictor, lesson: learning.Lesson) -> tuple[Any, ModelVersion]:
    """One predictor: a version that somebody holds in use is read back, every other is learned."""
    held = lesson.before.get(predictor.name)
    if held is not None and held.is_held and predictor.name in learning.READ_BACK:
        return learning.READ_BACK[predictor.name](held), held
    answer: tuple[Any, ModelVersion] = import_string(predictor.learn)(lesson)
    return answer


def learn_all(lesson: learning.Lesson) -> tuple[dict[str, Any], dict[str, ModelVersion]]:
    """Every declared predictor in turn: what scoring uses, and what is kept."""
    answers = {predictor.name: learn_one(predictor, lesson) for predictor in PREDICTORS}
    parts = {name: answer[0] for name, answer in answers.items()}
    return parts, {name: answer[1] for name, answer in answers.items()}


def name_versions(cards: dict[str, ModelVersion], on: date) -> None:
    """Name each version by its day and a running number."""
    for predictor, card in cards.items():
        if card.is_held:
            continue
        same_day = ModelVersion.objects.filter(
            predictor=predictor, is_sample=card.is_sample, name__startswith=f"{on.isoformat()}."
        ).count()
        card.name = f"{on.isoformat()}.{same_day + 1}"


@transaction.atomic
def versions_save(cards: dict[str, ModelVersion], data_hash: str) -> None:
    """Retire yesterday's versions, keep today's, and drop the bytes and then the cards of old ones."""
    for predictor, card in cards.items():
        others = ModelVersion.objects.filter(predictor=predictor, is_sample=card.is_sample)
        others = others.exclude(pk=card.pk)
        others.exclude(status=ModelVersion.Status.RETIRED).update(status=ModelVersion.Status.RETIRED)
        card.status = ModelVersion.Status.ACTIVE if card.verdict == "ok" else ModelVersion.Status.SHADOW
        if card.is_held:
            continue
        card.data_hash = data_hash
        card.save()
        old = list(others.order_by("-pk").values_list("pk", flat=True))
        ModelVersion.objects.filter(pk__in=old[KEPT_ARTIFACTS - 1 :]).update(artifact=None)
        ModelVersion.objects.filter(pk__in=old[KEPT_VERSIONS - 1 :]).delete()


def learned_of(parts: dict[str, Any], cards: dict[str, ModelVersion], *, is_sample: bool, on: date) -> Learned:
    """What scoring uses tonight."""
    return Learned(
        is_sample=is_sample,
        on=on,
        churn=versioned(parts["churn"], cards["churn"]),
        churn_verdict=cards["churn"].verdict,
        buying=versioned(parts["next_purchase"], cards["next_purchase"]),
        lifetime=parts["clv"],
        cuts=parts["rfm"],
    )


def versioned(part: Classifier | None, card: ModelVersion) -> Classifier | None:
    """The classifier with the name of its version, which is only known now."""
    return None if part is None else replace(part, version=card.name)


def recommend(known: Purchases | None, on: date, *, is_sample: bool) -> int:
    """Write both lists of everyone who has bought something, some thousand customers at a time."""
    changed = storage.recommendations_prune(is_sample=is_sample)
    if known is None:
        return changed
    products = {pk: (name, active) for pk, name, active in
                Product.objects.filter(id__in=known.items).values_list("id", "name", "is_active")}  # fmt: skip
    names = [products.get(pk, ("", False))[0] for pk in known.items]
    is_buyable = np.array([products.get(pk, ("", False))[1] for pk in known.items], dtype=np.bool_)
    expires_at = storage_moment(on + timedelta(days=EXPIRES_DAYS))
    shelves = Shelves(known)
    for start in range(0, len(known.customers), CUSTOMERS_AT_ONCE):
        part = known.customers[start : start + CUSTOMERS_AT_ONCE]
        found = picks(shelves, np.arange(start, start + len(part), dtype=np.int64), is_buyable=is_buyable)
        # worked out before the transaction begins: an open one holds back the feed of events
        rows = [row_of(known, names, pick, expires_at) for pick in found]
        changed += storage.recommendations_write(part, rows)
    return changed


def row_of(known: Purchases, names: Sequence[str], pick: Pick, expires_at: datetime) -> tuple[Any, ...]:
    """A recommendation as it is stored."""
    every: dict[str, dict[str, Any]] = {
        "buy_again": {"times": pick.times, "ago": pick.ago},
        "similar_item": {"together": pick.together, "product": names[pick.because]},
        "trending": {"sold": known.lately[pick.item]},
    }
    values = every[pick.reason_type]
    label = recommendation_label(pick.reason_type, values)[:300]
    return (
        known.customers[pick.customer], known.items[pick.item], pick.shelf, pick.rank, round(pick.score, 4),
        pick.reason_type, values, label, expires_at,
    )  # fmt: skip


def rescore(customer_ids: Sequence[UUID]) -> int:
    """Rescore a few customers with the models in use; nothing is learned."""
    changed = 0
    today = local_day(timezone.now())
    with threadpool_limits(limits=1), translation.override(current().locale):
        for is_sample, _ in POPULATIONS:
            changed += rescore_population(customer_ids, today, is_sample=is_sample)
    return changed


def rescore_population(customer_ids: Sequence[UUID], today: date, *, is_sample: bool) -> int:
    """Those of the customers who belong to a population, by that population's models."""
    on = reference_day(today, is_sample=is_sample)
    people = profiles(on, is_sample=is_sample, only=customer_ids)
    versions = versions_in_use(is_sample=is_sample)
    if not people or not versions:
        return 0
    churn = versions.get("churn")
    models = Learned(
        is_sample=is_sample,
        on=on,
        churn=learning.classifier_from(churn),
        churn_verdict=churn.verdict if churn else "insufficient_history",
        buying=learning.classifier_from(versions.get("next_purchase")),
        lifetime=learning.lifetime_from(versions.get("clv")),
        cuts=learning.cuts_from(versions.get("rfm")),
    )
    known = snapshot(on, is_sample=is_sample, only=customer_ids)
    before = snapshot(on - timedelta(days=TREND_DAYS), is_sample=is_sample, only=customer_ids)
    rows = scoring.score(models, known, before, people)
    now = timezone.now()
    changed, _ = storage.scores_write(rows, scored_at=now, features_at=min(now, storage_moment(on)))
    storage.forget([person.id for person in people if person.is_refused])
    return changed


def rescore_all() -> Run:
    """Score everybody again with the versions in use: after somebody chose another one."""
    day, now = local_day(timezone.now()), timezone.now()
    with storage.alone(), threadpool_limits(limits=1), translation.override(current().locale):
        run = Run.objects.create(as_of=now, data_hash="")
        watch, counts = Watch(run), {}
        for place, (is_sample, name) in enumerate(POPULATIONS):
            watch.step(f"{name}: scoring", 0.05 + place / len(POPULATIONS))
            ids = [person.id for person in profiles(reference_day(day, is_sample=is_sample), is_sample=is_sample)]
            counts[name] = {"customers": len(ids), "changed": 0}
            for start in range(0, len(ids), CUSTOMERS_AT_ONCE):
                part = ids[start : start + CUSTOMERS_AT_ONCE]
                counts[name]["changed"] += rescore_population(part, day, is_sample=is_sample)
        run.counts, run.state, run.progress, run.step = counts, Run.State.DONE, 1.0, ""
        run.finished_at = timezone.now()
        run.save()
        return run
