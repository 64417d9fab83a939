"""The noun StaticList and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class StaticList(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    object_type: str
    description: str
    owner: Link | None
    members_count: int
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class StaticListInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    object_type: str
    description: str | None
    owner: str | UUID | dict[str, Any] | None
