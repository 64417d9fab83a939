"""One request: values as JSON, tries that are safe to repeat, answers or errors."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import httpx

from kith_client.errors import NotReached, error_of

BUSY = frozenset({429, 502, 503, 504})
LONGEST_WAIT = 60.0  # seconds


class Transport:
    """Speaks to one company's API. A POST carries an Idempotency-Key of its own, so that it may be repeated."""

    def __init__(
        self,
        root: str,
        auth: httpx.Auth,
        *,
        tries: int = 5,
        timeout: float = 30.0,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.root, self.tries, self.wait = root.rstrip("/"), tries, wait
        self.http = httpx.Client(auth=auth, timeout=timeout, headers={"User-Agent": "kith-client/1.0"})

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        files: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        version: int | None = None,
    ) -> httpx.Response:
        """Send until there is an answer; 4xx and 5xx are raised as KithError."""
        headers = {"Accept": "application/json"}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        content = None if body is None else json.dumps(body, default=plain, ensure_ascii=False).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        request = self.http.build_request(
            method,
            path if path.startswith("http") else f"{self.root}/api/v1/{path}",
            params={name: text_of(value) for name, value in params.items()} if params else None,
            content=content,
            files=files,
            data=form,
            headers=headers,
            extensions={"kith_root": self.root, "timeout": self.http.timeout.as_dict()},
        )
        answer = self._answer(request, is_safe=version is None and not files)
        if answer.status_code >= 400:
            raise error_of(answer.status_code, said_by(answer))
        return answer

    def stream(self, path: str) -> Iterator[bytes]:
        """The bytes of a download, piece by piece."""
        with self.http.stream("GET", path if path.startswith("http") else f"{self.root}/api/v1/{path}") as answer:
            if answer.status_code >= 400:
                answer.read()
                raise error_of(answer.status_code, said_by(answer))
            yield from answer.iter_bytes()

    def close(self) -> None:
        """Let go of the connections."""
        self.http.close()

    def _answer(self, request: httpx.Request, *, is_safe: bool) -> httpx.Response:
        for turn in range(1, self.tries + 1):
            try:
                answer = self.http.send(request)
            except httpx.TransportError as error:
                unsent = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))
                if turn == self.tries or not (unsent or is_safe):
                    raise NotReached(f"{request.method} {request.url}: {error or type(error).__name__}") from error
                self.wait(pause(turn))
                continue
            if answer.status_code not in BUSY or turn == self.tries:
                return answer
            self.wait(asked_pause(answer) or pause(turn))
        raise AssertionError("every turn ends above")


def pause(turn: int) -> float:
    """Seconds to wait before the next try: doubling, with jitter so that many callers do not return as one."""
    return float(min(LONGEST_WAIT, 0.25 * 2**turn) * random.uniform(0.5, 1.0))  # noqa: S311  # no secret hangs on it


def asked_pause(answer: httpx.Response) -> float:
    """Seconds that the server asks for, if it does."""
    text = answer.headers.get("Retry-After", "")
    return min(LONGEST_WAIT, float(text)) if text.isdecimal() else 0.0


def said_by(answer: httpx.Response) -> Mapping[str, Any]:
    """The problem document, or what stands in for it when a proxy answered."""
    try:
        said = answer.json()
    except ValueError:
        said = None
    return said if isinstance(said, dict) else {"detail": answer.text[:500], "code": "no_problem_document"}


def plain(value: Any) -> Any:
    """A typed value as JSON takes it: decimals as text, moments as RFC 3339."""
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone; Kith takes moments, not wall clocks")
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (Decimal, uuid.UUID)):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")


def text_of(value: Any) -> str:
    """A value as a query parameter; lists go with commas, yes and no as true and false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(text_of(one) for one in value)
    return value if isinstance(value, str) else str(plain(value) if not isinstance(value, (int, float)) else value)
