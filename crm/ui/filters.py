"""The filters of a list as people see them: chips above the table, and the builder of one more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.apps import apps
from django.conf import settings

from crm.core.actors import Actor
from crm.core.permissions import readable
from crm.core.querying import IN_LIST
from crm.core.registry import Resource, registry
from crm.core.specs import FieldSpec
from crm.ui.conditions import (
    NOT_FILTERS,
    field_at,
    items_of,
    joined,
    label_at,
    leaf_of,
    operation_words,
    titles_in,
    tree_read,
    tree_words,
    value_words,
    written,
)
from crm.ui.people import titles_of


@dataclass(frozen=True)
class Chip:
    """One filter in force, and the address of the list without it."""

    key: str
    label: str
    operation: str
    value: str
    without: str


def filterable(resource: Resource, actor: Actor) -> list[FieldSpec]:
    """The fields that may be filtered by this actor, by their labels."""
    found = [spec for spec in readable(resource, actor) if spec.filterable and spec.kind not in ("json", "reference")]
    return sorted(found, key=lambda spec: str(spec.label).casefold())


def chips_of(
    resource: Resource, params: Mapping[str, str], *, actor: Actor, language: str, is_whole: bool = False
) -> list[Chip]:
    """The filters in force; on a list quick filters show themselves, so they have no chip."""
    keys = [key for key in params if key not in NOT_FILTERS and (is_whole or key not in resource.quick)]
    leaves = [(key, leaf_of(key, params[key])) for key in keys]
    leaves = [(key, leaf) for key, leaf in leaves if field_at(resource, leaf["field"]) is not None]
    items = items_of(tree_read(params.get("where", "")))
    titles = titles_in(resource, [*(leaf for _key, leaf in leaves), *items], actor)
    found = []
    for key, leaf in leaves:
        _noun, spec = field_at(resource, leaf["field"]) or (resource, resource.specs[resource.title])
        op, value = leaf["op"], leaf["value"]
        words = (operation_words(spec, op, value), value_words(spec, op, value, titles, language))
        found.append(Chip(key, label_at(resource, leaf["field"]), *words, without(params, key)))
    found += list_chip(params, actor)
    for at, item in enumerate(items):
        left = joined([*items[:at], *items[at + 1 :]])
        text = tree_words(resource, item, titles, language)
        address = without({**params, "where": written(left)} if left else params, "" if left else "where")
        found.append(Chip("where", "", text, "", address))
    return found


def list_chip(params: Mapping[str, str], actor: Actor) -> list[Chip]:
    """The list that somebody put together by hand, where only its members are shown."""
    if not params.get(IN_LIST):
        return []
    pk = UUID(params[IN_LIST])  # a list that is none has been refused by the filter language
    lists = registry.of(apps.get_model(settings.LIST_MEMBERS)._meta.get_field("list").related_model)
    name = titles_of([(lists.label, pk)], actor).get(pk, "")
    return [Chip(IN_LIST, str(lists.name), "", name, without(params, IN_LIST))]


def without(params: Mapping[str, str], key: str) -> str:
    """The address of the list without one filter."""
    return f"?{urlencode({name: value for name, value in params.items() if name not in (key, 'cursor')})}"
