"""The noun ForecastAdjustment and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class ForecastAdjustment(TypedDict):
    """As it is read."""

    id: str
    version: int
    person: Link | None
    period: Literal["", "month", "quarter", "year"]
    starts_on: str
    category: Literal["", "best_case", "closed", "commit", "omitted", "pipeline"]
    amount: str
    reason: str
    owner: Link | None
    ends_on: str | None
    author: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class ForecastAdjustmentInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    person: str | UUID | dict[str, Any] | None
    period: str | None
    starts_on: str | date
    category: str | None
    amount: str | int | Decimal | float
    reason: str
    owner: str | UUID | dict[str, Any] | None
