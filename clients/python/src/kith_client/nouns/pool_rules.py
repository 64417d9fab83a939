"""The noun PoolRule and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class PoolRule(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    noun: Literal["customers.customer", "sales.lead"]
    return_days: int | None
    hold_limit: int | None
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class PoolRuleInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    noun: Literal["customers.customer", "sales.lead"]
    return_days: int | None
    hold_limit: int | None
    owner: str | UUID | dict[str, Any] | None
