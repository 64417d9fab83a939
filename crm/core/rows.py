"""Rows as surfaces take them: links with titles, sensitive values masked, parts and references resolved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import OuterRef, Subquery

from crm.core.actors import Actor
from crm.core.custom.columns import Custom
from crm.core.custom.shapes import Shape
from crm.core.permissions import is_bare, is_hidden, is_limited, masked, part_hidden, visible, within
from crm.core.plans import part_plan
from crm.core.registry import CUSTOM, Part, Resource, Row, registry

REFERENCE = ("object_type", "object_id")


def title_of(label: str) -> str:
    """The field whose text names a record of this label."""
    resource = registry.get(label)
    return resource.title if resource else "name"


def may_name(label: str, actor: Actor) -> bool:
    """Whether the actor may know what the records of a noun are called; people of the team are known to all."""
    resource = registry.get(label)
    if resource is None:
        return True
    return actor.may(resource.permission("view")) and not is_hidden(resource, resource.title, actor)


def is_kept(label: str, actor: Actor) -> bool:
    """Whether some records of a noun are kept from the actor."""
    return bool(actor.reach.see) and label in registry and is_limited(registry[label].model, actor)


def columns_of(shape: Shape, actor: Actor, fields: Iterable[str]) -> list[str]:
    """The columns and joins that these fields need; `titles_kept` says the rest."""
    columns: list[str] = []
    for name in fields:
        if name == "id" or (name not in shape.specs and name != "version"):
            continue
        if name in shape.custom:
            columns += ["custom"] if "custom" not in columns else []
            continue
        columns.append(name)
        if (label := shape.links.get(name)) is not None:
            columns += [] if is_kept(label, actor) else [f"{name}__{title_of(label)}"]
    if "object_id" in columns and "object_type" not in columns:
        columns.append("object_type")
    return columns


def titles_kept(links: Mapping[str, str], actor: Actor, fields: Iterable[str]) -> dict[str, Subquery]:
    """Titles of links to nouns of which the actor does not see every record: asked within the same statement. Links
    of the tenant's own are no columns, `custom_unpack` asks for theirs."""
    asked = (name for name in fields if name in links and not name.startswith(CUSTOM)) if actor.reach.see else ()
    named = {name: links[name] for name in asked}
    kept = {name: label for name, label in named.items() if is_kept(label, actor)}
    return {f"title_of_{name}": title_within(name, label, actor) for name, label in kept.items()}


def title_within(name: str, label: str, actor: Actor) -> Subquery:
    """What the record of a link is called, if the actor sees it."""
    rows = within(registry[label].model._default_manager.filter(pk=OuterRef(f"{name}_id")), actor)
    return Subquery(rows.order_by().values(title_of(label))[:1])


def rows_of(resource: Resource, shape: Shape, actor: Actor, fields: Sequence[str], found: Sequence[Row]) -> list[Row]:
    """The rows with links as {id, title, label}; a title that the actor may not know is empty."""
    if shape.custom:
        custom_unpack([one for name, one in shape.custom.items() if name in fields], found, actor)
    mask = [] if is_bare(resource, actor) else [name for name in shape.sensitive if name in fields]
    for name, label in shape.links.items():
        if name in fields and name not in shape.custom:
            link_fold(name, label, found, actor)
    for row in found if mask else ():
        row.update({name: masked(row[name] or "") for name in mask})
    for part in (part for part in resource.parts if part.name in fields):
        lines = lines_of(resource, part, [row["id"] for row in found], actor)
        for row in found:
            row[part.name] = lines.get(row["id"], [])
    if "object_id" in fields and "object_id" in shape.specs:
        references(found, actor, is_typed="object_type" in fields)
    return list(found)


def link_fold(name: str, label: str, found: Sequence[Row], actor: Actor) -> None:
    """A link with the columns that came beside it becomes one value."""
    title = f"title_of_{name}" if is_kept(label, actor) else f"{name}__{title_of(label)}"
    known = may_name(label, actor)
    for row in found:
        text = row.pop(title) or ""
        row[name] = None if row[name] is None else {"id": row[name], "title": text if known else "", "label": label}


def custom_unpack(custom: Sequence[Custom], found: Sequence[Row], actor: Actor) -> None:
    """The tenant's own fields out of the column in which they lie together; what they point at by title: one query."""
    if not custom:
        return
    for row in found:
        data = row.pop("custom")
        for one in custom:
            row[one.name] = one.of(data)
    links = [(one.name, one.spec.target) for one in custom if one.spec.target]
    wanted: dict[str, set[Any]] = defaultdict(set)
    for name, label in links:
        wanted[label] |= {row[name] for row in found if row[name] is not None}
    titles = titles_by_label(wanted, actor)
    for name, label in links:
        for row in found:
            pk = row[name]
            row[name] = None if pk is None else {"id": pk, "title": titles.get(pk, ""), "label": label}


def titles_by_label(wanted: Mapping[str, set[Any]], actor: Actor) -> dict[Any, str]:
    """What records of several nouns are called, as far as the actor may know: one query for all of them."""
    asked = [
        titles_of(visible(apps.get_model(label), actor), ids)
        for label, ids in wanted.items()
        if ids and may_name(label, actor)
    ]
    return dict(asked[0].union(*asked[1:], all=True)) if asked else {}


def lines_of(resource: Resource, part: Part, ids: list[UUID], actor: Actor) -> dict[UUID, list[Row]]:
    """The rows of a part, by record, with their links as id and title: one query."""
    plan, parent, lines = part_plan(part), f"{part.parent}_id", defaultdict(list)
    hidden = part_hidden(resource, part, actor)
    links = {name: target._meta.label_lower for name, target in plan.links.items()}
    kept = titles_kept(links, actor, links)
    titles = {
        name: f"title_of_{name}" if f"title_of_{name}" in kept else f"{name}__{title_of(label)}"
        for name, label in links.items()
        if may_name(label, actor)
    }
    joined = [title for title in titles.values() if title not in kept]
    stored = part.model._default_manager.filter(**{f"{part.parent}__in": ids}).order_by(part.parent, "position")
    for row in stored.values(parent, *(field.attname for field in plan.fields.values()), *joined, **kept):
        line = {name: row[field.attname] for name, field in plan.fields.items() if name not in hidden}
        for name in (name for name in links if line.get(name)):
            title = (row[titles[name]] or "") if name in titles else ""
            line[name] = {"id": line[name], "title": title, "label": links[name]}
        lines[row[parent]].append(line)
    return lines


def titles_of(rows: models.QuerySet[Any], ids: set[Any]) -> models.QuerySet[Any, tuple[Any, str]]:
    """What these records are called: pairs of id and title."""
    return rows.filter(pk__in=ids).order_by().values_list("pk", title_of(rows.model._meta.label_lower))


def references(found: Sequence[Row], actor: Actor, *, is_typed: bool) -> None:
    """What `object_id` points at, as id and title: one query for all nouns on the page; the noun stays if asked for."""
    pointing = [row for row in found if row["object_id"]]
    wanted: dict[str, set[Any]] = defaultdict(set)
    for row in (row for row in pointing if row["object_type"] in registry):
        wanted[row["object_type"]].add(row["object_id"])
    titles = titles_by_label(wanted, actor)
    for row in pointing:
        pk = row["object_id"]
        row["object_id"] = {"id": pk, "title": titles.get(pk, ""), "label": row["object_type"]}
    for row in found if not is_typed else ():
        row.pop("object_type", None)
