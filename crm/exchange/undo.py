"""Taking an import back: what it created and nobody has touched since goes, the rest stays and is reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from crm.core.actors import Actor
from crm.core.bulk import rows_insert
from crm.core.permissions import visible
from crm.core.registry import Resource, registry
from crm.core.services import records_delete
from crm.exchange.models import ImportedRecord, ImportJob, ImportProblem

CHUNK = 5000
CREATED = ImportedRecord.Outcome.CREATED


def undo(job: ImportJob, actor: Actor) -> dict[str, dict[str, int]]:
    """Delete in chunks, the job's own noun before the related ones; tells how many were deleted and kept, by noun."""
    result: dict[str, dict[str, int]] = {}
    for label in labels(job):
        counts: Counter[str] = Counter()
        after = 0
        while rows := list(written(job, label).filter(pk__gt=after).order_by("pk")[:CHUNK]):
            after = rows[-1].pk
            with transaction.atomic():
                counts.update(undo_chunk(job, registry[label], rows, actor))
                ImportJob.objects.filter(pk=job.pk).update(beat_at=timezone.now())
        result[label] = dict(counts)
    return result


def labels(job: ImportJob) -> list[str]:
    """The nouns that the job created records of, its own first."""
    found = written(job).values_list("object_type", flat=True).distinct().order_by("object_type")
    return sorted(set(found), key=lambda label: label != job.label)


def written(job: ImportJob, label: str = "") -> QuerySet[ImportedRecord]:
    """What the job created."""
    rows = ImportedRecord.objects.filter(job=job, outcome=CREATED)
    return rows.filter(object_type=label) if label else rows


def undo_chunk(job: ImportJob, resource: Resource, rows: Sequence[ImportedRecord], actor: Actor) -> Counter[str]:
    """Sort a few thousand records into deleted, changed since, in use, and gone before."""
    versions = dict(
        visible(resource.model, actor).filter(pk__in=[r.object_id for r in rows]).values_list("pk", "version")
    )
    same = {r.object_id for r in rows if versions.get(r.object_id) == r.version}
    used = in_use(job, resource, same)
    records_delete(resource.model, same - used, actor=actor)
    kept = [
        (job.pk, r.row, "undo_in_use" if r.object_id in used else "undo_changed", str(ImportProblem.Outcome.NOTE))
        for r in rows
        if r.object_id in versions and r.object_id not in same - used
    ]
    rows_insert(ImportProblem, ("job_id", "row", "code", "outcome"), kept)
    return Counter(
        deleted=len(same - used), changed=len(versions) - len(same), in_use=len(used), gone=len(rows) - len(versions)
    )


def in_use(job: ImportJob, resource: Resource, ids: Iterable[UUID]) -> set[UUID]:
    """Records that others point at, made by people or by other imports."""
    ids, own = set(ids), ImportedRecord.objects.filter(job=job, outcome=CREATED).values("object_id")
    used: set[UUID] = set()
    for other, name in registry.pointing_at(resource.label):
        kind = {"object_type": resource.label} if name == "object_id" else {}
        rows = other.model._default_manager.filter(deleted_at=None, **kind, **{f"{name}__in": ids})
        rows = rows.exclude(pk__in=own) if other is resource else rows  # the job's other nouns are gone by now, or kept
        used |= set(rows.values_list(name, flat=True))
    for other in registry:
        for part in other.parts:
            for name, spec in part.specs.items():
                if spec.target == resource.label:
                    live = {f"{name}__in": ids, f"{part.parent}__deleted_at": None}
                    used |= set(part.model._default_manager.filter(**live).values_list(name, flat=True))
    return used & ids
