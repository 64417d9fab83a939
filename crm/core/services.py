"""Every write to a record goes through here, whoever asks: page, API, import or job. One record is a batch of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from psycopg import errors as database_errors

from crm.core.actors import Actor
from crm.core.arrivals import arrived
from crm.core.bulk import Fact, constraints_now, events_write, lines_insert, rows_insert, rows_update
from crm.core.custom.known import ask_again
from crm.core.deleting import delete_each as delete_each
from crm.core.deleting import records_delete as records_delete
from crm.core.deleting import records_restore as records_restore
from crm.core.deleting import restore_each as restore_each
from crm.core.deleting import stamp
from crm.core.drafts import Change as Change
from crm.core.drafts import (
    Draft,
    Outcome,
    derive,
    drafts_of,
    follow,
    now_of,
    settle,
)
from crm.core.drafts import external_ids_find as external_ids_find
from crm.core.errors import CrmError, Problem
from crm.core.fields import uuid7
from crm.core.following import follow_parts, forbid, gather, gathered
from crm.core.links import check_links, check_references
from crm.core.models import ExternalId, Record
from crm.core.permissions import not_yours, permit, writable
from crm.core.plans import Plan, json_value, part_plan, plan_of
from crm.core.quota import records_room_check
from crm.core.ready import Ready, created, table_of, told_value
from crm.core.ready import columns_of as by_column
from crm.core.ready import search_of as search_of
from crm.core.registry import CUSTOM, Row, registry
from crm.core.samples import own_begins
from crm.core.uniqueness import check_unique

TRIES = 3


def records_save(
    model: type[Record],
    changes: Sequence[Change],
    *,
    actor: Actor,
    dry_run: bool = False,
    keep_good: bool = False,
    ready: Ready | None = None,
) -> Outcome:
    """Create and change records in one transaction; one bad one refuses all unless `keep_good`. New ones that were
    judged and written out ahead go with them, but for those that are `held`."""
    plan = plan_newest(model, changes[0].values if changes else ())
    with transaction.atomic():
        permit_changes(plan, changes, actor, is_adding=ready is not None)
        for left in range(TRIES - 1, -1, -1):
            try:
                with transaction.atomic():
                    outcome = attempt(plan, changes, actor, keep_good, ready)
                break
            except IntegrityError as error:  # a race: the rival has committed by now, so judging again names the field
                if not left or not isinstance(
                    error.__cause__, database_errors.UniqueViolation | database_errors.ForeignKeyViolation
                ):
                    if isinstance(error.__cause__, database_errors.CheckViolation):
                        raise CrmError("invalid", _("Some values are not right."), status=422) from error
                    raise CrmError(
                        "conflict", _("Someone else changed the same data at the same moment; try again."), status=409
                    ) from error
        if dry_run or (outcome.errors and not keep_good):
            transaction.set_rollback(True)
    return outcome


def plan_newest(model: type[Record], names: Iterable[str]) -> Plan:
    """The noun's plan; looked for again where a field of the tenant's own is named that is not known here yet."""
    plan = plan_of(model)
    is_new = any(name.startswith(CUSTOM) and name not in plan.fields for name in names)
    return plan_of(model) if is_new and ask_again() else plan


def attempt(
    plan: Plan, changes: Sequence[Change], actor: Actor, keep_good: bool, ready: Ready | None = None
) -> Outcome:
    """Judge everything, then write what is good."""
    outcome = Outcome()
    drafts = drafts_of(plan, changes, actor, outcome)
    check_links(plan, drafts, actor, outcome)
    check_references(plan, drafts, actor, outcome)
    follow(plan, drafts, outcome)
    follow_parts(plan, drafts, outcome)
    derive(plan, drafts, outcome)
    settle(plan, drafts, actor, outcome)
    forbid(plan, drafts, actor, outcome)
    check_unique(plan, drafts, outcome, ready.keys if ready else None)
    if outcome.errors and not keep_good:
        return outcome
    good = {at: draft for at, draft in drafts.items() if at not in outcome.errors}
    fresh = ready.only([at for at in range(len(ready.ids)) if at not in outcome.held]) if ready else None
    new = [draft.id.hex for draft in good.values() if draft.record is None] + (fresh.ids if fresh else [])
    records_room_check(len(new))
    give_way(plan, outcome.yielding, actor)
    write(plan, [draft for draft in good.values() if draft.record is None or draft.touched], actor, fresh)
    if not actor.on_sample and (fresh or any(draft.is_ones_own for draft in good.values())):
        own_begins(plan.resource)
    arrived(plan.label, new, actor)
    outcome.saved = {at: draft.id for at, draft in good.items()}
    outcome.created = {at for at, draft in good.items() if draft.record is None}
    outcome.changed = {at for at, draft in good.items() if draft.record is not None and draft.touched}
    outcome.before = {at: before_of(plan, good[at]) for at in outcome.changed}
    return outcome


def give_way(plan: Plan, ids: set[UUID], actor: Actor) -> None:
    """Delete the samples that have what a record of the company's own is given."""
    if ids:
        rows = plan.model._default_manager.filter(pk__in=ids).defer("search")
        stamp(plan, [row for row in rows if isinstance(row, Record)], "deleted", actor)


def before_of(plan: Plan, draft: Draft) -> Row:
    """What a changed record had where it differs now, its parts with their ids: all that putting it back needs."""
    own = (name for name in draft.values if name in plan.fields)
    row = {name: getattr(draft.record, plan.fields[name].attname) for name in own}
    if draft.record is not None and draft.record.deleted_at is not None:
        row["deleted_at"] = draft.record.deleted_at
    for name, rows in draft.parts_before.items():
        row[name] = [{"id": pk, **line} for pk, line in zip(draft.part_ids[name], rows, strict=True)]
    return row


def permit_changes(plan: Plan, changes: Sequence[Change], actor: Actor, *, is_adding: bool = False) -> None:
    """Creating needs `add`, changing `change`; an outside name may do either, so it needs both."""
    resource = registry.of(plan.model)
    if any(change.id or change.external for change in changes):
        permit(actor, resource.permission("change"))
    if is_adding or any(not change.id for change in changes):
        permit(actor, resource.permission("add"))


def write(plan: Plan, drafts: Sequence[Draft], actor: Actor, ready: Ready | None = None) -> None:
    """Rows, parts and outside names, then one event each, then every deferred constraint."""
    old, new = [d for d in drafts if d.record is not None], [d for d in drafts if d.record is None]
    insert(plan, new)
    if ready:
        lines_insert(plan.model, ready.table)
    for draft in old:
        if any(name in draft.values for name in plan.search_fields):
            draft.values["search"] = search_of(plan, draft.row)
        if draft.record is not None and draft.record.deleted_at is not None:
            draft.values["deleted_at"] = None
    rows_update(plan.model, [(d.id, columns_of(plan, d)) for d in old])
    parts_write(plan, drafts)
    rows = [(plan.label, *d.external, d.id) for d in drafts if d.external]
    rows_insert(ExternalId, ("object_type", "source", "value", "object_id"), rows)
    facts = [created(plan, d) for d in new] + [changed(plan, d) for d in old]
    events_write(facts, actor, ready.events if ready else None)
    if plan.resource and plan.resource.gathers:
        targets = {d.row[plan.resource.gathers] for d in drafts} - {None}
        gather(plan.resource, targets | gathered(plan.resource, (d.record for d in old)))
    constraints_now()


def record_write(
    model: type[Record], values: Mapping[str, Any], *, actor: Actor, record: Record | None = None
) -> UUID:
    """Write what a service has judged itself, computed columns among it; permission was asked at its door."""
    plan = plan_of(model)
    now = plan.base() if record is None else now_of(plan, record)
    row = {**now, **values}
    row |= plan.derived(row)
    differing = {name: value for name, value in row.items() if record is None or now[name] != value}
    draft = Draft(record, record.pk if record else uuid7(), differing, row=row)
    with transaction.atomic():
        if differing:
            write(plan, [draft], actor)
    return draft.id


def columns_of(plan: Plan, draft: Draft) -> Row:
    """What the columns of a stored record become: the tenant's own fields lie together in one."""
    values = {name: value for name, value in draft.values.items() if name not in plan.custom}
    if len(values) < len(draft.values) and draft.record is not None:
        values["custom"] = plan.packed(draft.record.custom, draft.values)
    return values


def insert(plan: Plan, drafts: Sequence[Draft]) -> None:
    """New rows."""
    if drafts:
        columns, same = table_of(plan, [d.id for d in drafts], by_column([d.values for d in drafts]))
        rows_insert(plan.model, list(columns), list(zip(*columns.values(), strict=True)), same)


def parts_write(plan: Plan, drafts: Sequence[Draft]) -> None:
    """The parts as a whole: old rows go, new rows come."""
    for part in plan.resource.parts if plan.resource else ():
        own = [d for d in drafts if part.name in d.parts]
        stale = [d.id for d in own if d.record is not None]
        if stale:
            part.model._default_manager.filter(**{f"{part.parent}__in": stale}).delete()
        fields = part_plan(part).fields
        attnames = [f"{part.parent}_id", *(f.attname for f in fields.values())]
        rows_insert(
            part.model, attnames, [[d.id, *(row[n] for n in fields)] for d in own for row in d.parts[part.name]]
        )


def changed(plan: Plan, draft: Draft, verb: str = "changed") -> Fact:
    """The fact of a change: what was, and what is, of the fields that differ."""
    names = [name for name in draft.values if name in plan.fields and name != "name_key"]
    before = {name: told_value(plan, name, getattr(draft.record, plan.fields[name].attname)) for name in names}
    after = {name: told_value(plan, name, draft.values[name]) for name in names}
    for name, rows in draft.parts.items():
        before[name], after[name] = json_value(draft.parts_before[name]), json_value(rows)
    was_deleted = draft.record is not None and draft.record.deleted_at is not None and verb == "changed"
    return Fact(f"{plan.label}.{'restored' if was_deleted else verb}", plan.label, draft.id, before, after)


def record_save(
    model: type[Record],
    values: Mapping[str, Any],
    *,
    actor: Actor,
    id: UUID | None = None,
    version: int | None = None,
    external: tuple[str, str] | None = None,
    dry_run: bool = False,
) -> UUID:
    """Save one record, or raise what is wrong with it: all problems at once, a stale version with both values."""
    outcome = records_save(model, [Change(values, id, version, external)], actor=actor, dry_run=dry_run)
    refuse(plan_of(model), outcome, values, actor)
    return outcome.saved[0]


def refuse(plan: Plan, outcome: Outcome, values: Mapping[str, Any], actor: Actor) -> None:
    """Raise the one refusal that a batch of one has come to, if any."""
    if refusal := refusal_of(plan, outcome, values, actor):
        raise refusal


def refusal_of(
    plan: Plan, outcome: Outcome, values: Mapping[str, Any], actor: Actor, *, at: int = 0
) -> CrmError | None:
    """Why the change at this position was not made, with every problem of it; None where it was."""
    errors = outcome.errors.get(at)
    if not errors:
        return None
    if any(problem.code == "not_found" for problem in errors.get("id", ())):
        return CrmError("not_found", _("There is no such record."), status=404)
    if any(problem.code == "forbidden" for problem in errors.get("id", ())):
        return not_yours()
    if record := outcome.stale.get(at):
        known = {spec.name for spec in writable(plan.resource, actor)} if plan.resource else set()
        theirs = {
            name: json_value(getattr(record, plan.fields[name].attname))
            for name in values
            if name in known and name in plan.fields
        }
        both = {
            name: {"yours": json_value(values[name]), "theirs": value}
            for name, value in theirs.items()
            if json_value(values[name]) != value
        }
        return CrmError("stale", str(errors["version"][0].message), status=409, version=record.version, fields=both)
    problems = [problem_of(name, problem) for name, found in errors.items() for problem in found]
    return CrmError("invalid", _("Some values are not right."), status=422, errors=problems)


def problem_of(name: str, problem: Problem) -> dict[str, Any]:
    """A problem as surfaces show it: where, which kind, in words, and what would be allowed."""
    shown = {"pointer": "/" + name.replace(".", "/"), "code": problem.code, "message": str(problem.message)}
    return shown | ({"allowed": list(problem.allowed)} if problem.allowed else {})
