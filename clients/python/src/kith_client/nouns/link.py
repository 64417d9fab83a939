"""The noun Link and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import TypedDict


class Link(TypedDict):
    """As it is read."""

    id: str
    title: str
    label: str
