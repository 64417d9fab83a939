"""Files out: ask for a list as a file, follow it, read it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from kith_client.nouns.answers import ExportTold
from kith_client.transport import Transport

OVER = frozenset({"done", "failed", "cancelled", "expired"})


class Export:
    """One export; `state` is what the API said last."""

    def __init__(self, transport: Transport, state: ExportTold, wait: Callable[[float], None]) -> None:
        self._transport, self._wait, self.state = transport, wait, state

    def wait(self, *, seconds: float = 1.0) -> Export:
        """Until it is over."""
        while self.state["state"] not in OVER:
            self._wait(seconds)
            self.state = self._transport.send("GET", f"bulk/exports/{self.state['id']}").json()
        return self

    def read(self) -> Iterator[bytes]:
        """The file, piece by piece."""
        return self._transport.stream(f"bulk/exports/{self.state['id']}/file")

    def cancel(self) -> None:
        """Stop it, or throw its file away."""
        self._transport.send("DELETE", f"bulk/exports/{self.state['id']}")


class Exports:
    """Exports of lists."""

    def __init__(self, transport: Transport, wait: Callable[[float], None] = time.sleep) -> None:
        self._transport, self._wait = transport, wait

    def start(self, noun: str, *, format: str = "csv", fields: tuple[str, ...] = (), **asked: Any) -> Export:
        """A list (`customers`) as a file; `filters`, `where`, `search`, `ordering`, `parts` as the API takes them."""
        body = {"object": noun, "format": format, **({"fields": list(fields)} if fields else {}), **asked}
        return Export(self._transport, self._transport.send("POST", "bulk/exports", body=body).json(), self._wait)

    def get(self, id: str | UUID) -> Export:
        """An export by its id."""
        return Export(self._transport, self._transport.send("GET", f"bulk/exports/{id}").json(), self._wait)
