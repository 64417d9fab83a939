"""From what was asked to what will be written: a batch of changes becomes typed, judged drafts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.cleaning import Refused, json_value
from crm.core.errors import Problem, Unfit
from crm.core.fields import uuid7s
from crm.core.models import ExternalId, Record
from crm.core.money import too_fine
from crm.core.parts import stood_before
from crm.core.permissions import (
    MASK,
    is_fixed,
    is_hidden,
    masked,
    not_yours,
    part_hidden,
    unchangeable,
    visible,
    within,
)
from crm.core.plans import Plan, part_plan
from crm.core.registry import Part, Row

MOST_PART_ROWS = 5000
Refusal = tuple[str, Problem]
Stored = tuple[list[UUID], list[Row]]  # the rows of one record's part, with their ids beside them


class Change(NamedTuple):
    """What one record should become: new without `id`; `version` as read; `external` is (source, value)."""

    values: Mapping[str, Any]
    id: UUID | None = None
    version: int | None = None
    external: tuple[str, str] | None = None


@dataclass
class Outcome:
    """What became of a batch, by position: ids, which were new, which really changed, and every refusal."""

    saved: dict[int, UUID] = field(default_factory=dict)
    created: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    errors: dict[int, dict[str, list[Problem]]] = field(default_factory=lambda: defaultdict(dict))
    stale: dict[int, Record] = field(default_factory=dict)
    before: dict[int, Row] = field(default_factory=dict)  # what changed records had in the columns that differ
    yielding: set[UUID] = field(default_factory=set)  # samples that have what a record of the company's own is given
    held: set[int] = field(default_factory=set)  # of those written out ahead: whom another record stands in the way of

    def refuse(self, at: int, name: str, problem: Problem) -> None:
        """Note why the change at this position cannot be made."""
        self.errors[at].setdefault(name, []).append(problem)


@dataclass(slots=True)
class Draft:
    """A change on its way: the stored record (None when new), the cleaned values that differ from it, and its parts."""

    record: Record | None
    id: UUID
    values: Row
    parts: dict[str, list[Row]] = field(default_factory=dict)
    parts_before: dict[str, list[Row]] = field(default_factory=dict)
    part_ids: dict[str, list[UUID]] = field(default_factory=dict)
    external: tuple[str, str] | None = None
    row: Row = field(default_factory=dict)
    leaning: set[str] = field(default_factory=set)  # parts that nobody gave, looked at since what they lean on differs
    stands_with: set[bool | None] = field(default_factory=set)  # whether what it points at is of the sample
    is_sample: bool = False

    @property
    def is_ones_own(self) -> bool:
        """Whether it is new and no trial on the sample: it stands with something else, or with nothing."""
        return self.record is None and self.stands_with - {None} != {True}

    @property
    def touched(self) -> bool:
        """Whether anything will differ."""
        return bool(self.values or self.parts) or (self.record is not None and self.record.deleted_at is not None)


@dataclass(frozen=True)
class Batch:
    """What all changes of one call share: the noun's plan, who asks, and the outcome so far."""

    plan: Plan
    actor: Actor
    outcome: Outcome
    parts: dict[str, dict[UUID, Stored]] = field(default_factory=dict)  # the stored rows, by part and record


def not_found(name: str) -> Problem:
    """The refusal of a record that is not there, or may not be seen: the two look the same."""
    text = _("There is no such record.") if name == "id" else _("Points at a record that does not exist.")
    return Problem("not_found", text)


def stored_records(plan: Plan, changes: Sequence[Change], actor: Actor) -> tuple[dict[int, UUID], dict[UUID, Record]]:
    """Find what the changes speak of, by id or by outside name, and lock it in one order."""
    wanted = {at: change.id for at, change in enumerate(changes) if change.id}
    named = {at: change.external for at, change in enumerate(changes) if change.external and not change.id}
    by_source: dict[str, set[str]] = defaultdict(set)
    for source, value in named.values():
        by_source[source].add(value)
    for source, values in by_source.items():
        known = external_ids_find(plan.label, source, values)
        wanted |= {at: known[name[1]] for at, name in named.items() if name[0] == source and name[1] in known}
    if not wanted:
        return {}, {}
    outside = {pk for at, pk in wanted.items() if at in named}
    rows = visible(plan.model, actor)
    if outside:
        rows |= within(plan.model._default_manager.filter(pk__in=outside), actor)
    found = rows.filter(pk__any_of=set(wanted.values())).defer("search").order_by("pk").select_for_update()
    records = {record.pk: record for record in found if isinstance(record, Record)}
    plan.unpack(records.values())
    return wanted, records


def external_ids_find(label: str, source: str, values: Iterable[str]) -> dict[str, UUID]:
    """Which records of a noun these outside names lead to."""
    rows = ExternalId.objects.filter(object_type=label, source=source, value__any_of=set(values))
    return dict(rows.values_list("value", "object_id"))


def drafts_of(plan: Plan, changes: Sequence[Change], actor: Actor, outcome: Outcome) -> dict[int, Draft]:
    """A draft for each change whose record is there and not stale; values cleaned, of old records what differs."""
    wanted, stored = stored_records(plan, changes, actor)
    kept = unchangeable(plan.model, stored, actor)
    batch = Batch(plan, actor, outcome, parts_stored(plan, changes, stored))
    drafts: dict[int, Draft] = {}
    named: set[Any] = set()
    ids = iter(uuid7s(len(changes)))
    for at, change in enumerate(changes):
        record = stored.get(wanted[at]) if at in wanted else None
        name = wanted.get(at) or change.external
        again = name is not None and name in named
        if (record or name) and (problem := obstacle(change, record, known=at in wanted, again=again, kept=kept)):
            outcome.refuse(at, *problem)
            if problem[0] == "version" and record is not None:
                outcome.stale[at] = record
            continue
        named.add(name)
        outside = None if at in wanted else change.external
        draft = Draft(record, record.pk if record else next(ids), {}, external=outside)
        draft.is_sample = record is not None and record.is_sample
        fill(batch, at, change, draft)
        for lacking in plan.needed - change.values.keys() if record is None else ():
            outcome.refuse(at, lacking, Problem("required", _("Must not be empty.")))
        draft.row = plan.base() if record is None else now_of(plan, record)
        draft.row.update(draft.values)
        lean(batch, draft)
        drafts[at] = draft
    return drafts


def obstacle(change: Change, record: Record | None, *, known: bool, again: bool, kept: set[UUID]) -> Refusal | None:
    """Why a change cannot be begun: its record is not there, named twice, or no longer what its writer read."""
    if known and record is None:
        return "id", not_found("id")
    if record is not None and record.pk in kept:
        return "id", Problem("forbidden", not_yours().message)
    if again:
        return "record", Problem("named_twice", _("The same record is named twice in one call."))
    if record is not None and change.version not in (None, record.version):
        text = _("Was changed by someone else in the meantime; it is now version %(version)s.")
        return "version", Problem("stale", text % {"version": record.version})
    return None


def parts_stored(plan: Plan, changes: Sequence[Change], stored: Iterable[UUID]) -> dict[str, dict[UUID, Stored]]:
    """The stored rows of the parts that the changes speak of, or of what those lean on, by part: one query each."""
    parts = plan.resource.parts if plan.resource else ()
    said = set[str]().union(*(change.values for change in changes))
    named = [part for part in parts if not said.isdisjoint((part.name, *part.leans_on))]
    ids = list(stored)
    return {part.name: parts_read(part, ids) for part in named} if ids else {}


def fill(batch: Batch, at: int, change: Change, draft: Draft) -> None:
    """Clean the given values into the draft."""
    plan, actor, outcome = batch.plan, batch.actor, batch.outcome
    record, values = draft.record, draft.values
    values |= {"owner": actor.makes_for} if record is None and actor.makes_for else {}
    guarded = plan.resource if actor.hidden_fields or actor.fixed_fields else None
    for name, raw in change.values.items():
        kept = guarded is not None and (is_hidden(guarded, name, actor) or is_fixed(guarded, name, actor))
        if kept or name not in plan.writable:
            if kept or not take_part(batch, name, raw, at, draft):
                outcome.refuse(at, name, unknown(plan, name))
            continue
        if is_mask(batch, at, name, raw, record):
            continue
        try:
            value = plan.clean[name](raw)
        except Refused as refused:
            if record is None or name not in plan.custom or raw != json_value(getattr(record, name)):
                outcome.refuse(at, name, refused.problem)  # a choice no longer offered may stay where it is
            continue
        if record is None or getattr(record, plan.fields[name].attname) != value:
            values[name] = value


def is_mask(batch: Batch, at: int, name: str, raw: Any, record: Record | None) -> bool:
    """Whether a mask was given for a sensitive value: the record's own stays as it is, any other is refused."""
    plan = batch.plan
    if name not in plan.sensitive or not isinstance(raw, str) or MASK not in raw:
        return False
    if record is None or raw != masked(str(getattr(record, plan.fields[name].attname) or "")):
        batch.outcome.refuse(at, name, Problem("masked", _("This is a mask, not the value that it stands for.")))
    return True


def unknown(plan: Plan, name: str) -> Problem:
    """The refusal of a field that is not there, or not the caller's to write."""
    if plan.shape and name in plan.shape.retired:
        text = _("The field %(label)s (%(name)s) is retired.") % {"label": plan.shape.retired[name], "name": name}
        return Problem("retired_field", text)
    if plan.shape and name in plan.shape.specs:
        return Problem("read_only", _("%(name)s cannot be written.") % {"name": name})
    return Problem("unknown_field", _("There is no field %(name)s.") % {"name": name}, tuple(sorted(plan.writable)))


def take_part(batch: Batch, name: str, raw: Any, at: int, draft: Draft) -> bool:
    """Take a part's rows into the draft if the noun has such a part."""
    plan, outcome = batch.plan, batch.outcome
    part = next((p for p in plan.resource.parts if p.name == name), None) if plan.resource else None
    if part is None or plan.resource is None:
        return False
    if not isinstance(raw, (list, tuple)) or len(raw) > MOST_PART_ROWS:
        text = _("Must be a list of at most %(limit)s rows.") % {"limit": MOST_PART_ROWS}
        outcome.refuse(at, name, Problem("type", text))
        return True
    hidden = part_hidden(plan.resource, part, batch.actor)
    seen = part.without(hidden)
    rows = [part_row(batch, seen, position, line, at) for position, line in enumerate(raw)]
    ids, before = batch.parts.get(name, {}).get(draft.id, ([], []))
    there = stood_before(seen, part_plan(part).links, rows, before) if hidden else ()
    for row, old in zip(rows, there, strict=False):
        row |= {one: value for one, value in old.items() if one in hidden}
    if draft.record is None or [written(part, row) for row in rows] != [written(part, row) for row in before]:
        draft.parts[name], draft.parts_before[name], draft.part_ids[name] = rows, before, ids
    return True


def written(part: Part, row: Row) -> list[Any]:
    """What of a part's row is written by people; the rest follows from it."""
    return [row[name] for name in part.fields]


def lean(batch: Batch, draft: Draft) -> None:
    """Stored rows of parts that nobody gave go through it all again where what they lean on differs."""
    for part in batch.plan.resource.parts if batch.plan.resource and draft.record is not None else ():
        if part.name not in draft.parts and not draft.values.keys().isdisjoint(part.leans_on):
            ids, before = batch.parts.get(part.name, {}).get(draft.id, ([], []))
            draft.parts[part.name] = [dict(row) for row in before]
            draft.parts_before[part.name], draft.part_ids[part.name] = before, ids
            draft.leaning.add(part.name)


def part_row(batch: Batch, part: Part, position: int, line: Any, at: int) -> Row:
    """One row of a part: cleaned and numbered."""
    lines, place = part_plan(part), f"{part.name}.{position}"
    row = lines.base()
    if not isinstance(line, dict):
        batch.outcome.refuse(at, place, Problem("type", _("Must be an object.")))
        return row
    for name, problem in part_fill(lines, part, line, row):
        batch.outcome.refuse(at, f"{place}.{name}", problem)
    if "position" in row:
        row["position"] = position + 1
    return row


def part_fill(lines: Plan, part: Part, line: dict[str, Any], row: Row) -> Iterator[tuple[str, Problem]]:
    """Clean a line's values into the row; yield what is wrong, by field."""
    for name, raw in line.items():
        if name in lines.writable:
            try:
                row[name] = lines.clean[name](raw)
            except Refused as refused:
                yield name, refused.problem
        elif name not in part.specs and name != "id":
            yield name, Problem("unknown_field", _("There is no field %(name)s.") % {"name": name}, part.fields)
    for name in lines.required - line.keys():
        yield name, Problem("required", _("Must not be empty."))


def parts_read(part: Part, ids: Iterable[UUID]) -> dict[UUID, Stored]:
    """The stored rows of a part, by record, in order."""
    plan = part_plan(part)
    found: dict[UUID, Stored] = defaultdict(lambda: ([], []))
    rows = part.model._default_manager.filter(**{f"{part.parent}__any_of": list(ids)}).order_by(part.parent, "position")
    names = [f.attname for f in plan.fields.values()]
    for parent, pk, *values in rows.values_list(f"{part.parent}_id", "pk", *names):
        found[parent][0].append(pk)
        found[parent][1].append(dict(zip(plan.fields, values, strict=True)))
    return found


def follow(plan: Plan, drafts: Mapping[int, Draft], outcome: Outcome) -> None:
    """Fill in what follows from other tables and from what was before: one call for all that will differ."""
    if plan.resource is None or not plan.resource.has_own("follow"):
        return
    live = {at: d for at, d in drafts.items() if at not in outcome.errors and (d.record is None or d.touched)}
    if by := plan.resource.follow_fields:
        live = {at: d for at, d in live.items() if not d.values.keys().isdisjoint(by)}
    was = {at: now_of(plan, d.record) | {"id": d.id} for at, d in live.items() if d.record is not None}
    rows = {at: d.row | d.parts for at, d in live.items()}
    for at, name, problem in plan.resource.follow(rows, was):
        outcome.refuse(at, name, problem)
    for at, row in rows.items():
        draft = live[at]
        differing = {name: value for name, value in row.items() if name in draft.row and draft.row[name] != value}
        draft.values.update(differing)
        draft.row.update(differing)


def now_of(plan: Plan, record: Record) -> Row:
    """A stored record as a row."""
    return {name: getattr(record, field.attname) for name, field in plan.fields.items()}


def derive(plan: Plan, drafts: Mapping[int, Draft], outcome: Outcome) -> None:
    """Fill in what follows from other values, then judge the rules that speak of whole rows."""
    names = plan.resource is not None and (plan.resource.has_own("derive") or plan.key_field)
    for at, draft in drafts.items():
        if at in outcome.errors:
            continue
        unfitting(plan, at, draft, outcome)
        if names and (draft.record is None or draft.values or draft.parts):
            try:
                complete(plan, draft)
            except Unfit as unfit:
                outcome.refuse(at, unfit.field, unfit.problem)
        for name, problem in too_fine(draft.row, given_amounts(plan, draft.values)):
            outcome.refuse(at, name, problem)
        for rule in plan.rules:
            if rule.broken(draft.row):
                outcome.refuse(at, rule.field, Problem(rule.name, rule.message))


def unfitting(plan: Plan, at: int, draft: Draft, outcome: Outcome) -> None:
    """Refuse values that do not go together, if one of them was given; asked before others follow from them."""
    for fit in plan.resource.fits if plan.resource else ():
        if fit.is_asked(draft.values) and fit.broken(draft.row):
            outcome.refuse(at, fit.field, fit.problem)


def given_amounts(plan: Plan, differing: Row) -> Sequence[str]:
    """The amounts that differ, or are in another currency: what was stored by other rules stands in nobody's way."""
    names = plan.resource.amounts if plan.resource else ()
    return names if "currency" in differing else [name for name in names if name in differing]


def complete(plan: Plan, draft: Draft) -> None:
    """Give a draft the values that follow from its own."""
    for name, value in plan.derived(draft.row | draft.parts if draft.parts else draft.row).items():
        if draft.record is None or draft.row[name] != value:
            draft.values[name] = draft.row[name] = value


def settle(plan: Plan, drafts: Mapping[int, Draft], actor: Actor, outcome: Outcome) -> None:
    """Ask the noun what follows from who writes, and what they may not say."""
    if plan.resource is None or not plan.resource.has_own("settle"):
        return
    for at, draft in drafts.items():
        if at in outcome.errors or not (draft.record is None or draft.values):
            continue
        values, problems = plan.resource.settle(draft.row, actor)
        for name, problem in problems.items():
            outcome.refuse(at, name, problem)
        draft.values |= {n: v for n, v in values.items() if draft.record is None or draft.row[n] != v}
        draft.row |= values


def is_empty(value: Any) -> bool:
    """Whether a value says nothing."""
    return value is None or value == "" or value == []
