"""The types of answers as JSON Schema: what the code fills in is what the OpenAPI document says."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict
from uuid import UUID

from django.utils.functional import Promise

from crm.api.schemas import SHARED, TEXT, Schema, in_list, or_null, ref

PLAIN: dict[Any, Schema] = {
    str: TEXT,
    Promise: TEXT,
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Decimal: {"type": "string", "format": "decimal"},
    UUID: {"type": "string", "format": "uuid"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    Any: {},
}
MADE: dict[str, type] = {}  # by the name in the document
LISTS, MAPS = (list, tuple, Sequence), (dict, Mapping)


def typed(cls: type) -> Schema:
    """A reference to the schema of a TypedDict or a dataclass, which answers hold as it is."""
    name = f"{cls.__name__.removesuffix('Told')}Told"  # nouns are called by their own names
    if MADE.setdefault(name, cls) is not cls:
        raise TypeError(f"{cls} and {MADE[name]} would have one name")
    if name not in SHARED:
        SHARED[name] = {}  # what is described may hold others of its kind
        hints = get_type_hints(cls)
        needed = getattr(cls, "__required_keys__", hints.keys())
        SHARED[name] = {
            "type": "object",
            "required": [one for one in hints if one in needed],
            "properties": {one: of_hint(hint) for one, hint in hints.items()},
        }
    return ref(name)


def listed(cls: type, key: str = "results") -> Schema:
    """An answer that holds a list of them."""
    return in_list(typed(cls), key)


def of_hint(hint: Any) -> Schema:
    """One annotation; one that is not known here is a mistake of ours."""
    if hint in PLAIN:
        return PLAIN[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        kinds = [of_hint(one) for one in inner if one is not type(None)]
        one = kinds[0] if all(kind == kinds[0] for kind in kinds) else {"anyOf": kinds}
        return or_null(one) if type(None) in inner else one
    if origin is Literal:
        return {"type": "string", "enum": list(inner)}
    if origin in LISTS:
        return {"type": "array", "items": of_hint(inner[0])}
    if origin in MAPS:
        return {"type": "object", "additionalProperties": of_hint(inner[1])}
    if is_typeddict(hint) or is_dataclass(hint):
        return typed(hint)
    raise TypeError(f"{hint} has no schema")
