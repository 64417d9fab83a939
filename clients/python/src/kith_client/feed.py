"""The change feed: every fact in the order of commits, none missed, none twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypedDict

from kith_client.transport import Transport


class Event(TypedDict):
    """One fact: who did what to which record, when, from what to what; the cursor leads to what came after it."""

    cursor: str
    at: str
    name: str
    object: dict[str, Any]
    actor: dict[str, Any]
    via: str
    request_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Feed:
    """Reads facts from a cursor on. Keep the cursor of the last one that you have dealt with."""

    def __init__(self, transport: Transport, wait: Callable[[float], None] = time.sleep) -> None:
        self._transport, self._wait = transport, wait

    def now(self) -> str:
        """The cursor after everything that has happened so far."""
        answer = self._transport.send("GET", "events", params={"after": "now"}).json()
        return str(answer["next"])

    def read(self, after: str = "", *, types: Sequence[str] = (), page_size: int = 200) -> Iterator[Event]:
        """Every fact after the cursor, up to now; `types` such as `sales.order.*`."""
        while True:
            params: dict[str, Any] = {"page_size": page_size}
            params |= {name: value for name, value in {"after": after, "types": types}.items() if value}
            answer = self._transport.send("GET", "events", params=params).json()
            yield from answer["results"]
            after = str(answer["next"])
            if not answer.get("has_more"):
                return

    def follow(self, after: str = "", *, types: Sequence[str] = (), seconds: float = 5.0) -> Iterator[Event]:
        """As `read`, and on: asks again every few seconds, for ever."""
        while True:
            for event in self.read(after, types=types):
                yield event
                after = event["cursor"]
            self._wait(seconds)
