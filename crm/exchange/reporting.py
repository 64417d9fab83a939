"""What an import says afterwards: the account of all rows, problems in words, refused rows as a file to correct."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from crm.core.registry import registry
from crm.exchange.analysis import Choices
from crm.exchange.engine.blocks import layout_of
from crm.exchange.exporting.neutral import neutralised
from crm.exchange.matching.words import OWN_COLUMNS
from crm.exchange.models import ImportJob, ImportProblem
from crm.exchange.pieces import pieces_read
from crm.exchange.problems import remedy, sentence
from crm.exchange.reading.rows import Unreadable, shown


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
    """How often a problem was reported; `outcome` is refused, skipped, merged, left_out or note."""

    code: str
    outcome: str
    outcome_label: str
    message: str
    count: int


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
    rows = job.problems.order_by().values_list("code", "outcome").annotate(count=Count("id"))
    order = list(ImportProblem.Outcome.values)
    found = [ProblemCount(code, outcome, outcome_label(outcome), general(code), count) for code, outcome, count in rows]
    return sorted(found, key=lambda one: (order.index(one.outcome), -one.count, one.code))


def outcome_label(outcome: str) -> str:
    """What a problem meant, in words."""
    return str(ImportProblem.Outcome(outcome).label)


def general(code: str) -> str:
    """The sentence of a code without a value in it."""
    return sentence(code, defaultdict(lambda: "…"))


def problem_lines(job: ImportJob, outcome: str, start: int, limit: int) -> list[ProblemLine]:
    """Problems by row."""
    rows = job.problems.filter(outcome=outcome) if outcome else job.problems.all()
    return [line_of(job, problem) for problem in rows.order_by("row", "id")[start : start + limit]]


def line_of(job: ImportJob, problem: ImportProblem) -> ProblemLine:
    """A problem in words."""
    details = {"value": problem.value, **problem.details}
    details = {name: named(job, value) if name in ("field", "fields") else value for name, value in details.items()}
    message = sentence(problem.code, defaultdict(lambda: "…", details))
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


def named(job: ImportJob, value: Any) -> str:
    """Field names as people know them."""
    resource = registry[job.label]
    specs = dict(resource.specs) | {
        name: spec for part in resource.parts for name, spec in part.specs.items() if name not in resource.specs
    }
    names = value if isinstance(value, list) else [value]
    return ", ".join(str(specs[name].label) if name in specs else str(name) for name in names)


def corrected(job: ImportJob) -> Iterator[bytes]:
    """The refused rows as they were, with what to do about each beside them."""
    reasons: dict[int, list[ProblemLine]] = defaultdict(list)
    for problem in job.problems.filter(outcome=ImportProblem.Outcome.REFUSED).order_by("row", "id").iterator():
        reasons[problem.row].append(line_of(job, problem))
    choices = Choices.from_json(job.choices)
    with pieces_read(job) as stream:
        layout = layout_of(stream, choices)
        yield "\ufeff".encode() + csv_line([*layout.header, *(name.capitalize() for name in OWN_COLUMNS)])
        for number, row in layout.table.rows(choices.sheet):
            if number not in reasons:
                continue
            cells = [row.text] if isinstance(row, Unreadable) else [shown(cell) for cell in row]
            cells = (cells + [""] * len(layout.header))[: len(layout.header)]
            problems, fixes = (
                [f"{line.column}: {line.message}" if line.column else line.message for line in reasons[number]],
                list(dict.fromkeys(line.fix for line in reasons[number])),
            )
            yield csv_line([*cells, str(number), " ".join(problems), " ".join(fixes)])


def csv_line(cells: list[str]) -> bytes:
    """One line of CSV in which no cell is a formula."""
    out = io.StringIO()
    csv.writer(out).writerow([neutralised(cell) for cell in cells])
    return out.getvalue().encode("utf-8", "replace")


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
