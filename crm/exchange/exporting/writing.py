"""A chunk of rows as bytes of the file: CSV, or one JSON object a line; rows of a workbook wait as drafts."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.utils.translation import gettext as _

from crm.core.cleaning import json_wide
from crm.core.comparing import EXTERNAL
from crm.core.reading import ListQuery
from crm.core.registry import Row
from crm.exchange.exporting.asking import NAMES, Asked, Format
from crm.exchange.exporting.cells import Cell, Cells
from crm.exchange.exporting.columns import Keys, columns_of, sheets_of
from crm.exchange.exporting.neutral import neutralised

BOM = "\ufeff"
AS_IN_API = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE


class Writer:
    """Makes the bytes of one export; the same rows give the same bytes."""

    def __init__(self, asked: Asked, query: ListQuery) -> None:
        self.asked, self.query = asked, query
        self.columns = columns_of(asked, query)
        self.keys = Keys(self.columns, query)
        plain = asked.headers == NAMES
        self.cells = Cells(self.columns, plain=plain)
        self.sheets = [
            (part, Keys(columns, query), columns, Cells(columns, plain=plain))
            for part, columns in sheets_of(asked, query)
        ]

    def chunk(self, rows: Sequence[Row], *, first: bool) -> bytes:
        """The rows; the first chunk of a CSV begins with the mark of UTF-8 and the header."""
        if self.asked.format == Format.NDJSON:
            return b"".join(json_line(row) for row in self.named(rows))
        if self.asked.format == Format.XLSX:
            return self.draft(rows)
        head = [[column.header for column in self.columns]] if first else []
        text = csv_text([*head, *self.cells.rows(rows, self.keys.of(self.columns, rows))])
        return (BOM + text if first else text).encode()

    def named(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Rows with the numbers of other systems that were asked for."""
        outside = [column for column in self.columns if column.spec.kind == EXTERNAL.kind]
        known = self.keys.of(outside, rows)
        return [{**row, **{one.name: known[one.name].get(row["id"]) for one in outside}} for row in rows]

    def draft(self, rows: Sequence[Row]) -> bytes:
        """Rows of all sheets, from which the workbook is made at the end."""
        sheets = [list(self.cells.rows(rows, self.keys.of(self.columns, rows)))]
        for _part, keys, columns, cells in self.sheets:
            sheets.append(list(cells.lines(rows, keys.of(columns, rows))))
        return json.dumps(sheets, ensure_ascii=False, separators=(",", ":")).encode()


def json_line(row: Row) -> bytes:
    """A record as the API tells it."""
    told = {"id": row["id"], **row}
    try:
        return orjson.dumps(told, default=str, option=AS_IN_API)
    except TypeError:  # a number of more than 64 bits, stored before such numbers were refused
        return json_wide(told) + b"\n"


def csv_text(rows: Iterable[Sequence[Cell]]) -> str:
    """Lines of CSV in which no cell is a formula."""
    words = {True: _("Yes"), False: _("No"), None: ""}
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(
        [words[cell] if cell is None or isinstance(cell, bool) else neutralised(cell) for cell in row] for row in rows
    )
    return out.getvalue()


def header_rows(writer: Writer) -> list[tuple[str, Any]]:
    """The sheets' names and columns, in the order of a draft."""
    first = (str(writer.query.resource.name_plural), writer.columns)
    return [first, *((str(part.label), columns) for part, _keys, columns, _cells in writer.sheets)]
