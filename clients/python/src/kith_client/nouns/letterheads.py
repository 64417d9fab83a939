"""The noun Letterhead and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Letterhead(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    mark: str
    is_default: bool
    address: str
    phone: str
    email: str
    website: str
    tax_number: str
    bank_account: str
    terms: str
    valid_days: int
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class LetterheadInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    mark: str | None
    is_default: bool | None
    address: str | None
    phone: str | None
    email: str | None
    website: str | None
    tax_number: str | None
    bank_account: str | None
    terms: str | None
    valid_days: int | None
    owner: str | UUID | dict[str, Any] | None
