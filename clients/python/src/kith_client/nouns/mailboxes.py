"""The noun Mailbox and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Mailbox(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    address: str
    is_shared: bool
    username: str
    smtp_host: str
    smtp_port: int
    smtp_security: Literal["", "none", "starttls", "tls"]
    imap_host: str
    imap_port: int
    imap_security: Literal["", "none", "starttls", "tls"]
    imap_folder: str
    sent_folder: str
    keeps: Literal["", "all", "known"]
    signature: str
    owner: Link | None
    state: Literal["checking", "failing", "new", "working"]
    error: str
    polled_at: str | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class MailboxInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    address: str
    is_shared: bool | None
    username: str | None
    smtp_host: str | None
    smtp_port: int | None
    smtp_security: str | None
    imap_host: str | None
    imap_port: int | None
    imap_security: str | None
    imap_folder: str | None
    sent_folder: str | None
    keeps: str | None
    signature: str | None
    owner: str | UUID | dict[str, Any] | None
