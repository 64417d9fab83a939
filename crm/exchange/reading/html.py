"""Tables of a web page under the name of a workbook: what many shop systems call an Excel export."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import BinaryIO

from crm.exchange.analysis import SheetInfo
from crm.exchange.problems import file_refusal
from crm.exchange.reading.encoding import encoding_of
from crm.exchange.reading.rows import Cell, Row

MOST_BYTES, MOST_COLUMNS = 64 << 20, 500
CELLS = ("td", "th")


class Tables(HTMLParser):
    """Every table that stands in no other one, as rows of texts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[Cell]]] = []
        self.depth, self.span, self.hidden = 0, 1, 0
        self.text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A table, a row or a cell begins."""
        if tag == "table":
            self.depth += 1
            if self.depth == 1:
                self.tables.append([])
        elif tag in ("style", "script"):
            self.hidden += 1
        elif tag == "br" and self.text is not None:
            self.text.append(" ")
        elif self.depth == 1 and tag == "tr":
            self.end_cell()
            self.tables[-1].append([])
        elif self.depth == 1 and tag in CELLS and self.tables[-1]:
            self.end_cell()
            span = dict(attrs).get("colspan") or "1"
            self.text, self.span = [], int(span) if span.isdecimal() and len(span) < 4 else 1

    def handle_endtag(self, tag: str) -> None:
        """A table, a row or a cell is over."""
        if tag == "table":
            if self.depth == 1:
                self.end_cell()
            self.depth = max(self.depth - 1, 0)
        elif tag in ("style", "script"):
            self.hidden = max(self.hidden - 1, 0)
        elif self.depth == 1 and tag in (*CELLS, "tr"):
            self.end_cell()

    def handle_data(self, data: str) -> None:
        """What stands in a cell."""
        if self.text is not None and not self.hidden:
            self.text.append(data)

    def end_cell(self) -> None:
        """The cell is whole; one over several columns stands in the first."""
        if self.text is not None:
            row = self.tables[-1][-1]
            row += [" ".join("".join(self.text).split()), *[""] * (self.span - 1)]
            del row[MOST_COLUMNS:]
            self.text = None


class HtmlTable:
    """A web page with tables."""

    format = "html"
    delimiter = ""

    def __init__(self, stream: BinaryIO) -> None:
        stream.seek(0)
        data = stream.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise file_refusal("file_too_large", limit="64 MB")
        found = encoding_of(stream)
        self.encoding = found.name
        parser = Tables()
        parser.feed(data.decode(found.codec, "replace").replace("\x00", ""))
        parser.close()
        self.tables = [rows for rows in parser.tables if any(rows)]
        if not self.tables:
            raise file_refusal("file_not_a_table", found="HTML")
        self.sheets = [SheetInfo(at, str(at + 1)) for at in range(len(self.tables))]

    def rows(self, sheet: int = 0) -> Iterator[Row]:
        """The rows of one table."""
        if not 0 <= sheet < len(self.tables):
            raise file_refusal("file_no_sheet")
        yield from enumerate((list(row) for row in self.tables[sheet]), 1)
