"""The noun Meeting and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Meeting(TypedDict):
    """As it is read."""

    id: str
    version: int
    title: str
    starts_at: str
    ends_at: str | None
    remind_minutes: int | None
    place: str
    attendees: list[str]
    object_type: str
    object_id: Link | None
    notes: str
    outcome: str
    owner: Link | None
    status: Literal["cancelled", "held", "missed", "planned"]
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class MeetingInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    title: str
    starts_at: str | datetime
    ends_at: str | datetime | None
    remind_minutes: int | None
    place: str | None
    attendees: list[str] | None
    object_type: str | None
    object_id: str | UUID | dict[str, Any] | None
    notes: str | None
    outcome: str | None
    owner: str | UUID | dict[str, Any] | None
