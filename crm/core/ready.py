"""The part of a save that asks no database: new records judged and written out ahead, in whatever process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from crm.core.actors import Actor
from crm.core.bulk import Fact, Lines, facts_lines
from crm.core.cleaning import json_value
from crm.core.drafts import Change, Draft, Outcome, derive, drafts_of, is_empty
from crm.core.models import Record
from crm.core.names import search_vector
from crm.core.permissions import masked
from crm.core.plans import Plan, plan_of
from crm.core.registry import Row

Table = tuple[list[str], list[tuple[Any, ...]], dict[str, Any]]  # columns, what each row has, what all of them have


class Batch(NamedTuple):
    """What the lines of one batch have in common: their columns, and how they end."""

    table: Lines
    events: Lines


class Ready(NamedTuple):
    """A new record of which only the database has still to be asked."""

    id: UUID
    keys: Row  # what the rules of uniqueness look at
    line: str
    event: str
    batch: Batch


def records_ready(model: type[Record], changes: Sequence[Change], *, actor: Actor) -> dict[int, Ready]:
    """Judge new records, and write out those, by position, that nothing is wrong with and nothing stored bears upon."""
    plan, outcome = plan_of(model), Outcome()
    if asks_always(plan) or not changes:
        return {}
    drafts = drafts_of(plan, changes, actor, outcome)
    derive(plan, drafts, outcome)
    good = {at: d for at, d in drafts.items() if at not in outcome.errors and not points(plan, d)}
    if not good:
        return {}
    new = list(good.values())
    lines = Lines.of(plan.model, *table_of(plan, new))
    events = facts_lines([created(plan, draft) for draft in new], actor)
    batch, names = Batch(lines._replace(each=[]), events._replace(each=[])), plan.looked_at
    return {
        at: Ready(draft.id, {name: draft.row[name] for name in names}, line, event, batch)
        for (at, draft), line, event in zip(good.items(), lines.each, events.each, strict=True)
    }


def asks_always(plan: Plan) -> bool:
    """Whether every new record of a noun depends on something that is stored, or on who writes."""
    noun = plan.resource
    return noun is None or noun.settles or (noun.follows and not noun.follow_fields) or "object_type" in plan.fields


def points(plan: Plan, draft: Draft) -> bool:
    """Whether a record has parts, or values that point at others or that others follow: these must be asked for."""
    by = plan.resource.follow_fields if plan.resource else ()
    return bool(draft.parts) or any(draft.values.get(name) is not None for name in (*plan.links, *by))


def written_out(drafts: Iterable[Draft]) -> list[Batch]:
    """The lines and events of those drafts that were ready, batch by batch."""
    by_id: dict[int, list[Ready]] = defaultdict(list)
    for ready in (draft.ready for draft in drafts if draft.ready is not None):
        by_id[id(ready.batch)].append(ready)
    return [
        Batch(
            some[0].batch.table._replace(each=[one.line for one in some]),
            some[0].batch.events._replace(each=[one.event for one in some]),
        )
        for some in by_id.values()
    ]


def table_of(plan: Plan, drafts: Sequence[Draft]) -> Table:
    """New rows; what nobody has said is the same in all of them, and left out where it is null."""
    named, first = set().union(*(d.values for d in drafts)), drafts[0].row
    fields = {name: f.attname for name, f in plan.columns.items() if name in named}
    same = {f.attname: first[n] for n, f in plan.columns.items() if n not in named and first[n] is not None}
    pick = itemgetter(*fields) if len(fields) > 1 else lambda row: tuple(row[name] for name in fields)
    attnames = ["id", "search", *fields.values()]
    rows: list[tuple[Any, ...]] = [(d.id, search_of(plan, d.row), *pick(d.row)) for d in drafts]
    if not plan.custom.keys().isdisjoint(named):
        attnames.append("custom")
        rows = [(*row, plan.packed(None, draft.values)) for row, draft in zip(rows, drafts, strict=True)]
    return attnames, rows, {"version": 1, **same}


def search_of(plan: Plan, row: Mapping[str, Any]) -> str:
    """The search column of a row."""
    texts = [text for name in plan.search_fields if (text := row[name])]
    return search_vector([t if type(t) is str else " ".join(t) if isinstance(t, list) else str(t) for t in texts])


def created(plan: Plan, draft: Draft) -> Fact:
    """The fact of a new record: its values, empty ones left out; of parts, how many."""
    after = plan.told.copy()
    for name, value in draft.values.items():
        if name == "name_key" or (not value and is_empty(value)):
            after.pop(name, None)
        else:
            after[name] = told_value(plan, name, value)
    for name, rows in draft.parts.items():
        after[name] = len(rows)
    return Fact(f"{plan.label}.created", plan.label, draft.id, None, after)


def told_value(plan: Plan, name: str, value: Any) -> Any:
    """A value as history keeps it: sensitive ones are masked, for history is read by many and kept for long."""
    if value and name in plan.sensitive:
        return masked(str(value))
    return value if type(value) is str else json_value(value)
