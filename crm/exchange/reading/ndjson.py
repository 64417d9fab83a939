"""One JSON object a line, as programs write them: the names of all lines are the header, each line is a row."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

import orjson

from crm.exchange.analysis import SheetInfo
from crm.exchange.reading.rows import Cell, Row, Unreadable, plain

MAX_LINE = 1 << 20
MOST_NAMES, MAX_ARRAY = 500, 32 << 20
SEEN = 200
BOM = b"\xef\xbb\xbf"


def is_ndjson(head: bytes) -> bool:
    """Whether the first line is a JSON object, or the next ones are and it was to be one."""
    first, *others = head.removeprefix(BOM).lstrip().split(b"\n")
    line = first.strip()
    if line.startswith(b"{") and (not line.endswith(b"}") or object_of(line) is not None):
        return True
    return line.startswith((b"{", b"[")) and any(object_of(one) is not None for one in others)


def object_of(line: bytes) -> dict[str, Any] | None:
    """The object of a line; None where it is none."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def lines_of_array(stream: BinaryIO, head: bytes) -> BinaryIO | None:
    """A list of JSON objects as lines, each in its place; None where the file is none, or too large to be one."""
    if not head.removeprefix(BOM).lstrip().startswith(b"["):
        return None
    stream.seek(0)
    data = stream.read(MAX_ARRAY + 1)
    stream.seek(0)
    try:
        found = orjson.loads(data.removeprefix(BOM)) if len(data) <= MAX_ARRAY else None
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, list) or not any(isinstance(one, dict) for one in found):
        return None
    return BytesIO(b"".join(orjson.dumps(one) + b"\n" for one in found))


class NdjsonTable:
    """A file of JSON lines; line 1 is row 1, and the names of all lines stand above it."""

    format = "ndjson"
    encoding = "utf-8"
    delimiter = ""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.sheets: list[SheetInfo] = []
        names: dict[str, None] = {}
        for _number, line in self.lines():
            for name in object_of(line) or ():
                if len(names) < MOST_NAMES:
                    names.setdefault(name)
        self.names = list(names)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines that hold something, numbered; one too long to keep is cut."""
        self.stream.seek(0)
        number = 0
        while line := self.stream.readline(MAX_LINE):
            number += 1
            rest = line
            while len(rest) >= MAX_LINE and not rest.endswith(b"\n"):
                rest = self.stream.readline(MAX_LINE)
            if stripped := line.removeprefix(BOM).strip():
                yield number, stripped if rest is line else b""

    def rows(self, sheet: int = 0) -> Iterator[Row]:
        """The names, then every line; a line that is no object is reported, never left out."""
        yield 0, list(self.names)
        for number, line in self.lines():
            found = object_of(line)
            if not line:
                yield number, Unreadable("line_too_long", "")
            elif found is None:
                seen = line[:SEEN].decode("utf-8", "replace").replace("\x00", "")
                yield number, Unreadable("not_an_object", seen)
            else:
                yield number, plain([cell_of(found.get(name)) for name in self.names])


def cell_of(value: Any) -> Cell:
    """A value as a cell: null is empty, lists of words get commas, links (`{"id": …}`) their id, the rest is JSON."""
    if isinstance(value, (str, bool, int, float)):
        return value
    if value is None:
        return ""
    if isinstance(value, dict) and isinstance(value.get("id"), str):
        return str(value["id"])
    if isinstance(value, list) and all(isinstance(one, (str, int, float)) for one in value):
        return ", ".join(str(one) for one in value)
    return orjson.dumps(value).decode()
