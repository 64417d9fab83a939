"""A run from the kept file to the last chunk; killed anywhere, the next run goes on behind the last committed chunk."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import cast
from uuid import UUID

from django.db import transaction
from django.utils import timezone, translation

from crm.core.actors import Actor
from crm.core.actors import Kind as ActorKind
from crm.core.bulk import Fact, events_write
from crm.core.errors import CrmError
from crm.core.fields import uuid7
from crm.core.filling import statistics_refresh
from crm.core.registry import registry
from crm.exchange.analysis import Choices
from crm.exchange.cleaning.columns import Habits
from crm.exchange.cleaning.dates import SHOWN
from crm.exchange.declared.catalogue import template_find
from crm.exchange.engine.ahead import ahead
from crm.exchange.engine.blocks import Layout, layout_of
from crm.exchange.engine.chunk import AS_STORED, Superseded, Writer
from crm.exchange.engine.columns import packs
from crm.exchange.engine.links import Finder
from crm.exchange.engine.recipe import Recipe, compile_recipe, surroundings
from crm.exchange.engine.saving import made_ready
from crm.exchange.engine.survey import Survey, Walk
from crm.exchange.matching.targets import places
from crm.exchange.models import ImportJob, ImportProblem
from crm.exchange.pieces import pieces_read
from crm.team.services import actor_restore
from tenants.context import current
from tenants.tasks import enqueue

Progress = Callable[[ImportJob], None]
SCORES, MERGE = "analytics.tasks.refresh", "crm.exchange.tasks.search_merge"
OPEN = (ImportJob.State.QUEUED, ImportJob.State.RUNNING)


def claim(job_id: UUID) -> ImportJob | None:
    """Take the job over; a worker that still has it stops at its next chunk."""
    with transaction.atomic():
        job = ImportJob.objects.select_for_update().filter(pk=job_id, state__in=OPEN).first()
        if job is not None:
            job.runner, job.state, job.beat_at = uuid7(), ImportJob.State.RUNNING, timezone.now()
            job.started_at = job.started_at or job.beat_at
            job.save(update_fields=["runner", "state", "beat_at", "started_at"])
    return job


def run(job_id: UUID, progress: Progress | None = None, seconds: float = 0) -> bool:
    """Do the job, for at most so many seconds if given; false when something is left to do."""
    job = claim(job_id)
    if job is None:
        return True
    try:
        with without_collector(), translation.override(current().locale):
            return carry_out(job, progress, seconds)
    except Superseded:
        return True
    except CrmError as error:
        fail(job, error)
        return True


def carry_out(job: ImportJob, progress: Progress | None, seconds: float) -> bool:
    """Survey, then chunk by chunk."""
    started = time.monotonic()
    with pieces_read(job) as stream:
        layout, recipe, found = prepare(job, layout_of(stream, Choices.from_json(job.choices)))
        ImportJob.objects.filter(pk=job.pk, runner=job.runner).update(rows_total=found.rows)
        finders = [Finder(link, recipe, found) for link in recipe.links]
        writer, done = Writer(job.pk, job.runner or uuid7(), recipe, finders), job.chunks_done
        left = (made for made in packs(layout, recipe, found) if made.chunk.index >= done)
        with closing(ahead(made_ready(recipe, job.pk, left), found.rows)) as chunks_made:
            for made in chunks_made:
                latest = writer.write(made)
                if made.chunk.index == done:
                    statistics_refresh(recipe.resource.model, writer.matcher.looked_at, made.chunk.rows)
                if progress:
                    progress(latest)
                if seconds and time.monotonic() - started > seconds:
                    return False
    finish(job)
    return True


@contextmanager
def without_collector() -> Iterator[None]:
    """Millions of small lists, none in a circle: looking for circles among them took half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def prepare(job: ImportJob, layout: Layout) -> tuple[Layout, Recipe, Survey]:
    """All that must be known before the first row is written."""
    resource, choices = registry[job.label], Choices.from_json(job.choices)
    template = template_find(job.template) if job.template else None
    actor = job_actor(job)
    walk = Walk(layout, choices.targets, places(resource, actor), template).walk()
    recipe = compile_recipe(resource, template, choices, header=layout.header, habits=walk.habits, actor=actor)
    if not job.chunks_done:
        dates_note(job, layout, {at: one for at, one in walk.habits.items() if at not in choices.answers})
    return layout, recipe, walk.survey(recipe)


def dates_note(job: ImportJob, layout: Layout, habits: Mapping[int, Habits]) -> None:
    """Say how dates were read that stand below the rows at which the question would have been asked."""
    known = set(job.problems.filter(code="ambiguous_date").values_list("position", flat=True))
    for at, one in habits.items():
        if one.ambiguous and at not in known:
            said = {"value": ", ".join(one.ambiguous)[:200], "order": SHOWN[surroundings().order]}
            note = {"code": "ambiguous_date", "outcome": ImportProblem.Outcome.NOTE, "details": said}
            place = {"row": layout.header_row, "position": at, "column": layout.header[at][:200]}
            ImportProblem.objects.create(job=job, value=said["value"], **note, **place)


def job_actor(job: ImportJob) -> Actor:
    """Whoever confirmed the job, if they may still act."""
    return actor_restore(job.actor_kind, job.actor_id, via="import", request_id=str(job.pk))


def finish(job: ImportJob) -> None:
    """Done; scores are asked for in the same transaction."""
    with transaction.atomic():
        settle_reports(job)
        done = ImportJob.objects.filter(pk=job.pk, runner=job.runner, state=ImportJob.State.RUNNING)
        if done.update(state=ImportJob.State.DONE, finished_at=timezone.now()):
            enqueue(MERGE, label=job.label)
            enqueue(SCORES, queue="interactive")
            after = {"filename": job.filename, "object": job.label}
            actor = Actor(cast("ActorKind", job.actor_kind), job.actor_id, via="job")
            events_write([Fact("exchange.importjob.finished", "exchange.importjob", job.pk, None, after)], actor)


def settle_reports(job: ImportJob) -> None:
    """Nothing is said to be stored of a row that a later chunk has refused with its group: one more reason."""
    refused = job.problems.filter(outcome=ImportProblem.Outcome.REFUSED).order_by().values_list("row", flat=True)
    said = job.problems.filter(outcome__in=AS_STORED, row__any_of=set(refused))
    said.update(outcome=ImportProblem.Outcome.REFUSED)


def fail(job: ImportJob, error: CrmError) -> None:
    """Keep the reason; what was committed stays accounted for and can be undone."""
    settle_reports(job)
    enqueue(MERGE, label=job.label)
    ImportJob.objects.filter(pk=job.pk, runner=job.runner).update(
        state=ImportJob.State.FAILED,
        finished_at=timezone.now(),
        failure=error.code[:40],
        failure_details={"message": str(error.message)[:500]},
    )
