"""The noun Payment and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Payment(TypedDict):
    """As it is read."""

    id: str
    version: int
    number: str
    order: Link | None
    kind: Literal["", "payment", "refund"]
    amount: str
    due_on: str | None
    paid_on: str | None
    method: Literal["", "alipay", "card", "cash", "cheque", "other", "transfer", "wechat"]
    reference: str
    notes: str
    owner: Link | None
    status: Literal["due", "paid"]
    customer: Link | None
    currency: str
    exchange_rate: str | None
    amount_home: str
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class PaymentInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    number: str | None
    order: str | UUID | dict[str, Any] | None
    kind: str | None
    amount: str | int | Decimal | float
    due_on: str | date | None
    paid_on: str | date | None
    method: str | None
    reference: str | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
