"""What a program says of a file, laid over what is proposed for it; what it was not asked is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypedDict

from crm.core.actors import Actor
from crm.core.registry import registry
from crm.exchange.analysis import NOTES, SKIP, Analysis, Choices, Question
from crm.exchange.cleaning.dates import SHOWN
from crm.exchange.matching.own import left_out
from crm.exchange.models import ImportJob, ImportProblem
from crm.exchange.problems import sentence
from crm.exchange.services import import_analyse

READING = ("sheet", "header_row", "encoding", "delimiter", "off")
BY_COLUMN = ("targets", "answers", "values", "links", "kinds")


def import_laid(job: ImportJob, said: Mapping[str, Any], *, actor: Actor) -> tuple[Analysis, Choices]:
    """The proposal with what was said laid over it, and the analysis that follows from both."""
    found = import_analyse(job, actor=actor)
    if not said:
        return found, found.proposal()
    settled, asked = found.proposal(), Choices.from_json(said)
    reading = {name: getattr(asked, name) for name in READING if name in said}
    if reading.keys() - {"off"}:
        found = import_analyse(job, actor=actor, choices=Choices(**{"sheet": found.sheet, **reading}))
        settled = found.proposal()
    if asked.targets:
        others = without(settled.targets, asked.targets, found)
        settled = replace(settled, **reading, targets=others | asked.targets)
        found = import_analyse(job, actor=actor, choices=settled)
        fresh = found.proposal()
        values = {at: words for at, words in settled.values.items() if at not in asked.targets}
        settled = replace(settled, answers=fresh.answers | settled.answers, values=fresh.values | values)
    plain = {name: getattr(asked, name) for name in said if name not in BY_COLUMN and name != "constants"}
    laid = {name: getattr(settled, name) | getattr(asked, name) for name in (*BY_COLUMN, "constants")}
    return found, replace(settled, **plain, **laid)


def without(proposed: Mapping[int, str], said: Mapping[int, str], found: Analysis) -> dict[int, str]:
    """The proposed targets of the other columns; one that was given to a column by name has no second."""
    rest = NOTES if any(target.path == NOTES for target in found.targets) else SKIP
    given = set(said.values()) - {NOTES, SKIP}
    return {at: rest if path in given else path for at, path in proposed.items() if at not in said}


def unanswered(found: Analysis, said: Mapping[str, Any]) -> list[Question]:
    """The questions that the file raises and nobody answered."""
    answers = Choices.from_json(said).answers
    return [question for question in found.questions if question.column not in answers]


class WarningSaid(TypedDict):
    """What a file left open, and how it was read."""

    code: str
    column: str
    position: int
    message: str


def questions_told(job: ImportJob, found: Analysis, questions: list[Question]) -> list[WarningSaid]:
    """Write into the report how each question was decided and which columns were left out, and say it."""
    headers = [column.header for column in found.columns]
    chosen = {column.position: column.target for column in found.columns}
    sayings = [
        (one.column, "ambiguous_date", {"value": ", ".join(one.examples)[:200], "order": SHOWN.get(one.default, "")})
        for one in questions
    ]
    told: list[WarningSaid] = []
    for at, code, details in sayings + left_out(headers, chosen, registry[job.label]):
        column = headers[at][:200]
        ImportProblem.objects.create(
            job=job,
            row=found.header_row,
            position=at,
            column=column,
            code=code,
            outcome=ImportProblem.Outcome.NOTE,
            value=details["value"][:200],
            details=details,
        )
        told.append({"code": code, "column": column, "position": at, "message": sentence(code, details)})
    return told
