"""The noun AssignmentRule and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class AssignmentRule(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    assigns: Literal["", "customers.customer", "sales.deal", "sales.lead"]
    position: int
    conditions: str
    way: Literal["", "load", "person", "territory", "turns"]
    person: Link | None
    team: Link | None
    is_active: bool
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class AssignmentRuleInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    assigns: str | None
    position: int | None
    conditions: str | None
    way: str | None
    person: str | UUID | dict[str, Any] | None
    team: str | UUID | dict[str, Any] | None
    is_active: bool | None
    owner: str | UUID | dict[str, Any] | None
