"""The part of a save that asks no database: new records judged and written out ahead, in whatever process.

A whole column at a time: a value costs a fraction of what it costs one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from crm.core.actors import Actor
from crm.core.bulk import Fact, Lines, births_lines
from crm.core.cleaning import Clean, Refused, json_value
from crm.core.drafts import Draft, is_empty
from crm.core.errors import Unfit
from crm.core.fields import uuid7s
from crm.core.models import Record
from crm.core.names import search_vector
from crm.core.permissions import is_fixed, is_hidden, masked
from crm.core.plans import Plan, plan_of
from crm.core.registry import Row

Table = tuple[dict[str, Sequence[Any]], dict[str, Any]]  # what each row has, what all of them have
ABSENT: Any = object()  # of this nothing was said: the record has the default
PLAIN = frozenset({str, int, bool, type(None), type(ABSENT)})  # which history keeps as they are


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
    """What is right in a batch: positions, what is said of each in columns, and what may stand only once."""

    at: list[int]
    columns: dict[str, Sequence[Any]]
    keys: dict[str, list[tuple[Any, ...] | None]]


def records_ready(
    model: type[Record], columns: Mapping[str, Sequence[Any]], count: int, *, actor: Actor
) -> tuple[list[int], Ready] | None:
    """Judge new records given as columns (None says nothing), and write out those that nothing is wrong with and
    nothing stored bears upon; of the others nothing is said: they are to be saved like any."""
    plan = plan_of(model)
    if asks_always(plan) or not count or not may_write(plan, columns, actor):
        return None
    judged = judge(plan, *cleaned(plan, columns))
    if not judged.at:
        return None
    ids = uuid7s(len(judged.at))
    lines = Lines.of_columns(plan.model, *table_of(plan, ids, judged.columns))
    return judged.at, Ready(ids, judged.keys, lines, births_lines(plan.label, ids, told(plan, judged.columns), actor))


def asks_always(plan: Plan) -> bool:
    """Whether every new record of a noun depends on something that is stored, or on who writes."""
    noun = plan.resource
    return noun is None or noun.settles or (noun.follows and not noun.follow_fields) or "object_type" in plan.fields


def may_write(plan: Plan, names: Collection[str], actor: Actor) -> bool:
    """Whether all of these are fields that the actor may fill, and none that is needed is missing."""
    guarded = plan.resource if actor.hidden_fields or actor.fixed_fields else None
    kept = guarded is not None and any(is_hidden(guarded, n, actor) or is_fixed(guarded, n, actor) for n in names)
    return not kept and plan.writable.issuperset(names) and plan.needed.issubset(names)


def cleaned(plan: Plan, columns: Mapping[str, Sequence[Any]]) -> tuple[dict[str, list[Any]], set[int]]:
    """The columns typed; and the positions of records that are refused, that lack something, or point at others."""
    given, bad = dict[str, list[Any]](), set[int]()
    pointing = {*plan.links, *(plan.resource.follow_fields if plan.resource else ())}
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


def judge(plan: Plan, given: Mapping[str, list[Any]], bad: Collection[int]) -> Judged:
    """Fill in what follows from other values, and ask the rules that speak of whole rows."""
    base, names, at = plan.base(), list(given), list[int]()
    follows = list[Row]()
    keys: dict[str, list[tuple[Any, ...] | None]] = {rule.name: [] for rule in plan.unique}
    for place, cells in enumerate(zip(*given.values(), strict=True)):
        if place in bad:
            continue
        row = base | {name: cell for name, cell in zip(names, cells, strict=True) if cell is not ABSENT}
        try:
            derived = plan.derived(row)
        except Unfit:
            continue
        row.update(derived)
        if any(rule.broken(row) for rule in plan.rules):
            continue
        at.append(place)
        follows.append(derived)
        for rule in plan.unique:
            key = tuple([row[name] for name in rule.fields])
            keys[rule.name].append(key if None not in key and rule.applies(row) else None)
    is_whole = len(at) == len(next(iter(given.values())))
    columns: dict[str, Sequence[Any]] = {n: c if is_whole else [c[i] for i in at] for n, c in given.items()}
    for name in set().union(*follows):
        said = columns.get(name, [ABSENT] * len(at))
        columns[name] = [one.get(name, own) for one, own in zip(follows, said, strict=True)]
    return Judged(at, columns, keys)


def columns_of(each: Sequence[Row]) -> dict[str, Sequence[Any]]:
    """Rows as columns."""
    return {name: [values.get(name, ABSENT) for values in each] for name in set().union(*each)}


def table_of(plan: Plan, ids: Sequence[UUID], said: Mapping[str, Sequence[Any]]) -> Table:
    """New rows; what nobody has said is the same in all of them, and left out where it is null."""
    base = plan.base()
    fields = {name: f.attname for name, f in plan.columns.items() if name in said}
    same = {f.attname: base[n] for n, f in plan.columns.items() if n not in said and base[n] is not None}
    whole = {name: with_default(column, base[name]) for name, column in said.items()}
    texts = [whole.get(name) or [base[name]] * len(ids) for name in plan.search_fields if name in whole or base[name]]
    search = list(map(searched, zip(*texts, strict=True))) if texts else [""] * len(ids)
    columns = {"id": ids, "search": search, **{attname: whole[name] for name, attname in fields.items()}}
    own = {name: column for name, column in said.items() if name in plan.custom}
    if own:
        columns["custom"] = [plan.packed(None, values) for values in rows_of(own, len(ids))]
    return columns, {"version": 1, **same}


def with_default(column: Sequence[Any], default: Any) -> Sequence[Any]:
    """A column, with the default where nothing was said."""
    return [default if value is ABSENT else value for value in column]


def rows_of(columns: Mapping[str, Sequence[Any]], count: int) -> list[Row]:
    """Columns as rows, without that of which nothing was said."""
    rows: list[Row] = [{} for _at in range(count)]
    for name, column in columns.items():
        for row, value in zip(rows, column, strict=True):
            if value is not ABSENT:
                row[name] = value
    return rows


def search_of(plan: Plan, row: Mapping[str, Any]) -> str:
    """The search column of a row."""
    return searched([row[name] for name in plan.search_fields])


def searched(values: Sequence[Any]) -> str:
    """The search column of a row whose texts these are."""
    return search_vector([t if type(t) is str else " ".join(t) if isinstance(t, list) else str(t) for t in values if t])


def created(plan: Plan, draft: Draft) -> Fact:
    """The fact of a new record: its values, empty ones left out; of parts, how many."""
    (after,) = told(plan, {name: [value] for name, value in draft.values.items()}) or [plan.told.copy()]
    for name, rows in draft.parts.items():
        after[name] = len(rows)
    return Fact(f"{plan.label}.created", plan.label, draft.id, None, after)


def told(plan: Plan, columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """What events say of new records with these values."""
    rows = [plan.told.copy() for _value in next(iter(columns.values()), ())]
    for name, column in columns.items():
        if name == "name_key":
            continue
        for after, value in zip(rows, told_column(plan, name, column), strict=True):
            if value is ABSENT:
                continue
            if value or not is_empty(value):
                after[name] = value
            else:
                after.pop(name, None)
    return rows


def told_column(plan: Plan, name: str, column: Sequence[Any]) -> Sequence[Any]:
    """The values of a column as history keeps them; texts mostly as they are."""
    if name not in plan.sensitive and PLAIN.issuperset(map(type, column)):
        return column
    return [value if value is ABSENT else told_value(plan, name, value) for value in column]


def told_value(plan: Plan, name: str, value: Any) -> Any:
    """A value as history keeps it: sensitive ones are masked, for history is read by many and kept for long."""
    if value and name in plan.sensitive:
        return masked(str(value))
    return value if type(value) is str else json_value(value)
