"""The life of an import: start, analyse, confirm, run, account, corrected file, undo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import BinaryIO
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.errors import CrmError
from crm.core.fields import uuid7
from crm.core.permissions import is_unbound, permit
from crm.core.registry import Resource, registry
from crm.exchange.analysing import analyse
from crm.exchange.analysis import Analysis, Choices, Readiness
from crm.exchange.declared import Template
from crm.exchange.declared.catalogue import TEMPLATES, template_find
from crm.exchange.engine.blocks import Layout, layout_of, opened
from crm.exchange.engine.chunk import Superseded
from crm.exchange.engine.recipe import compile_recipe, surroundings
from crm.exchange.engine.run import MERGE, SCORES, Progress, run, settle_reports
from crm.exchange.growing import fields_created, rest_of, without_new
from crm.exchange.keeping import choices_kept, template_for, template_keep
from crm.exchange.matching.targets import MANAGE, notes_field, places
from crm.exchange.meaning import value_guesses
from crm.exchange.mending import mended_csv, mended_xlsx
from crm.exchange.models import EVERYTHING, ImportedRecord, ImportJob, ImportPiece, ImportTemplate
from crm.exchange.pieces import pieces_read, pieces_write
from crm.exchange.privacy import file_of_erased
from crm.exchange.readiness import reach, readiness
from crm.exchange.reading.source import table_open
from crm.exchange.reporting import Account as Account
from crm.exchange.reporting import ProblemCount as ProblemCount
from crm.exchange.reporting import ProblemLine as ProblemLine
from crm.exchange.reporting import account_of, problem_lines, undo_sentence
from crm.exchange.results import stored_csv, unprocessed_csv
from crm.exchange.undo import Undoing, labels, written
from crm.team.services import actor_restore
from tenants.tasks import enqueue

State = ImportJob.State
UNDOABLE = (State.DONE, State.FAILED, State.CANCELLED)
UNDO_DAYS = 7


MOST_CREATED = 20_000  # records of an import whose doubles are looked for at once


def imports_visible(actor: Actor) -> QuerySet[ImportJob]:
    """The jobs that `actor` may see: their own; all for whoever manages imports and from whom nothing is kept."""
    own = Q(actor_kind=actor.kind, actor_id=actor.id)
    files = ImportJob.objects.exclude(label=EVERYTHING)
    if not (actor.may("exchange.manage_importjob") and is_unbound(actor)):
        return files.filter(own)
    seen = [one.label for one in registry if actor.may(one.permission("export"))]
    return files.filter(own | Q(label__in=seen))


def import_find(job_id: UUID, *, actor: Actor) -> ImportJob:
    """One visible job, or CrmError("not_found")."""
    job = imports_visible(actor).filter(pk=job_id).first()
    if job is None:
        raise CrmError("not_found", _("There is no such import."), status=404)
    return job


def templates_for(actor: Actor) -> list[Template]:
    """The templates whose noun the actor may add to."""
    return [t for t in TEMPLATES.values() if t.label in registry and actor.may(registry[t.label].permission("add"))]


def importable(actor: Actor) -> list[Resource]:
    """The nouns that the actor may import."""
    offered = [resource for resource in registry if resource.in_navigation and resource.fields]
    return [resource for resource in offered if actor.may(resource.permission("add"))]


def import_start(file: BinaryIO, *, label: str, actor: Actor, filename: str, template: str = "") -> ImportJob:
    """Keep the file in the tenant (state uploaded). `label` may be "" when a template names the noun."""
    label = template_find(template).label if template else label
    if label not in registry:
        raise CrmError(
            "unknown_noun",
            _("There is no noun %(label)s.") % {"label": label},
            status=404,
            allowed=[r.label for r in registry],
        )
    permit(actor, registry[label].permission("add"))
    with transaction.atomic():
        job = ImportJob.objects.create(
            label=label,
            template=template,
            filename=filename[-255:].replace("\x00", ""),
            actor_kind=actor.kind,
            actor_id=actor.id,
        )
        job.size = pieces_write(job, file)
        job.save(update_fields=["size"])
        with pieces_read(job) as stream:
            table_open(stream)
    return job


def import_analyse(job: ImportJob, *, actor: Actor, choices: Choices | None = None) -> Analysis:
    """Read the file and propose: header row, a target per column, questions, the first 20 and the worst 20 rows.

    With `choices` (another sheet, header row or mapping) the proposal follows them: the mapping page calls again."""
    with pieces_read(job) as stream:
        resource, table, settled = registry[job.label], opened(stream, choices), Choices()
        found = analyse(table, resource, template_of(job), actor, choices)
        header = [column.header for column in found.columns]
        kept = template_for(job.label, header) if choices is None and not job.template else None
        if kept is not None:
            settled = choices_kept(kept, header)
            again = replace(settled, sheet=found.sheet, header_row=found.header_row)
            found = analyse(table, resource, None, actor, again)
        found.settled, found.kept = settled, kept.name if kept else ""
        known, chosen = places(resource, actor), {column.position: column.target for column in found.columns}
        layout = Layout(table, found.sheet, found.header_row)
        found.values = value_guesses(layout, chosen, known, around=surroundings(), actor=actor)
    return found


def import_keep(job: ImportJob, name: str, *, actor: Actor) -> ImportTemplate:
    """Keep the mapping of a confirmed job under a name."""
    with pieces_read(job) as stream:
        header = layout_of(stream, Choices.from_json(job.choices)).header
    return template_keep(job, header, name, actor=actor)


def template_of(job: ImportJob) -> Template | None:
    """The job's template, if it has one."""
    return template_find(job.template) if job.template else None


def import_confirm(job: ImportJob, choices: Choices, *, actor: Actor, background: bool = True) -> ImportJob:
    """Check and keep the choices and queue the run (state queued). Refuses a job that is not in state uploaded."""
    resource = registry[job.label]
    permit(actor, resource.permission("add"))
    if choices.mode != "create":
        permit(actor, resource.permission("change"))
    with pieces_read(job) as stream:
        layout, rest = layout_of(stream, choices), rest_of(notes_field(resource, actor))
        plain = without_new(choices, rest)
        recipe = compile_recipe(resource, template_of(job), plain, header=layout.header, habits={}, actor=actor)
        if plain is not choices:
            permit(actor, MANAGE)
            with transaction.atomic():
                choices = fields_created(job.label, choices, layout, around=surroundings(), actor=actor)
    for link in recipe.links:
        spec = recipe.spec(link.at)
        if link.create and spec and spec.target:
            permit(actor, registry[spec.target].permission("add"))
    with transaction.atomic():
        queued = ImportJob.objects.filter(pk=job.pk, state=State.UPLOADED).update(
            state=State.QUEUED, choices=choices.to_json(), actor_kind=actor.kind, actor_id=actor.id
        )
        if not queued:
            raise CrmError("conflict", _("This import was started already."), status=409)
        if background:
            enqueue("crm.exchange.tasks.import_run", job_id=job.pk)
    job.refresh_from_db()
    return job


def import_run(job_id: UUID, *, progress: Progress | None = None) -> ImportJob:
    """Run or resume a confirmed job to its end in this process. Safe to be called many times."""
    run(job_id, progress)
    return ImportJob.objects.get(pk=job_id)


def import_run_for(job_id: UUID, *, seconds: float) -> bool:
    """Run for a while; false when something is left to do."""
    return run(job_id, None, seconds)


def import_cancel(job: ImportJob, *, actor: Actor) -> ImportJob:
    """Stop an import that is under way: what it has stored stays, is accounted for, and can be undone."""
    if job.label in registry:
        permit(actor, registry[job.label].permission("add"))
    with transaction.atomic():
        held = ImportJob.objects.select_for_update().get(pk=job.pk)  # a chunk that is being written ends first
        if held.label not in registry or held.state not in (State.QUEUED, State.RUNNING):
            raise CrmError("conflict", _("Only an import that is waiting or running can be cancelled."), status=409)
        said = {"done": held.rows_done, "total": max(held.rows_total, held.rows_done)}
        held.state, held.runner, held.finished_at, held.failure = State.CANCELLED, None, timezone.now(), "cancelled"
        held.failure_details = {**said, "message": _("Cancelled after %(done)s of %(total)s rows.") % said}
        held.save(update_fields=["state", "runner", "finished_at", "failure", "failure_details"])
        settle_reports(held)
        enqueue(MERGE, label=held.label)
        enqueue(SCORES, queue="interactive")
        events_write([Fact("exchange.importjob.cancelled", "exchange.importjob", held.pk, None, said)], actor)
    return held


def import_percent(job: ImportJob) -> int:
    """0 to 100, from the rows that are committed."""
    if job.state in (State.UPLOADED, State.QUEUED):
        return 0
    if job.state in (State.RUNNING, State.CANCELLED):
        return min(99, 100 * job.rows_done // max(job.rows_total, 1))
    if job.state == State.UNDOING:
        done = sum(sum(counts.values()) for counts in job.account.get("undo", {}).values())
        return min(99, 100 * int(done) // max(int(job.account.get("undo_total", 0)), 1))
    return 100


def import_account(job: ImportJob) -> Account:
    """Every row accounted for."""
    return account_of(job)


def import_created(job: ImportJob) -> set[UUID]:
    """The records that it made; of very many the first."""
    made = job.written.filter(object_type=job.label, outcome=ImportedRecord.Outcome.CREATED).order_by("row", "pk")
    return set(made.values_list("object_id", flat=True)[:MOST_CREATED])


def import_problems(
    job: ImportJob, *, outcome: str = "", start: int = 0, limit: int = 100, code: str = ""
) -> list[ProblemLine]:
    """What was reported, by row, with a sentence and a fix each."""
    return problem_lines(job, outcome, start, limit, code)


def import_corrected(job: ImportJob, *, workbook: bool = False) -> Iterator[bytes]:
    """The refused rows as CSV (UTF-8 with BOM) or XLSX, row number, problem and fix beside them: to mend and import."""
    file_must_be_kept(job)
    return mended_xlsx(job) if workbook else mended_csv(job)


def import_stored(job: ImportJob) -> Iterator[bytes]:
    """The stored rows as CSV, each with its record."""
    file_must_be_kept(job)
    return stored_csv(job)


def import_unprocessed(job: ImportJob) -> Iterator[bytes]:
    """The rows that the job has not come to as CSV."""
    file_must_be_kept(job)
    return unprocessed_csv(job)


def file_must_be_kept(job: ImportJob) -> None:
    """Refuse what needs a file that is gone."""
    if job.purged_at:
        sentence = _("The file was kept for %(days)s days and is gone.") % {"days": UNDO_DAYS}
        raise CrmError("gone", gone_early(job) or sentence, status=410)


def import_readiness(job: ImportJob, *, actor: Actor) -> tuple[list[Readiness], str]:
    """What the predictions can do with what this import brought, and how far the stored history reaches."""
    found = readiness(job.label, set(Choices.from_json(job.choices).targets.values()))
    return found, reach(actor) if found else ""


def import_undo_until(job: ImportJob) -> datetime | None:
    """Until when the import can be undone; None when it cannot, or not any more."""
    if job.state not in UNDOABLE or job.finished_at is None or job.purged_at:
        return None
    until = job.finished_at + timedelta(days=UNDO_DAYS)
    return until if until > timezone.now() else None


def gone_early(job: ImportJob) -> str:
    """Why the file is gone although its days are not over; empty where they are."""
    is_early = job.finished_at and job.finished_at + timedelta(days=UNDO_DAYS) > timezone.now()
    return file_of_erased() if job.purged_at and is_early else ""


def import_undo(job: ImportJob, *, actor: Actor, background: bool = True) -> ImportJob:
    """Remove what the job created and give what it changed its values again, but for what someone has touched since
    (state undoing, then undone)."""
    for label in {job.label, *labels(job)}:
        permit(actor, registry[label].permission("delete"))
    for label in written(job.pk).filter(outcome="updated").values_list("object_type", flat=True).distinct():
        permit(actor, registry[label].permission("change"))
    with transaction.atomic():
        job = ImportJob.objects.select_for_update().get(pk=job.pk)
        if job.state not in UNDOABLE:
            raise CrmError("conflict", _("Only a finished import can be undone, and only once."), status=409)
        if import_undo_until(job) is None:
            sentence = _("An import can be undone for %(days)s days; this one is older.") % {"days": UNDO_DAYS}
            raise CrmError("too_late", gone_early(job) or sentence, status=409)
        job.account["undo"], job.account["undo_total"] = {}, written(job.pk).count()
        job.state = State.UNDOING
        job.save(update_fields=["state", "account"])
        if background:
            enqueue("crm.exchange.tasks.import_undo", job_id=job.pk, actor_kind=actor.kind, actor_id=actor.id or "")
    if not background:
        undo_run(job.pk, actor_kind=actor.kind, actor_id=actor.id)
    job.refresh_from_db()
    return job


def undo_run(job_id: UUID, *, actor_kind: str, actor_id: UUID | None) -> None:
    """Do what was asked for by `import_undo`, or go on with it; scores follow. Safe to be called many times."""
    runner = uuid7()
    if not ImportJob.objects.filter(pk=job_id, state=State.UNDOING).update(runner=runner, beat_at=timezone.now()):
        return
    job = ImportJob.objects.get(pk=job_id)
    job.runner = runner
    try:
        Undoing(job, actor_restore(actor_kind, actor_id, via="import", request_id=str(job_id))).run()
    except Superseded:
        return
    with transaction.atomic():
        done = ImportJob.objects.filter(pk=job_id, runner=runner, state=State.UNDOING)
        if done.update(state=State.UNDONE, finished_at=timezone.now()):
            enqueue("analytics.tasks.refresh", queue="interactive")


def import_undone(job: ImportJob) -> str:
    """What the undo came to, in a sentence."""
    return undo_sentence(job)


def imports_purge() -> int:
    """Let go of files and values that no undo needs any more: they speak of people. How many imports it were."""
    before = timezone.now() - timedelta(days=UNDO_DAYS)
    waiting = ImportJob.objects.filter(state=State.UPLOADED, created_at__lt=before)
    purged = waiting.delete()[1].get(ImportJob._meta.label, 0)
    old = ImportJob.objects.filter(purged_at=None, finished_at__lt=before)
    for job_id in old.values_list("pk", flat=True):
        with transaction.atomic():
            if not old.filter(pk=job_id).exclude(state=State.UNDOING).update(purged_at=timezone.now()):
                continue
            ImportPiece.objects.filter(job_id=job_id).delete()
            ImportedRecord.objects.filter(job_id=job_id).exclude(before=None).update(before=None)
            purged += 1
    return purged
