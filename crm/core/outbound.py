"""Calls to addresses that people have typed: only to what is public, to the very address that was judged.

The name is resolved once; every address must be global; the connection goes to one of those, with the name only in TLS
and in the Host header, so that a second answer of the resolver changes nothing. Redirects are not followed.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Iterable[str]]
PORTS = {"http": 80, "https": 443}
# Services that are never a receiver of web requests, though browsers and firewalls may let them pass
CLOSED_PORTS = frozenset({1433, 1521, 2049, 2375, 2379, 3306, 3389, 5432, 5672, 5900, 6379, 6443, 8500, 9200, 9300,
                          10250, 11211, 15672, 27017})  # fmt: skip
NOT_PUBLIC: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in ("192.88.99.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16")
)
UNICAST = ipaddress.IPv6Network("2000::/3")  # all that is given out: NAT64, mapped, local and multicast lie outside
MAIL_PORTS = frozenset({25, 143, 465, 587, 993})
OWN_NAMES = ("localhost", ".local", ".internal", ".home.arpa")
HOST_NAME = re.compile(r"[A-Za-z0-9.:_-]{1,253}")
MOST_BODY = 64 * 1024
SENT_AS_TYPED = "".join(map(chr, range(33, 127)))


class Unreachable(Exception):
    """The call was not made, or had no answer: a stable code, and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and the beginning of the body."""

    status: int
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Target:
    """An address as it was typed, taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def header(self) -> str:
        """What stands in the Host header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"


def is_public(address: Address, allowed: Iterable[Network] = ()) -> bool:
    """Whether the address is one that everybody on the internet may call, or one that the operator allows."""
    if any(address.version == network.version and address in network for network in allowed):
        return True
    if any(address.version == network.version and address in network for network in NOT_PUBLIC):
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in UNICAST:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def allowed_networks() -> tuple[Network, ...]:
    """The private networks that the operator lets tenants call: none, unless the setting names them."""
    return tuple(ipaddress.ip_network(text) for text in settings.OUTBOUND_PRIVATE_NETWORKS)


def target_of(url: str) -> Target:
    """Take an address apart; what is no plain web address is refused in words."""
    if any(character <= " " or character in "\\\x7f" for character in url):
        raise Unreachable("bad_address", _("This is not a web address."))
    try:
        parts = urlsplit(url)
        port = PORTS.get(parts.scheme, 0) if parts.port is None else parts.port
        host, path = host_of(parts), path_of(parts)
    except ValueError as error:
        raise Unreachable("bad_address", _("This is not a web address.")) from error
    if parts.scheme not in PORTS or not host or not port or parts.username is not None or parts.fragment:
        raise Unreachable("bad_address", _("Give an address like https://example.com/path, without a password in it."))
    if settings.PRODUCTION and parts.scheme != "https":
        raise Unreachable("not_https", _("Only addresses that begin with https:// are called."))
    if port in CLOSED_PORTS or (port < 1024 and port not in PORTS.values()):
        raise Unreachable("bad_port", _("This port is not one for web addresses."))
    return Target(parts.scheme, host, port, path)


def private_refuse(target: Target) -> None:
    """Refuse a host that is plainly not public, without asking anybody: a number in any spelling, this machine."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):  # a name: it is looked up at each call
        if not target.host.rstrip(".").lower().endswith(OWN_NAMES):
            return
        found = []
    addresses_of(target, lambda _host, _port: [str(entry[4][0]) for entry in found])


def host_of(parts: SplitResult) -> str:
    """The host in the form that is looked up: letters of other scripts as IDNA has them."""
    host = parts.hostname or ""
    if "%" in host:
        raise ValueError("zones are of this machine only")
    return host if host.isascii() else host.encode("idna").decode()


def path_of(parts: SplitResult) -> str:
    """The path and the question as they are sent: what is not ASCII as UTF-8 in percents, all else as it was typed."""
    return quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=SENT_AS_TYPED)


def resolved(host: str, port: int) -> list[str]:
    """All addresses of a name, as the machine's resolver gives them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def addresses_of(target: Target, resolve: Resolve = resolved) -> list[Address]:
    """The addresses of the host, if every one of them is public."""
    try:
        found = [ipaddress.ip_address(text) for text in resolve(target.host, target.port)]
    except (OSError, ValueError, UnicodeError) as error:
        raise Unreachable("no_such_host", _("There is no host of this name.")) from error
    allowed = allowed_networks()
    if not found or not all(is_public(address, allowed) for address in found):
        raise Unreachable("not_public", _("This address is not on the public internet, so it is not called."))
    return found


def mail_socket(host: str, port: int, resolve: Resolve = resolved) -> socket.socket:
    """A connection to a mail server, at the very address that was judged."""
    if port in CLOSED_PORTS or (port < 1024 and port not in MAIL_PORTS):
        raise Unreachable("bad_port", _("This port is not one for mail servers."))
    if not HOST_NAME.fullmatch(host):
        raise Unreachable("no_such_host", _("There is no host of this name."))
    address = addresses_of(Target("https", host, port, "/"), resolve)[0]
    try:
        return socket.create_connection((str(address), port), timeout=settings.OUTBOUND_SECONDS)
    except TimeoutError as error:
        raise Unreachable("timeout", _("The server did not answer in time.")) from error
    except OSError as error:
        raise Unreachable("connection", _("The server cannot be reached.")) from error


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, resolve: Resolve = resolved, context: Any = None
) -> Answer:
    """Send a POST and take the beginning of its answer; never more than the time and bytes that are set."""
    began, target = time.monotonic(), target_of(url)
    address = addresses_of(target, resolve)[0]
    connection = http.client.HTTPConnection(target.host, target.port)
    timer = threading.Timer(settings.OUTBOUND_SECONDS, hang_up, [connection])
    timer.daemon = True
    timer.start()
    try:
        connection.sock = connected(target, address, context)
        connection.request("POST", target.path, body, {"Host": target.header, "Connection": "close", **headers})
        answer = connection.getresponse()
        body_read, seconds = answer.read(MOST_BODY), time.monotonic() - began
        if seconds >= settings.OUTBOUND_SECONDS:  # we hung up: what came may be half
            raise TimeoutError
        return Answer(answer.status, body_read, seconds)
    except TimeoutError as error:
        raise Unreachable("timeout", _("The receiver did not answer in time.")) from error
    except ssl.SSLError as error:
        raise Unreachable("tls", _("The receiver's certificate or encryption is not in order.")) from error
    except (OSError, http.client.HTTPException) as error:
        is_late = time.monotonic() - began >= settings.OUTBOUND_SECONDS
        text = _("The receiver did not answer in time.") if is_late else _("The connection failed.")
        raise Unreachable("timeout" if is_late else "connection", text) from error
    finally:
        timer.cancel()
        connection.close()


def hang_up(connection: http.client.HTTPConnection) -> None:
    """End a call that takes too long as a whole, however busy it looks."""
    if connection.sock is not None:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            connection.sock.close()


def connected(target: Target, address: Address, context: Any) -> socket.socket:
    """A connection to the address that was judged; TLS is told the name."""
    plain = socket.create_connection((str(address), target.port), timeout=settings.OUTBOUND_SECONDS / 2)
    if target.scheme == "http":
        return plain
    try:
        secure = context or ssl.create_default_context()
        return secure.wrap_socket(plain, server_hostname=target.host)
    except (OSError, ValueError):
        plain.close()
        raise
