"""The noun Need and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Need(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    customer: Link | None
    kind: Literal["", "interest", "requirement"]
    strength: Literal["", "medium", "strong", "weak"]
    status: Literal["", "dropped", "met", "open"]
    noted_on: str | None
    wanted_on: str | None
    source: str
    notes: str
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class NeedInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    customer: str | UUID | dict[str, Any] | None
    kind: str | None
    strength: str | None
    status: str | None
    noted_on: str | date | None
    wanted_on: str | date | None
    source: str | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
