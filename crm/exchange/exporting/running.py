"""An export from its first chunk to its last; killed anywhere, the next run goes on behind the last committed one."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from tempfile import TemporaryFile
from typing import BinaryIO, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone, translation

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.errors import CrmError
from crm.core.fields import uuid7
from crm.core.permissions import permit
from crm.core.reading import page_read
from crm.exchange.exporting.archive.contents import PERMISSION
from crm.exchange.exporting.archive.writing import archive_write
from crm.exchange.exporting.asking import Asked, Format, query_of
from crm.exchange.exporting.keeping import file_keep, piece_add, pieces_of
from crm.exchange.exporting.rights import rights_of
from crm.exchange.exporting.workbook import workbook_write
from crm.exchange.exporting.writing import Writer, header_rows
from crm.exchange.models import ExportJob, ExportPiece
from crm.team.services import actor_restore
from tenants.context import current

CHUNK, HOUR = 2000, 3600
KEPT = timedelta(days=7)
State = ExportJob.State
OPEN = (State.QUEUED, State.RUNNING)
Progress = Callable[[ExportJob], None]


class Superseded(RuntimeError):
    """Another worker has the job, or it was cancelled: what this one did does not count."""


def claim(job_id: UUID) -> ExportJob | None:
    """Take the job over; a worker that still has it stops at its next chunk."""
    with transaction.atomic():
        job = ExportJob.objects.select_for_update().filter(pk=job_id, state__in=OPEN).first()
        if job is not None:
            job.runner, job.state, job.beat_at = uuid7(), State.RUNNING, timezone.now()
            job.started_at = job.started_at or job.beat_at
            job.save(update_fields=["runner", "state", "beat_at", "started_at"])
    return job


def run(job_id: UUID, progress: Progress | None = None, seconds: float = 0) -> bool:
    """Do the job, for at most so many seconds if given; false when something is left to do."""
    job = claim(job_id)
    if job is None:
        return True
    try:
        if job.format == Format.ARCHIVE:
            return archive_out(job)
        asked = Asked.from_json(job.asked)
        with translation.override(asked.language), timezone.override(ZoneInfo(current().time_zone)):
            return carry_out(job, asked, progress, seconds)
    except Superseded:
        return True
    except CrmError as error:
        fail(job, error)
        return True


def job_actor(job: ExportJob) -> Actor:
    """Whoever asked, with the rights that they have now."""
    return actor_restore(job.actor_kind, job.actor_id, via="job", request_id=str(job.pk))


def carry_out(job: ExportJob, asked: Asked, progress: Progress | None, seconds: float) -> bool:
    """Chunk by chunk, then the file."""
    started = time.monotonic()
    while not (job.chunks_done and not job.position):
        chunk(job, asked)
        if progress:
            progress(job)
        if seconds and time.monotonic() - started > seconds:
            return False
    finish(job, asked)
    return True


def archive_out(job: ExportJob) -> bool:
    """Everything of the company, as it is at one moment: a run that was killed begins anew."""
    actor = job_actor(job)
    permit(actor, PERMISSION)
    with TemporaryFile() as file:
        stream = cast(BinaryIO, file)
        manifest = archive_write(stream, history=bool(job.asked.get("history", True)), told=partial(tell, job))
        with transaction.atomic():
            job.rows_done = job.rows_total = sum(member["count"] for member in manifest["members"])
            job.size = file_keep(job, stream)
            close(job, actor, {"object": "", "format": job.format, "rows": job.rows_done})
    return True


def tell(job: ExportJob, rows: int) -> None:
    """How far it is: in the cache, because the transaction that reads all tables at one moment writes nothing."""
    cache.set(told_key(job), rows, HOUR)


def told_key(job: ExportJob) -> str:
    """Where an archive's progress is told."""
    return f"export-rows:{job.pk}"


def chunk(job: ExportJob, asked: Asked) -> None:
    """Read on, with the asker's rights of this moment; where they have changed, the file begins anew."""
    query = query_of(asked, job_actor(job))
    rights = rights_of(query)
    if job.chunks_done and rights != job.rights:
        job.position, job.chunks_done, job.rows_done, job.size = "", 0, 0, 0
    page = page_read(query, cursor=job.position, size=CHUNK, most=CHUNK)
    data = Writer(asked, query).chunk(page.rows, first=not job.chunks_done)
    with transaction.atomic():
        if not job.chunks_done:
            ExportPiece.objects.filter(job=job).delete()
        piece_add(job, job.chunks_done, data, is_draft=asked.format == Format.XLSX)
        job.rights, job.position = rights, page.next
        job.chunks_done, job.rows_done = job.chunks_done + 1, job.rows_done + len(page.rows)
        job.size += len(data)
        keep(job, "rights", "position", "chunks_done", "rows_done", "size")


def keep(job: ExportJob, *names: str) -> None:
    """Write what has changed, if the job is still ours."""
    values = {name: getattr(job, name) for name in names}
    mine = ExportJob.objects.filter(pk=job.pk, runner=job.runner, state=State.RUNNING)
    if not mine.update(beat_at=timezone.now(), **values):
        raise Superseded


def finish(job: ExportJob, asked: Asked) -> None:
    """Make the file where chunks are not yet one; note that it was made, by whom, of what, of how many."""
    actor = job_actor(job)
    with TemporaryFile() as file:
        stream = cast(BinaryIO, file)
        if asked.format == Format.XLSX:
            heads = header_rows(Writer(asked, query_of(asked, actor)))
            workbook_write(stream, heads, pieces_of(job, is_draft=True))
        with transaction.atomic():
            if asked.format == Format.XLSX:
                job.size = file_keep(job, stream)
            close(job, actor, told(job))


def close(job: ExportJob, actor: Actor, after: dict[str, object]) -> None:
    """Done, for seven days; the event stands beside it."""
    job.state, job.finished_at = State.DONE, timezone.now()
    job.expires_at = job.finished_at + KEPT
    keep(job, "state", "finished_at", "expires_at", "size", "rows_done", "rows_total")
    events_write([Fact("exchange.exportjob.finished", "exchange.exportjob", job.pk, None, after)], actor)


def told(job: ExportJob) -> dict[str, object]:
    """What the history says of an export."""
    asked = job.asked
    return {
        "object": job.label,
        "format": job.format,
        "rows": job.rows_done,
        "filters": asked.get("params", {}),
        "where": asked.get("where"),
        "columns": asked.get("columns", []),
        "reveals": asked.get("reveals", False),
    }


def fail(job: ExportJob, error: CrmError) -> None:
    """Keep the reason; what was made so far goes."""
    with transaction.atomic():
        mine = ExportJob.objects.filter(pk=job.pk, runner=job.runner, state=State.RUNNING)
        if mine.update(
            state=State.FAILED,
            finished_at=timezone.now(),
            failure=error.code[:40],
            failure_details={"message": str(error.message)[:500]},
        ):
            ExportPiece.objects.filter(job=job).delete()
