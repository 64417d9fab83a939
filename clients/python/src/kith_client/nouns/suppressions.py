"""The noun Suppression and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Suppression(TypedDict):
    """As it is read."""

    id: str
    version: int
    address: str
    reason: Literal["", "asked", "bounced", "complained"]
    remark: str
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class SuppressionInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    address: str
    reason: str | None
    remark: str | None
    owner: str | UUID | dict[str, Any] | None
