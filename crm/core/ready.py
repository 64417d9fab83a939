"""The part of a save that asks no database: new records judged and written out ahead, in whatever process.

A whole column at a time: a value costs a fraction of what it costs one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from crm.core.actors import Actor
from crm.core.bulk import Fact, Lines, births_lines
from crm.core.cleaning import Clean, Refused, json_value
from crm.core.drafts import Draft, is_empty
from crm.core.fields import uuid7_texts
from crm.core.following import is_forbidding
from crm.core.models import Record
from crm.core.money import too_fine
from crm.core.names import name_key, search_vector
from crm.core.permissions import MASK, is_fixed, is_hidden, masked
from crm.core.plans import Plan, Unique, plan_of
from crm.core.registry import Row

Table = tuple[dict[str, Sequence[Any]], dict[str, Any]]  # what each row has, what all of them have
ABSENT: Any = object()  # of this nothing was said: the record has the default
PLAIN = frozenset({str, int, bool, type(None), type(ABSENT)})  # which history keeps as they are
AS_TOLD: dict[type, Callable[[Any], str]] = {date: date.isoformat, Decimal: str}  # what `json_value` makes of them
Answer = TypeVar("Answer")


class Ready(NamedTuple):
    """New records of which only the database has still to be asked."""

    ids: list[str]  # hexadecimal
    keys: dict[str, list[tuple[Any, ...] | None]]  # by rule, what of each record may stand only once
    table: Lines
    events: Lines

    def only(self, at: Sequence[int]) -> Ready:
        """Some of them."""
        if len(at) == len(self.ids):
            return self
        return Ready(
            list(map(self.ids.__getitem__, at)),
            {name: list(map(keys.__getitem__, at)) for name, keys in self.keys.items()},
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
    if asks_always(plan) or not count or actor.makes_for or not may_write(plan, columns, actor):
        return None
    judged = judge(plan, *cleaned(plan, columns))
    if not judged.at:
        return None
    ids = uuid7_texts(len(judged.at))
    lines = Lines.of_columns(plan.model, *table_of(plan, ids, judged.columns))
    return judged.at, Ready(ids, judged.keys, lines, births_lines(plan.label, ids, told(plan, judged.columns), actor))


def asks_always(plan: Plan) -> bool:
    """Whether every new record of a noun depends on something that is stored, or on who writes."""
    noun = plan.resource
    return (
        noun is None
        or noun.has_own("settle")
        or is_forbidding(noun)
        or (noun.has_own("follow") and not noun.follow_fields)
        or "object_type" in plan.fields
    )


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
        given[name] = column_cleaned(plan, name, column, bad)
        if name in plan.needed:
            bad.update(at for at, value in enumerate(column) if value is None)
        if name in plan.sensitive:  # a mask is judged beside what is stored
            bad.update(at for at, value in enumerate(column) if isinstance(value, str) and MASK in value)
        if name in pointing:
            bad.update(at for at, value in enumerate(given[name]) if value is not ABSENT and value is not None)
    return given, bad


def column_cleaned(plan: Plan, name: str, column: Sequence[Any], bad: set[int]) -> list[Any]:
    """One column typed; one look may tell that all of it is."""
    clean, is_fine = plan.clean[name], plan.fine.get(name)
    holes = None in column
    filled = [value for value in column if value is not None] if holes else list(column)
    if is_fine and filled and is_fine(filled):
        return [ABSENT if value is None else value for value in column] if holes else filled
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
    count = len(next(iter(given.values())))
    at = [place for place in range(count) if place not in bad]
    columns = chosen(given, at, count)
    odd = unfitting(plan, columns, len(at))
    derived, unfit = derived_columns(plan, columns, len(at))
    columns |= derived
    unfit |= odd
    if amounts := [name for name in (plan.resource.amounts if plan.resource else ()) if name in columns]:
        answers = asked(plan, lambda row: any(too_fine(row, amounts)), [*amounts, "currency"], columns, len(at))
        unfit.update(place for place, is_odd in enumerate(answers) if is_odd)
    for rule in plan.rules:
        answers = asked(plan, rule.broken, rule.fields, columns, len(at))
        unfit.update(place for place, is_broken in enumerate(answers) if is_broken)
    left = [place for place in range(len(at)) if place not in unfit]
    columns = chosen(columns, left, len(at))
    keys = {rule.name: keys_of(plan, rule, columns, len(left)) for rule in plan.unique}
    return Judged([at[place] for place in left], columns, keys)


def unfitting(plan: Plan, columns: Mapping[str, Sequence[Any]], count: int) -> set[int]:
    """The rows whose values do not go together."""
    found = set[int]()
    for fit in plan.resource.fits if plan.resource else ():
        if fit.is_asked(columns):
            answers = asked(plan, fit.broken, fit.fields, columns, count)
            found.update(place for place, is_broken in enumerate(answers) if is_broken)
    return found


def chosen(columns: Mapping[str, Sequence[Any]], at: Sequence[int], count: int) -> dict[str, Sequence[Any]]:
    """Of columns of so many rows only some."""
    return {name: column if len(at) == count else list(map(column.__getitem__, at)) for name, column in columns.items()}


def asked(
    plan: Plan, ask: Callable[[Row], Answer], names: Collection[str], columns: Mapping[str, Sequence[Any]], count: int
) -> list[Answer]:
    """What a question that looks at these fields alone answers for each row: asked once for rows that agree in them."""
    base = plan.base()
    same = {name: base[name] for name in names if name in base}
    said = [name for name in names if name in columns]
    if not said:
        return [ask(same)] * count
    whole = [with_default(columns[name], base[name]) for name in said]
    if len(said) == 1:
        known = {cell: ask({**same, said[0]: cell}) for cell in set(whole[0])}
        return [known[cell] for cell in whole[0]]
    cells = list(zip(*whole, strict=True))
    both = {one: ask(same | dict(zip(said, one, strict=True))) for one in set(cells)}
    return [both[one] for one in cells]


def derived_columns(
    plan: Plan, columns: Mapping[str, Sequence[Any]], count: int
) -> tuple[dict[str, Sequence[Any]], set[int]]:
    """What follows from other values, and the rows from which nothing that could be kept does."""
    if plan.resource and plan.resource.derive_fields:
        follows = asked(plan, plan.following(), plan.resource.derive_fields, columns, count)
    elif plan.resource and plan.resource.has_own("derive"):
        following = plan.following()
        follows = [following(plan.base() | own) for own in rows_of(columns, count)]
    else:
        follows = []
    found: dict[str, Sequence[Any]] = {}
    for name in set().union(*(one for one in follows if one)):
        said = columns.get(name) or [ABSENT] * count
        found[name] = [one.get(name, own) if one else own for one, own in zip(follows, said, strict=True)]
    if plan.key_field:
        titles = columns.get(plan.key_field) or [ABSENT] * count
        found["name_key"] = [name_key(title or "") for title in with_default(titles, plan.base()[plan.key_field])]
    return found, {place for place, one in enumerate(follows) if one is None}


def keys_of(plan: Plan, rule: Unique, columns: Mapping[str, Sequence[Any]], count: int) -> list[tuple[Any, ...] | None]:
    """What each row has of which there may be only one; None where the rule does not speak of it."""
    base = plan.base()
    whole = (with_default(columns[n], base[n]) if n in columns else [base[n]] * count for n in rule.fields)
    keys = list(zip(*whole, strict=True))
    applies = asked(plan, rule.applies, rule.looked_at, columns, count)
    return [key if is_meant and None not in key else None for key, is_meant in zip(keys, applies, strict=True)]


def columns_of(each: Sequence[Row]) -> dict[str, Sequence[Any]]:
    """Rows as columns."""
    return {name: [values.get(name, ABSENT) for values in each] for name in set().union(*each)}


def table_of(plan: Plan, ids: Sequence[UUID | str], said: Mapping[str, Sequence[Any]]) -> Table:
    """New rows; what nobody has said is the same in all of them, and left out where it is null."""
    base = plan.base()
    fields = {name: f.attname for name, f in plan.columns.items() if name in said}
    same = {f.attname: base[n] for n, f in plan.columns.items() if n not in said and base[n] is not None}
    whole = {name: with_default(column, base[name]) for name, column in said.items()}
    texts = [whole.get(name) or [base[name]] * len(ids) for name in plan.search_fields if name in whole or base[name]]
    found_by = map(" ".join, zip(*map(search_texts, texts), strict=True)) if texts else [""] * len(ids)
    search = list(map(search_vector, found_by))
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
    return search_vector(" ".join(search_texts([row[name] for name in plan.search_fields])))


def search_texts(values: Sequence[Any]) -> Sequence[str]:
    """Values as the texts that they are found by."""
    if set(map(type, values)) == {str}:
        return values
    return [("" if not t else " ".join(t) if isinstance(t, list) else str(t)) for t in values]


def created(plan: Plan, draft: Draft) -> Fact:
    """The fact of a new record: its values, empty ones left out; of parts, how many."""
    (after,) = told(plan, {name: [value] for name, value in draft.values.items()}) or [plan.told.copy()]
    for name, rows in draft.parts.items():
        after[name] = len(rows)
    return Fact(f"{plan.label}.created", plan.label, draft.id, None, after)


def told(plan: Plan, columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """What events say of new records with these values."""
    texts = {name: told_column(plan, name, column) for name, column in columns.items() if name != "name_key"}
    full = {name: column for name, column in texts.items() if all(column) and ABSENT not in column}
    count = len(next(iter(columns.values()), ()))
    names, each = list(full), zip(*full.values(), strict=True) if full else [()] * count
    rows = [plan.told | dict(zip(names, cells, strict=True)) for cells in each]
    for name in texts.keys() - full.keys():
        for after, value in zip(rows, texts[name], strict=True):
            if value is ABSENT:
                continue
            if value or not is_empty(value):
                after[name] = value
            else:
                after.pop(name, None)
    return rows


def told_column(plan: Plan, name: str, column: Sequence[Any]) -> Sequence[Any]:
    """The values of a column as history keeps them; texts mostly as they are."""
    kinds = set(map(type, column))
    if name in plan.sensitive:
        return [value if value is ABSENT else told_value(plan, name, value) for value in column]
    if kinds <= PLAIN:
        return column
    written = kinds - PLAIN
    told_as = AS_TOLD.get(written.pop()) if len(written) == 1 else None
    if told_as:
        return [value if type(value) in PLAIN else told_as(value) for value in column]
    return [value if value is ABSENT else told_value(plan, name, value) for value in column]


def told_value(plan: Plan, name: str, value: Any) -> Any:
    """A value as history keeps it: sensitive ones are masked, for history is read by many and kept for long."""
    if value and name in plan.sensitive:
        return masked(str(value))
    return value if type(value) is str else json_value(value)
