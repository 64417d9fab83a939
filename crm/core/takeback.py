"""Taking writes back: records put back as they were, records removed for good. The undo of an import is made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import models, transaction

from crm.core.actors import Actor
from crm.core.bulk import Fact, constraints_now, events_write, rows_insert, rows_update
from crm.core.drafts import Draft, Outcome, parts_read
from crm.core.following import gather, gathered
from crm.core.models import ExternalId, Record
from crm.core.permissions import is_fixed, is_hidden, permit, unchangeable, visible
from crm.core.plans import Plan, json_value, part_plan, plan_of
from crm.core.registry import Part, Resource, Row, registry
from crm.core.removing import rows_remove
from crm.core.services import changed, columns_of, search_of
from crm.core.uniqueness import check_unique

TYPED = (models.DecimalField, models.DateField, models.TimeField, models.UUIDField, models.ForeignKey)


def typed(field: models.Field[Any, Any], value: Any) -> Any:
    """A value kept as JSON in the type of its column; texts are taken as they were, not cleaned again."""
    return field.to_python(value) if isinstance(field, TYPED) else value


def records_put_back(model: type[Record], before: Mapping[UUID, Mapping[str, Any]], *, actor: Actor) -> set[UUID]:
    """Give live records the values they had (`Outcome.before` as JSON), none cleaned or judged anew, one event each.

    A record whose unique value somebody else has taken since is left as it is; the ids of the others are returned."""
    plan, resource = plan_of(model), registry.of(model)
    with transaction.atomic():
        permit(actor, resource.permission("change"))
        rows = visible(model, actor).filter(pk__any_of=list(before)).defer("search").order_by("pk").select_for_update()
        kept = unchangeable(model, list(before), actor) | untouchable(resource, before, actor)
        drafts = dict(enumerate(drafts_back(plan, [row for row in rows if row.pk not in kept], before)))
        outcome = Outcome()
        check_unique(plan, drafts, outcome)
        good = [draft for at, draft in drafts.items() if at not in outcome.errors]
        rows_update(model, [(d.id, columns_of(plan, d)) for d in good])
        for part in plan.resource.parts if plan.resource else ():
            parts_put_back(part, [draft for draft in good if part.name in draft.parts])
        verbs = ("deleted" if draft.values.get("deleted_at") else "changed" for draft in good)
        events_write([changed(plan, draft, verb) for draft, verb in zip(good, verbs, strict=True)], actor)
        now = {draft.values[resource.gathers] for draft in good if resource.gathers in draft.values}
        gather(resource, gathered(resource, (draft.record for draft in good)) | now)
        constraints_now()
    return {draft.id for draft in good}


def untouchable(resource: Resource, before: Mapping[UUID, Mapping[str, Any]], actor: Actor) -> set[UUID]:
    """The records of which a field would be put back that the actor may not write: they stay as they are."""
    own = {name for name, spec in resource.specs.items() if spec.writable} | {part.name for part in resource.parts}
    shut = {name for name in own if is_fixed(resource, name, actor) or is_hidden(resource, name, actor)}
    return {pk for pk, row in before.items() if not shut.isdisjoint(row)}


def drafts_back(plan: Plan, rows: list[Any], before: Mapping[UUID, Mapping[str, Any]]) -> list[Draft]:
    """What the records will be again."""
    plan.unpack(rows)
    parts = {part.name: part for part in (plan.resource.parts if plan.resource else ())}
    now = {name: parts_read(part, [row.pk for row in rows]) for name, part in parts.items()}
    found = []
    for row in rows:
        kept = before[row.pk]
        values = {name: typed(plan.fields[name], value) for name, value in kept.items() if name in plan.fields}
        if kept.get("deleted_at"):
            values["deleted_at"] = typed(plan.model._meta.get_field("deleted_at"), kept["deleted_at"])  # type: ignore[arg-type]  # a column
        was = {n: getattr(row, f.attname) for n, f in plan.fields.items()} | values
        draft = Draft(row, row.pk, values, row=was, is_sample=True)  # what was there makes nothing give way
        for name in parts.keys() & kept.keys():
            draft.parts[name] = [line_back(parts[name], line) for line in kept[name]]
            draft.parts_before[name] = now[name][row.pk][1]
        if not values.keys().isdisjoint(plan.search_fields):
            draft.values["search"] = search_of(plan, draft.row)
        found.append(draft)
    return found


def line_back(part: Part, line: Mapping[str, Any]) -> Row:
    """A line as it was, with its id."""
    fields = {"id": part.model._meta.get_field("id"), **part_plan(part).fields}
    return {name: typed(field, line[name]) for name, field in fields.items()}  # type: ignore[arg-type]  # columns only


def parts_put_back(part: Part, drafts: list[Draft]) -> None:
    """The lines of these records as they were, under the ids they had."""
    part.model._default_manager.filter(**{f"{part.parent}__any_of": [draft.id for draft in drafts]}).delete()
    names = ["id", *part_plan(part).fields]
    fields = part_plan(part).fields
    attnames = [f"{part.parent}_id", "id", *(field.attname for field in fields.values())]
    rows = [[draft.id, *(line[name] for name in names)] for draft in drafts for line in draft.parts[part.name]]
    rows_insert(part.model, attnames, rows)


def records_remove(model: type[Record], ids: Iterable[UUID], *, actor: Actor) -> int:
    """Remove live records with their parts and outside names for good, as if they had never been; one event each."""
    resource = registry.of(model)
    with transaction.atomic():
        permit(actor, resource.permission("delete"))
        ids = set(ids)
        found = visible(model, actor).filter(pk__any_of=list(ids - unchangeable(model, ids, actor)))
        sums = gathered(resource, found if resource.gathers else ())
        titles: dict[UUID, Any] = dict(found.order_by("pk").select_for_update().values_list("pk", resource.title))
        ExternalId.objects.filter(object_type=resource.label, object_id__any_of=list(titles)).delete()
        rows_remove(model, list(titles))
        facts = [fact_of(resource.label, pk, {resource.title: json_value(title)}) for pk, title in titles.items()]
        events_write(facts, actor)
        gather(resource, sums)
        constraints_now()
    return len(titles)


def fact_of(label: str, pk: UUID, before: Row) -> Fact:
    """The fact of a removed record."""
    return Fact(f"{label}.deleted", label, pk, before, {})
