"""The noun Holding and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class HoldingPeople(TypedDict):
    """As it is read."""

    position: int
    role: Literal[
        "",
        "beneficiary",
        "guarantor",
        "holder",
        "insured",
        "other",
        "traveller",
        "user",
    ]
    name: str
    customer: Link | None


class Holding(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    customer: Link | None
    product: Link | None
    kind: Literal[
        "",
        "booking",
        "card",
        "contract",
        "deposit",
        "investment",
        "loan",
        "membership",
        "other",
        "policy",
        "subscription",
    ]
    number: str
    status: Literal["", "active", "cancelled", "ended", "pending"]
    amount: str | None
    currency: str
    starts_on: str | None
    ends_on: str | None
    is_renewed: bool
    notes: str
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    people: list[HoldingPeople]
    included: NotRequired[dict[str, Any]]


class HoldingInputPeople(TypedDict, total=False):
    """As it is written; every field may be left out."""

    position: int
    role: str | None
    name: str | None
    customer: str | UUID | dict[str, Any] | None


class HoldingInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    customer: str | UUID | dict[str, Any] | None
    product: str | UUID | dict[str, Any] | None
    kind: str | None
    number: str | None
    status: str | None
    amount: str | int | Decimal | float | None
    currency: str | None
    starts_on: str | date | None
    ends_on: str | date | None
    is_renewed: bool | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
    people: list[HoldingInputPeople]
