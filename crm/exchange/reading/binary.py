"""What an XLSB file says beside its values, which the reader of cells passes over: errors, hidden rows and columns."""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from crm.exchange.reading.biff import ERRORS, HIDDEN_COLUMN, OldFacts

BOOK, LINKS = "xl/workbook.bin", "xl/_rels/workbook.bin.rels"
ROW, ERROR, FORMULA_ERROR, COLUMNS, SHEET = 0, 3, 11, 60, 156
HIDDEN_ROW, LAST_COLUMN = 0x10, 16_383
RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
ID, TARGET = re.compile(r'\bId="([^"]+)"'), re.compile(r'\bTarget="([^"]+)"')


def binary_facts(stream: BinaryIO) -> list[OldFacts]:
    """Every sheet's facts, in the workbook's order; nothing where the file is no such workbook, or is damaged."""
    try:
        with zipfile.ZipFile(stream) as archive:
            return [sheet_facts(archive.read(name)) for name in sheets(archive)] if BOOK in archive.namelist() else []
    except (zipfile.BadZipFile, KeyError, struct.error, IndexError, ValueError):
        return []


def sheets(archive: zipfile.ZipFile) -> list[str]:
    """The members that hold the sheets."""
    links: dict[str, str] = {}
    for element in RELATION.findall(archive.read(LINKS).decode("utf-8", "replace")):
        name, target = ID.search(element), TARGET.search(element)
        if name and target:
            links[name[1]] = target[1].lstrip("/") if target[1].startswith("/") else f"xl/{target[1]}"
    found = []
    for kind, body in records(archive.read(BOOK)):
        if kind == SHEET:
            (length,) = struct.unpack_from("<I", body, 8)
            found.append(links[body[12 : 12 + 2 * length].decode("utf-16-le")])
    return found


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a part: a kind of one or two bytes, a length of seven bits a byte, a body."""
    at = 0
    while at < len(data):
        kind, at = data[at], at + 1
        if kind > 0x7F:
            kind, at = (kind & 0x7F) | (data[at] << 7), at + 1
        size = shift = 0
        while True:
            byte, at = data[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 or shift > 21:
                break
        yield kind, data[at : at + size]
        at += size


def sheet_facts(data: bytes) -> OldFacts:
    """One sheet's records; rows and columns from 0."""
    found, row = OldFacts(), 0
    for kind, body in records(data):
        if kind == ROW:
            (row,) = struct.unpack_from("<I", body)
            found.hidden_rows += bool(body[11] & HIDDEN_ROW)
        elif kind in (ERROR, FORMULA_ERROR):
            (column,) = struct.unpack_from("<I", body)
            if column <= LAST_COLUMN:
                found.errors.append((row, column, ERRORS.get(body[8], "#N/A")))
        elif kind == COLUMNS and body[16] & HIDDEN_COLUMN:
            first, last = struct.unpack_from("<II", body)
            found.hidden_columns.update(range(first, min(last, LAST_COLUMN) + 1))
    return found
