"""Spreadsheets: fast by calamine where the cells fit into memory, row by row by openpyxl where they are scattered."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast
from xml.etree import ElementTree

import python_calamine
from django.utils.module_loading import import_string

from crm.exchange.analysis import SheetInfo
from crm.exchange.problems import file_refusal
from crm.exchange.reading.delimited import MAX_CELL, SEEN
from crm.exchange.reading.rows import Cell, Row, Unreadable

# what zipfile raises over archives that are broken, encrypted or from a future that never came
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
PIECE = 1 << 20
OVERLAP = 256
MAX_UNPACKED = 400 << 20
MAX_RATIO, RATIO_FROM = 100, 20 << 20
MAX_COLUMNS = 1024
MAX_DENSE = 6_000_000
FILLED = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>/]*>')


class WorkbookTable:
    """An XLSX or XLS file."""

    encoding = ""
    delimiter = ""

    def __init__(self, stream: BinaryIO, format: str) -> None:
        self.stream, self.format = stream, format
        self.is_dense = format == "xls" or guard(stream)
        stream.seek(0)
        try:
            self.book = python_calamine.CalamineWorkbook.from_filelike(stream)
        except python_calamine.PasswordError as error:
            raise file_refusal("file_locked") from error
        except (python_calamine.CalamineError, OSError) as error:
            raise file_refusal("file_damaged") from error
        kind, sheet = python_calamine.SheetTypeEnum, self.book.sheets_metadata
        self.sheets = [SheetInfo(at, s.name) for at, s in enumerate(sheet) if s.typ == kind.WorkSheet]

    def rows(self, sheet: int = 0) -> Iterator[Row]:
        """The rows of one sheet, numbered as the program that made it numbers them."""
        if sheet not in {s.position for s in self.sheets}:
            raise file_refusal("file_no_sheet")
        for number, cells in self.dense(sheet) if self.is_dense else self.scattered(sheet):
            large = next((c for c in cells if isinstance(c, str) and len(c) > MAX_CELL), "")
            yield number, Unreadable("cell_too_large", str(large)[:SEEN]) if large else plain(cells)

    def dense(self, sheet: int) -> Iterator[tuple[int, list[Cell]]]:
        """The whole sheet at once."""
        try:
            found = self.book.get_sheet_by_index(sheet)
        except (python_calamine.CalamineError, OSError) as error:
            raise file_refusal("file_damaged") from error
        rows = found.to_python(skip_empty_area=False)
        yield from enumerate(cast("list[list[Cell]]", rows), 1)

    def scattered(self, sheet: int) -> Iterator[tuple[int, list[Cell]]]:
        """Row by row, believing no `<dimension>`."""
        self.stream.seek(0)
        try:
            # loaded here and nowhere else: it brings numpy with it, which pages do without
            book = import_string("openpyxl.load_workbook")(self.stream, read_only=True, data_only=True)
            found = book.worksheets[[s.position for s in self.sheets].index(sheet)]
            found.reset_dimensions()
            for number, cells in enumerate(found.iter_rows(values_only=True), 1):
                yield number, cast("list[Cell]", list(cells))
        except (*DAMAGED, KeyError, TypeError, IndexError, ElementTree.ParseError) as error:
            raise file_refusal("file_damaged") from error


def plain(cells: list[Cell]) -> list[Cell]:
    """Truth as a word: in Python True equals 1, in a file it does not."""
    return (
        [str(c).upper() if c is True or c is False else c for c in cells]
        if any(isinstance(c, bool) for c in cells)
        else cells
    )


def guard(stream: BinaryIO) -> bool:
    """Refuse archives that are not what they say; tell whether the sheets' cells fit into memory."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            members = [m for m in archive.infolist() if m.filename.lower().endswith((".xml", ".rels"))]
            check_sizes(members)
            dense = [
                is_dense(archive, member) for member in members
            ]  # every member is read through, whatever the first says
            return all(dense)
    except DAMAGED as error:
        raise file_refusal("file_damaged") from error


def check_sizes(members: list[zipfile.ZipInfo]) -> None:
    """A member that unpacks hundredfold is a bomb; Excel's own stay below fifty."""
    swollen = any(m.file_size > RATIO_FROM and m.file_size > MAX_RATIO * m.compress_size for m in members)
    if swollen or sum(m.file_size for m in members) > MAX_UNPACKED:
        raise file_refusal("file_bomb")


def is_dense(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Read one member through (which checks its size and sum): no document type, no cell too far out."""
    last_row, last_column, tail = 0, "", b""
    with archive.open(member) as stream:
        while piece := stream.read(PIECE):
            text = tail + piece
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text or text.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise file_refusal("file_unsafe")
            for column, row in FILLED.findall(text):
                last_row = max(last_row, int(row))
                last_column = max(last_column, column.decode(), key=lambda c: (len(c), c))
            tail = text[-OVERLAP:]
    width = import_string("openpyxl.utils.column_index_from_string")(last_column) if last_column else 0
    if width > MAX_COLUMNS:
        raise file_refusal("file_too_wide", found=last_column, limit=MAX_COLUMNS)
    return last_row * width <= MAX_DENSE
