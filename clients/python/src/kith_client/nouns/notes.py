"""The noun Note and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Note(TypedDict):
    """As it is read."""

    id: str
    version: int
    body: str
    is_pinned: bool
    object_type: str
    object_id: Link | None
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class NoteInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    body: str
    is_pinned: bool | None
    object_type: str | None
    object_id: str | UUID | dict[str, Any] | None
    owner: str | UUID | dict[str, Any] | None
