"""The noun Address and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Address(TypedDict):
    """As it is read."""

    id: str
    version: int
    customer: Link | None
    kind: Literal["", "billing", "home", "other", "shipping", "work"]
    street: str
    district: str
    city: str
    province: str
    postal_code: str
    country: str
    recipient: str
    phone: str
    is_main: bool
    owner: Link | None
    region_code: str
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class AddressInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    customer: str | UUID | dict[str, Any] | None
    kind: str | None
    street: str
    district: str | None
    city: str | None
    province: str | None
    postal_code: str | None
    country: str | None
    recipient: str | None
    phone: str | None
    is_main: bool | None
    owner: str | UUID | dict[str, Any] | None
