"""Looking through a zipped spreadsheet before it is opened: what is no danger, and what its cells do not say."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, BinaryIO

from crm.exchange.problems import file_refusal
from crm.exchange.reading.rows import NO_VALUE

# what zipfile raises over archives that are broken, encrypted or from a future that never came
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
PIECE = 1 << 20
CARRIED = 1 << 16
MAX_UNPACKED = 400 << 20
MAX_RATIO, RATIO_FROM = 100, 20 << 20
MAX_COLUMNS = 1024
MAX_DENSE = 6_000_000
MAX_ODD = 300_000
FILLED = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>/]*>')
ERROR = re.compile(
    rb'<(?:\w+:)?c(\s[^>]*\bt="e"[^>]*)>(?:(?!</(?:\w+:)?c>).){0,4000}?<(?:\w+:)?v>(#[^<]{1,20})<', re.DOTALL
)
EMPTY_FORMULA = re.compile(
    rb"<(?:\w+:)?c(\s(?:(?!t=\"str\")[^>])*)>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]{0,9000}</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\s(?=[^>]*\bhidden="(?:1|true)")[^>]*\br="([0-9]{1,7})"')
HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\s(?=[^>]*\bhidden="(?:1|true)")[^>]*>')
SPAN = re.compile(rb'\b(min|max)="([0-9]{1,5})"')


@dataclass
class SheetFacts:
    """What the XML of a sheet says beside its values; rows from 1, columns from 0."""

    last_row: int = 0
    last_column: int = -1
    odd: dict[int, dict[int, str]] = field(default_factory=dict)  # errors and formulas without a value
    odd_count: int = 0
    hidden_rows: int = 0
    hidden_columns: set[int] = field(default_factory=set)

    @property
    def is_dense(self) -> bool:
        """Whether all cells up to the last fit into memory."""
        return self.last_row * (self.last_column + 1) <= MAX_DENSE

    def look(self, text: bytes) -> None:
        """Take in a piece that ends where an element ends."""
        for letters, row in FILLED.findall(text):
            self.last_row = max(self.last_row, int(row))
            self.last_column = max(self.last_column, column_index(letters))
        if b't="e"' in text:
            for attributes, error in ERROR.findall(text):
                self.note(attributes, error.decode())
        if b"<f" in text or b":f" in text:
            for (attributes,) in ((one,) for one in EMPTY_FORMULA.findall(text)):
                self.note(attributes, NO_VALUE)
        if b"hidden=" in text:
            self.hidden_rows += len(HIDDEN_ROW.findall(text))
            for element in HIDDEN_COLUMN.findall(text):
                ends = {name: int(value) for name, value in SPAN.findall(element)}
                first = ends.get(b"min", 1)
                self.hidden_columns.update(range(first - 1, min(ends.get(b"max", first), MAX_COLUMNS)))

    def note(self, attributes: bytes, text: str) -> None:
        """Remember one cell."""
        place = PLACE.search(attributes)
        if place is None:
            return
        self.odd_count += 1
        if self.odd_count > MAX_ODD:
            raise file_refusal("file_many_errors", limit=f"{MAX_ODD:,}")
        self.odd.setdefault(int(place[2]), {})[column_index(place[1])] = text


def column_index(letters: bytes) -> int:
    """The number of a column from 0."""
    at = 0
    for letter in letters:
        at = at * 26 + letter - 64
    return at - 1


def guard(stream: BinaryIO) -> dict[str, SheetFacts]:
    """Refuse archives that are not what they say; what stands in each of the members."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            members = [m for m in archive.infolist() if m.filename.lower().endswith((".xml", ".rels", ".bin"))]
            check_sizes(members)
            # every member is read through, whatever the first says: that checks its size and its sum
            return {member.filename: facts_of(archive, member) for member in members}
    except DAMAGED as error:
        raise file_refusal("file_locked" if "encrypted" in str(error) else "file_damaged") from error


def check_sizes(members: list[zipfile.ZipInfo]) -> None:
    """A member that unpacks hundredfold is a bomb; Excel's own stay below fifty."""
    swollen = any(m.file_size > RATIO_FROM and m.file_size > MAX_RATIO * m.compress_size for m in members)
    if swollen or sum(m.file_size for m in members) > MAX_UNPACKED:
        raise file_refusal("file_bomb")


def facts_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> SheetFacts:
    """Read one member through: no document type, no cell too far out."""
    found, is_text, tail = SheetFacts(), not member.filename.lower().endswith(".bin"), b""
    with archive.open(member) as stream:
        for text in pieces(stream):
            if not is_text:
                continue
            seam = tail + text
            if b"<!DOCTYPE" in seam or b"<!ENTITY" in seam or text.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise file_refusal("file_unsafe")
            found.look(text)
            tail = text[-16:]
    if found.last_column >= MAX_COLUMNS:
        raise file_refusal("file_too_wide", found=letters_of(found.last_column), limit=MAX_COLUMNS)
    return found


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """The text in pieces that end before a cell begins, so that none is cut in two."""
    carried = b""
    while piece := stream.read(PIECE):
        text = carried + piece
        cut = max(text.rfind(b"<c "), text.rfind(b"<", 0, max(text.rfind(b":c "), 0)), len(text) - CARRIED)
        yield text[:cut]
        carried = text[cut:]
    if carried:
        yield carried


def sheet_members(stream: BinaryIO) -> list[str]:
    """The members that hold the sheets, in the workbook's order; "" where that cannot be told."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            book, links = archive.read("xl/workbook.xml"), archive.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return []
    except DAMAGED as error:
        raise file_refusal("file_damaged") from error
    found: dict[bytes, bytes] = {}
    for element in re.findall(rb"<(?:\w+:)?Relationship\s[^>]*>", links):
        name, target = re.search(rb'\bId="([^"]+)"', element), re.search(rb'\bTarget="([^"]+)"', element)
        if name and target:
            found[name[1]] = target[1]
    ids = re.findall(rb'<(?:\w+:)?sheet\s[^>]*\b\w+:id="([^"]+)"', book)
    return [member_of(found.get(one, b"").decode("utf-8", "replace")) for one in ids]


def member_of(target: str) -> str:
    """A relation's target as the name of a member."""
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def letters_of(at: int) -> str:
    """A column's letters, as spreadsheets name it."""
    return (letters_of(at // 26 - 1) if at >= 26 else "") + chr(65 + at % 26)
