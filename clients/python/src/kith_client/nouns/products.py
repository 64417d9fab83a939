"""The noun Product and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Product(TypedDict):
    """As it is read."""

    id: str
    version: int
    sku: str
    name: str
    category: str
    unit_price: str | None
    unit_cost: str | None
    currency: str
    is_active: bool
    description: str
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class ProductInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    sku: str | None
    name: str
    category: str | None
    unit_price: str | int | Decimal | float | None
    unit_cost: str | int | Decimal | float | None
    currency: str | None
    is_active: bool | None
    description: str | None
    owner: str | UUID | dict[str, Any] | None
