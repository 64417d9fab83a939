"""The noun File and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class File(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    object_type: str
    object_id: Link | None
    owner: Link | None
    content_type: str
    size: int
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class FileInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    object_type: str | None
    object_id: str | UUID | dict[str, Any] | None
    owner: str | UUID | dict[str, Any] | None
