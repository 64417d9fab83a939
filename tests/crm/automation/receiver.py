"""A receiver of webhooks on loopback, which answers, dies, hangs or lies as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Response = tuple[int, Mapping[str, str], bytes]


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    local: str  # the address that was called

    @property
    def id(self) -> str:
        """The id of the message."""
        return self.headers["webhook-id"]

    @property
    def data(self) -> dict[str, Any]:
        """The body."""
        read: dict[str, Any] = json.loads(self.body)
        return read


@dataclass
class Receiver:
    """Keeps what it got; `answer` decides what it says, None closes the connection without a word."""

    answer: Callable[[Received], Response | None] = lambda request: (200, {}, b"thank you")
    requests: list[Received] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen, at the same port as before."""
        self.server = ThreadingHTTPServer(("0.0.0.0", self.port), handler_of(self))  # noqa: S104 -- all of 127.0.0.0/8
        self.server.daemon_threads = True
        self.port = int(self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Be gone."""
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/hooks"

    def ids(self) -> set[str]:
        """The messages that came, each once."""
        return {request.id for request in self.requests}


def handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    """The handler of one receiver."""

    class Handler(BaseHTTPRequestHandler):
        """Takes what is posted."""

        def do_POST(self) -> None:
            """One message."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = Received(self.path, dict(self.headers), body, str(self.connection.getsockname()[0]))
            receiver.requests.append(request)
            said = receiver.answer(request)
            if said is None:
                self.close_connection = True
                return
            try:
                self.send_response(said[0])
                for name, value in said[1].items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said[2])))
                self.end_headers()
                self.wfile.write(said[2])
            except OSError:
                return  # the caller did not wait

        def log_message(self, format: str, *args: Any) -> None:
            """Silence."""

    return Handler
