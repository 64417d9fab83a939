"""Related records beside rows, in both directions: one query for each relation, however many rows there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, UUIDField, Window
from django.db.models.functions import Cast, RowNumber
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.outside import external_ids_read
from crm.core.permissions import is_hidden, permit, readable, visible
from crm.core.registry import Resource, Row, registry
from crm.core.rows import columns_of, rows_of, titles_kept

MOST_RELATIONS, MOST_RELATED = 5, 20
REFERENCE = "object_id"  # of any noun, with its object_type
OUTSIDE = "external_ids"  # no relation, but beside the record, too: how other systems call it


@dataclass(frozen=True)
class Relation:
    """A way from one noun to another: by a field of its own, or by a field of the other that points here."""

    name: str
    target: str
    field: str
    is_own: bool


@dataclass(frozen=True)
class Inclusion:
    """A relation that was asked for, and which fields of its records."""

    relation: Relation
    fields: tuple[str, ...]


def relations_of(label: str) -> dict[str, Relation]:
    """Every relation of a noun, by its name: links by their field, others by the address of the noun that points."""
    resource = registry[label]
    own = [Relation(name, target, name, True) for name, target in resource.links.items() if target in registry]
    pointing = [(other, field) for other, field in registry.pointing_at(label) if field not in other.shape.custom]
    often = Counter(other.slug for other, _field in pointing)
    others = [
        Relation(other.slug if often[other.slug] == 1 else f"{other.slug}_by_{field}", other.label, field, False)
        for other, field in pointing
    ]
    return {relation.name: relation for relation in (*others, *own)}


def relations_for(resource: Resource, actor: Actor) -> dict[str, Relation]:
    """The relations that an actor may follow."""

    def may(relation: Relation) -> bool:
        holder = resource if relation.is_own else registry[relation.target]
        return actor.may(registry[relation.target].permission("view")) and not is_hidden(holder, relation.field, actor)

    return {name: one for name, one in relations_of(resource.label).items() if may(one)}


def inclusions_of(resource: Resource, text: str, fields: Sequence[str], *, actor: Actor) -> list[Inclusion]:
    """Read `include=orders,parent`; `fields` may hold `orders.number`: then only those of the relation."""
    names = list(dict.fromkeys(name for name in text.split(",") if name))
    may = relations_for(resource, actor)
    unknown = [name for name in names if name not in may and name != OUTSIDE]
    strange = [name for name in fields if name.partition(".")[0] not in names or name.startswith(f"{OUTSIDE}.")]
    if unknown or strange or len(names) > MOST_RELATIONS:
        message = _("include takes up to %(max)s relations of this noun.") % {"max": MOST_RELATIONS}
        if strange:
            message = _("Fields with a point belong to a relation that include names.")
        allowed = sorted({*may, OUTSIDE})
        raise CrmError("unknown_relation", message, parameter="fields" if strange else "include", allowed=allowed)
    beside = Inclusion(Relation(OUTSIDE, "", "", False), ())
    return [Inclusion(may[n], fields_of(may[n], fields, actor)) if n in may else beside for n in names]


def fields_of(relation: Relation, asked: Sequence[str], actor: Actor) -> tuple[str, ...]:
    """The fields of a relation's records: those asked for, else all that the actor may read."""
    target = registry[relation.target]
    permit(actor, target.permission("view"))
    allowed = [spec.name for spec in readable(target, actor)]
    own = [name.partition(".")[2] for name in asked if name.partition(".")[0] == relation.name]
    for name in own:
        if name not in (*allowed, "id", "version"):
            message = _("There is no field %(name)s.") % {"name": name[:80]}
            raise CrmError("unknown_field", message, parameter="fields", allowed=allowed)
    return tuple(own or (*allowed, "version"))


def own_fields(inclusions: Sequence[Inclusion]) -> list[str]:
    """The links of the noun itself that must be read so that they can be followed."""
    return [one.relation.field for one in inclusions if one.relation.is_own]


def include(resource: Resource, rows: Sequence[Row], inclusions: Sequence[Inclusion], *, actor: Actor) -> None:
    """Put `included` into each row, which must hold the links that are followed."""
    for row in rows if inclusions else ():
        row["included"] = {}
    for one in inclusions:
        if one.relation.name == OUTSIDE:
            known = external_ids_read(resource.label, [row["id"] for row in rows])
            for row in rows:
                row["included"][OUTSIDE] = known.get(row["id"], [])
        elif one.relation.is_own:
            include_own(rows, one, actor)
        else:
            include_pointing(resource, rows, one, actor)


def include_own(rows: Sequence[Row], one: Inclusion, actor: Actor) -> None:
    """The record that a link points at; null where it points nowhere, or where the actor may not look."""
    target, name = registry[one.relation.target], one.relation.field
    wanted = {row[name]["id"] for row in rows if row[name]}
    found = visible(target.model, actor).filter(pk__in=wanted).order_by()
    kept = titles_kept(target.shape.links, actor, one.fields)
    stored = list(found.values("id", *columns_of(target.shape, actor, one.fields), **kept)) if wanted else []
    read = {row["id"]: row for row in rows_of(target, target.shape, actor, one.fields, stored)}
    for row in rows:
        row["included"][one.relation.name] = read.get(row[name]["id"]) if row[name] else None


def include_pointing(resource: Resource, rows: Sequence[Row], one: Inclusion, actor: Actor) -> None:
    """The first records that point here, in their noun's order, and how many there are."""
    target, columns = registry[one.relation.target], columns_of(registry[one.relation.target].shape, actor, one.fields)
    found = pointing(resource, [row["id"] for row in rows], one.relation, actor)
    kept = titles_kept(target.shape.links, actor, one.fields)
    stored = list(found.values("id", "points_at", "related_count", *columns, **kept)) if rows else []
    parents = [(row.pop("points_at"), row.pop("related_count")) for row in stored]
    lists: dict[UUID, dict[str, Any]] = {row["id"]: {"count": 0, "results": []} for row in rows}
    for (parent, many), row in zip(parents, rows_of(target, target.shape, actor, one.fields, stored), strict=True):
        lists[parent]["count"] = many
        lists[parent]["results"].append(row)
    for row in rows:
        row["included"][one.relation.name] = lists[row["id"]]


def pointing(resource: Resource, ids: Sequence[UUID], relation: Relation, actor: Actor) -> QuerySet[Any]:
    """The first records of each that point at these, with how many there are of each."""
    target, key = registry[relation.target], relation.field
    key = key if key == REFERENCE else f"{key}_id"
    found = visible(target.model, actor).filter(**{f"{key}__in": ids})
    if key == REFERENCE:
        found = found.filter(Q(object_type=resource.label))
    column = F(target.ordering.removeprefix("-"))
    order = column.desc(nulls_last=True) if target.ordering.startswith("-") else column.asc(nulls_last=True)
    ranked = found.annotate(
        points_at=Cast(key, UUIDField()),  # not the bare column: Django would take the two for one
        place_here=Window(RowNumber(), partition_by=F(key), order_by=[order, F("id").desc()]),
        related_count=Window(Count("pk"), partition_by=F(key)),
    )
    return ranked.filter(place_here__lte=MOST_RELATED).order_by("points_at", "place_here")
