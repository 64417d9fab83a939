"""The noun Territory and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Territory(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    position: int
    conditions: str
    person: Link | None
    team: Link | None
    is_active: bool
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class TerritoryInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    position: int | None
    conditions: str | None
    person: str | UUID | dict[str, Any] | None
    team: str | UUID | dict[str, Any] | None
    is_active: bool | None
    owner: str | UUID | dict[str, Any] | None
