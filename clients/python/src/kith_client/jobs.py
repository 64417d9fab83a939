"""Files in: upload, follow, read what was reported, take it back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from kith_client.transport import Transport

OVER = frozenset({"done", "failed", "cancelled", "undone"})


class Job:
    """One import; `state` is what the API said last."""

    def __init__(self, transport: Transport, state: Mapping[str, Any], wait: Callable[[float], None]) -> None:
        self._transport, self._wait, self.state = transport, wait, state

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.state["id"])

    @property
    def is_over(self) -> bool:
        """Whether it has come to an end, good or bad."""
        return self.state["state"] in OVER

    def refresh(self) -> Job:
        """Ask how it stands."""
        self.state = self._transport.send("GET", f"bulk/jobs/{self.id}").json()
        return self

    def wait(self, *, seconds: float = 1.0, progress: Callable[[int], None] | None = None) -> Job:
        """Until it is over; `progress` is told the percentage."""
        while not self.is_over:
            if progress:
                progress(int(self.state["percent"]))
            self._wait(seconds)
            self.refresh()
        return self

    def report(self) -> Iterator[dict[str, Any]]:
        """Every reported row: number, column, code, sentence and fix."""
        start = 0
        while lines := self._transport.send(
            "GET", f"bulk/jobs/{self.id}/report", params={"start": start, "limit": 1000}
        ).json()["results"]:
            yield from lines
            start += len(lines)

    def refused(self) -> Iterator[bytes]:
        """The refused rows as a CSV file to mend and send again."""
        return self._transport.stream(f"bulk/jobs/{self.id}/refused.csv")

    def stored(self) -> Iterator[bytes]:
        """The stored rows as a CSV file, each with its record and what became of it."""
        return self._transport.stream(f"bulk/jobs/{self.id}/stored.csv")

    def unprocessed(self) -> Iterator[bytes]:
        """The rows that the job has not come to, as a CSV file to send again."""
        return self._transport.stream(f"bulk/jobs/{self.id}/unprocessed.csv")

    def cancel(self) -> Job:
        """Stop it; what is stored stays, and can be taken back."""
        self.state = self._transport.send("POST", f"bulk/jobs/{self.id}/cancel").json()
        return self

    def revert(self) -> Job:
        """Take back what it created and changed."""
        self.state = self._transport.send("POST", f"bulk/jobs/{self.id}/revert").json()
        return self


class Jobs:
    """Imports of files."""

    def __init__(self, transport: Transport, wait: Callable[[float], None] = time.sleep) -> None:
        self._transport, self._wait = transport, wait

    def start(
        self,
        noun: str,
        file: Path | BinaryIO,
        *,
        filename: str = "",
        template: str = "",
        choices: Mapping[str, Any] | None = None,
    ) -> Job:
        """Upload a file for a noun (`customers`); columns are matched by their headers unless `choices` settle them."""
        form = {"object": noun, "template": template, "choices": json.dumps(choices) if choices else ""}
        stream = file.open("rb") if isinstance(file, Path) else file
        with stream:
            name = filename or (file.name if isinstance(file, Path) else "upload.csv")
            answer = self._transport.send(
                "POST",
                "bulk/jobs",
                form={key: value for key, value in form.items() if value},
                files={"file": (name, stream)},
            )
        return Job(self._transport, answer.json(), self._wait)

    def get(self, id: str | UUID) -> Job:
        """A job by its id."""
        return Job(self._transport, {"id": str(id)}, self._wait).refresh()
