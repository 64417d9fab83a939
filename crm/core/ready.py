"""The part of a save that asks no database: new records judged and written out ahead, in whatever process.

A whole column at a time: a value costs a fraction of what it costs one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from crm.core.actors import Actor
from crm.core.bulk import Fact, Lines, facts_lines
from crm.core.cleaning import Clean, Refused, json_value
from crm.core.drafts import Draft, is_empty
from crm.core.errors import Unfit
from crm.core.fields import uuid7s
from crm.core.models import Record
from crm.core.names import search_vector
from crm.core.permissions import is_fixed, is_hidden, masked
from crm.core.plans import Plan, plan_of
from crm.core.registry import Row

Table = tuple[list[str], list[tuple[Any, ...]], dict[str, Any]]  # columns, what each row has, what all of them have
ABSENT: Any = object()  # of this nothing was said: the record has the default


class Ready(NamedTuple):
    """New records of which only the database has still to be asked."""

    ids: list[UUID]
    keys: dict[str, list[tuple[Any, ...] | None]]  # by rule, what of each record may stand only once
    table: Lines
    events: Lines

    def only(self, at: Sequence[int]) -> Ready:
        """Some of them."""
        if len(at) == len(self.ids):
            return self
        return Ready(
            [self.ids[i] for i in at],
            {name: [keys[i] for i in at] for name, keys in self.keys.items()},
            self.table.only(at),
            self.events.only(at),
        )


class Judged(NamedTuple):
    """What is right in a batch: positions, what is said of each, and what may stand only once."""

    at: list[int]
    values: list[Row]
    keys: dict[str, list[tuple[Any, ...] | None]]


def records_ready(
    model: type[Record], columns: Mapping[str, Sequence[Any]], count: int, *, actor: Actor
) -> tuple[list[int], Ready] | None:
    """Judge new records given as columns (None says nothing), and write out those that nothing is wrong with and
    nothing stored bears upon; of the others nothing is said: they are to be saved like any."""
    plan = plan_of(model)
    if asks_always(plan) or not count or not may_write(plan, columns, actor):
        return None
    given, bad = cleaned(plan, columns, count)
    judged = judge(plan, given, bad)
    if not judged.at:
        return None
    ids = uuid7s(len(judged.at))
    name, pairs = f"{plan.label}.created", zip(ids, judged.values, strict=True)
    facts = [Fact(name, plan.label, id, None, told(plan, values)) for id, values in pairs]
    lines = Lines.of(plan.model, *table_of(plan, ids, judged.values))
    return judged.at, Ready(ids, judged.keys, lines, facts_lines(facts, actor))


def asks_always(plan: Plan) -> bool:
    """Whether every new record of a noun depends on something that is stored, or on who writes."""
    noun = plan.resource
    return noun is None or noun.settles or (noun.follows and not noun.follow_fields) or "object_type" in plan.fields


def may_write(plan: Plan, names: Collection[str], actor: Actor) -> bool:
    """Whether all of these are fields that the actor may fill, and none that is needed is missing."""
    guarded = plan.resource if actor.hidden_fields or actor.fixed_fields else None
    kept = guarded is not None and any(is_hidden(guarded, n, actor) or is_fixed(guarded, n, actor) for n in names)
    return not kept and plan.writable.issuperset(names) and plan.needed.issubset(names)


def cleaned(plan: Plan, columns: Mapping[str, Sequence[Any]], count: int) -> tuple[dict[str, list[Any]], set[int]]:
    """The columns typed; and the positions of records that are refused, that lack something, or point at others."""
    given, bad = dict[str, list[Any]](), set[int]()
    follow = plan.resource.follow_fields if plan.resource else ()
    pointing = {*plan.links, *follow}
    for name, column in columns.items():
        given[name] = column_cleaned(plan.clean[name], column, bad)
        if name in plan.needed:
            bad.update(at for at, value in enumerate(column) if value is None)
        if name in pointing:
            bad.update(at for at, value in enumerate(given[name]) if value is not ABSENT and value is not None)
    return given, bad


def column_cleaned(clean: Clean, column: Sequence[Any], bad: set[int]) -> list[Any]:
    """One column typed."""
    try:
        return [ABSENT if value is None else clean(value) for value in column]
    except Refused:
        return [ABSENT if value is None else one_cleaned(clean, at, value, bad) for at, value in enumerate(column)]


def one_cleaned(clean: Clean, at: int, value: Any, bad: set[int]) -> Any:
    """One value typed, where another of its column is refused."""
    try:
        return clean(value)
    except Refused:
        bad.add(at)
        return ABSENT


def judge(plan: Plan, given: Mapping[str, Sequence[Any]], bad: Collection[int]) -> Judged:
    """Fill in what follows from other values, and ask the rules that speak of whole rows."""
    base, names, found = plan.base(), list(given), Judged([], [], {rule.name: [] for rule in plan.unique})
    derives = plan.resource is not None and bool(plan.resource.derives or plan.key_field)
    for at, cells in enumerate(zip(*given.values(), strict=True)):
        if at in bad:
            continue
        values = {name: cell for name, cell in zip(names, cells, strict=True) if cell is not ABSENT}
        row = base | values
        if derives:
            try:
                derived = plan.derived(row)
            except Unfit:
                continue
            values |= derived
            row |= derived
        if any(rule.broken(row) for rule in plan.rules):
            continue
        found.at.append(at)
        found.values.append(values)
        for rule in plan.unique:
            key = tuple([row[name] for name in rule.fields])
            found.keys[rule.name].append(key if None not in key and rule.applies(row) else None)
    return found


def table_of(plan: Plan, ids: Sequence[UUID], each: Sequence[Row]) -> Table:
    """New rows; what nobody has said is the same in all of them, and left out where it is null."""
    base, named = plan.base(), set().union(*each)
    fields = {name: f.attname for name, f in plan.columns.items() if name in named}
    same = {f.attname: base[n] for n, f in plan.columns.items() if n not in named and base[n] is not None}
    texts = [column_of(name, each, base) for name in plan.search_fields]
    search = [searched(row) for row in zip(*texts, strict=True)] if texts else [""] * len(each)
    attnames, lists = ["id", "search", *fields.values()], [ids, search, *(column_of(n, each, base) for n in fields)]
    if not plan.custom.keys().isdisjoint(named):
        attnames.append("custom")
        lists.append([plan.packed(None, values) for values in each])
    return attnames, list(zip(*lists, strict=True)), {"version": 1, **same}


def column_of(name: str, each: Sequence[Row], base: Row) -> list[Any]:
    """One column of new rows."""
    default = base[name]
    return [values.get(name, default) for values in each]


def search_of(plan: Plan, row: Mapping[str, Any]) -> str:
    """The search column of a row."""
    return searched([row[name] for name in plan.search_fields])


def searched(values: Sequence[Any]) -> str:
    """The search column of a row whose texts these are."""
    return search_vector([t if type(t) is str else " ".join(t) if isinstance(t, list) else str(t) for t in values if t])


def created(plan: Plan, draft: Draft) -> Fact:
    """The fact of a new record: its values, empty ones left out; of parts, how many."""
    after = told(plan, draft.values)
    for name, rows in draft.parts.items():
        after[name] = len(rows)
    return Fact(f"{plan.label}.created", plan.label, draft.id, None, after)


def told(plan: Plan, values: Row) -> dict[str, Any]:
    """What an event says of a new record with these values."""
    after = plan.told.copy()
    for name, value in values.items():
        if name == "name_key" or (not value and is_empty(value)):
            after.pop(name, None)
        else:
            after[name] = told_value(plan, name, value)
    return after


def told_value(plan: Plan, name: str, value: Any) -> Any:
    """A value as history keeps it: sensitive ones are masked, for history is read by many and kept for long."""
    if value and name in plan.sensitive:
        return masked(str(value))
    return value if type(value) is str else json_value(value)
