"""The noun ExchangeRate and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class ExchangeRate(TypedDict):
    """As it is read."""

    id: str
    version: int
    currency: str
    valid_on: str
    rate: str
    name: str
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class ExchangeRateInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    currency: str
    valid_on: str | date
    rate: str | int | Decimal | float
    name: str | None
    owner: str | UUID | dict[str, Any] | None
