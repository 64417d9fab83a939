"""The noun Template and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Template(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    subject: str
    text: str
    owner: Link | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class TemplateInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    subject: str | None
    text: str
    owner: str | UUID | dict[str, Any] | None
