"""The noun Approval and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Approval(TypedDict):
    """As it is read."""

    id: str
    version: int
    reason: str
    object_type: str
    object_id: Link | None
    owner: Link | None
    kind: Literal["discount", "other"]
    percent: str | None
    status: Literal["approved", "open", "refused", "withdrawn"]
    asked_by: Link | None
    decided_by: Link | None
    decided_at: str | None
    answer: str
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class ApprovalInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    reason: str
    object_type: str | None
    object_id: str | UUID | dict[str, Any] | None
    owner: str | UUID | dict[str, Any] | None
