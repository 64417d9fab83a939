"""The noun Tag and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Tag(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    colour: Literal["", "blue", "green", "grey", "orange", "purple", "red", "yellow"]
    description: str
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class TagInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    colour: str | None
    description: str | None
    owner: str | UUID | dict[str, Any] | None
