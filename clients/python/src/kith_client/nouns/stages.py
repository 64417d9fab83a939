"""The noun Stage and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Stage(TypedDict):
    """As it is read."""

    id: str
    version: int
    pipeline: Link | None
    name: str
    position: int
    outcome: Literal["", "lost", "open", "won"]
    probability: int
    category: Literal["", "best_case", "closed", "commit", "omitted", "pipeline"]
    days_limit: int | None
    required_fields: list[str]
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class StageInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    pipeline: str | UUID | dict[str, Any] | None
    name: str
    position: int | None
    outcome: str | None
    probability: int | None
    category: str | None
    days_limit: int | None
    required_fields: list[str] | None
    owner: str | UUID | dict[str, Any] | None
