"""Who may see and do what: asked by every surface, answered in one place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.models import Record
from crm.core.registry import Part, Resource, registry
from crm.core.specs import FieldSpec

MASK = "•"
M = TypeVar("M", bound=models.Model)


def permit(actor: Actor, permission: str) -> None:
    """Refuse unless the actor holds the permission."""
    if not actor.may(permission):
        raise CrmError(
            "forbidden",
            lacking(permission),
            status=403,
            permission=permission,
        )


def lacking(permission: str) -> str:
    """That a permission is missing, in words."""
    return _("You may not do this: the permission %(permission)s is missing.") % {"permission": permission}


def visible(model: type[M], actor: Actor) -> QuerySet[M]:
    """The live rows that the actor may see."""
    rows = model._default_manager.all()
    return within(rows.filter(deleted_at__isnull=True), actor) if issubclass(model, Record) else rows


def within(rows: QuerySet[M], actor: Actor) -> QuerySet[M]:
    """Of these rows, deleted ones included, those that the actor may see: records are kept apart nowhere else."""
    if not is_limited(rows.model, actor):
        return rows
    rows = rows.filter(seen_if(rows.model._meta.label_lower, actor))
    if is_attached(rows.model):  # what stands with a record is seen by whoever sees that record
        for label in (one.label for one in registry if is_apart(one.label, actor)):
            rows = rows.filter(~Q(object_type=label) | Q(object_id__in=seen_ids(label, actor)))
    return rows


def is_limited(model: type[models.Model], actor: Actor) -> bool:
    """Whether there may be records of this noun that the actor does not see."""
    return bool(actor.reach.see) and (is_apart(model._meta.label_lower, actor) or is_attached(model))


def is_apart(label: str, actor: Actor) -> bool:
    """Whether the role keeps some records of a noun from the actor, or some of those that they are a piece of."""
    return label in actor.reach.see or any(is_apart(whole, actor) for whole in wholes_of(label).values())


def wholes_of(label: str) -> dict[str, str]:
    """The links of a noun to what its records are a piece of, with the nouns that they point at."""
    resource = registry.get(label)
    return {name: resource.plain.links[name] for name in resource.piece_of} if resource is not None else {}


def is_attached(model: type[models.Model]) -> bool:
    """Whether records of this noun stand with others, of any noun."""
    resource = registry.get(model._meta.label_lower)
    return resource is not None and "object_id" in resource.plain.specs and "object_type" in resource.plain.specs


def seen_if(label: str, actor: Actor) -> Q:
    """The condition under which records of a noun are seen: for themselves, and with what they are a piece of."""
    condition = actor.reach.see.get(label)
    found = condition(actor) if condition else Q()
    for link, whole in wholes_of(label).items():
        if is_apart(whole, actor):
            found &= Q(**{link: None}) | Q(**{f"{link}__in": seen_ids(whole, actor)})
    return found


def seen_ids(label: str, actor: Actor) -> QuerySet[Any, Any]:
    """The records of a noun that the actor sees, as the inner part of a question."""
    return registry[label].model._default_manager.filter(seen_if(label, actor)).values("pk")


def unchangeable(model: type[models.Model], ids: Collection[UUID], actor: Actor) -> set[UUID]:
    """Which of these records the actor may see but not change."""
    condition, closed = actor.reach.change.get(model._meta.label_lower), reserved(model, actor)
    if not ids or (condition is None and not closed):
        return set()
    mine = model._default_manager.filter(condition(actor) if condition else Q(), ~closed, pk__in=ids)
    return set(ids) - set(mine.values_list("pk", flat=True))


def reserved(model: type[models.Model], actor: Actor) -> Q:
    """The records that only those with a further permission write, where the actor has none."""
    resource, found = registry.get(model._meta.label_lower), Q()
    if resource is not None:
        for verb, which in resource.reserved.items():
            found |= Q() if actor.may(resource.permission(verb)) else which
    return found


def may_change(resource: Resource, id: UUID, actor: Actor, action: str = "change") -> bool:
    """Whether the actor may do this to a record that it sees."""
    return actor.may(resource.permission(action)) and not unchangeable(resource.model, [id], actor)


def not_yours() -> CrmError:
    """The refusal of a change to a record that the actor only sees."""
    return CrmError("forbidden", _("You may see this record, but not change it."), status=403)


def is_hidden(resource: Resource, name: str, actor: Actor) -> bool:
    """Whether the actor's role hides this field or part from it, or another one that could be read from it."""
    kept, label = actor.hidden_fields, resource.label
    if not kept:
        return False
    telling = (one for one, told in resource.tells.items() if name in told)
    return resource.told_by.get(name) in kept or any(f"{label}.{one}" in kept for one in (name, *telling))


def fields_permit(resource: Resource, names: Collection[str], actor: Actor) -> None:
    """Refuse what cannot be told without fields that the actor's role hides: a sum of them, a paper that says them."""
    kept = [name for name in names if is_hidden(resource, name, actor)]
    if kept:
        known: dict[str, Any] = {spec.name: spec.label for spec in resource.specs.values()}
        known |= {part.name: part.label for part in resource.parts}
        text = _("Your role does not show you what this is made of: %(names)s.")
        told = ", ".join(str(known.get(name, name)) for name in kept)
        raise CrmError("forbidden", text % {"names": told}, status=403)


def is_unbound(actor: Actor) -> bool:
    """Whether nothing is kept from the actor, no record, field or masked value: it may look over others' shoulders."""
    masked = (one for one in registry if one.shape.sensitive)
    return not (actor.reach.see or actor.hidden_fields) and all(actor.may(one.permission("reveal")) for one in masked)


def values_shown(resource: Resource, values: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """Of the values that history keeps, those that the actor may read; where some of a noun are hidden, columns behind
    the scenes are, too: others could be told from them."""
    told = {resource.label, *(one.rpartition(".")[0] for one in resource.told_by.values())}
    if not any(field.rpartition(".")[0] in told for field in actor.hidden_fields):
        return dict(values)
    parts = {part.name: part_hidden(resource, part, actor) for part in resource.parts}
    return {
        name: rows_shown(value, parts.get(name, frozenset()))
        for name, value in values.items()
        if name in {*resource.specs, *parts} and not is_hidden(resource, name, actor)
    }


def rows_shown(value: Any, hidden: frozenset[str]) -> Any:
    """The rows of a part as history keeps them, without these fields; any other value as it is."""
    if not hidden or not isinstance(value, list):
        return value
    return [{name: one for name, one in row.items() if name not in hidden} for row in value]


def part_hidden(resource: Resource, part: Part, actor: Actor) -> frozenset[str]:
    """The fields of a part's rows that are kept from the actor."""
    if not actor.hidden_fields:
        return frozenset()
    return frozenset(name for name in part.specs if is_hidden(resource, part.path(name), actor))


def is_fixed(resource: Resource, name: str, actor: Actor) -> bool:
    """Whether the actor's role shows this field to it, but does not let it be changed."""
    return bool(actor.fixed_fields) and f"{resource.label}.{name}" in actor.fixed_fields


def readable(resource: Resource, actor: Actor) -> list[FieldSpec]:
    """The fields that the actor may read, in order."""
    every = resource.specs.values()
    return [spec for spec in every if not is_hidden(resource, spec.name, actor)] if actor.hidden_fields else list(every)


def writable(resource: Resource, actor: Actor) -> list[FieldSpec]:
    """The fields that the actor may write, in order."""
    return [spec for spec in readable(resource, actor) if spec.writable and not is_fixed(resource, spec.name, actor)]


def whole_permit(resource: Resource, actor: Actor) -> None:
    """Refuse a form that makes no sense without a field that the actor may not write."""
    own = {spec.name for spec in writable(resource, actor)}
    kept = [str(spec.label) for spec in resource.specs.values() if spec.writable and spec.name not in own]
    if kept:
        text = _("Your role does not let you write what this form needs: %(names)s.")
        raise CrmError("forbidden", text % {"names": ", ".join(kept)}, status=403)


def parts_shown(resource: Resource, actor: Actor) -> list[Part]:
    """The parts that the actor may read, with the fields of their rows that it may."""
    shown = (part for part in resource.parts if not is_hidden(resource, part.name, actor))
    return [part.without(part_hidden(resource, part, actor)) for part in shown]


def parts_writable(resource: Resource, actor: Actor) -> list[Part]:
    """The parts that the actor may write."""
    return [part for part in parts_shown(resource, actor) if not is_fixed(resource, part.name, actor)]


def may_reveal(resource: Resource, actor: Actor) -> bool:
    """Whether the actor may ask for sensitive values in full."""
    return actor.may(resource.permission("reveal"))


def is_bare(resource: Resource, actor: Actor) -> bool:
    """Whether sensitive values are read in full: by the system itself, and by who asked for it and may."""
    return actor.kind == "system" or (actor.reveals and may_reveal(resource, actor))


def masked(value: str) -> str:
    """A sensitive value as others see it: only its last two characters."""
    return "" if not value else MASK * max(4, len(value) - 2) + value[-2:]
