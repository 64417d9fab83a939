"""The noun Deal and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class DealLine(TypedDict):
    """As it is read."""

    position: int
    product: Link | None
    description: str
    quantity: str
    unit_price: str | None
    interval: Literal["", "month", "once", "quarter", "year"]
    discount_percent: str
    amount: str
    list_price: str | None


class Deal(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    customer: Link | None
    pipeline: Link | None
    stage: Link | None
    amount: str | None
    currency: str
    exchange_rate: str | None
    price_book: Link | None
    probability: int | None
    category: Literal["", "best_case", "closed", "commit", "omitted", "pipeline"]
    expected_close_on: str | None
    opened_on: str | None
    closed_on: str | None
    lost_reason: Link | None
    competitor: str
    source: str
    next_step: str
    next_step_on: str | None
    notes: str
    owner: Link | None
    status: Literal["lost", "open", "won"]
    amount_home: str | None
    weighted_amount: str | None
    stage_at: str
    last_follow_up_at: str | None
    next_follow_up_on: str | None
    created_at: str
    updated_at: str
    is_sample: bool
    lines: list[DealLine]
    included: NotRequired[dict[str, Any]]


class DealInputLine(TypedDict, total=False):
    """As it is written; every field may be left out."""

    position: int
    product: str | UUID | dict[str, Any] | None
    description: str | None
    quantity: str | int | Decimal | float | None
    unit_price: str | int | Decimal | float | None
    interval: str | None
    discount_percent: str | int | Decimal | float | None


class DealInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    customer: str | UUID | dict[str, Any] | None
    pipeline: str | UUID | dict[str, Any] | None
    stage: str | UUID | dict[str, Any] | None
    amount: str | int | Decimal | float | None
    currency: str | None
    exchange_rate: str | int | Decimal | float | None
    price_book: str | UUID | dict[str, Any] | None
    probability: int | None
    category: str | None
    expected_close_on: str | date | None
    opened_on: str | date | None
    closed_on: str | date | None
    lost_reason: str | UUID | dict[str, Any] | None
    competitor: str | None
    source: str | None
    next_step: str | None
    next_step_on: str | date | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
    lines: list[DealInputLine]
