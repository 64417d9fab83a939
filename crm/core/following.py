"""What lines take from other tables, what a noun forbids, and what other records keep of those that were written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from crm.core.actors import Actor
from crm.core.drafts import Draft, Outcome, now_of
from crm.core.errors import Unfit
from crm.core.models import Record
from crm.core.plans import Plan
from crm.core.registry import Part, Resource


def follow_parts(plan: Plan, drafts: Mapping[int, Draft], outcome: Outcome) -> None:
    """Fill in what lines take from other tables, one call a part for all of a batch, and what follows from that."""
    resource = plan.resource
    for part in resource.parts if resource else ():
        live = {at: d for at, d in drafts.items() if part.name in d.parts and at not in outcome.errors}
        lines = {at: draft.parts[part.name] for at, draft in live.items()}
        if resource is None or not lines:
            continue
        before = {at: draft.parts_before.get(part.name, []) for at, draft in live.items()}
        rows = {at: draft.row for at, draft in live.items()}
        turned = {at for at, draft in live.items() if not draft.values.keys().isdisjoint(part.leans_on)}
        for at, name, problem in resource.follow_part(part, rows, lines, before, turned=turned):
            outcome.refuse(at, name, problem)
        for at, draft in live.items():
            derive_rows(resource, part, at, draft, outcome)


def derive_rows(resource: Resource, part: Part, at: int, draft: Draft, outcome: Outcome) -> None:
    """Give a record's rows the values that follow from their own; stored ones that stay as they are fall out again."""
    rows = draft.parts[part.name]
    for index, line in enumerate(rows):
        try:
            line.update(resource.derive_part(part, line, draft.row))
        except Unfit as unfit:
            outcome.refuse(at, f"{part.name}.{index}.{unfit.field}", unfit.problem)
    if part.name in draft.leaning and rows == draft.parts_before[part.name]:
        del draft.parts[part.name], draft.parts_before[part.name], draft.part_ids[part.name]


def is_forbidding(resource: Resource) -> bool:
    """Whether this noun refuses what only some may decide."""
    return type(resource).forbid is not Resource.forbid


def forbid(plan: Plan, drafts: Mapping[int, Draft], actor: Actor, outcome: Outcome) -> None:
    """Ask the noun what may not become of these, now that all is filled in: one call for all that will differ."""
    if plan.resource is None or not is_forbidding(plan.resource):
        return
    live = {at: d for at, d in drafts.items() if at not in outcome.errors and (d.record is None or d.touched)}
    was = {at: now_of(plan, d.record) | {"id": d.id} for at, d in live.items() if d.record is not None}
    rows = {at: d.row | d.parts | {"id": d.id} for at, d in live.items()}
    for at, name, problem in plan.resource.forbid(rows, was, actor):
        outcome.refuse(at, name, problem)


def gathered(resource: Resource | None, records: Iterable[Record | None]) -> set[UUID]:
    """Whose sums these stored records are part of."""
    if resource is None or not resource.gathers:
        return set()
    found = {getattr(record, f"{resource.gathers}_id") for record in records if record is not None}
    return found - {None}


def gather(resource: Resource | None, ids: Collection[UUID]) -> None:
    """Have those sums made anew."""
    if resource is not None and ids:
        resource.gather(ids)
