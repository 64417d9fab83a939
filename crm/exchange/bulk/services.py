"""The life of a bulk change: try, ask, run in chunks, look, undo, forget."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypedDict
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import columns_write, rows_insert
from crm.core.errors import CrmError
from crm.core.fields import uuid7
from crm.core.permissions import is_unbound, permit, visible
from crm.core.registry import Resource
from crm.exchange.bulk.asking import Deed, Selection, deed_checked, ids_of, resource_of
from crm.exchange.bulk.deeds import Done, deed_do, deed_undo
from crm.exchange.models import BulkJob, BulkRow
from crm.team.services import actor_restore
from tenants.tasks import enqueue

AT_ONCE, CHUNK, TRIED = 500, 1000, 1000
KEPT = timedelta(days=7)
MANAGE = "exchange.manage_bulkjob"
TASK = "crm.exchange.tasks.bulk_run"
State, Outcome = BulkJob.State, BulkRow.Outcome
MOVING = frozenset({State.QUEUED, State.RUNNING, State.UNDOING})


@dataclass(frozen=True)
class Preview:
    """What a bulk change would come to: tried on the first records, and nothing of it stored."""

    total: int
    tried: int
    changed: int
    refused: int
    reasons: list[tuple[str, int]] = field(default_factory=list)

    @property
    def same(self) -> int:
        """How many of the tried ones are so already."""
        return self.tried - self.changed - self.refused


def jobs_visible(actor: Actor) -> QuerySet[BulkJob]:
    """One's own, and all for whoever manages them, if nothing is kept from them."""
    rows = BulkJob.objects.all()
    return rows if actor.may(MANAGE) and is_unbound(actor) else rows.filter(actor_kind=actor.kind, actor_id=actor.id)


def bulk_find(id: UUID, *, actor: Actor) -> BulkJob:
    """One visible job."""
    job = jobs_visible(actor).filter(pk=id).first()
    if job is None:
        raise CrmError("not_found", _("There is no such bulk change."), status=404)
    return job


def bulk_preview(resource: Resource, deed: Deed, selection: Selection, *, actor: Actor) -> Preview:
    """Try it on the first thousand, in a transaction that is rolled back."""
    deed = deed_checked(resource, deed, actor)
    ids = ids_of(resource, selection, actor)
    with transaction.atomic():
        done = deed_do(resource, deed, ids[:TRIED], actor)
        transaction.set_rollback(True)
    reasons = Counter(done.refused.values()).most_common(8)
    return Preview(len(ids), len(ids[:TRIED]), len(done.before), len(done.refused), reasons)


def bulk_start(resource: Resource, deed: Deed, selection: Selection, *, actor: Actor) -> BulkJob:
    """Do it: a few at once, many by a worker. Which records are meant is settled now."""
    deed = deed_checked(resource, deed, actor)
    ids = ids_of(resource, selection, actor)
    later = len(ids) > AT_ONCE
    with transaction.atomic():
        job = BulkJob.objects.create(
            label=resource.label,
            asked=deed.to_json(),
            actor_kind=actor.kind,
            actor_id=actor.id,
            rows_total=len(ids),
        )
        rows_insert(BulkRow, ("job_id", "object_id"), [(job.pk, pk) for pk in ids])
        if later:
            enqueue(TASK, job_id=job.pk)
    if not later:
        bulk_run(job.pk)
    job.refresh_from_db()
    return job


def bulk_run(job_id: UUID, *, seconds: float = 0) -> bool:
    """Run or resume a job, onwards or back; false when something is left to do. Safe to be called many times."""
    with transaction.atomic():
        job = BulkJob.objects.select_for_update().filter(pk=job_id, state__in=MOVING).first()
        if job is None:
            return True
        job.runner = uuid7()
        job.state = State.RUNNING if job.state == State.QUEUED else job.state
        job.save(update_fields=["runner", "state"])
    started = time.monotonic()
    try:
        actor = actor_restore(job.actor_kind, job.actor_id, via="job", request_id=str(job.pk))
        while step(job, actor):
            if seconds and time.monotonic() - started > seconds:
                return False
    except CrmError as refusal:
        BulkJob.objects.filter(pk=job.pk, runner=job.runner).update(
            state=State.FAILED, failure=str(refusal.message)[:200], finished_at=timezone.now()
        )
    return True


def step(job: BulkJob, actor: Actor) -> bool:
    """One chunk with its marks and the job's count, in one transaction; false at the end."""
    with transaction.atomic():
        held = BulkJob.objects.select_for_update().get(pk=job.pk)
        if held.runner != job.runner or held.state not in MOVING:
            return False
        is_back = held.state == State.UNDOING
        rows = held.rows.filter(outcome=Outcome.CHANGED if is_back else Outcome.WAITING).order_by("pk")
        some = list(rows[:CHUNK])
        if some:
            counts = chunk_back(held, some, actor) if is_back else chunk(held, some, actor)
            held.account = dict(Counter(held.account) + counts)
            held.rows_done += 0 if is_back else len(some)
        else:
            held.state, held.finished_at = State.UNDONE if is_back else State.DONE, timezone.now()
        held.save(update_fields=["account", "rows_done", "state", "finished_at"])
    return bool(some)


def chunk(job: BulkJob, rows: Sequence[BulkRow], actor: Actor) -> Counter[str]:
    """Do it to some."""
    resource, deed = resource_of(job.label), Deed(**job.asked)
    done = deed_do(resource, deed, [row.object_id for row in rows], actor)
    versions = versions_of(resource, done.before)
    for row in rows:
        marked(row, done, versions)
    noted(rows, "outcome", "before", "version", "message")
    return Counter(str(row.outcome) for row in rows)


def noted(rows: Sequence[BulkRow], *names: str) -> None:
    """Store what was noted of some."""
    columns_write(BulkRow, {name: [getattr(row, name) for row in rows] for name in ("id", *names)})


def marked(row: BulkRow, done: Done, versions: dict[UUID, int]) -> None:
    """Note what became of one."""
    if row.object_id in done.refused:
        row.outcome, row.message = Outcome.REFUSED, done.refused[row.object_id][:300]
    elif row.object_id in done.before:
        row.outcome, row.before = Outcome.CHANGED, done.before[row.object_id]
        row.version = versions.get(row.object_id)
    else:
        row.outcome = Outcome.SAME


def versions_of(resource: Resource, ids: Iterable[UUID]) -> dict[UUID, int]:
    """The versions as they are now, of deleted ones too."""
    return dict(resource.model._default_manager.filter(pk__any_of=list(ids)).values_list("pk", "version"))


def bulk_undo(job: BulkJob, *, actor: Actor) -> BulkJob:
    """Give every record back what it had; what somebody has changed since stays. Within seven days."""
    if (job.actor_kind, job.actor_id) != (actor.kind, actor.id):
        permit(actor, MANAGE)
    with transaction.atomic():
        held = BulkJob.objects.select_for_update().get(pk=job.pk)
        if held.state != State.DONE or not held.rows.filter(outcome=Outcome.CHANGED).exists():
            raise CrmError("not_ready", _("There is nothing to undo here."), status=409)
        held.state, held.runner = State.UNDOING, None
        held.actor_kind, held.actor_id = actor.kind, actor.id
        held.save(update_fields=["state", "runner", "actor_kind", "actor_id"])
        later = held.rows_total > AT_ONCE
        if later:
            enqueue(TASK, job_id=held.pk)
    if not later:
        bulk_run(held.pk)
    held.refresh_from_db()
    return held


def chunk_back(job: BulkJob, rows: Sequence[BulkRow], actor: Actor) -> Counter[str]:
    """Take it back from some."""
    resource, deed = resource_of(job.label), Deed(**job.asked)
    now = versions_of(resource, [row.object_id for row in rows])
    own = {row.object_id: row.before for row in rows if now.get(row.object_id) == row.version}
    same = {pk: before for pk, before in own.items() if before is not None}
    failed = deed_undo(resource, deed, same, actor)
    for row in rows:
        is_back = row.object_id in same and row.object_id not in failed
        row.outcome = Outcome.BACK if is_back else Outcome.KEPT
        row.message = failed.get(row.object_id, "")[:300]
    noted(rows, "outcome", "message")
    return Counter(str(row.outcome) for row in rows)


def bulk_percent(job: BulkJob) -> int:
    """0 to 100, from the rows that are committed."""
    done = job.rows_done
    if job.state == State.UNDOING:
        done = sum(int(job.account.get(str(one), 0)) for one in (Outcome.BACK, Outcome.KEPT))
        return min(99, 100 * done // max(int(job.account.get(str(Outcome.CHANGED), 0)), 1))
    return min(99, 100 * done // max(job.rows_total, 1)) if job.state in MOVING else 100


class RefusedRow(TypedDict):
    """A record that was refused or left, and why."""

    id: UUID
    title: str | None
    message: str
    outcome: str


def refused_rows(job: BulkJob, actor: Actor, most: int = 50) -> list[RefusedRow]:
    """What was refused or left, with titles as far as the actor sees them."""
    resource = resource_of(job.label)
    rows = list(job.rows.filter(outcome__in=(Outcome.REFUSED, Outcome.KEPT)).order_by("pk")[:most])
    seen = visible(resource.model, actor).filter(pk__any_of=[row.object_id for row in rows])
    titles = dict(seen.values_list("pk", resource.title))
    return [
        {"id": row.object_id, "title": titles.get(row.object_id), "message": row.message, "outcome": row.outcome}
        for row in rows
    ]


def bulk_purge() -> int:
    """Forget what undo would need, seven days after the end. How many rows."""
    count, _by = BulkRow.objects.filter(job__finished_at__lt=timezone.now() - KEPT).delete()
    return int(count)


def forget(found: dict[str, list[UUID]], words: list[str]) -> None:
    """What an erased person had before, and what was set that names them."""
    ids = [pk for some in found.values() for pk in some]
    BulkRow.objects.filter(object_id__in=ids).update(before=None, message="")
    for word in words:
        BulkJob.objects.filter(asked__icontains=word).update(asked={"do": "edit", "values": {}, "verb": ""})
        BulkRow.objects.filter(before__icontains=word).update(before=None)
        BulkRow.objects.filter(message__icontains=word).update(message="")
