"""The noun Contact and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Contact(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    customer: Link | None
    position: str
    role: Literal[
        "",
        "blocker",
        "buys",
        "champion",
        "decides",
        "influences",
        "pays",
        "uses",
    ]
    email: str
    phone: str
    other_emails: list[str]
    other_phones: list[str]
    wechat: str
    born_on: str | None
    is_main: bool
    notes: str
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class ContactInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    customer: str | UUID | dict[str, Any] | None
    position: str | None
    role: str | None
    email: str | None
    phone: str | None
    other_emails: list[str] | None
    other_phones: list[str] | None
    wechat: str | None
    born_on: str | date | None
    is_main: bool | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
