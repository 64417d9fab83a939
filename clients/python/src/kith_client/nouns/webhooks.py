"""The noun Webhook and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Webhook(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    url: str
    events: list[str]
    conditions: dict[str, Any] | None
    owner: Link | None
    state: Literal["active", "failing", "gone", "paused"]
    delivered_at: str | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class WebhookInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    url: str
    events: list[str]
    conditions: dict[str, Any] | None
    owner: str | UUID | dict[str, Any] | None
