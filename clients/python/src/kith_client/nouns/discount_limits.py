"""The noun DiscountLimit and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class DiscountLimit(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    role: str
    category: str
    percent: str
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class DiscountLimitInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    role: str | None
    category: str | None
    percent: str | int | Decimal | float | None
    owner: str | UUID | dict[str, Any] | None
