"""The life of an export: ask, run, look, download, cancel, forget."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.errors import CrmError
from crm.core.permissions import is_unbound, permit
from crm.core.reading import count_read
from crm.core.registry import Resource, registry
from crm.exchange.exporting.archive.contents import PERMISSION
from crm.exchange.exporting.archive.writing import rows_count
from crm.exchange.exporting.asking import Asked, Format, checked, query_of
from crm.exchange.exporting.keeping import pieces_of
from crm.exchange.exporting.rights import MANAGE, covers, rights_of
from crm.exchange.exporting.running import Progress, run, told_key
from crm.exchange.models import ExportJob, ExportPiece
from tenants.context import current
from tenants.tasks import enqueue

State = ExportJob.State
AT_ONCE = 2000
MEDIA = {
    Format.CSV.value: ("csv", "text/csv; charset=utf-8"),
    Format.XLSX.value: ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    Format.NDJSON.value: ("ndjson", "application/x-ndjson"),
    Format.ARCHIVE.value: ("kith.zip", "application/zip"),
}


def may_export(resource: Resource, actor: Actor) -> bool:
    """Whether the actor may take this noun out."""
    return actor.may(resource.permission("view")) and actor.may(resource.permission("export"))


def exports_visible(actor: Actor) -> QuerySet[ExportJob]:
    """The jobs that the actor may see: their own, and all for whoever manages exports and from whom nothing is kept."""
    if actor.may(MANAGE) and is_unbound(actor):
        return ExportJob.objects.all()
    return ExportJob.objects.filter(actor_kind=actor.kind, actor_id=actor.id)


def export_find(job_id: UUID, *, actor: Actor) -> ExportJob:
    """One visible job, or CrmError("not_found")."""
    job = exports_visible(actor).filter(pk=job_id).first()
    if job is None:
        raise CrmError("not_found", _("There is no such export."), status=404)
    return job


def export_count(asked: Asked, *, actor: Actor) -> tuple[Asked, int]:
    """What would be exported, and how many records: nothing is stored."""
    settled = checked(asked, actor)
    return settled, count_read(query_of(settled, actor), mode="exact").n


def export_start(asked: Asked, *, actor: Actor, background: bool | None = None) -> ExportJob:
    """Ask for a file. A small one is there when this returns; a large one is made by a worker."""
    settled, total = export_count(asked, actor=actor)
    later = total > AT_ONCE if background is None else background
    with transaction.atomic():
        job = ExportJob.objects.create(
            label=settled.label,
            format=settled.format,
            filename=filename(settled),
            asked=settled.to_json(),
            actor_kind=actor.kind,
            actor_id=actor.id,
            rows_total=total,
        )
        if later:
            enqueue("crm.exchange.tasks.export_run", job_id=job.pk)
    if background is None and not later:
        run(job.pk)
    job.refresh_from_db()
    return job


def tenant_export_count(*, actor: Actor, history: bool = True) -> int:
    """How many rows an archive would hold."""
    permit(actor, PERMISSION)
    return rows_count(history=history)


def tenant_export_start(*, actor: Actor, history: bool = True, background: bool = True) -> ExportJob:
    """Ask for an archive of everything that the company has."""
    permit(actor, PERMISSION)
    with transaction.atomic():
        job = ExportJob.objects.create(
            format=Format.ARCHIVE,
            filename=f"{current().slug}-{timezone.localdate().isoformat()}.{MEDIA[Format.ARCHIVE][0]}",
            asked={"history": history},
            actor_kind=actor.kind,
            actor_id=actor.id,
            rows_total=rows_count(history=history),
        )
        if background:
            enqueue("crm.exchange.tasks.export_run", job_id=job.pk)
    return job


def filename(asked: Asked) -> str:
    """`customers-2026-11-22.csv`: plain letters, for every browser and disk."""
    return f"{registry[asked.label].slug}-{timezone.localdate().isoformat()}.{MEDIA[asked.format][0]}"


def export_run(job_id: UUID, *, progress: Progress | None = None) -> ExportJob:
    """Run or resume a job to its end in this process. Safe to be called many times."""
    run(job_id, progress)
    return ExportJob.objects.get(pk=job_id)


def export_run_for(job_id: UUID, *, seconds: float) -> bool:
    """Run for a while; false when something is left to do."""
    return run(job_id, None, seconds)


def export_percent(job: ExportJob) -> int:
    """0 to 100, from the rows that are committed."""
    if job.state == State.QUEUED:
        return 0
    if job.state == State.RUNNING and job.format == Format.ARCHIVE:
        return min(99, 100 * int(cache.get(told_key(job), 0)) // max(job.rows_total, 1))
    if job.state == State.RUNNING:
        return min(99, 100 * job.rows_done // max(job.rows_total, 1))
    return 100


def export_open(job: ExportJob, *, actor: Actor) -> Iterator[bytes]:
    """The file, piece by piece, for whoever could make it with the rights they have now; noted in the history."""
    if job.state != State.DONE:
        raise CrmError("not_ready", _("There is no file: the export is not finished, or its time is over."), status=409)
    maker = (job.actor_kind, job.actor_id) == (actor.kind, actor.id)
    if not maker:
        permit(actor, MANAGE)
    if job.format == Format.ARCHIVE:
        permit(actor, PERMISSION)
    elif not covers(rights_of(query_of(Asked.from_json(job.asked), actor)), job.rights, actor, maker):
        raise CrmError(
            "rights_changed",
            _("This file holds more than you may see. Make a new export with your own rights."),
            status=403,
        )
    after = {"object": job.label, "format": job.format, "rows": job.rows_done}
    events_write([Fact("exchange.exportjob.downloaded", "exchange.exportjob", job.pk, None, after)], actor)
    return pieces_of(job)


def export_cancel(job: ExportJob, *, actor: Actor) -> None:
    """Stop a job that is under way, or throw its file away; the line in the history of exports stays."""
    if (job.actor_kind, job.actor_id) != (actor.kind, actor.id):
        permit(actor, MANAGE)
    with transaction.atomic():
        locked = ExportJob.objects.select_for_update().get(pk=job.pk)
        if locked.state in (State.QUEUED, State.RUNNING, State.DONE):
            locked.state = State.CANCELLED
            locked.finished_at = locked.finished_at or timezone.now()
            locked.save(update_fields=["state", "finished_at"])
            ExportPiece.objects.filter(job=job).delete()
            events_write(
                [Fact("exchange.exportjob.cancelled", "exchange.exportjob", job.pk, None, {"object": job.label})], actor
            )


def exports_expire() -> int:
    """Throw away the files whose time is over. How many."""
    due = list(ExportJob.objects.filter(state=State.DONE, expires_at__lt=timezone.now()).values_list("pk", flat=True))
    with transaction.atomic():
        ExportPiece.objects.filter(job__in=due).delete()
        return ExportJob.objects.filter(pk__in=due, state=State.DONE).update(state=State.EXPIRED)
