"""The noun Task and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Task(TypedDict):
    """As it is read."""

    id: str
    version: int
    title: str
    due_at: str | None
    remind_minutes: int | None
    priority: Literal["", "high", "low", "normal"]
    object_type: str
    object_id: Link | None
    notes: str
    owner: Link | None
    status: Literal["done", "open"]
    done_at: str | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class TaskInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    title: str
    due_at: str | datetime | None
    remind_minutes: int | None
    priority: str | None
    object_type: str | None
    object_id: str | UUID | dict[str, Any] | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
