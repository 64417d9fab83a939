"""The noun Quote and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class QuoteLine(TypedDict):
    """As it is read."""

    position: int
    product: Link | None
    description: str
    quantity: str
    unit_price: str | None
    interval: Literal["", "month", "once", "quarter", "year"]
    discount_percent: str
    tax_percent: str
    amount: str
    list_price: str | None


class Quote(TypedDict):
    """As it is read."""

    id: str
    version: int
    number: str
    subject: str
    deal: Link | None
    customer: Link | None
    contact: Link | None
    currency: str
    exchange_rate: str | None
    price_book: Link | None
    valid_until: str | None
    letterhead: Link | None
    terms: str
    revised_from: Link | None
    notes: str
    owner: Link | None
    status: Literal["accepted", "declined", "draft", "expired", "replaced", "sent"]
    revision: int
    net_amount: str
    tax_amount: str
    amount: str
    amount_home: str
    sent_at: str | None
    answered_at: str | None
    answered_name: str
    answered_from: str
    decline_reason: str
    created_at: str
    updated_at: str
    is_sample: bool
    lines: list[QuoteLine]
    included: NotRequired[dict[str, Any]]


class QuoteInputLine(TypedDict, total=False):
    """As it is written; every field may be left out."""

    position: int
    product: str | UUID | dict[str, Any] | None
    description: str | None
    quantity: str | int | Decimal | float | None
    unit_price: str | int | Decimal | float | None
    interval: str | None
    discount_percent: str | int | Decimal | float | None
    tax_percent: str | int | Decimal | float | None


class QuoteInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    number: str | None
    subject: str | None
    deal: str | UUID | dict[str, Any] | None
    customer: str | UUID | dict[str, Any] | None
    contact: str | UUID | dict[str, Any] | None
    currency: str | None
    exchange_rate: str | int | Decimal | float | None
    price_book: str | UUID | dict[str, Any] | None
    valid_until: str | date | None
    letterhead: str | UUID | dict[str, Any] | None
    terms: str | None
    revised_from: str | UUID | dict[str, Any] | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
    lines: list[QuoteInputLine]
