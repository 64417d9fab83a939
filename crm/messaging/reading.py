"""A message as it came over the wire, taken apart: nothing in it is believed, nothing of it is lost in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import Message as Mime

from django.conf import settings
from django.utils.translation import gettext as _

from crm.messaging.bouncing import Returned, returned_of
from crm.messaging.cleaning import html_cleaned, is_bomb, one_line, storable, text_of_html
from crm.messaging.heading import (
    ODD,
    ODD_OR_DEEP,
    decoded,
    header_of,
    header_text,
    ids_of,
    moment_of,
    own_id,
    people_of,
)

MOST_PARTS, MOST_DEPTH, MOST_FILES = 500, 30, 50


MOST_HEAD = 64 * 1024
OF_LETTERS = frozenset({"from", "sender", "date", "message-id", "received"})


class Unreadable(Exception):
    """A message that cannot be taken: a sentence."""


@dataclass
class Parsed:
    """What a message says."""

    message_id: str
    references: list[str] = field(default_factory=list)
    in_reply_to: list[str] = field(default_factory=list)
    subject: str = ""
    sender: str = ""
    sender_address: str = ""
    to: list[str] = field(default_factory=list)
    cc: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    at: datetime | None = None
    text: str = ""
    html: str = ""
    files: list[tuple[str, bytes]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    returned: Returned | None = None


def parse(raw: bytes) -> Parsed:
    """Take a message apart, or say why it cannot be."""
    if len(raw) > settings.MAIL_MOST_BYTES:
        raise Unreadable(_("The message is larger than %(max)s MB.") % {"max": settings.MAIL_MOST_BYTES >> 20})
    try:
        mime = message_from_bytes(raw, policy=policy.compat32)
    except ODD_OR_DEEP as error:
        raise Unreadable(_("The message cannot be read.")) from error
    found = Parsed(own_id(mime, raw))
    found.references, found.in_reply_to = ids_of(mime, "References"), ids_of(mime, "In-Reply-To")
    found.subject = one_line(header_of(mime, "Subject"), 300)
    people_take(mime, found)
    found.at, found.returned = moment_of(mime), returned_of(mime)
    try:
        bodies_take(mime, found)
    except RecursionError:
        found.troubles.append(_("Its parts lie too deep in one another; what lay deeper was left out."))
    return found


def is_letter(raw: bytes) -> bool:
    """Whether these bytes begin like a message: something says who wrote, when, or by which name it is known."""
    try:
        head = message_from_bytes(raw[:MOST_HEAD], policy=policy.compat32)
    except ODD_OR_DEEP:
        return False
    return any(name.lower() in OF_LETTERS for name in head)


def people_take(mime: Mime, found: Parsed) -> None:
    """Who wrote, and to whom."""
    senders = people_of(mime, "From") or people_of(mime, "Sender")
    found.sender, found.sender_address = senders[0] if senders else ("", "")
    named = {name: people_of(mime, name) for name in ("To", "Cc")}
    found.to, found.cc = ([text for text, _address in named[name]] for name in ("To", "Cc"))
    everyone = [*senders[:1], *named["To"], *named["Cc"], *people_of(mime, "Reply-To")[:1]]
    found.addresses = list(dict.fromkeys(address for _text, address in everyone))


# Bodies


def parts_of(mime: Mime, depth: int = 0) -> Iterator[tuple[Mime, int]]:
    """Every part that is no container, with how deep it lies; a message inside a message is a file."""
    children = mime.get_payload() if mime.is_multipart() else None
    if not isinstance(children, list) or (depth and mime.get_content_maintype() == "message"):
        yield mime, depth
        return
    if depth >= MOST_DEPTH:
        raise RecursionError
    for child in children:
        if isinstance(child, Mime):
            yield from parts_of(child, depth + 1)


def bodies_take(mime: Mime, found: Parsed) -> None:
    """The first plain text and the first page are its text; everything else is a file."""
    texts: list[str] = []
    pages: list[str] = []
    for at, (part, _depth) in enumerate(parts_of(mime)):
        if at >= MOST_PARTS:
            found.troubles.append(_("It has more than %(max)s parts; the rest was left out.") % {"max": MOST_PARTS})
            break
        kind, name = content_type(part), name_of(part)
        is_attached = header_of(part, "Content-Disposition").lower().startswith("attachment") or bool(name)
        if kind == "text/plain" and not is_attached and not texts:
            texts.append(decoded(data_of(part), charset_of(part)))
        elif kind == "text/html" and not is_attached and not pages:
            pages.append(decoded(data_of(part), charset_of(part)))
        elif data := data_of(part):
            file_take(found, name or default_name(kind, len(found.files) + 1), data)
    page = pages[0] if pages else ""
    if page and is_bomb(page):
        found.troubles.append(_("Its page was too large to be shown; it is kept as a file."))
        file_take(found, "message.html", page.encode("utf-8", "replace"))
        page = ""
    found.html = html_cleaned(storable(page, len(page)))
    found.text = storable((texts[0] if texts else text_of_html(page)).replace("\r\n", "\n"))


def file_take(found: Parsed, name: str, data: bytes) -> None:
    """Keep a file, or say that it was refused."""
    if len(found.files) >= MOST_FILES:
        found.troubles.append(_("%(name)s was left out: a message may bring %(max)s files.") % {
            "name": name, "max": MOST_FILES})  # fmt: skip
    elif len(data) > settings.FILE_MOST_BYTES:
        found.troubles.append(_("%(name)s was left out: a file may have %(max)s MB.") % {
            "name": name, "max": settings.FILE_MOST_BYTES >> 20})  # fmt: skip
    else:
        found.files.append((name, data))


def content_type(part: Mime) -> str:
    """The kind that a part claims to be."""
    try:
        return part.get_content_type()
    except ODD:
        return "application/octet-stream"


def charset_of(part: Mime) -> str:
    """The charset that a part claims."""
    try:
        return str(part.get_content_charset() or "utf-8")
    except ODD:
        return "utf-8"


def data_of(part: Mime) -> bytes:
    """The bytes of a part; a message inside a message as it stands."""
    try:
        if part.is_multipart():
            inner = part.get_payload()
            return b"\n".join(one.as_bytes() for one in inner if isinstance(one, Mime)) if inner else b""
        data = part.get_payload(decode=True)
    except ODD_OR_DEEP:
        return b""
    return data if isinstance(data, bytes) else b""


def name_of(part: Mime) -> str:
    """The name of a file without any path."""
    try:
        raw = part.get_filename() or ""
    except ODD:
        return ""
    plain = one_line(header_text(str(raw)), 400).replace("\\", "/").rpartition("/")[2]
    return plain.strip(". ")[-200:]


def default_name(kind: str, number: int) -> str:
    """A name for a file that has none."""
    ends = {"message/rfc822": "eml", "text/html": "html", "text/plain": "txt", "text/calendar": "ics"}
    return "-".join((_("attachment"), f"{number}.{ends.get(kind, 'bin')}"))
