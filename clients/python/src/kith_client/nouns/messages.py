"""The noun Message and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Message(TypedDict):
    """As it is read."""

    id: str
    version: int
    subject: str
    mailbox: Link | None
    to: list[str]
    cc: list[str]
    bcc: list[str]
    text: str
    template: Link | None
    reply_to: Link | None
    has_paper: bool
    object_type: str
    object_id: Link | None
    owner: Link | None
    thread: Link | None
    direction: Literal["in", "out"]
    state: Literal["bounced", "draft", "failed", "queued", "received", "sending", "sent"]
    sender: str
    sent_at: str | None
    error: str
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class MessageInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    subject: str | None
    mailbox: str | UUID | dict[str, Any] | None
    to: list[str] | None
    cc: list[str] | None
    bcc: list[str] | None
    text: str | None
    template: str | UUID | dict[str, Any] | None
    reply_to: str | UUID | dict[str, Any] | None
    has_paper: bool | None
    object_type: str | None
    object_id: str | UUID | dict[str, Any] | None
    owner: str | UUID | dict[str, Any] | None
