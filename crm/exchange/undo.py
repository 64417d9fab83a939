"""Taking an import back: created records go, updated ones get their values again; what someone touched since stays.

Chunk by chunk, each with its mark in one transaction: killed anywhere, the next run goes on behind the last mark.
Records lean on each other (a company and its branches, a number that moved from one to the other), so rounds are
made until one brings nothing more; what is left then is in somebody's use.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from crm.core.actors import Actor
from crm.core.bulk import rows_insert
from crm.core.models import ExternalId
from crm.core.permissions import visible
from crm.core.pointing import pointers
from crm.core.registry import Resource, registry
from crm.core.takeback import records_put_back, records_remove
from crm.exchange.engine.chunk import Superseded
from crm.exchange.engine.saving import OUTSIDE
from crm.exchange.models import ImportedRecord, ImportJob, ImportProblem

CHUNK = 2500
FIRST = UUID(int=0)
CREATED, UPDATED = ImportedRecord.Outcome.CREATED, ImportedRecord.Outcome.UPDATED
Undone = ImportedRecord.Undone
SAID = {Undone.CHANGED: "undo_changed", Undone.IN_USE: "undo_in_use", Undone.TAKEN: "undo_taken"}


def written(job_id: UUID) -> QuerySet[ImportedRecord]:
    """What the job created and changed."""
    return ImportedRecord.objects.filter(job_id=job_id, outcome__in=(CREATED, UPDATED))


def labels(job: ImportJob) -> list[str]:
    """The nouns that the job wrote, its own first: what pointed at the others is gone when their turn comes."""
    found = written(job.pk).values_list("object_type", flat=True).distinct().order_by("object_type")
    return sorted(set(found), key=lambda label: label != job.label)


class Undoing:
    """One run of an undo, by whoever holds the job's `runner` mark."""

    def __init__(self, job: ImportJob, actor: Actor) -> None:
        self.job_id, self.runner, self.actor = job.pk, job.runner, actor
        self.labels = labels(job)

    def run(self) -> None:
        """Every noun to its end."""
        for label in self.labels:
            resource = registry[label]
            while self.round(resource, CREATED) + self.round(resource, UPDATED):
                pass
            self.leave(resource, CREATED, Undone.IN_USE)
            self.leave(resource, UPDATED, Undone.TAKEN)

    def open(self, resource: Resource, outcome: str) -> QuerySet[ImportedRecord]:
        """What has no mark yet."""
        rows = ImportedRecord.objects.filter(job_id=self.job_id, object_type=resource.label, outcome=outcome)
        return rows.filter(undone="").order_by("object_id")

    def round(self, resource: Resource, outcome: str) -> int:
        """Once over all that is open; how many records were taken back."""
        after, moved = FIRST, 0
        while rows := list(self.open(resource, outcome).filter(object_id__gt=after)[:CHUNK]):
            after = rows[-1].object_id
            try:
                moved += self.chunk(resource, rows)
            except IntegrityError:  # two of them stand in each other's way: one by one the others are not kept from it
                moved += sum(self.one(resource, row) for row in rows)
        return moved

    def one(self, resource: Resource, row: ImportedRecord) -> int:
        """A chunk of one; what cannot be taken back now may be in the next round."""
        try:
            return self.chunk(resource, [row])
        except IntegrityError:
            return 0

    def chunk(self, resource: Resource, rows: Sequence[ImportedRecord]) -> int:
        """Some records with their marks and the job's count, or nothing of it."""
        with transaction.atomic():
            job = self.hold()
            seen = visible(resource.model, self.actor).filter(pk__any_of=[row.object_id for row in rows])
            versions = dict(seen.values_list("pk", "version"))
            self.mark(job, [row for row in rows if row.object_id not in versions], Undone.GONE)
            live = [row for row in rows if row.object_id in versions]
            self.mark(job, [row for row in live if versions[row.object_id] != row.version], Undone.CHANGED)
            same = [row for row in live if versions[row.object_id] == row.version]
            done = self.take_back(resource, same)
            back = [row for row in same if row.object_id in done]
            self.mark(job, back, Undone.BACK)
        return len(back)

    def hold(self) -> ImportJob:
        """The job, locked; another worker's run ends here."""
        job = ImportJob.objects.select_for_update().get(pk=self.job_id)
        if job.runner != self.runner or job.state != ImportJob.State.UNDOING:
            raise Superseded(f"undo of {self.job_id}")
        return job

    def take_back(self, resource: Resource, rows: Sequence[ImportedRecord]) -> Collection[UUID]:
        """Put updated records back, remove created ones that nobody points at; which of them it was."""
        if rows and rows[0].outcome == UPDATED:
            before = {row.object_id: row.before or {} for row in rows}
            back = records_put_back(resource.model, before, actor=self.actor)
            self.unlearn(resource, {pk: before[pk][OUTSIDE] for pk in back if OUTSIDE in before[pk]})
            return back
        free = {row.object_id for row in rows}
        free -= in_use(resource, free)
        if free:
            records_remove(resource.model, free, actor=self.actor)
        return free

    def unlearn(self, resource: Resource, learnt: Mapping[UUID, Sequence[Sequence[str]]]) -> None:
        """Take the numbers of other systems back that records were given."""
        by_source: dict[str, list[str]] = defaultdict(list)
        for source, value in chain.from_iterable(learnt.values()):
            by_source[source].append(value)
        for source, values in by_source.items():
            rows = ExternalId.objects.filter(object_type=resource.label, source=source, value__any_of=values)
            rows.filter(object_id__any_of=list(learnt)).delete()

    def mark(self, job: ImportJob, rows: Sequence[ImportedRecord], undone: Undone) -> None:
        """Note what became of these, by row where they stay, and count it."""
        if not rows:
            return
        ImportedRecord.objects.filter(pk__any_of=[row.pk for row in rows]).update(undone=undone)
        if undone in SAID:
            kept = [(self.job_id, row.row, SAID[undone], str(ImportProblem.Outcome.NOTE)) for row in rows]
            rows_insert(ImportProblem, ("job_id", "row", "code", "outcome"), kept)
        words = {CREATED: "deleted", UPDATED: "restored"} if undone == Undone.BACK else {}
        found = job.account.setdefault("undo", {}).setdefault(rows[0].object_type, {})
        name = words.get(ImportedRecord.Outcome(rows[0].outcome), str(undone.value))
        found[name] = found.get(name, 0) + len(rows)
        job.beat_at = timezone.now()
        job.save(update_fields=["account", "beat_at"])

    def leave(self, resource: Resource, outcome: str, undone: Undone) -> None:
        """What no round has brought back stays."""
        while rows := list(self.open(resource, outcome)[:CHUNK]):
            with transaction.atomic():
                self.mark(self.hold(), rows, undone)


def in_use(resource: Resource, ids: Collection[UUID]) -> set[UUID]:
    """Records that others point at, deleted ones included: they may be restored. A family goes, or stays, together."""
    used: set[UUID] = set()
    family: set[tuple[UUID, UUID]] = set()
    for pointer in pointers(resource.label):
        pairs = pointer.pairs(ids)
        if pointer.holder is resource:
            family |= set(pairs)
        else:
            used |= {pointed for _pk, pointed in pairs}
    for other in registry:
        for part in other.parts:
            for name, spec in part.specs.items():
                if spec.target == resource.label:
                    lines = part.model._default_manager.filter(**{f"{name}__any_of": ids})
                    used |= set(lines.values_list(name, flat=True))
    while more := {parent for child, parent in family if child not in ids or child in used} - used:
        used |= more
    return used & set(ids)
