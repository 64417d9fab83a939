"""XLSX: fast by calamine where the cells fit into memory, row by row by openpyxl where they are scattered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, cast
from xml.etree import ElementTree

import python_calamine
from django.utils.module_loading import import_string

from crm.exchange.analysis import SheetInfo
from crm.exchange.problems import file_refusal
from crm.exchange.reading.delimited import MAX_CELL, SEEN
from crm.exchange.reading.guarding import DAMAGED, SheetFacts, guard, sheet_members
from crm.exchange.reading.rows import Cell, Row, Unreadable, fill_merged, plain


class WorkbookTable:
    """An XLSX or XLSM file; the macros of the latter are never looked at."""

    encoding = ""
    delimiter = ""

    def __init__(self, stream: BinaryIO, format: str) -> None:
        self.stream, self.format = stream, format
        found = guard(stream)
        self.is_dense = all(facts.is_dense for facts in found.values())
        self.facts = [found.get(member, SheetFacts()) for member in sheet_members(stream)]
        stream.seek(0)
        try:
            self.book = python_calamine.CalamineWorkbook.from_filelike(stream)
        except python_calamine.PasswordError as error:
            raise file_refusal("file_locked") from error
        except (python_calamine.CalamineError, OSError) as error:
            raise file_refusal("file_damaged") from error
        kind, sheets = python_calamine.SheetTypeEnum, self.book.sheets_metadata
        self.sheets = [self.info(at, one) for at, one in enumerate(sheets) if one.typ == kind.WorkSheet]

    def info(self, at: int, one: python_calamine.SheetMetadata) -> SheetInfo:
        """A sheet, with what is hidden of it."""
        facts = self.of(at)
        is_hidden = one.visible != python_calamine.SheetVisibleEnum.Visible
        return SheetInfo(at, one.name, is_hidden, facts.hidden_rows, tuple(sorted(facts.hidden_columns)))

    def of(self, sheet: int) -> SheetFacts:
        """What the sheet's XML says."""
        return self.facts[sheet] if sheet < len(self.facts) else SheetFacts()

    def rows(self, sheet: int = 0) -> Iterator[Row]:
        """The rows of one sheet, numbered as the program that made it numbers them."""
        if sheet not in {s.position for s in self.sheets}:
            raise file_refusal("file_no_sheet")
        odd = self.of(sheet).odd
        for number, cells in self.dense(sheet) if self.is_dense else self.scattered(sheet):
            if number in odd:
                cells += [None] * (max(odd[number]) + 1 - len(cells))
                for at, text in odd[number].items():
                    cells[at] = text
            large = next((c for c in cells if isinstance(c, str) and len(c) > MAX_CELL), "")
            yield number, Unreadable("cell_too_large", str(large)[:SEEN]) if large else plain(cells)

    def dense(self, sheet: int) -> Iterator[tuple[int, list[Cell]]]:
        """The whole sheet at once."""
        try:
            found = self.book.get_sheet_by_index(sheet)
        except (python_calamine.CalamineError, OSError) as error:
            raise file_refusal("file_damaged") from error
        rows = cast("list[list[Cell]]", found.to_python(skip_empty_area=False))
        fill_merged(rows, found.merged_cell_ranges or [])
        yield from enumerate(rows, 1)

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
