"""Bytes that no database can keep and no program should send: found once, refused in one way."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
MAX_DEPTH = 32


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can keep the text: no NUL, no half of a surrogate pair."""
    return UNSTORABLE.search(text) is None


def walk(value: Any) -> Iterator[tuple[Any, int]]:
    """Every value and key inside, with its depth; a stack of our own, so that no depth can exhaust Python's."""
    stack = [(value, 1)]
    while stack:
        here, depth = stack.pop()
        yield here, depth
        if isinstance(here, Mapping):
            stack += [(part, depth + 1) for pair in here.items() for part in pair]
        elif isinstance(here, list):
            stack += [(part, depth + 1) for part in here]


def fault_of(value: Any) -> str:
    """Why a value read from JSON is refused: "depth", "text" or "" when it is sound."""
    for part, depth in walk(value):
        if depth > MAX_DEPTH:
            return "depth"
        if isinstance(part, str) and not is_storable(part):
            return "text"
    return ""


def is_sound_request(meta: Mapping[str, Any]) -> bool:
    """Whether address and headers are text: valid UTF-8 where it is meant, NUL nowhere.

    The address is judged as it was sent: Django has mended its own copy of a broken path by then.
    """
    sent = meta.get("RAW_URI") or f"{meta.get('PATH_INFO', '')}?{meta.get('QUERY_STRING', '')}"
    headers = (value for name, value in meta.items() if name.startswith("HTTP_") or name == "CONTENT_TYPE")
    return is_utf8(unquote_to_bytes(latin(sent))) and not any(
        "\x00" in value for value in headers if isinstance(value, str)
    )


def latin(text: str) -> bytes:
    """The bytes behind a WSGI string (already decoded text passes as UTF-8)."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def is_utf8(raw: bytes) -> bool:
    """Whether the bytes are UTF-8 without NUL."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return b"\x00" not in raw
