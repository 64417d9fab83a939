"""What is no HTTP at all: the web server itself answers, in the same form as everything else."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from crm.api.errors import MEDIA_TYPE, URN

HELLO = "tests.hostile.hello:application"
LONG = b"x" * 9000
ODD: dict[str, tuple[bytes, int, str]] = {
    "no request line": (b"HELLO\r\n\r\n", 400, "bad_request"),
    "a method of odd characters": (b"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request"),
    "a version of tomorrow": (b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 400, "bad_request"),
    "a header without a colon": (b"GET / HTTP/1.1\r\nHost: a\r\nodd\r\n\r\n", 400, "bad_request"),
    "a header with a zero byte": (b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", 400, "bad_request"),
    "two lengths": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400, "bad_request"),
    "a length below zero": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400, "bad_request"),
    "a length and chunks": (
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
        "bad_request",
    ),
    "an unknown transfer coding": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: rot13\r\n\r\n",
        501,
        "unsupported_media_type",
    ),
    "an address of nine thousand characters": (b"GET /" + LONG + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "too_large"),
    "a header of nine thousand characters": (
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + LONG + b"\r\n\r\n",
        431,
        "too_large",
    ),
    "two hundred headers": (
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(200)) + b"\r\n",
        431,
        "too_large",
    ),
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A web server with our worker, before an application that answers anything."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "-k", "config.worker.Worker", "--bind", f"127.0.0.1:{port}", HELLO]
    server = subprocess.Popen([*command, "--log-level", "critical", "--no-control-socket"], env={**os.environ})
    until = time.monotonic() + 30
    while time.monotonic() < until and b"200" not in said(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"):
        time.sleep(0.1)
    yield port
    server.terminate()
    server.wait(20)


def said(port: int, request: bytes) -> bytes:
    """What comes back, until the server closes or has said all of a short answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := line.recv(65_536):
                answer += piece
            return answer
    except ConnectionRefusedError:
        return b""


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_http_is_answered_by_a_problem_document(port: int, kind: str) -> None:
    request, status, code = ODD[kind]
    head, _, body = said(port, request).partition(b"\r\n\r\n")
    found = json.loads(body)
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert f"Content-Type: {MEDIA_TYPE}".encode() in head
    assert (found["type"], found["status"], found["code"], found["errors"]) == (URN + code, status, code, [])
    assert f"X-Request-Id: {found['request_id']}".encode() in head
    assert b"HTTP/1.1 200" in said(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
