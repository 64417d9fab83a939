"""The noun Lead and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Lead(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    company: str
    position: str
    email: str
    phone: str
    wechat: str
    country: str
    city: str
    industry: str
    source: str
    status: Literal["", "converted", "new", "qualified", "unqualified", "working"]
    rating: Literal["", "cold", "hot", "warm"]
    interest: str
    amount: str | None
    currency: str
    notes: str
    owner: Link | None
    converted_at: str | None
    customer: Link | None
    contact: Link | None
    deal: Link | None
    dropped: Any
    last_follow_up_at: str | None
    next_follow_up_on: str | None
    held_at: str | None
    pooled_at: str | None
    pool_reason: str
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class LeadInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    company: str | None
    position: str | None
    email: str | None
    phone: str | None
    wechat: str | None
    country: str | None
    city: str | None
    industry: str | None
    source: str | None
    status: str | None
    rating: str | None
    interest: str | None
    amount: str | int | Decimal | float | None
    currency: str | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
