"""What a record and its lines would come to: worked out as a save does, from what is there; nothing stays written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from crm.core.actors import Actor
from crm.core.drafts import Change, Draft, Outcome, derive, drafts_of, follow, parts_read
from crm.core.errors import Problem
from crm.core.following import derive_rows
from crm.core.links import check_links
from crm.core.models import Record
from crm.core.plans import Plan, plan_of
from crm.core.registry import Part, Row
from crm.core.services import permit_changes

LATER = "required"  # how the codes begin of what a form that is still being filled in may lack


@dataclass
class Foreseen:
    """A record as it would be, with the rows of its parts; nothing of it where what was given cannot be read."""

    row: Row = field(default_factory=dict)
    parts: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    doubts: Sequence[str] = ()  # why something of it is not known


def record_foresee(model: type[Record], values: Mapping[str, Any], *, actor: Actor, id: UUID | None = None) -> Foreseen:
    """Work out what follows from values that are not complete yet."""
    plan, change = plan_of(model), Change(values, id)
    with transaction.atomic():
        permit_changes(plan, [change], actor)
        draft, doubts = foresee(plan, change, actor)
        stored = stored_parts(plan, values, draft, id) if draft and id else {}
        transaction.set_rollback(True)
    return Foreseen(draft.row, {**stored, **draft.parts}, doubts) if draft else Foreseen()


def stored_parts(plan: Plan, values: Mapping[str, Any], draft: Draft, id: UUID) -> dict[str, list[Row]]:
    """The rows of those parts that were given as they are stored: no change, but on the form like any other."""
    same = [one for one in (plan.resource.parts if plan.resource else ()) if one.name in values.keys() - draft.parts]
    return {one.name: parts_read(one, [id]).get(id, ([], []))[1] for one in same}


def foresee(plan: Plan, change: Change, actor: Actor) -> tuple[Draft | None, list[str]]:
    """The draft of a save, as far as it can be judged, and what stands against judging more."""
    outcome = Outcome()
    drafts = drafts_of(plan, [change], actor, outcome)
    check_links(plan, drafts, actor, outcome)
    if plan.resource is None or not drafts or refused(outcome):
        return None, []
    follow(plan, drafts, outcome)
    doubts = told(outcome)
    is_known = not refused(outcome)  # without a rate for the day lines have amounts, but no sum
    draft = drafts[0]
    for part in (one for one in plan.resource.parts if one.name in draft.parts):
        doubts += [str(problem.message) for problem in fill(part, change.values[part.name], draft)]
        derive_rows(plan.resource, part, 0, draft, outcome)
    if is_known:
        derive(plan, drafts, outcome)
    for part in plan.resource.parts if not is_known else ():
        draft.row |= dict.fromkeys(part.worth.totals if part.worth else ())
    return (None, []) if refused(outcome) else (draft, list(dict.fromkeys(doubts)))


def told(outcome: Outcome) -> list[str]:
    """What is wrong, in words, but for what is only lacking."""
    found = [one for problems in outcome.errors.values() for many in problems.values() for one in many]
    return [str(one.message) for one in found if not one.code.startswith(LATER)]


def refused(outcome: Outcome) -> bool:
    """Whether something given is wrong, not only lacking; it is forgotten then, and told when the record is saved."""
    found = [one.code for problems in outcome.errors.values() for many in problems.values() for one in many]
    outcome.errors.clear()
    return not all(code.startswith(LATER) for code in found)


def fill(part: Part, given: Sequence[Mapping[str, Any]], draft: Draft) -> Sequence[Problem]:
    """Give rows that say nothing of it what a form suggests, the price of the product; or why nobody knows it."""
    worth, rows = part.worth, draft.parts[part.name]
    free = [row for row, said in zip(rows, given, strict=True) if worth and not worth.fills & said.keys()]
    return worth.suggest(draft.row, free, draft.parts_before.get(part.name, [])) if worth and free else ()
