"""Tries that are safe to repeat, against a server that fails on purpose."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kith_client import Kith, KithError, NotReached, TooMany

Answer = tuple[int, dict[str, str], bytes]


class Falling:
    """A server that gives its answers in turn (None: hangs up), and keeps what it was sent."""

    def __init__(self, answers: list[Answer | None]) -> None:
        self.answers, self.seen = answers, list[tuple[str, str, str | None]]()
        outer = self

        class _Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                self.rfile.read(length)
                outer.seen.append((self.command, self.path, self.headers.get("Idempotency-Key")))
                answer = outer.answers.pop(0)
                if answer is None:
                    self.connection.close()
                    return
                status, headers, body = answer
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PATCH = do_POST  # noqa: N815  # named by http.server

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def root(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"


Start = Callable[[list[Answer | None]], Falling]
GOOD: Answer = (200, {"Content-Type": "application/json"}, b'{"id": "1"}')
BUSY: Answer = (503, {"Retry-After": "7"}, b"busy")


@pytest.fixture
def falling() -> Iterator[Start]:
    """falling(answers): a server that gives them in turn."""
    started: list[Falling] = []

    def start(answers: list[Answer | None]) -> Falling:
        started.append(Falling(answers))
        return started[-1]

    yield start
    for one in started:
        one.server.shutdown()
        one.server.server_close()


def test_a_post_is_repeated_under_the_same_key_until_it_is_answered(falling: Start) -> None:
    server, waits = falling([None, BUSY, GOOD]), list[float]()
    with Kith(server.root, "kith_x", wait=waits.append) as kith:
        assert kith.records("things").create({"name": "a"})["id"] == "1"
    keys = {key for _method, _path, key in server.seen}
    assert (len(server.seen), len(keys)) == (3, 1)
    assert None not in keys
    assert waits[1] == 7
    assert 0 < waits[0] <= 0.5


def test_two_posts_have_two_keys(falling: Start) -> None:
    server = falling([GOOD, GOOD])
    with Kith(server.root, "kith_x") as kith:
        kith.records("things").create({"name": "a"})
        kith.records("things").create({"name": "a"})
    assert len({key for _method, _path, key in server.seen}) == 2


def test_a_change_that_names_its_version_is_not_sent_again_into_the_unknown(falling: Start) -> None:
    server = falling([None, GOOD])
    with Kith(server.root, "kith_x", wait=lambda _seconds: None) as kith, pytest.raises(NotReached):
        kith.records("things").change("1", {"name": "a"}, version=3)
    assert len(server.seen) == 1


def test_the_last_refusal_is_raised_when_waiting_does_not_help(falling: Start) -> None:
    full: Answer = (429, {"Content-Type": "application/problem+json"}, b'{"code": "rate_limited", "detail": "Wait."}')
    server = falling([full, full])
    with Kith(server.root, "kith_x", tries=2, wait=lambda _seconds: None) as kith, pytest.raises(TooMany, match="Wait"):
        kith.me()


def test_an_answer_that_is_no_problem_document_is_told_as_it_came(falling: Start) -> None:
    server = falling([(500, {}, b"<h1>proxy</h1>")])
    with Kith(server.root, "kith_x") as kith, pytest.raises(KithError, match="proxy") as refused:
        kith.me()
    assert refused.value.code == "no_problem_document"


def test_nobody_there_is_told_after_every_try() -> None:
    waits = list[float]()
    with Kith("http://127.0.0.1:9", "kith_x", tries=3, wait=waits.append) as kith, pytest.raises(NotReached):
        kith.me()
    assert len(waits) == 2
