"""The noun Target and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Target(TypedDict):
    """As it is read."""

    id: str
    version: int
    kind: Literal["", "plan", "target"]
    measure: Literal[
        "",
        "calls",
        "meetings",
        "new_customers",
        "payments",
        "revenue",
        "tasks",
        "won_count",
        "won_value",
    ]
    person: Link | None
    team: Link | None
    product_category: str
    period: Literal["", "month", "quarter", "year"]
    starts_on: str
    goal: str
    name: str
    notes: str
    owner: Link | None
    ends_on: str | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class TargetInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    kind: str | None
    measure: str | None
    person: str | UUID | dict[str, Any] | None
    team: str | UUID | dict[str, Any] | None
    product_category: str | None
    period: str | None
    starts_on: str | date
    goal: str | int | Decimal | float
    name: str | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
