"""Conditions as people read them: the filter builder's own sentences in place of what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.utils.translation import get_language

from crm.automation.matching import one_noun
from crm.core.actors import Actor
from crm.core.registry import Resource, Row, registry
from crm.ui.cells import Words
from crm.ui.conditions import titles_in, tree_of_params, tree_words


def worded(resource: Resource, rows: Iterable[Row], actor: Actor) -> list[Row]:
    """Rows with sentences where they hold conditions; the records that these name are asked for once for all."""
    found = [dict(row) for row in rows]
    told = [(row, *one) for row in found for one in conditions_of(resource, row)]
    titles: dict[UUID, str] = {}
    for noun in {noun for _row, _name, noun, _tree in told}:
        titles |= titles_in(noun, [tree for _row, _name, of, tree in told if of is noun], actor)
    for row, name, noun, tree in told:
        row[name] = Words(tree_words(noun, tree, titles, get_language() or "en"))
    return found


def conditions_of(resource: Resource, row: Row) -> Iterator[tuple[str, Resource, Any]]:
    """The fields of a row that hold conditions, with the noun that these speak of and their tree."""
    for name, said in resource.conditions.items():
        about = row.get(said, "") if said in resource.specs else said
        noun = registry.get(one_noun(about) if isinstance(about, list) else str(about or ""))
        if noun is not None and (tree := tree_of(row.get(name))):
            yield name, noun, tree


def tree_of(value: Any) -> Any:
    """The tree of what is stored: a tree already, or the parameters of an address."""
    if isinstance(value, str):
        return tree_of_params(dict(parse_qsl(value, keep_blank_values=True)))
    return value if isinstance(value, Mapping) else None
