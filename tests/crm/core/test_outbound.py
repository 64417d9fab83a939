"""A call to an address that somebody typed reaches the public internet or nothing; here nothing is public but a lie."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from crm.core.outbound import Unreachable, addresses_of, is_public, post, target_of
from tests.crm.automation.receiver import Receiver

LOOPBACK_FORMS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0x7f.0.0.1", "0177.0.0.1", "0177.1",
    "017700000001", "127.0.0.1.", "127.255.255.254", "0.0.0.0", "0",  # noqa: S104 -- to be refused
    "localhost", "LOCALHOST", "localhost.", "[::1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::127.0.0.1]", "\uff11\uff12\uff17.0.0.1",
    "\u2460\u2461\u2466.0.0.1", "127\u30020\u30020\u30021",
]  # fmt: skip
OTHER_CLOSED = [
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.2.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "192.88.99.1", "192.0.0.170", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::1",
    "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "::ffff:10.0.0.1", "100::1", "3fff::1", "5f00::1", "2001:10::1",
]  # fmt: skip
OPEN = ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:82a::200e"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on loopback."""
    with Receiver() as running:
        yield running


@pytest.fixture
def allowed(settings: Any) -> None:
    """The operator lets loopback be called."""
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


def refused(url: str, **more: Any) -> str:
    """The code of the refusal."""
    with pytest.raises(Unreachable) as caught:
        post(url, b"{}", {}, **more)
    return caught.value.code


@pytest.mark.parametrize("host", LOOPBACK_FORMS)
def test_no_form_of_loopback_is_reached(host: str, receiver: Receiver) -> None:
    assert refused(f"http://{host}:{receiver.port}/") in {"not_public", "bad_address", "no_such_host"}
    assert receiver.requests == []


def test_there_are_at_least_21_forms_and_many_of_them_would_have_reached_it(allowed: None, receiver: Receiver) -> None:
    forms = LOOPBACK_FORMS[:12]
    assert len(LOOPBACK_FORMS) >= 21
    for host in forms:
        if host not in {"127.0.0.1.", "127.255.255.254"}:
            assert post(f"http://{host}:{receiver.port}/", b"{}", {}).status == 200, host
    assert len(receiver.requests) == 10


@pytest.mark.parametrize("text", OTHER_CLOSED)
def test_what_is_not_public_is_closed(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", OPEN)
def test_what_is_public_is_open(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("answers", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["8.8.8.8", "::1"], [], ["fe80::1%eth0"]])
def test_a_name_is_closed_when_any_of_its_addresses_is(answers: list[str]) -> None:
    with pytest.raises(Unreachable):
        addresses_of(target_of("https://receiver.example/"), lambda host, port: answers)
    assert len(addresses_of(target_of("https://receiver.example/"), lambda host, port: ["8.8.8.8"])) == 1


def test_a_name_is_asked_once_and_the_judged_address_is_called(settings: Any, receiver: Receiver) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.2/32"]
    asked: list[str] = []

    def changing(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.2"] if len(asked) == 1 else ["127.0.0.1"]

    answer = post(f"http://receiver.example:{receiver.port}/x?y=1", b"{}", {}, resolve=changing)
    assert (answer.status, asked) == (200, ["receiver.example"])
    (request,) = receiver.requests
    assert (request.path, request.headers["Host"], request.local) == (
        "/x?y=1", f"receiver.example:{receiver.port}", "127.0.0.2",
    )  # fmt: skip


@pytest.mark.parametrize("url", [
    "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com", "example.com", "https://", "",
    "https://user:password@example.com/", "https://user@example.com/", "https://example.com/#part", "http://[::1",
    "https://example.com:0/", "https://example.com:99999/", "https://exa mple.com/", "https://example.com\\@127.0.0.1/",
    "https://[fe80::1%25eth0]/", "http://example.com/\r\nX: y", "http://example.com/\x00",
])  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    assert refused(url) == "bad_address"


@pytest.mark.parametrize("port", [22, 25, 53, 110, 143, 5432, 6379, 9200, 11211])
def test_ports_of_other_services_are_closed(port: int) -> None:
    assert refused(f"http://example.com:{port}/") == "bad_port"


def test_production_calls_only_by_tls(settings: Any) -> None:
    settings.PRODUCTION = True
    assert refused("http://example.com/") == "not_https"
    assert target_of("https://example.com/").port == 443


def test_a_redirect_is_an_answer_and_leads_nowhere(allowed: None, receiver: Receiver) -> None:
    with Receiver() as inner:
        receiver.answer = lambda request: (302, {"Location": f"http://127.0.0.1:{inner.port}/secret"}, b"")
        assert post(receiver.url, b"{}", {}).status == 302
        assert (len(receiver.requests), inner.requests) == (1, [])


def serving(talk: Callable[[socket.socket], None]) -> tuple[int, socket.socket]:
    """A server that talks as it likes to one caller."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with closing(listener), closing(listener.accept()[0]) as caller:
            caller.recv(65536)
            try:
                talk(caller)
            except OSError:
                return  # the caller has hung up, as it should

    threading.Thread(target=run, daemon=True).start()
    return listener.getsockname()[1], listener


def test_one_who_never_answers_or_drips_is_left(allowed: None, settings: Any) -> None:
    settings.OUTBOUND_SECONDS = 0.5
    stop = threading.Event()

    def drip(caller: socket.socket) -> None:
        caller.sendall(b"HTTP/1.1 200 OK\r\n")
        while not stop.wait(0.05):
            caller.sendall(b"X-Drip: 1\r\n")

    for talk in (lambda caller: stop.wait(5) and None, drip):
        port, _listener = serving(talk)
        assert refused(f"http://127.0.0.1:{port}/") in {"timeout", "connection"}
    stop.set()


def test_an_answer_without_end_is_cut(allowed: None) -> None:
    def endless(caller: socket.socket) -> None:
        caller.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(10_000):
            caller.sendall(b"x" * 10_000)

    port, _listener = serving(endless)
    answer = post(f"http://127.0.0.1:{port}/", b"{}", {})
    assert (answer.status, len(answer.body)) == (200, 64 * 1024)


@pytest.mark.parametrize("said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 999999 x\r\n\r\n", b"\x00" * 100])
def test_one_who_speaks_nonsense_is_refused(said: bytes, allowed: None) -> None:
    port, _listener = serving(lambda caller: caller.sendall(said))
    assert refused(f"http://127.0.0.1:{port}/") == "connection"


@pytest.mark.parametrize(("typed", "called"), [
    ("é", "/%C3%A9"), ("é..b", "/%C3%A9..b"), ("产品?名=茶", "/%E4%BA%A7%E5%93%81?%E5%90%8D=%E8%8C%B6"),
    ("a%20b/[c]?d={e}&f=%C3%A9", "/a%20b/[c]?d={e}&f=%C3%A9"),
])  # fmt: skip
def test_letters_of_other_scripts_in_a_path_are_called_in_percents(
    allowed: None, receiver: Receiver, typed: str, called: str
) -> None:
    assert post(f"http://127.0.0.1:{receiver.port}/{typed}", b"{}", {}).status == 200
    assert [request.path for request in receiver.requests] == [called]


def test_half_a_character_is_no_address() -> None:
    assert refused("https://example.com/\ud800") == "bad_address"
