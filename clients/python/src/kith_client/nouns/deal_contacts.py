"""The noun DealContact and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class DealContact(TypedDict):
    """As it is read."""

    id: str
    version: int
    deal: Link | None
    contact: Link | None
    role: Literal[
        "",
        "blocker",
        "buys",
        "champion",
        "decides",
        "influences",
        "pays",
        "uses",
    ]
    is_main: bool
    name: str
    notes: str
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class DealContactInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    deal: str | UUID | dict[str, Any] | None
    contact: str | UUID | dict[str, Any] | None
    role: str | None
    is_main: bool | None
    name: str | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
