"""A mail server of our own on loopback: SMTP by aiosmtpd, and as much of IMAP as imaplib asks for."""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER, PASSWORD = "sales@shop.example", "open sesame"


@dataclass
class Inbox:
    """What lies on the IMAP server, by number."""

    validity: int = 7
    messages: dict[int, bytes] = field(default_factory=dict)
    claimed: dict[int, int] = field(default_factory=dict)  # sizes that are not true
    commands: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=lambda: ['(\\HasNoChildren \\Sent) "/" "Gesendet"'])
    sent: list[tuple[str, bytes]] = field(default_factory=list)  # what was appended, with the folder's name
    appends: str = "OK done"
    port: int = 0

    def put(self, raw: bytes) -> None:
        """One more message."""
        self.messages[max(self.messages, default=0) + 1] = raw


class Imap(socketserver.StreamRequestHandler):
    """One client: RFC 3501, as far as reading one folder needs it."""

    def handle(self) -> None:
        self.inbox: Inbox = self.server.inbox  # type: ignore[attr-defined]  # given below
        self.is_in = False
        self.say("* OK here")
        while line := self.rfile.readline().decode():
            tag, _space, rest = line.strip().partition(" ")
            name = rest.split(" ")[0].upper()
            self.inbox.commands.append(rest)
            answer = getattr(self, f"do_{name.lower()}", None)
            if answer is None:
                self.say(f"{tag} BAD unknown")
                continue
            self.say(f"{tag} {answer(rest)}")
            if name == "LOGOUT":
                return

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def do_capability(self, rest: str) -> str:
        self.say("* CAPABILITY IMAP4rev1 ID")
        return "OK done"

    def do_id(self, rest: str) -> str:
        return "OK done"

    def do_login(self, rest: str) -> str:
        self.is_in = rest.split(" ", 1)[1] in (f'{USER} "{PASSWORD}"', f'"{USER}" "{PASSWORD}"')
        return "OK in" if self.is_in else "NO wrong password"

    def do_list(self, rest: str) -> str:
        for line in self.inbox.folders:
            self.say(f"* LIST {line}")
        return "OK done"

    def do_append(self, rest: str) -> str:
        size = int(rest.rpartition("{")[2].rstrip("}"))
        self.say("+ go on")
        raw = self.rfile.read(size)
        self.rfile.readline()
        if self.inbox.appends.startswith("OK"):
            self.inbox.sent.append((rest.split('"')[1], raw))
        return self.inbox.appends

    def do_examine(self, rest: str) -> str:
        known = {"INBOX", *(line.split('"')[-2] for line in self.inbox.folders)}
        if not self.is_in or rest.partition('"')[2].rstrip('"') not in known:
            return "NO no such folder"
        self.say(f"* {len(self.inbox.messages)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.inbox.validity}] valid")
        return "OK [READ-ONLY] open"

    def do_uid(self, rest: str) -> str:
        if found := re.fullmatch(r"UID SEARCH UID (\d+):\*", rest):
            last = max(self.inbox.messages, default=0)
            hits = [uid for uid in self.inbox.messages if uid >= int(found[1]) or uid == last]  # as the RFC has it
            self.say("* SEARCH " + " ".join(map(str, hits)))
            return "OK done"
        if found := re.fullmatch(r'UID SEARCH HEADER Message-ID "(.+)"', rest):
            hits = [at for at, (_name, raw) in enumerate(self.inbox.sent, 1) if found[1].encode() in raw]
            self.say("* SEARCH " + " ".join(map(str, hits)))
            return "OK done"
        found = re.fullmatch(r"UID FETCH (\d+) \((.+)\)", rest)
        assert found, rest
        uid, raw = int(found[1]), self.inbox.messages[int(found[1])]
        if found[2] == "RFC822.SIZE":
            self.say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {self.inbox.claimed.get(uid, len(raw))})")
            return "OK done"
        body = raw if found[2] == "BODY.PEEK[]" else raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        self.wfile.write(f"* {uid} FETCH (UID {uid} BODY[] {{{len(body)}}}\r\n".encode() + body + b")\r\n")
        return "OK done"

    def do_logout(self, rest: str) -> str:
        self.say("* BYE")
        return "OK done"


class Threaded(socketserver.ThreadingTCPServer):
    """A thread for each client."""

    allow_reuse_address = daemon_threads = True


@contextmanager
def imap_server() -> Iterator[Inbox]:
    """An IMAP server, and what lies on it."""
    inbox = Inbox()
    with Threaded(("127.0.0.1", 0), Imap) as server:
        server.inbox = inbox  # type: ignore[attr-defined]  # for its handlers
        inbox.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield inbox
        server.shutdown()


@dataclass
class Outbox:
    """What came to the SMTP server, and what it answers."""

    taken: list[tuple[list[str], bytes]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)  # to whom it says no, and in which words
    data: str = "250 OK"
    port: int = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data.startswith("250"):
            self.taken.append((list(envelope.rcpt_tos), envelope.content))
        return self.data


def authenticated(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    """Whether the password is right."""
    is_right = isinstance(data, LoginPassword) and data.password.decode() == PASSWORD
    return AuthResult(success=is_right, handled=False)


@contextmanager
def smtp_server() -> Iterator[Outbox]:
    """An SMTP server that wants a password, and what came to it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        outbox = Outbox(port=free.getsockname()[1])
    controller = Controller(
        outbox, hostname="127.0.0.1", port=outbox.port, authenticator=authenticated, auth_require_tls=False,
        auth_required=True, data_size_limit=64 << 20,
    )  # fmt: skip
    controller.start()
    yield outbox
    controller.stop()
