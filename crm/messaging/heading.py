"""The head of a message, read without believing it."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message as Mime
from email.utils import getaddresses, parsedate_to_datetime

from crm.messaging.cleaning import one_line, storable

MOST_PEOPLE, MOST_REFERENCES, MOST_HEADERS = 200, 100, 200_000
HIGH = re.compile(rb"[\x80-\xff]+")
ID = re.compile(r"<[^<>\s]{1,250}>")
ADDRESS = re.compile(r"[^@\s<>,;\"\x00-\x1f]{1,64}@[^@\s<>,;\"\x00-\x1f]{1,189}")
# What the standard library raises over headers and bodies that no program should have written
ODD = (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError)
ODD_OR_LATE, ODD_OR_DEEP = (*ODD, OverflowError), (*ODD, RecursionError)


def header_of(mime: Mime, name: str) -> str:
    """A header as text, whatever its charset claims to be."""
    try:
        raw = raws_of(mime, name)[:1]
        chunks = decode_header(raw[0][:MOST_HEADERS]) if raw else []
    except ODD:
        return storable(str(mime.get(name, "")))
    return storable("".join(decoded(chunk, charset or "utf-8") for chunk, charset in chunks))


def raws_of(mime: Mime, name: str) -> list[str]:
    """A header as it was written, once for each time that it stands there."""
    return [eight_bit(str(value)) for key, value in mime.raw_items() if key.lower() == name.lower()]


def eight_bit(text: str) -> str:
    """Bytes beyond ASCII that no encoded word holds: UTF-8, else in pairs Chinese, else western."""
    data = text.encode("utf-8", "surrogateescape")
    if text.isascii() or text == data.decode("utf-8", "replace"):
        return text
    in_pairs = all(len(run) % 2 == 0 for run in HIGH.findall(data))
    for name in ("utf-8", *(["gb18030"] if in_pairs else []), "cp1252"):
        try:
            return data.decode(name)
        except ValueError:
            continue
    return data.decode("utf-8", "replace")


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


def people_of(mime: Mime, name: str) -> list[tuple[str, str]]:
    """The people in a header: as they are shown, and the bare address in small letters."""
    try:
        pairs = getaddresses([storable(one)[:MOST_HEADERS] for one in raws_of(mime, name)])
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
