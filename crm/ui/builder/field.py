"""A field that holds the conditions of a list, as its address says them: written in the builder."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from django.http import QueryDict

from crm.core.actors import Actor
from crm.core.registry import Resource, registry
from crm.ui.builder.drawing import builder_of, changed
from crm.ui.builder.saying import tree_of
from crm.ui.conditions import params_of_tree, tree_of_params
from crm.ui.inputs import Entry

WRITTEN = str.maketrans({"%": "%25", "&": "%26", "+": "%2B", "#": "%23"})


def noun_of(resource: Resource, name: str, entries: Mapping[str, Entry]) -> Resource | None:
    """The noun that the conditions speak of: another field says which, or it is always the same."""
    said = resource.conditions[name]
    return registry.get(entries[said].text if said in entries else said)


def builders_set(resource: Resource, entries: Mapping[str, Entry], actor: Actor, data: QueryDict) -> None:
    """Each field of conditions is drawn as a builder: of what was sent, else of what is stored."""
    for name in resource.conditions:
        noun = noun_of(resource, name, entries)
        if noun is None or name not in entries:
            continue
        entry, said = entries[name], resource.conditions[name]
        entry.asks = said if said in entries else ""
        stored = tree_of_params(dict(parse_qsl(entry.text, keep_blank_values=True)))
        entry.builder = changed(data, noun, actor) if "built" in data else builder_of(noun, stored, actor)


def conditions_take(resource: Resource, entries: Mapping[str, Entry], data: QueryDict) -> None:
    """What was written in the builder, as the field keeps it."""
    for name in resource.conditions if "built" in data else ():
        noun = noun_of(resource, name, entries)
        if noun is not None and name in entries:
            entries[name].text = address_of(params_of_tree(tree_of(noun, data)))


def address_of(params: Mapping[str, str]) -> str:
    """Parameters as people would type them: only what an address reads otherwise is written by its number."""
    return "&".join(f"{name}={text.translate(WRITTEN)}" for name, text in params.items())
