"""The life of an import: start, analyse, confirm, run, account, corrected file, undo."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from django.db.models import QuerySet

from crm.core.actors import Actor
from crm.exchange.analysis import Analysis, Choices
from crm.exchange.models import ImportJob

Progress = Callable[[ImportJob], None]


@dataclass(frozen=True)
class Account:
    """Where every row went: `read` is always the sum of the others but `blank`; lines of text for people in `problems`."""

    read: int
    created: int
    updated: int
    unchanged: int
    merged: int
    refused: int
    skipped: int
    blank: int
    records: dict[str, dict[str, int]]
    problems: list[tuple[str, str, int]]


@dataclass(frozen=True)
class ProblemLine:
    """One reported row or cell, in the reader's language."""

    row: int
    column: str
    code: str
    outcome: str
    value: str
    message: str
    fix: str


def imports_visible(actor: Actor) -> QuerySet[ImportJob]:
    """The jobs that `actor` may see: their own, and all for whoever may view imports."""
    raise NotImplementedError


def import_find(job_id: UUID, *, actor: Actor) -> ImportJob:
    """One visible job, or CrmError("not_found")."""
    raise NotImplementedError


def import_start(file: BinaryIO, *, label: str, actor: Actor, filename: str, template: str = "") -> ImportJob:
    """Keep the file in the tenant (state uploaded). `label` may be "" when a template names the noun."""
    raise NotImplementedError


def import_analyse(job: ImportJob, *, actor: Actor, choices: Choices | None = None) -> Analysis:
    """Read the file and propose: header row, a target per column, questions, the first 20 and the worst 20 rows.

    With `choices` (another sheet, header row or mapping) the proposal follows them: the mapping page calls again."""
    raise NotImplementedError


def import_confirm(job: ImportJob, choices: Choices, *, actor: Actor) -> ImportJob:
    """Check and keep the choices and queue the run (state queued). Refuses a job that is not in state uploaded."""
    raise NotImplementedError


def import_run(job_id: UUID, *, progress: Progress | None = None) -> ImportJob:
    """Run or resume a confirmed job to its end in this process; the task calls this. Safe to be delivered many times."""
    raise NotImplementedError


def import_percent(job: ImportJob) -> int:
    """0 to 100, from the rows that are committed."""
    raise NotImplementedError


def import_account(job: ImportJob) -> Account:
    """Every row accounted for."""
    raise NotImplementedError


def import_problems(job: ImportJob, *, outcome: str = "", start: int = 0, limit: int = 100) -> list[ProblemLine]:
    """What was reported, by row, with a sentence and a fix each."""
    raise NotImplementedError


def import_corrected(job: ImportJob) -> Iterator[bytes]:
    """The refused rows as a CSV (UTF-8 with BOM) with row number, problem and fix beside them: mend it, import it again."""
    raise NotImplementedError


def import_undo(job: ImportJob, *, actor: Actor) -> ImportJob:
    """Take back the records that the job created and nobody has touched since; what stays is reported on the job's account."""
    raise NotImplementedError
