"""A workbook out of drafts, row by row in constant memory: phones and ids as texts, numbers and dates as such."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO

from django.utils.module_loading import import_string

from crm.exchange.exporting.cells import Cell
from crm.exchange.exporting.columns import Column

MOST_ROWS, LONGEST_CELL, LONGEST_NAME = 1_048_576, 32_767, 31
EXACT_DIGITS = 15
WIDTHS = {"long_text": 48, "text": 22, "email": 28, "moment": 19, "date": 12, "yes_no": 9, "phone": 18, "reference": 38}
NARROW, WIDE = 9, 48
NUMBERS = {"money": "#,##0.00##", "number": "0.####", "percent": "0.0%", "integer": "0"}
FIRST_DAY = date(1900, 3, 1)  # before it spreadsheets count a day that never was
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


class Sheet:
    """One kind of rows; where a sheet is full, the next one goes on."""

    def __init__(self, book: Book, name: str, columns: Sequence[Column]) -> None:
        self.book, self.name, self.columns = book, name, columns
        self.put = [book.writer_of(column.spec.kind) for column in columns]
        self.number = 0
        self.begin()

    def begin(self) -> None:
        """A new sheet with its header in sight."""
        self.number += 1
        self.row, self.sheet = 1, self.book.sheet_add(self.name, self.number)
        self.sheet.freeze_panes(1, 0)
        for at, column in enumerate(self.columns):
            wide = max(WIDTHS.get(column.spec.kind, 14), min(len(column.header) + 2, WIDE), NARROW)
            self.sheet.set_column(at, at, wide)
            self.sheet.write_string(0, at, column.header, self.book.head)

    def write(self, cells: Sequence[Cell]) -> None:
        """One row."""
        if self.row >= MOST_ROWS:
            self.begin()
        for at, cell in enumerate(cells):
            if cell is not None and cell != "":
                self.put[at](self.sheet, self.row, at, cell)
        self.row += 1


class Book:
    """A workbook on its way into a stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self.file = import_string("xlsxwriter.Workbook")(stream, OPTIONS)  # not in every web process
        self.head = self.file.add_format({"bold": True, "bottom": 1})
        self.text = self.file.add_format({"num_format": "@", "quote_prefix": True})
        self.day = self.file.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = self.file.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.numbers = {kind: self.file.add_format({"num_format": shape}) for kind, shape in NUMBERS.items()}
        self.names: set[str] = set()

    def sheet_add(self, name: str, number: int) -> Any:
        """A sheet under a name that no other has."""
        tail = f" {number}" if number > 1 else ""
        plain = "".join(" " if c in "[]:*?/\\'" else c for c in name).strip() or "Sheet"
        full = plain[: LONGEST_NAME - len(tail)] + tail
        while full.casefold() in self.names:
            number, tail = number + 1, f" {number + 1}"
            full = plain[: LONGEST_NAME - len(tail)] + tail
        self.names.add(full.casefold())
        return self.file.add_worksheet(full)

    def writer_of(self, kind: str) -> Callable[[Any, int, int, Any], None]:
        """How a cell of a kind is written."""
        if kind in NUMBERS:
            return self.number_writer(self.numbers[kind])
        if kind in ("date", "moment"):
            return self.write_moment
        return self.write_boolean if kind == "yes_no" else self.write_text

    def number_writer(self, shape: Any) -> Callable[[Any, int, int, str], None]:
        """Numbers as numbers, unless a spreadsheet would round them."""

        def write(sheet: Any, row: int, at: int, text: str) -> None:
            if sum(c.isdigit() for c in text) > EXACT_DIGITS or text.strip("-0123456789."):
                self.write_text(sheet, row, at, text)
            else:
                sheet.write_number(row, at, float(text), shape)

        return write

    def write_moment(self, sheet: Any, row: int, at: int, text: str) -> None:
        """Dates as dates, unless they are older than spreadsheets count, or finer than they keep."""
        found = datetime.fromisoformat(text)
        if found.date() < FIRST_DAY or found.microsecond or found.tzinfo:
            self.write_text(sheet, row, at, text)
        else:
            sheet.write_datetime(row, at, found, self.day if len(text) == 10 else self.moment)

    def write_boolean(self, sheet: Any, row: int, at: int, value: bool) -> None:
        """True or false."""
        sheet.write_boolean(row, at, value)

    def write_text(self, sheet: Any, row: int, at: int, text: str) -> None:
        """Text that stays text, also when the cell is edited; one longer than a cell can be ends in an ellipsis."""
        sheet.write_string(row, at, text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…", self.text)


def workbook_write(stream: BinaryIO, heads: Sequence[tuple[str, Any]], drafts: Iterable[bytes]) -> None:
    """All sheets at once: a draft holds some rows of each."""
    book = Book(stream)
    sheets = [Sheet(book, name, columns) for name, columns in heads]
    for draft in drafts:
        for sheet, rows in zip(sheets, json.loads(draft), strict=True):
            for cells in rows:
                sheet.write(cells)
    book.file.close()
