"""What an import says afterwards: the account of all rows, problems in words, refused rows as a file to correct."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db.models import Count, Min
from django.utils.translation import gettext as _

from crm.core.registry import registry
from crm.exchange.models import ImportJob, ImportProblem
from crm.exchange.problems import remedy, said, summary


@dataclass(frozen=True)
class Account:
    """Where every row went: `read` is the sum of the six behind it; blank rows are counted apart."""

    read: int
    created: int
    updated: int
    unchanged: int
    merged: int
    refused: int
    skipped: int
    blank: int
    records: dict[str, dict[str, int]]
    problems: list[ProblemCount]

    @property
    def unexplained(self) -> int:
        """Rows that are in none of the six; always zero."""
        return self.read - self.created - self.updated - self.unchanged - self.merged - self.refused - self.skipped


@dataclass(frozen=True)
class ProblemCount:
    """How often a problem was reported, in which columns, and one of its values; `outcome` is refused, skipped, merged,
    left_out or note."""

    code: str
    outcome: str
    outcome_label: str
    message: str
    count: int
    columns: tuple[str, ...] = ()
    row: int = 0
    example: str = ""


@dataclass(frozen=True)
class ProblemLine:
    """One reported row or cell, in the reader's language."""

    row: int
    column: str
    code: str
    outcome: str
    outcome_label: str
    value: str
    message: str
    fix: str


def account_of(job: ImportJob) -> Account:
    """The account of a job, so far."""
    names = ("read", "created", "updated", "unchanged", "merged", "refused", "skipped", "blank")
    return Account(
        **{name: int(job.account.get(name, 0)) for name in names}, records=job.records, problems=problem_counts(job)
    )


def problem_counts(job: ImportJob) -> list[ProblemCount]:
    """The kinds of problems, the gravest and most frequent first."""
    groups = job.problems.order_by().values_list("code", "outcome", "column").annotate(n=Count("id"), first=Min("id"))
    kinds: dict[tuple[str, str], list[tuple[str, int, int]]] = defaultdict(list)
    for code, outcome, column, count, first in groups:
        kinds[code, outcome].append((column, count, first))
    firsts = {key: min(first for _column, _count, first in found) for key, found in kinds.items()}
    shown = {
        pk: (row, value)
        for pk, row, value in job.problems.filter(pk__in=firsts.values()).values_list("pk", "row", "value")
    }
    order = list(ImportProblem.Outcome.values)
    found = [
        ProblemCount(
            code,
            outcome,
            outcome_label(outcome),
            summary(code),
            sum(count for _column, count, _first in parts),
            tuple(column for column, _count, _first in sorted(parts, key=lambda part: -part[1]) if column)[:4],
            *shown[firsts[code, outcome]],
        )
        for (code, outcome), parts in kinds.items()
    ]
    return sorted(found, key=lambda one: (order.index(one.outcome), -one.count, one.code))


def outcome_label(outcome: str) -> str:
    """What a problem meant, in words."""
    return str(ImportProblem.Outcome(outcome).label)


def problem_lines(job: ImportJob, outcome: str, start: int, limit: int, code: str = "") -> list[ProblemLine]:
    """Problems by row."""
    wanted = {name: value for name, value in (("outcome", outcome), ("code", code)) if value}
    rows = job.problems.filter(**wanted)
    return [line_of(job, problem) for problem in rows.order_by("row", "id")[start : start + limit]]


def line_of(job: ImportJob, problem: ImportProblem) -> ProblemLine:
    """A problem in words."""
    message = said(problem.code, {"value": problem.value, **problem.details}, registry[job.label])
    return ProblemLine(
        problem.row,
        problem.column,
        problem.code,
        problem.outcome,
        outcome_label(problem.outcome),
        problem.value,
        message,
        remedy(problem.code),
    )


def undo_sentence(job: ImportJob) -> str:
    """What an undo came to."""
    counts: Counter[str] = Counter()
    for found in job.account.get("undo", {}).values():
        counts.update(found)
    sentence = _(
        "%(deleted)s records were taken back and %(restored)s have their values again; "
        "%(kept)s were kept because someone has changed or uses them."
    )
    kept = counts["changed"] + counts["in_use"] + counts["taken"]
    return str(sentence % {"deleted": counts["deleted"], "restored": counts["restored"], "kept": kept})
