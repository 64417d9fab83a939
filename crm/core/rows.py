"""Rows as surfaces take them: links with titles, sensitive values masked, parts and references resolved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import models

from crm.core.actors import Actor
from crm.core.permissions import masked, may_reveal, visible
from crm.core.plans import part_plan
from crm.core.registry import Part, Resource, Row, registry

REFERENCE = ("object_type", "object_id")


def title_of(label: str) -> str:
    """The field whose text names a record of this label."""
    resource = registry.get(label)
    return resource.title if resource else "name"


def may_name(label: str, actor: Actor) -> bool:
    """Whether the actor may know what the records of a noun are called; people of the team are known to all."""
    resource = registry.get(label)
    return resource is None or actor.may(resource.permission("view"))


def columns_of(resource: Resource, actor: Actor, fields: Iterable[str]) -> list[str]:
    """The columns and joins that these fields need."""
    columns: list[str] = []
    for name in fields:
        if name == "id" or (name not in resource.specs and name != "version"):
            continue
        columns.append(name)
        if (label := resource.links.get(name)) is not None:
            columns.append(f"{name}__{title_of(label)}")
            columns += [f"{name}__owner_id"] if label in actor.own_only else []
    if "object_id" in columns and "object_type" not in columns:
        columns.append("object_type")
    return columns


def rows_of(resource: Resource, actor: Actor, fields: Sequence[str], found: Sequence[Row]) -> list[Row]:
    """The rows with links as {id, title, label}; a title that the actor may not know is empty."""
    mask = [] if may_reveal(resource, actor) else [name for name in resource.sensitive if name in fields]
    for name, label in ((name, label) for name, label in resource.links.items() if name in fields):
        title, known = f"{name}__{title_of(label)}", may_name(label, actor)
        for row in found:
            text = row.pop(title)
            seen = known and (label not in actor.own_only or row.pop(f"{name}__owner_id") == actor.person)
            row[name] = None if row[name] is None else {"id": row[name], "title": text if seen else "", "label": label}
    for row in found if mask else ():
        row.update({name: masked(row[name]) for name in mask})
    for part in (part for part in resource.parts if part.name in fields):
        lines = lines_of(part, [row["id"] for row in found], actor)
        for row in found:
            row[part.name] = lines.get(row["id"], [])
    if "object_id" in fields and "object_id" in resource.specs:
        references(found, actor)
        for row in found if "object_type" not in fields else ():
            row.pop("object_type", None)
    return list(found)


def lines_of(part: Part, ids: list[UUID], actor: Actor) -> dict[UUID, list[Row]]:
    """The rows of a part, by record, with their links as id and title: one query."""
    plan, parent, lines = part_plan(part), f"{part.parent}_id", defaultdict(list)
    links = {name: target._meta.label_lower for name, target in plan.links.items()}
    titles = {name: f"{name}__{title_of(label)}" for name, label in links.items() if may_name(label, actor)}
    stored = part.model._default_manager.filter(**{f"{part.parent}__in": ids}).order_by(part.parent, "position")
    for row in stored.values(parent, *(field.attname for field in plan.fields.values()), *titles.values()):
        line = {name: row[field.attname] for name, field in plan.fields.items()}
        for name in (name for name in links if line[name]):
            title = row[titles[name]] if name in titles else ""
            line[name] = {"id": line[name], "title": title, "label": links[name]}
        lines[row[parent]].append(line)
    return lines


def titles_of(rows: models.QuerySet[Any], ids: set[Any]) -> models.QuerySet[Any, tuple[Any, str]]:
    """What these records are called: pairs of id and title."""
    return rows.filter(pk__in=ids).order_by().values_list("pk", title_of(rows.model._meta.label_lower))


def references(found: Sequence[Row], actor: Actor) -> None:
    """What `object_id` points at, as id and title: one query for all nouns on the page."""
    pointing = [row for row in found if row["object_id"]]
    labels = [
        r.label for r in registry if may_name(r.label, actor) and any(row["object_type"] == r.label for row in pointing)
    ]
    asked = [
        titles_of(
            visible(registry[label].model, actor), {row["object_id"] for row in pointing if row["object_type"] == label}
        )
        for label in labels
    ]
    titles = dict(asked[0].union(*asked[1:], all=True)) if asked else {}
    for row in pointing:
        pk = row["object_id"]
        row["object_id"] = {"id": pk, "title": titles.get(pk, ""), "label": row["object_type"]}
