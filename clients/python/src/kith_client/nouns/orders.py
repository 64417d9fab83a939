"""The noun Order and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class OrderLine(TypedDict):
    """As it is read."""

    position: int
    kind: Literal["", "discount", "fee", "product"]
    product: Link | None
    code: str
    description: str
    quantity: str
    unit_price: str | None
    interval: Literal["", "month", "once", "quarter", "year"]
    discount_percent: str
    tax_percent: str
    unit_cost: str | None
    amount: str
    margin_amount: str | None


class Order(TypedDict):
    """As it is read."""

    id: str
    version: int
    number: str
    customer: Link | None
    deal: Link | None
    quote: Link | None
    ordered_at: str
    kind: Literal["", "credit", "sale"]
    status: Literal["", "cancelled", "completed", "open"]
    currency: str
    exchange_rate: str | None
    channel: str
    country: str
    notes: str
    owner: Link | None
    amount: str
    tax_amount: str
    amount_home: str
    margin_amount: str | None
    paid_amount: str
    open_amount: str | None
    due_on: str | None
    created_at: str
    updated_at: str
    is_sample: bool
    lines: list[OrderLine]
    included: NotRequired[dict[str, Any]]


class OrderInputLine(TypedDict, total=False):
    """As it is written; every field may be left out."""

    position: int
    kind: str | None
    product: str | UUID | dict[str, Any] | None
    code: str | None
    description: str | None
    quantity: str | int | Decimal | float | None
    unit_price: str | int | Decimal | float | None
    interval: str | None
    discount_percent: str | int | Decimal | float | None
    tax_percent: str | int | Decimal | float | None
    unit_cost: str | int | Decimal | float | None


class OrderInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    number: str
    customer: str | UUID | dict[str, Any] | None
    deal: str | UUID | dict[str, Any] | None
    quote: str | UUID | dict[str, Any] | None
    ordered_at: str | datetime | None
    kind: str | None
    status: str | None
    currency: str | None
    exchange_rate: str | int | Decimal | float | None
    channel: str | None
    country: str | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
    lines: list[OrderInputLine]
