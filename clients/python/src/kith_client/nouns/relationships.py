"""The noun Relationship and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Relationship(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    customer: Link | None
    kind: Literal[
        "advised",
        "adviser",
        "buyer",
        "child",
        "colleague",
        "company_held",
        "employee",
        "employer",
        "friend",
        "other",
        "parent",
        "partner",
        "referred",
        "referrer",
        "shareholder",
        "sibling",
        "spouse",
        "supplier",
    ]
    other: Link | None
    since_on: str | None
    notes: str
    owner: Link | None
    reciprocal: Literal[
        "",
        "advised",
        "adviser",
        "buyer",
        "child",
        "colleague",
        "company_held",
        "employee",
        "employer",
        "friend",
        "other",
        "parent",
        "partner",
        "referred",
        "referrer",
        "shareholder",
        "sibling",
        "spouse",
        "supplier",
    ]
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class RelationshipInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str | None
    customer: str | UUID | dict[str, Any] | None
    kind: Literal[
        "advised",
        "adviser",
        "buyer",
        "child",
        "colleague",
        "company_held",
        "employee",
        "employer",
        "friend",
        "other",
        "parent",
        "partner",
        "referred",
        "referrer",
        "shareholder",
        "sibling",
        "spouse",
        "supplier",
    ]
    other: str | UUID | dict[str, Any] | None
    since_on: str | date | None
    notes: str | None
    owner: str | UUID | dict[str, Any] | None
