"""The noun Subscription and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Subscription(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    customer: Link | None
    product: Link | None
    order: Link | None
    interval: Literal["", "month", "quarter", "year"]
    amount: str
    currency: str
    exchange_rate: str | None
    starts_on: str
    ends_on: str | None
    notes: str
    owner: Link | None
    monthly_amount: str | None
    monthly_home: str | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class SubscriptionInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    customer: str | UUID | dict[str, Any] | None
    product: str | UUID | dict[str, Any] | None
    order: str | UUID | dict[str, Any] | None
    interval: str | None
    amount: str | int | Decimal | float
    currency: str | None
    exchange_rate: str | int | Decimal | float | None
    starts_on: str | date
    ends_on: str | date | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
