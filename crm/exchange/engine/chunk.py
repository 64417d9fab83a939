"""One chunk: related records, matching, saving, reports and the mark of progress, in one transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from crm.core.bulk import lines_insert, rows_insert
from crm.core.cleaning import json_value
from crm.core.drafts import Outcome
from crm.core.filling import search_waits
from crm.core.permissions import visible
from crm.core.registry import Row
from crm.exchange.engine.blocks import Report
from crm.exchange.engine.cleaned import REFUSED
from crm.exchange.engine.columns import Fresh, Packed
from crm.exchange.engine.gather import Chunk, Pending
from crm.exchange.engine.identity import Matched, Matcher, merged_reports
from crm.exchange.engine.links import Finder, Made, problem_text
from crm.exchange.engine.recipe import Recipe
from crm.exchange.engine.saving import OUTSIDE, RECORD_COLUMNS, add_notes, attach, save
from crm.exchange.engine.waves import waves
from crm.exchange.models import ImportedRecord, ImportJob, ImportProblem

CREATED, UPDATED, UNCHANGED = (
    ImportedRecord.Outcome.CREATED,
    ImportedRecord.Outcome.UPDATED,
    ImportedRecord.Outcome.UNCHANGED,
)
AS_STORED = (ImportProblem.Outcome.LEFT_OUT, ImportProblem.Outcome.NOTE)


class Superseded(Exception):
    """Another worker has taken the job over, or this chunk is done already."""


class Writer:
    """Writes the chunks of one run."""

    def __init__(self, job_id: UUID, runner: UUID, recipe: Recipe, finders: Sequence[Finder]) -> None:
        self.job_id, self.runner, self.recipe, self.finders = job_id, runner, recipe, finders
        self.matcher = Matcher(recipe, job_id)

    def write(self, made: Packed) -> ImportJob:
        """All of the chunk and its mark, or nothing of it."""
        chunk = made.chunk
        with transaction.atomic():
            search_waits()
            job = ImportJob.objects.select_for_update().get(pk=self.job_id)
            if job.runner != self.runner or job.chunks_done != chunk.index or job.state != ImportJob.State.RUNNING:
                raise Superseded(f"chunk {chunk.index} of {self.job_id}")
            fresh, chunk.pendings = self.matcher.part(made)
            steps = [(wave, None) for wave in waves(chunk, self.finders)] if fresh is None else [(chunk, fresh)]
            counts = sum((self.store(wave, new) for wave, new in steps), Counter[str]())
            advance(job, chunk, counts)
        for finder in self.finders:
            finder.commit()
        return job

    def store(self, chunk: Chunk, fresh: Fresh | None) -> Counter[str]:
        """Save the records, the fresh ones as they are written out; tell how many rows and records became what."""
        reports, counts = list(chunk.reports), Counter[str]()
        pendings, before = chunk.pendings, sum(len(p.rows) for p in chunk.pendings)
        for finder in self.finders:
            pendings, made = finder.resolve(pendings, reports)
            self.note_made(made, counts)
        counts["refused"] += before - sum(len(p.rows) for p in pendings) + chunk.refused
        matched = self.matcher.match(pendings)
        self.meet_earlier(matched)
        counts.update(
            merged=matched.merged,
            refused=matched.refused,
            skipped=matched.skipped + chunk.skipped,
            read=chunk.read,
            blank=chunk.blank,
        )
        reports += matched.reports
        outcome = save(self.recipe, matched.pendings, fresh, reports)
        self.judge(matched.pendings, outcome, reports, counts)
        if fresh:
            self.count(fresh.without(outcome.held), counts)
        write_reports(self.job_id, reports, self.recipe)
        return counts

    def meet_earlier(self, matched: Matched) -> None:
        """Rows that are a record of an earlier chunk only fill what it lacks, as within a chunk."""
        known = {p.id: p for p in matched.pendings if p.id}
        if not known:
            return
        earlier = ImportedRecord.objects.filter(job_id=self.job_id, object_id__any_of=list(known))
        rows = dict(earlier.values_list("object_id", "row"))
        add_notes(self.recipe, known)
        if not rows:
            return
        plain = [n for n in self.recipe.resource.specs if any(n in known[pk].values for pk in rows)]
        seen = visible(self.recipe.resource.model, self.recipe.actor).filter(pk__any_of=list(rows))
        for stored in seen.values("pk", *plain):
            self.complete(known[stored["pk"]], rows[stored["pk"]], stored, matched)

    def complete(self, pending: Pending, row: int, stored: Mapping[str, Any], matched: Matched) -> None:
        """Merge a row into the record that an earlier row of the same file became."""
        matched.reports += merged_reports(pending, stored, row)
        pending.values = {
            name: value
            for name, value in pending.values.items()
            if name not in stored or stored[name] in (None, "", [])
        }
        pending.duplicate_of = row

    def judge(self, pendings: Sequence[Pending], outcome: Outcome, reports: list[Report], counts: Counter[str]) -> None:
        """What became of each record, row by row."""
        label, written = self.recipe.resource.label, list[tuple[Any, ...]]()
        outside = attach(self.recipe, pendings, outcome, reports)
        changed = outcome.changed | outside.keys()
        versions = versions_of(self.recipe.resource.model, [outcome.saved[at] for at in changed])
        again: dict[UUID, Row] = {}
        for at, pending in enumerate(pendings):
            if at in outcome.errors:
                counts["refused"] += len(pending.rows) + len(pending.absorbed)
                counts["merged"] -= len(pending.absorbed)
                reports += refusals(pending, outcome.errors[at])
                continue
            became = CREATED if at in outcome.created else UPDATED if at in changed else UNCHANGED
            pk, before = outcome.saved[at], json_value(outcome.before[at]) if at in outcome.before else None
            if at in outside and at not in outcome.created:
                before = (before or {}) | {OUTSIDE: outside[at]}
            if pending.duplicate_of:
                counts["merged"] += len(pending.rows)
                again |= {pk: before or {}} if at in changed else {}
                continue
            counts[became] += len(pending.rows)
            counts[f"{label}:{became}"] += 1
            written.append((self.job_id, label, pk, pending.rows[0], versions.get(pk, 1), became, before))
        rows_insert(ImportedRecord, RECORD_COLUMNS, written)
        touch_again(self.job_id, again, versions)

    def count(self, fresh: Fresh, counts: Counter[str]) -> None:
        """Keep account of records that were written out."""
        counts[CREATED] += fresh.rows
        counts[f"{self.recipe.resource.label}:{CREATED}"] += len(fresh.chosen)
        if account := fresh.account:
            lines_insert(ImportedRecord, account)

    def note_made(self, made: Made, counts: Counter[str]) -> None:
        """Keep account of related records that the chunk created."""
        rows = [(self.job_id, made.label, pk, row, 1, CREATED, None) for pk, row in made.ids.items()]
        rows_insert(ImportedRecord, RECORD_COLUMNS, rows)
        if rows:
            counts[f"{made.label}:{CREATED}"] += len(rows)


def versions_of(model: type[Model], ids: Sequence[UUID]) -> dict[UUID, int]:
    """The versions that changed records have now."""
    return dict(model._default_manager.filter(pk__any_of=ids).values_list("pk", "version")) if ids else {}


def touch_again(job_id: UUID, again: Mapping[UUID, Row], versions: Mapping[UUID, int]) -> None:
    """Records that a later row of the file completed: the job's own in their new version, with their first values."""
    rows = list(ImportedRecord.objects.filter(job_id=job_id, object_id__any_of=list(again))) if again else []
    for row in rows:
        row.version = versions[row.object_id]
        if row.outcome != CREATED:
            before, now = row.before or {}, again[row.object_id]
            learnt = [*before.get(OUTSIDE, ()), *now.get(OUTSIDE, ())]
            row.outcome, row.before = UPDATED, now | before | ({OUTSIDE: learnt} if learnt else {})
    ImportedRecord.objects.bulk_update(rows, ["version", "outcome", "before"], batch_size=1000)


def refusals(pending: Pending, errors: Mapping[str, Any]) -> list[Report]:
    """The rows that were at fault with their reasons, and the others of the same record that went with them."""
    found: list[Report] = []
    for name, problems in errors.items():
        pieces = name.split(".")
        at = int(pieces[1]) if len(pieces) > 1 and pieces[1].isdecimal() else 0
        row = pending.rows[at] if at < len(pending.rows) else pending.rows[0]
        code = "required" if problems[0].code == "required" else "refused"
        details: dict[str, object] = {"field": pieces[-1], "message": problem_text(problems)}
        value = str(pending.values.get(pieces[0], ""))[:200] if len(pieces) == 1 else ""
        found.append(Report(row, code, REFUSED, value, None, details))
    named = {report.row for report in found}
    others: dict[str, object] = {
        "group": str(next(iter(pending.values.values()), ""))[:60],
        "reason": found[0].details["message"],
    }
    return found + [
        Report(row, "group_refused", REFUSED, "", None, others)
        for row in (*pending.rows, *pending.absorbed)
        if row not in named
    ]


def write_reports(job_id: UUID, reports: Sequence[Report], recipe: Recipe) -> None:
    """All reports of a chunk in one statement; what was said about a cell of a refused row is a reason, too."""
    refused = {report.row for report in reports if report.outcome == REFUSED}
    headers = {column.position: column.header for column in recipe.columns}
    columns = ("job_id", "row", "position", "column", "code", "outcome", "value", "details")
    rows_insert(
        ImportProblem,
        columns,
        [
            (
                job_id,
                r.row,
                r.position,
                headers.get(r.position, "") if r.position is not None else "",
                r.code,
                str(REFUSED if r.row in refused and r.outcome in AS_STORED else r.outcome),
                storable(r.value),
                json.loads(storable(json.dumps(json_value(r.details)))),
            )
            for r in reports
        ],
    )


def storable(text: str) -> str:
    """A text without what the database refuses."""
    return text.replace("\x00", "").replace("\\u0000", "").encode("utf-8", "replace").decode("utf-8")[:4000]


def advance(job: ImportJob, chunk: Chunk, counts: Counter[str]) -> None:
    """The job's account and its mark."""
    records = {label: dict(found) for label, found in job.records.items()}
    for name, number in counts.items():
        label, colon, became = name.partition(":")
        if colon:
            records.setdefault(label, {})
            records[label][became] = records[label].get(became, 0) + number
        else:
            job.account[name] = job.account.get(name, 0) + number
    job.records, job.chunks_done, job.beat_at = records, chunk.index + 1, timezone.now()
    job.rows_done = job.account.get("read", 0)
    job.save(update_fields=["account", "records", "chunks_done", "beat_at", "rows_done"])
