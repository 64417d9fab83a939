"""The OpenAPI document as one caller needs it: without what they may not do, and fields that they may not see."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from crm.api.schemas import several
from crm.api.sharing import Document, operations_of
from crm.core.actors import Actor
from crm.core.permissions import is_fixed, is_hidden, part_hidden
from crm.core.registry import Resource, registry


def narrowed(document: Document, actor: Actor) -> Document:
    """A document whose operations are the caller's already, without hidden fields and nouns that they do not see."""
    if actor.hidden_fields or actor.fixed_fields:
        for resource in registry:
            fields_drop(document, resource, actor)
    seen = {resource.model.__name__ for resource in registry if actor.may(resource.permission("view"))}
    for schema in document["components"]["schemas"].values():
        related = schema.get("properties", {}).get("included", {}).get("properties", {})
        for name in [name for name, one in related.items() if noun_of(one) and not noun_of(one) & seen]:
            del related[name]
    return document


def noun_of(related: dict[str, Any]) -> set[str]:
    """The noun that a related record is of."""
    return {found.rpartition("/")[2].removesuffix("Beside") for found in pointed_at(related)}


def pointed_at(value: Any) -> Iterator[str]:
    """The components that a value names."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from pointed_at(one)
    elif isinstance(value, list):
        for one in value:
            yield from pointed_at(one)


def fields_drop(document: Document, resource: Resource, actor: Actor) -> None:
    """Take a noun's hidden fields from what is answered, sent and asked, and the fixed ones from what is sent."""
    names = [*resource.specs, *(part.name for part in resource.parts)]
    hidden = {name for name in names if is_hidden(resource, name, actor)}
    fixed = {name for name in names if is_fixed(resource, name, actor)}
    schemas, name = document["components"]["schemas"], resource.model.__name__
    for form, gone in (("", hidden), ("Input", hidden | fixed), ("Patch", hidden | fixed)):
        schema = schemas.get(f"{name}{form}", {})
        properties_drop(schema, gone)
        for part in resource.parts:
            rows = schema.get("properties", {}).get(part.name, {})
            properties_drop(rows.get("items", {}), part_hidden(resource, part, actor))
    for about in operations_of(document):
        if hidden and about["tags"] == [resource.slug]:
            own = [one for one in about.get("parameters", ()) if kept(one, hidden)]
            about["parameters"] = [asked_less(one, resource, hidden) for one in own]


def properties_drop(schema: dict[str, Any], gone: Collection[str]) -> None:
    """Take properties from a schema."""
    for name in schema.get("properties", {}).keys() & set(gone):
        del schema["properties"][name]
    if "required" in schema:
        schema["required"] = [name for name in schema["required"] if name not in gone]


def kept(parameter: dict[str, Any], hidden: set[str]) -> bool:
    """Whether a parameter asks for something that is not hidden."""
    return parameter["in"] != "query" or parameter["name"].partition("__")[0] not in hidden


def asked_less(parameter: dict[str, Any], resource: Resource, hidden: set[str]) -> dict[str, Any]:
    """A parameter that is told no order by a hidden field."""
    if parameter["name"] != "ordering" or "pattern" not in parameter["schema"]:
        return parameter
    orders = [sign + name for name in resource.shape.sortable if name not in hidden for sign in ("", "-")]
    return {**parameter, "schema": {**parameter["schema"], "pattern": several(orders)}}
