"""Talking to mail servers: only to addresses that were judged, never longer or more than is set."""

from __future__ import annotations

import base64
import imaplib
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from crm.core.errors import CrmError
from crm.core.outbound import Unreachable, mail_socket
from crm.messaging.models import Mailbox, Security
from crm.messaging.secrets import login_of, password_of

BROKEN = (imaplib.IMAP4.error, OSError, ssl.SSLError)
MOST_LINE = 400


class Trouble(Exception):
    """A server did not do what was asked: in words; `is_final` where trying again would not help."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.message, self.is_final = message[:MOST_LINE], is_final


def reply_text(code: int, reply: Any) -> str:
    """What a server answered, short and printable."""
    words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
    return f"{code} {' '.join(words.split())}"[:MOST_LINE]


def tls() -> ssl.SSLContext:
    """TLS as the system trusts it."""
    return ssl.create_default_context()


# SMTP


class JudgedSmtp(smtplib.SMTP):
    """SMTP to a judged address."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return mail_socket(host, port)


class JudgedSmtpTls(smtplib.SMTP_SSL):
    """The same with TLS from the beginning; the name, not the address, must be in the certificate."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return tls().wrap_socket(mail_socket(host, port), server_hostname=host)


@contextmanager
def smtp_open(mailbox: Mailbox) -> Iterator[smtplib.SMTP]:
    """A connection that may send; refusals and faults as Trouble."""
    password = secret_of(mailbox)
    made = JudgedSmtpTls if mailbox.smtp_security == Security.TLS else JudgedSmtp
    try:
        server = made(mailbox.smtp_host, mailbox.smtp_port, "kith.invalid", timeout=settings.OUTBOUND_SECONDS)
    except Unreachable as error:
        raise Trouble(error.message, is_final=error.code in ("bad_port", "not_public")) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Trouble(_("The connection to the server failed.")) from error
    try:
        if mailbox.smtp_security == Security.STARTTLS:
            server.starttls(context=tls())
        if password:
            server.login(login_of(mailbox), password)
        yield server
    except smtplib.SMTPAuthenticationError as error:
        raise Trouble(_("The server does not take this user name and password."), is_final=True) from error
    except (smtplib.SMTPNotSupportedError, ssl.SSLError) as error:
        raise Trouble(_("The server does not speak the security that is set."), is_final=True) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Trouble(_("The connection to the server failed.")) from error
    finally:
        server.close()


def secret_of(mailbox: Mailbox) -> str:
    """The password; without it nothing is tried."""
    try:
        return password_of(mailbox)
    except CrmError as refusal:
        raise Trouble(str(refusal.message), is_final=True) from refusal


def smtp_send(mailbox: Mailbox, mime: EmailMessage, recipients: list[str]) -> list[str]:
    """Hand a message over; who was not taken, in words. Lost without an answer, nobody knows: it is not sent again."""
    with smtp_open(mailbox) as server:
        try:
            refused = server.send_message(mime, mailbox.address, recipients)
        except smtplib.SMTPRecipientsRefused as error:
            answers = list(error.recipients.values())
            text = "; ".join(reply_text(*answer) for answer in answers)
            raise Trouble(text, is_final=any(code >= 500 for code, _reply in answers)) from error
        except smtplib.SMTPResponseException as error:
            text = reply_text(error.smtp_code, error.smtp_error)
            raise Trouble(text, is_final=error.smtp_code >= 500) from error
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            text = _("The connection broke while it was handed over: nobody knows whether it was sent.")
            raise Trouble(text, is_final=True) from error
    return [f"{address}: {reply_text(*answer)}" for address, answer in refused.items()]


# IMAP


class Judged:
    """What both ways of IMAP share: the judged address, and an end to what a server may pour out."""

    host: str
    port: int

    def read(self, size: int) -> bytes:
        """A literal of at most the size of a message."""
        if size > settings.MAIL_MOST_BYTES + 65536:
            raise imaplib.IMAP4.abort("literal too large")
        found: bytes = super().read(size)  # type: ignore[misc]  # IMAP4 has it
        return found


class JudgedImap(Judged, imaplib.IMAP4):
    """IMAP to a judged address."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return mail_socket(self.host, self.port)


class JudgedImapTls(Judged, imaplib.IMAP4_SSL):
    """The same with TLS from the beginning."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return tls().wrap_socket(mail_socket(self.host, self.port), server_hostname=self.host)


@dataclass
class Folder:
    """An opened folder: its generation, and the connection to it."""

    server: imaplib.IMAP4
    validity: int

    def uids_after(self, last: int) -> list[int]:
        """The numbers of the messages that came after one, in order."""
        _ok, found = self.server.uid("SEARCH", f"UID {last + 1}:*")
        words = (found[0] or b"").split() if found else []
        return sorted(uid for uid in {int(word) for word in words if word.isdigit()} if uid > last)

    def size_of(self, uid: int) -> int:
        """How large a message says it is."""
        _ok, found = self.server.uid("FETCH", str(uid), "(RFC822.SIZE)")
        text = b" ".join(part if isinstance(part, bytes) else part[0] for part in found if part)
        digits = text.upper().partition(b"RFC822.SIZE")[2].strip(b" )").split(b" ")[0].rstrip(b")")
        return int(digits) if digits.isdigit() else 0

    def fetch(self, uid: int, *, whole: bool = True) -> bytes:
        """A message as it is, or its head only; it stays unread."""
        _ok, found = self.server.uid("FETCH", str(uid), "(BODY.PEEK[])" if whole else "(BODY.PEEK[HEADER])")
        return next((bytes(part[1]) for part in found if isinstance(part, tuple)), b"")


@contextmanager
def imap_server(mailbox: Mailbox) -> Iterator[imaplib.IMAP4]:
    """A server that one is logged in at; faults as Trouble."""
    password = secret_of(mailbox)
    made: Any = JudgedImapTls if mailbox.imap_security == Security.TLS else JudgedImap
    try:
        server: imaplib.IMAP4 = made(mailbox.imap_host, mailbox.imap_port, timeout=settings.OUTBOUND_SECONDS)
    except Unreachable as error:
        raise Trouble(error.message, is_final=error.code in ("bad_port", "not_public")) from error
    except BROKEN as error:
        raise Trouble(_("The connection to the server failed.")) from error
    try:
        if mailbox.imap_security == Security.STARTTLS:
            server.starttls(tls())
        logged_in(server, mailbox, password)
        yield server
    except BROKEN as error:
        raise Trouble(_("The connection to the server failed.")) from error
    finally:
        try:
            server.logout()
        except BROKEN:
            server.shutdown()


@contextmanager
def imap_open(mailbox: Mailbox) -> Iterator[Folder]:
    """The mailbox's folder, opened for reading only."""
    with imap_server(mailbox) as server:
        folder_read(server, folder_name(mailbox.imap_folder))
        _name, validity = server.response("UIDVALIDITY")
        text = validity[0] if validity and validity[0] else b"0"
        yield Folder(server, int(text) if bytes(text).isdigit() else 0)


def folder_read(server: imaplib.IMAP4, name: str) -> None:
    """Open a folder for reading."""
    ok, _found = server.select(name, readonly=True)
    if ok != "OK":
        raise Trouble(_("There is no folder of this name."), is_final=True)


def folder_name(text: str) -> str:
    """A folder's name as the protocol writes it: in quotes, what is not ASCII in UTF-7 of its own kind."""
    words = re.sub(r"[^\x20-\x25\x27-\x7e]+", lambda found: shifted(found[0]), text)
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


def shifted(text: str) -> str:
    """Letters beyond ASCII, as RFC 3501 writes them; `&` stands for itself as `&-`."""
    runs = re.split("(&)", text)
    return "".join("&-" if one == "&" else f"&{utf7(one)}-" for one in runs if one)


def utf7(text: str) -> str:
    """A run of letters in the base64 of folder names."""
    return base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")


def logged_in(server: imaplib.IMAP4, mailbox: Mailbox, password: str) -> None:
    """Log in, or say that the server refuses."""
    try:
        server.login(login_of(mailbox), password)
        if "ID" in server.capabilities:  # 163.com and its like let in nobody who does not say who they are (RFC 2971)
            server.xatom("ID", '("name" "Kith")')
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise Trouble(_("The server does not take this user name and password."), is_final=True) from error
