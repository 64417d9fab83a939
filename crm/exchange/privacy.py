"""What files left behind about a person: reported rows are told; rows, files and copies are forgotten."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.errors import CrmError
from crm.exchange.analysis import Choices
from crm.exchange.engine.blocks import opened
from crm.exchange.models import ExportJob, ExportPiece, ImportedRecord, ImportJob, ImportPiece, ImportProblem
from crm.exchange.pieces import pieces_read
from crm.exchange.reading.rows import Unreadable, shown

WAITING = (ImportJob.State.UPLOADED, ImportJob.State.QUEUED, ImportJob.State.RUNNING)
LEAST_DIGITS, DIGIT = 8, re.compile(r"[^0-9]")


def everyone(found: dict[str, list[UUID]]) -> list[UUID]:
    """All ids, of whatever noun."""
    return [pk for ids in found.values() for pk in ids]


def tell(found: dict[str, list[UUID]]) -> list[dict[str, Any]]:
    """From which file and row each record came, and what was reported of the row."""
    lines = ImportedRecord.objects.filter(object_id__in=everyone(found)).select_related("job")
    return [
        {
            "file": line.job.filename,
            "row": line.row,
            "outcome": line.outcome,
            "reported": list(
                ImportProblem.objects.filter(job=line.job_id, row=line.row).values("column", "code", "outcome", "value")
            ),
        }
        for line in lines
    ]


def file_of_erased() -> str:
    """Why a file is gone before its time."""
    return str(_("Somebody who stood in the file was erased; the file is no longer kept."))


def speaks_of(job: ImportJob, words: list[str]) -> bool:
    """Whether rows that an import has not come to would write the person back; a file that cannot be read would not."""
    texts = {word.casefold() for word in words}
    numbers = {digits[-LEAST_DIGITS:] for word in words if len(digits := DIGIT.sub("", word)) >= LEAST_DIGITS}
    try:
        with pieces_read(job) as stream:
            table = opened(stream, Choices.from_json(job.choices))
            for sheet in [one.position for one in table.sheets] or [0]:
                for _number, cells in table.rows(sheet):
                    for cell in [cells.text] if isinstance(cells, Unreadable) else map(shown, cells):
                        digits = DIGIT.sub("", cell) if numbers else ""
                        if digits[-LEAST_DIGITS:] in numbers or any(text in cell.casefold() for text in texts):
                            return True
    except CrmError:
        pass
    return False


def let_go(jobs: set[UUID]) -> None:
    """Nothing goes on without its file: no undo, no rows to mend, and what was under way has failed."""
    state, now = ImportJob.State, timezone.now()
    message = file_of_erased()
    held = ImportJob.objects.select_for_update().filter(pk__in=jobs).order_by("pk")
    under_way = [job.pk for job in held if job.state not in (state.DONE, state.FAILED, state.CANCELLED, state.UNDONE)]
    ImportJob.objects.filter(pk__in=under_way).update(
        state=state.FAILED, failure="person_erased", failure_details={"message": message}, finished_at=now, runner=None
    )
    ImportJob.objects.filter(pk__in=jobs, purged_at=None).update(purged_at=now)


def forget(found: dict[str, list[UUID]], words: list[str]) -> None:
    """The files that held the person (no undo from then on), what was reported of their rows, and copies on their way
    out."""
    touched = ImportedRecord.objects.filter(object_id__in=everyone(found))
    named = Q(pk__in=())
    for word in words:
        named |= Q(value__icontains=word) | Q(details__icontains=word)
    jobs = set(touched.values_list("job", flat=True))
    jobs |= set(ImportProblem.objects.filter(named).values_list("job", flat=True))
    waiting = ImportJob.objects.select_for_update().filter(state__in=WAITING).exclude(pk__in=jobs).order_by("pk")
    jobs |= {job.pk for job in waiting if speaks_of(job, words)}
    let_go(jobs)
    ImportPiece.objects.filter(job__in=jobs).delete()
    ImportProblem.objects.filter(job__in=jobs).update(value="", details={})
    ImportedRecord.objects.filter(job__in=jobs).update(before=None)
    for word in words:
        ImportJob.objects.filter(filename__icontains=word).update(filename="—")
    state = ExportJob.State  # each file may hold them; an export is asked for again in a moment
    ExportPiece.objects.all().delete()
    ExportJob.objects.filter(state=state.DONE).update(state=state.EXPIRED, asked={})
    ExportJob.objects.filter(state=state.RUNNING).update(state=state.CANCELLED, asked={})
