"""What an XLS file says beside its values, which the reader of cells passes over: errors, hidden rows and columns."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
END, NONE = 0xFFFFFFFE, 0xFFFFFFFF
LOCK, SHEET, EOF, FORMULA, TRUTH, ROW, COLUMNS = 0x2F, 0x85, 0x0A, 0x06, 0x205, 0x208, 0x7D
HIDDEN_ROW, HIDDEN_COLUMN = 0x20, 0x01
SHORT = 64


@dataclass
class OldFacts:
    """One sheet's; rows and columns from 0."""

    errors: list[tuple[int, int, str]] = field(default_factory=list)
    hidden_rows: int = 0
    hidden_columns: set[int] = field(default_factory=set)


def facts_of(data: bytes) -> list[OldFacts]:
    """Every sheet's facts, in the workbook's order; nothing where the file is not as it should be."""
    try:
        stream = workbook_stream(data)
        starts = [struct.unpack_from("<I", body)[0] for kind, body in records(stream, 0) if kind == SHEET]
        return [sheet_facts(stream, start) for start in starts]
    except (struct.error, IndexError, ValueError):
        return []


def is_locked(data: bytes) -> bool:
    """Whether a password is asked for, whatever the kind of lock."""
    try:
        return any(kind == LOCK for kind, _body in records(workbook_stream(data), 0))
    except (struct.error, IndexError, ValueError):
        return False


def records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records from a place on, to the end of its part."""
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind == EOF:
            return
        yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def sheet_facts(stream: bytes, start: int) -> OldFacts:
    """One sheet's records."""
    found = OldFacts()
    for kind, body in records(stream, start):
        if kind == FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
            found.errors.append((*struct.unpack_from("<HH", body), ERRORS.get(body[8], "#N/A")))
        elif kind == TRUTH and body[7]:
            found.errors.append((*struct.unpack_from("<HH", body), ERRORS.get(body[6], "#N/A")))
        elif kind == ROW and struct.unpack_from("<H", body, 12)[0] & HIDDEN_ROW:
            found.hidden_rows += 1
        elif kind == COLUMNS and struct.unpack_from("<H", body, 8)[0] & HIDDEN_COLUMN:
            first, last = struct.unpack_from("<HH", body)
            found.hidden_columns.update(range(first, min(last, 255) + 1))
    return found


def workbook_stream(data: bytes) -> bytes:
    """The stream of the workbook out of its container."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    if size not in (512, 4096):
        raise ValueError(size)
    table = allocation(data, size)
    directory = chain(data, table, struct.unpack_from("<I", data, 48)[0], size)
    entries = [directory[at : at + 128] for at in range(0, len(directory) - 127, 128)]
    for name in ("Workbook", "Book"):
        for entry in entries:
            if entry[: struct.unpack_from("<H", entry, 64)[0]] == f"{name}\0".encode("utf-16-le"):
                return content(data, table, entry, entries[0])
    raise ValueError(len(entries))


def allocation(data: bytes, size: int) -> list[int]:
    """Which sector follows which."""
    heads = list(struct.unpack_from("<109I", data, 76))
    more, seen = struct.unpack_from("<I", data, 68)[0], 0
    while more not in (END, NONE) and seen < len(data) // size:
        sector = struct.unpack_from(f"<{size // 4}I", data, (more + 1) * size)
        heads += sector[:-1]
        more, seen = sector[-1], seen + 1
    table: list[int] = []
    for head in heads:
        if head not in (END, NONE):
            table += struct.unpack_from(f"<{size // 4}I", data, (head + 1) * size)
    return table


def chain(data: bytes, table: list[int], first: int, size: int, offset: int = 1) -> bytes:
    """The sectors of one stream; a chain that bites its tail ends."""
    found: list[bytes] = []
    while first < len(table) and len(found) <= len(table):
        found.append(data[(first + offset) * size : (first + offset + 1) * size])
        first = table[first]
    return b"".join(found)


def content(data: bytes, table: list[int], entry: bytes, root: bytes) -> bytes:
    """A stream's bytes: small ones stand in sectors of 64 inside the root's stream."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    first, length = struct.unpack_from("<II", entry, 116)
    if length >= struct.unpack_from("<I", data, 56)[0]:
        return chain(data, table, first, size)[:length]
    inner = chain(data, table, struct.unpack_from("<I", root, 116)[0], size)
    short = chain(data, table, struct.unpack_from("<I", data, 60)[0], size)
    small = list(struct.unpack_from(f"<{len(short) // 4}I", short))
    return chain(inner, small, first, SHORT, 0)[:length]
