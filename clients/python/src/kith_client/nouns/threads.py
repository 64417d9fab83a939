"""The noun Thread and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Thread(TypedDict):
    """As it is read."""

    id: str
    version: int
    subject: str
    object_type: str
    object_id: Link | None
    owner: Link | None
    state: Literal["answered", "closed", "waiting"]
    last_at: str | None
    messages_count: int
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class ThreadInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    subject: str
    object_type: str | None
    object_id: str | UUID | dict[str, Any] | None
    owner: str | UUID | dict[str, Any] | None
