"""Rows of a sheet in blocks of columns, with those set apart that are no records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from crm.exchange.models import ImportProblem
from crm.exchange.reading.layout import is_blank, is_header_again, is_total, is_total_word
from crm.exchange.reading.rows import Cell, Row, Table, Unreadable, shown

BLOCK = 500  # rows: small enough to stay in the processor's cache
MOST_LEADS = 100_000
REFUSED, SKIPPED, NOTE = ImportProblem.Outcome.REFUSED, ImportProblem.Outcome.SKIPPED, ImportProblem.Outcome.NOTE


@dataclass(frozen=True, slots=True)
class Report:
    """A problem before it is written."""

    row: int
    code: str
    outcome: str
    value: str = ""
    position: int | None = None
    details: dict[str, object] = field(default_factory=dict)


@dataclass
class Block:
    """Some rows turned into columns; `extra` holds cells beyond the header, by index in the block."""

    numbers: list[int] = field(default_factory=list)
    columns: list[Sequence[Cell]] = field(default_factory=list)
    extra: dict[int, list[Cell]] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    blank: int = 0
    refused: int = 0
    skipped: int = 0

    @property
    def read(self) -> int:
        """Rows that are not blank."""
        return len(self.numbers) + self.refused + self.skipped


class Leads(dict[Cell, bool]):
    """First cells of rows, and whether one of them may begin a row that is no record."""

    def __init__(self, first: str) -> None:
        super().__init__({"": True, None: True, first: True})

    def __missing__(self, cell: Cell) -> bool:
        if len(self) > MOST_LEADS:
            self.clear()
        found = self[cell] = is_total_word(cell) or (isinstance(cell, str) and (not cell.strip() or cell in ("", None)))
        return found


class Layout:
    """A sheet with its header known."""

    def __init__(self, table: Table, sheet: int, header_row: int) -> None:
        self.table, self.sheet, self.header_row = table, sheet, header_row
        self.header = header_at(table, sheet, header_row)

    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """All rows below the header."""
        block, rows = Block(), list[list[Cell]]()
        width, leads = len(self.header), Leads(self.header[0] if self.header else "")
        for number, row in self.table.rows(self.sheet):
            if isinstance(row, Unreadable):
                if number > self.header_row:
                    block.refused += 1
                    block.reports.append(Report(number, row.code, REFUSED, row.text))
                continue
            if number <= self.header_row or (leads[row[0] if row else ""] and self.set_apart(block, number, row)):
                continue
            if len(row) != width:
                row = self.fitted(block, len(rows), number, row)
            block.numbers.append(number)
            rows.append(row)
            if len(rows) >= size:
                yield closed(block, rows, width)
                block, rows = Block(), []
        yield closed(block, rows, width)

    def set_apart(self, block: Block, number: int, row: list[Cell]) -> bool:
        """Blank rows are counted, totals and repeated headers reported."""
        if is_blank(row):
            block.blank += 1
            return True
        code = "total_row" if is_total(row) else "repeated_header" if is_header_again(row, self.header) else ""
        if code:
            block.skipped += 1
            block.reports.append(Report(number, code, SKIPPED, " ".join(shown(cell) for cell in row)[:200].strip()))
        return bool(code)

    def fitted(self, block: Block, index: int, number: int, row: list[Cell]) -> list[Cell]:
        """A row as wide as the header; what stands beyond it is kept aside."""
        width = len(self.header)
        beyond = [cell for cell in row[width:] if shown(cell).strip()]
        if beyond:
            block.extra[index] = beyond
            block.reports.append(Report(number, "extra_cells", NOTE, " ".join(map(shown, beyond))[:200]))
        return row[:width] + [None] * (width - len(row))


def closed(block: Block, rows: list[list[Cell]], width: int) -> Block:
    """The block with its rows turned into columns."""
    block.columns = list(zip(*rows, strict=True)) if rows else [()] * width
    return block


def header_at(table: Table, sheet: int, header_row: int) -> list[str]:
    """The names of the columns; without a header, or where a name is missing, "Column C"."""
    width, names = 0, list[str]()
    for number, row in table.rows(sheet):
        if isinstance(row, Unreadable):
            continue
        if number == header_row:
            names = [" ".join(shown(cell).split())[:200] for cell in row]
            while names and not names[-1]:
                names.pop()
        if number >= header_row:
            width = max(width, len(row) if not header_row else 0)
        if number > header_row + 50:
            break
    names += [""] * (width - len(names))
    return [name or f"Column {letters(at)}" for at, name in enumerate(names)]


def letters(at: int) -> str:
    """A column's letters, as spreadsheets name it."""
    return (letters(at // 26 - 1) if at >= 26 else "") + chr(65 + at % 26)


def peek(table: Table, sheet: int, count: int) -> list[Row]:
    """The first readable rows."""
    found: list[Row] = []
    for number, row in table.rows(sheet):
        if not isinstance(row, Unreadable):
            found.append((number, row))
        if len(found) >= count or number > count * 50:
            break
    return found
