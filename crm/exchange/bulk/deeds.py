"""A bulk change done to some records, and taken back: by the same calls as a page makes for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from crm.core.actors import Actor
from crm.core.cleaning import json_value
from crm.core.deleting import delete_each, restore_each
from crm.core.drafts import Change
from crm.core.errors import CrmError
from crm.core.permissions import visible
from crm.core.plans import plan_of
from crm.core.registry import Resource, Row
from crm.core.services import records_save
from crm.core.takeback import records_put_back
from crm.core.verbs import verb_run
from crm.exchange.bulk.asking import ADD, DELETE, EDIT, VERB, Deed


@dataclass
class Done:
    """What became of some records: what the changed ones had before, and why others were refused."""

    before: dict[UUID, Row] = field(default_factory=dict)
    refused: dict[UUID, str] = field(default_factory=dict)


def deed_do(resource: Resource, deed: Deed, ids: Sequence[UUID], actor: Actor) -> Done:
    """Do it to these."""
    if deed.do == DELETE:
        refusals = delete_each(resource.model, dict.fromkeys(ids), actor=actor)
        gone: dict[UUID, Row] = {pk: {} for pk in ids if pk not in refusals}
        return Done(gone, {pk: str(one.message) for pk, one in refusals.items()})
    if deed.do == VERB:
        return verb_do(resource, deed, ids, actor)
    values = [deed.values] * len(ids) if deed.do == EDIT else list(words_changed(resource, deed, ids, actor))
    changes = [Change(one, pk) for one, pk in zip(values, ids, strict=True)]
    outcome = records_save(resource.model, changes, actor=actor, keep_good=True)
    done = Done({outcome.saved[at]: json_value(outcome.before[at]) for at in outcome.changed})
    for at, errors in outcome.errors.items():
        labels = {name: str(spec.label) for name, spec in resource.specs.items()}
        texts = [f"{labels[name]}: {one.message}" if name in labels else str(one.message)
                 for name, found in errors.items() for one in found]  # fmt: skip
        done.refused[ids[at]] = " ".join(texts)
    return done


def words_changed(resource: Resource, deed: Deed, ids: Sequence[UUID], actor: Actor) -> list[Row]:
    """The lists of these records with words added or taken out."""
    rows = {row.pk: row for row in visible(resource.model, actor).filter(pk__any_of=list(ids)).defer("search")}
    plan_of(resource.model).unpack(rows.values())
    return [
        {name: words_of(getattr(rows.get(pk), name, None), deed.do, words) for name, words in deed.values.items()}
        for pk in ids
    ]


def words_of(now: Any, do: str, words: Sequence[str]) -> list[str]:
    """A list with words added behind, or without them."""
    held = list(now or [])
    if do == ADD:
        return [*held, *(one for one in words if one not in held)]
    return [one for one in held if one not in words]


def verb_do(resource: Resource, deed: Deed, ids: Sequence[UUID], actor: Actor) -> Done:
    """An action on each, one after the other; one that is refused keeps the others from nothing."""
    done, was = Done(), columns_of(resource, ids, actor)
    for pk in ids:
        try:
            with transaction.atomic():
                verb_run(resource, deed.verb, pk, actor=actor, inputs=deed.values)
        except CrmError as refusal:
            problems: Any = refusal.details.get("errors") or []
            done.refused[pk] = " ".join(str(one["message"]) for one in problems) or str(refusal.message)
    now = columns_of(resource, [pk for pk in ids if pk not in done.refused], actor)
    for pk, row in now.items():
        done.before[pk] = json_value({name: value for name, value in was[pk].items() if row[name] != value})
    return done


def columns_of(resource: Resource, ids: Sequence[UUID], actor: Actor) -> dict[UUID, Row]:
    """All columns of these records."""
    plan = plan_of(resource.model)
    rows = list(visible(resource.model, actor.authorised()).filter(pk__any_of=list(ids)).defer("search"))
    plan.unpack(rows)
    return {row.pk: {name: getattr(row, column.attname) for name, column in plan.fields.items()} for row in rows}


def deed_undo(resource: Resource, deed: Deed, before: Mapping[UUID, Row], actor: Actor) -> dict[UUID, str]:
    """Take it back; the records that could not be, and why."""
    if deed.do == DELETE:
        return {pk: str(one.message) for pk, one in restore_each(resource.model, before, actor=actor).items()}
    changed = {pk: row for pk, row in before.items() if row}
    back = records_put_back(resource.model, changed, actor=actor)
    return dict.fromkeys(changed.keys() - back, "")
