"""The way in: one company's Kith."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import httpx

from kith_client.access import ApiKey
from kith_client.feed import Feed
from kith_client.jobs import Jobs
from kith_client.nouns import Nouns
from kith_client.records import Records
from kith_client.transport import Transport


class Kith(Nouns):
    """A company's API: `root` is the address of its pages, `access` an API key or one of kith_client.access."""

    def __init__(
        self,
        root: str,
        access: str | httpx.Auth,
        *,
        tries: int = 5,
        timeout: float = 30.0,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        auth = ApiKey(access) if isinstance(access, str) else access
        self.transport = Transport(root, auth, tries=tries, timeout=timeout, wait=wait)
        self.events = Feed(self.transport, wait)
        self.jobs = Jobs(self.transport, wait)

    def records(self, slug: str) -> Records[dict[str, Any], dict[str, Any]]:
        """Any noun by its address, also one that this client's version has no types for."""
        return Records(self.transport, slug)

    def me(self) -> dict[str, Any]:
        """Who the caller is, and what it may do."""
        return dict(self.transport.send("GET", "me").json())

    def schema(self, noun: str = "") -> dict[str, Any]:
        """Every noun, or one: fields, types, choices, and what this caller may read and write."""
        return dict(self.transport.send("GET", f"schema/{noun}" if noun else "schema").json())

    def close(self) -> None:
        """Let go of the connections."""
        self.transport.close()

    def __enter__(self) -> Kith:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
