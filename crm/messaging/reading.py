"""A message as it came over the wire, taken apart: nothing in it is believed, nothing of it is lost in silence."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header
from email.message import Message as Mime
from email.utils import getaddresses, parsedate_to_datetime

from django.conf import settings
from django.utils.translation import gettext as _

from crm.messaging.cleaning import html_cleaned, is_bomb, one_line, storable, text_of_html

MOST_PARTS, MOST_DEPTH, MOST_FILES, MOST_PEOPLE, MOST_REFERENCES = 500, 30, 50, 200, 100
MOST_HEADERS = 200_000
ID = re.compile(r"<[^<>\s]{1,250}>")
ADDRESS = re.compile(r"[^@\s<>,;\"\x00-\x1f]{1,64}@[^@\s<>,;\"\x00-\x1f]{1,189}")
# What the standard library raises over headers and bodies that no program should have written
ODD = (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError)
ODD_OR_DEEP, ODD_OR_LATE = (*ODD, RecursionError), (*ODD, OverflowError)


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
    found.at = moment_of(mime)
    try:
        bodies_take(mime, found)
    except RecursionError:
        found.troubles.append(_("Its parts lie too deep in one another; what lay deeper was left out."))
    return found


# Headers


def header_of(mime: Mime, name: str) -> str:
    """A header as text, whatever its charset claims to be."""
    try:
        raw = mime.get(name)
        chunks = decode_header(str(raw)[:MOST_HEADERS]) if raw is not None else []
    except ODD:
        return storable(str(mime.get(name, "")))
    return storable("".join(decoded(chunk, charset or "utf-8") for chunk, charset in chunks))


def decoded(data: bytes | str, charset: str) -> str:
    """Bytes as text; where the charset lies or is not known, the likely ones are tried."""
    if isinstance(data, str):
        return data.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    names = {"gb2312": "gb18030", "gbk": "gb18030", "unknown-8bit": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8"}
    for name in (names.get(charset.lower(), charset), "utf-8", "gb18030"):
        try:
            return data.decode(name)
        except (LookupError, ValueError):
            continue
    return data.decode("utf-8", "replace")


def ids_of(mime: Mime, name: str) -> list[str]:
    """The message ids in a header, the last ones where there are very many."""
    return list(dict.fromkeys(ID.findall(storable(header_of(mime, name)))))[-MOST_REFERENCES:]


def own_id(mime: Mime, raw: bytes) -> str:
    """Its id; without one, a name that the same bytes have again when they come a second time."""
    found = ids_of(mime, "Message-ID")
    return found[0] if found else f"<{hashlib.sha256(raw).hexdigest()}@no-id.invalid>"


def people_take(mime: Mime, found: Parsed) -> None:
    """Who wrote, and to whom."""
    senders = people_of(mime, "From") or people_of(mime, "Sender")
    found.sender, found.sender_address = senders[0] if senders else ("", "")
    named = {name: people_of(mime, name) for name in ("To", "Cc")}
    found.to, found.cc = ([text for text, _address in named[name]] for name in ("To", "Cc"))
    everyone = [*senders[:1], *named["To"], *named["Cc"], *people_of(mime, "Reply-To")[:1]]
    found.addresses = list(dict.fromkeys(address for _text, address in everyone))


def people_of(mime: Mime, name: str) -> list[tuple[str, str]]:
    """The people in a header: as they are shown, and the bare address in small letters."""
    try:
        pairs = getaddresses([storable(str(one))[:MOST_HEADERS] for one in mime.get_all(name, [])])
    except ODD:
        return []
    found = []
    for label, address in pairs[:MOST_PEOPLE]:
        if ADDRESS.fullmatch(address):
            words = one_line(header_text(label), 60)
            found.append((f"{words} <{address}>" if words else address, address.lower()))
    return found


def header_text(text: str) -> str:
    """Encoded words in a name."""
    try:
        return "".join(decoded(chunk, charset or "utf-8") for chunk, charset in decode_header(text))
    except ODD:
        return text


def moment_of(mime: Mime) -> datetime | None:
    """When it was written, if it says so sensibly."""
    try:
        found = parsedate_to_datetime(str(mime.get("Date", "")))
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except ODD_OR_LATE:
        return None
    return found if 1990 <= found.year <= 2100 else None


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
