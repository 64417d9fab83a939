"""An archive of everything into this company, as a job: uploaded, looked at, read in, or refused in words."""

from __future__ import annotations

from functools import partial
from typing import Any, BinaryIO
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.exchange.engine.chunk import Superseded
from crm.exchange.engine.run import claim, job_actor
from crm.exchange.exporting.archive.contents import PERMISSION
from crm.exchange.exporting.archive.loading import archive_load, must_be_empty
from crm.exchange.exporting.archive.reading import Archive, archive_open
from crm.exchange.models import EVERYTHING, ImportJob, ImportPiece
from crm.exchange.pieces import pieces_read, pieces_write
from tenants.tasks import enqueue

State = ImportJob.State
HOUR = 3600


def archives(actor: Actor) -> QuerySet[ImportJob]:
    """The archives that were brought here."""
    permit(actor, PERMISSION)
    return ImportJob.objects.filter(label=EVERYTHING)


def archive_find(job_id: UUID, *, actor: Actor) -> ImportJob:
    """One of them, or CrmError("not_found")."""
    job = archives(actor).filter(pk=job_id).first()
    if job is None:
        raise CrmError("not_found", _("There is no such import."), status=404)
    return job


def archive_obstacle(*, actor: Actor) -> str:
    """Why this company takes no archive now; empty where it does."""
    permit(actor, PERMISSION)
    try:
        must_be_empty()
    except CrmError as refusal:
        return str(refusal.message)
    return ""


def archive_start(file: BinaryIO, *, actor: Actor, filename: str) -> ImportJob:
    """Keep the file (state uploaded), once its names, sizes and manifest are sound; nothing is read in yet."""
    permit(actor, PERMISSION)
    with archive_open(file) as archive:
        held = contents(archive)
    with transaction.atomic():
        job = ImportJob.objects.create(
            label=EVERYTHING,
            filename=filename[-255:].replace("\x00", ""),
            actor_kind=actor.kind,
            actor_id=actor.id,
            choices={**held, "language": translation.get_language() or "en"},
            rows_total=sum(held["rows"].values()),
        )
        job.size = pieces_write(job, file)
        job.save(update_fields=["size"])
    return job


def contents(archive: Archive) -> dict[str, Any]:
    """What the manifest says: of which company, of when, and how many rows of each table."""
    home, made_at = archive.manifest["tenant"], archive.manifest.get("made_at")
    rows = {table.label: int(archive.entry(table)["count"]) for table in archive.tables}
    return {
        "rows": rows,
        "name": str(home["name"])[:200],
        "currency": str(home["currency"])[:3],
        "time_zone": str(home["time_zone"])[:60],
        "made_at": made_at[:40] if isinstance(made_at, str) else "",
    }


def archive_confirm(job: ImportJob, *, actor: Actor, background: bool = True) -> ImportJob:
    """Have it read (state queued). Refuses what is not in state uploaded, and a company that is not empty."""
    permit(actor, PERMISSION)
    must_be_empty()
    with transaction.atomic():
        waiting = ImportJob.objects.filter(pk=job.pk, label=EVERYTHING, state=State.UPLOADED)
        if not waiting.update(state=State.QUEUED, actor_kind=actor.kind, actor_id=actor.id):
            raise CrmError("conflict", _("This import was started already."), status=409)
        if background:
            enqueue("crm.exchange.tasks.archive_run", job_id=job.pk)
    job.refresh_from_db()
    return job


def archive_discard(job: ImportJob, *, actor: Actor) -> None:
    """Throw a file away that is not being read."""
    if not archives(actor).filter(pk=job.pk, state__in=(State.UPLOADED, State.FAILED, State.DONE)).delete()[0]:
        raise CrmError("conflict", _("The archive is being read."), status=409)


def archive_run(job_id: UUID) -> ImportJob:
    """Read it in, in this process; killed anywhere, nothing stays of it and the next run begins anew."""
    job = claim(job_id)
    if job is not None:
        try:
            with translation.override(str(job.choices.get("language") or "en")):
                carry_out(job)
        except Superseded:
            pass  # whoever took it over says what came of it
        except CrmError as error:
            fail(job, error)
    return ImportJob.objects.get(pk=job_id)


def carry_out(job: ImportJob) -> None:
    """All of it, and the job's end in the same transaction."""
    notes: list[str] = []
    with pieces_read(job) as stream, archive_open(stream) as archive:
        archive_load(
            archive, actor=job_actor(job), told=partial(tell, job), note=notes.append, done=partial(close, job, notes)
        )


def fail(job: ImportJob, error: CrmError) -> None:
    """Keep the reason, and no file: it holds everything of a company."""
    now, details = timezone.now(), {"message": str(error.message)[:500]}
    with transaction.atomic():
        mine = ImportJob.objects.filter(pk=job.pk, runner=job.runner, state=State.RUNNING)
        over = {"state": State.FAILED, "finished_at": now, "purged_at": now}
        if mine.update(**over, failure=error.code[:40], failure_details=details):
            ImportPiece.objects.filter(job=job).delete()


def close(job: ImportJob, notes: list[str], counts: dict[str, int]) -> None:
    """It is in; the file, which holds everything, is not kept. Whoever has the job no more undoes what was written."""
    now, rows = timezone.now(), sum(counts.values())
    mine = ImportJob.objects.filter(pk=job.pk, runner=job.runner, state=State.RUNNING)
    account = {"rows": counts, "notes": notes}
    if not mine.update(state=State.DONE, finished_at=now, purged_at=now, rows_done=rows, account=account):
        raise Superseded
    ImportPiece.objects.filter(job=job).delete()


def tell(job: ImportJob, steps: int) -> None:
    """How far it is: in the cache, because what the transaction writes is seen only at its end."""
    cache.set(told_key(job), steps, HOUR)


def told_key(job: ImportJob) -> str:
    """Where the progress is told."""
    return f"archive-steps:{job.pk}"


def archive_percent(job: ImportJob) -> int:
    """0 to 100; a row is checked first and written later."""
    if job.state in (State.UPLOADED, State.QUEUED):
        return 0
    if job.state == State.RUNNING:
        return min(99, 100 * int(cache.get(told_key(job)) or 0) // max(2 * job.rows_total, 1))
    return 100
