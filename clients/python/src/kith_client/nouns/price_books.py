"""The noun PriceBook and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class PriceBookPrice(TypedDict):
    """As it is read."""

    position: int
    product: Link | None
    least_quantity: str
    unit_price: str


class PriceBook(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    customer: Link | None
    currency: str
    is_default: bool
    starts_on: str | None
    ends_on: str | None
    notes: str
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    prices: list[PriceBookPrice]
    included: NotRequired[dict[str, Any]]


class PriceBookInputPrice(TypedDict, total=False):
    """As it is written; every field may be left out."""

    position: int
    product: str | UUID | dict[str, Any] | None
    least_quantity: str | int | Decimal | float | None
    unit_price: str | int | Decimal | float


class PriceBookInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    customer: str | UUID | dict[str, Any] | None
    currency: str | None
    is_default: bool | None
    starts_on: str | date | None
    ends_on: str | date | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
    prices: list[PriceBookInputPrice]
