"""The noun Call and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Call(TypedDict):
    """As it is read."""

    id: str
    version: int
    title: str
    called_at: str
    direction: Literal["", "in", "out"]
    outcome: Literal["", "busy", "no_answer", "reached", "voicemail", "wrong_number"]
    phone: str
    minutes: int | None
    object_type: str
    object_id: Link | None
    notes: str
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class CallInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    title: str
    called_at: str | datetime | None
    direction: str | None
    outcome: str | None
    phone: str | None
    minutes: int | None
    object_type: str | None
    object_id: str | UUID | dict[str, Any] | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
