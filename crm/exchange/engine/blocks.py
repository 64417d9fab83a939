"""Rows of a sheet in blocks of columns, with those set apart that are no records."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from crm.exchange.analysis import Choices
from crm.exchange.exporting.neutral import restored
from crm.exchange.matching.words import OWN_COLUMNS
from crm.exchange.models import ImportProblem
from crm.exchange.problems import file_refusal
from crm.exchange.reading.delimited import DelimitedTable
from crm.exchange.reading.guarding import MAX_COLUMNS, letters_of
from crm.exchange.reading.layout import (
    header_key,
    is_blank,
    is_footer,
    is_footer_word,
    is_header_again,
    is_total,
    is_total_word,
    joined_header,
)
from crm.exchange.reading.rows import Cell, Row, Table, Unreadable, shown
from crm.exchange.reading.source import table_open

BLOCK = 500  # rows: small enough to stay in the processor's cache
MOST_LEADS = 100_000
CODE = re.compile(r"[\w.#/-]*[0-9]", re.ASCII)  # a number or code: no row of totals begins so
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

    def __init__(self, *firsts: Cell) -> None:
        super().__init__({"": True, None: True, **dict.fromkeys(firsts, True)})

    def __missing__(self, cell: Cell) -> bool:
        if len(self) > MOST_LEADS:
            self.clear()
        if isinstance(cell, str) and CODE.fullmatch(cell):
            return False  # there may be a million of them: not one is kept
        is_blank = isinstance(cell, str) and not cell.strip()
        found = self[cell] = is_blank or is_total_word(cell) or is_footer_word(cell)
        return found


class Layout:
    """A sheet with its header known."""

    def __init__(self, table: Table, sheet: int, header_row: int, keep: Collection[str] = ()) -> None:
        self.table, self.sheet, self.keep = table, sheet, frozenset(keep)
        self.header_row = 0 if table.format == "ndjson" else header_row  # its names stand above the first line
        self.header, self.upper = header_at(table, sheet, self.header_row)
        if len(self.header) > MAX_COLUMNS:
            raise file_refusal("file_too_wide", found=letters_of(len(self.header) - 1), limit=MAX_COLUMNS)
        self.is_ours = bool(
            {header_key(word) for word in OWN_COLUMNS} & set(map(header_key, self.header))
        )  # a file of rows to mend

    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """All rows below the header."""
        block, rows, width = Block(), list[list[Cell]](), len(self.header)
        leads = Leads(*(row[0] for row in (self.header, self.upper) if row))
        for first, batch in self.batches():
            if first > self.header_row and self.is_even(batch, leads):
                while len(rows) + len(batch) >= size:
                    left = size - len(rows)
                    block.numbers += range(first, first + left)
                    yield closed(block, [*rows, *batch[:left]], width)  # type: ignore[list-item]  # all are sound
                    block, rows, batch, first = Block(), [], batch[left:], first + left
                block.numbers += range(first, first + len(batch))
                rows += batch  # type: ignore[arg-type]  # all are sound
                continue
            for number, row in enumerate(batch, first):
                sound = self.sound(block, number, row, leads)
                if sound is not None:
                    rows.append(sound if len(sound) == width else self.fitted(block, len(rows), number, sound))
                    block.numbers.append(number)
                if len(rows) >= size:
                    yield closed(block, rows, width)
                    block, rows = Block(), []
        yield closed(block, rows, width)

    def batches(self) -> Iterator[tuple[int, Sequence[list[Cell] | Unreadable]]]:
        """The rows of the file, with the number of the first; many at once where the format gives them so."""
        if isinstance(self.table, DelimitedTable):
            yield from self.table.batches()
        else:
            yield from ((number, [row]) for number, row in self.table.rows(self.sheet))

    def is_even(self, batch: Sequence[list[Cell] | Unreadable], leads: Leads) -> bool:
        """Whether one look at many rows is enough: all are records, and as wide as the header."""
        if self.is_ours or set(map(type, batch)) != {list}:
            return False
        firsts = [row[0] if row else "" for row in batch]  # type: ignore[index]  # all are lists
        is_code = leads.keys().isdisjoint(firsts) and all(map(CODE.fullmatch, firsts))  # type: ignore[arg-type]  # texts
        return set(map(len, batch)) == {len(self.header)} and (is_code or not any(map(leads.__getitem__, firsts)))  # type: ignore[arg-type]  # lists

    def sound(self, block: Block, number: int, row: list[Cell] | Unreadable, leads: Leads) -> list[Cell] | None:
        """A row that is a record; what is none is noted in the block."""
        if isinstance(row, Unreadable):
            if number > self.header_row:
                block.refused += 1
                block.reports.append(Report(number, row.code, REFUSED, row.text))
            return None
        if number <= self.header_row:
            self.note_title(block, number, row)
            return None
        if leads[row[0] if row else ""] and self.set_apart(block, number, row):
            return None
        return [restored(c) if isinstance(c, str) else c for c in row] if self.is_ours else row

    def set_apart(self, block: Block, number: int, row: list[Cell]) -> bool:
        """Blank rows are counted, totals and repeated headers reported."""
        if is_blank(row):
            block.blank += 1
            return True
        code = self.kind_of(row)
        if code:
            block.skipped += 1
            block.reports.append(Report(number, code, SKIPPED, text_of(row)))
        return bool(code)

    def kind_of(self, row: list[Cell]) -> str:
        """What a row is that is no record and shall not be one, or ""."""
        code = self.code_of(row)
        return "" if code in self.keep else code

    def code_of(self, row: list[Cell]) -> str:
        """What a row is that is no record, or ""."""
        if is_total(row):
            return "total_row"
        if is_footer(row):
            return "footer_row"
        again = is_header_again(row, self.header) or bool(self.upper and is_header_again(row, self.upper))
        return "repeated_header" if again else ""

    def note_title(self, block: Block, number: int, row: list[Cell]) -> None:
        """What stands above the header is no row of the table, and yet is not passed over without a word."""
        is_header = number == self.header_row or (bool(self.upper) and number == self.header_row - 1)
        if not is_header and not is_blank(row):
            block.reports.append(Report(number, "title_row", SKIPPED, text_of(row)))

    def fitted(self, block: Block, index: int, number: int, row: list[Cell]) -> list[Cell]:
        """A row as wide as the header; what stands beyond it is kept aside."""
        width = len(self.header)
        beyond = [cell for cell in row[width:] if shown(cell).strip()]
        if beyond:
            block.extra[index] = beyond
            block.reports.append(Report(number, "extra_cells", NOTE, " ".join(map(shown, beyond))[:200]))
        return row[:width] + [None] * (width - len(row))


def opened(stream: BinaryIO, choices: Choices | None) -> Table:
    """The file, read in the way that was chosen for it."""
    return table_open(stream, choices.encoding, choices.delimiter) if choices else table_open(stream)


def layout_of(stream: BinaryIO, choices: Choices) -> Layout:
    """The sheet and the header that were chosen."""
    return Layout(opened(stream, choices), choices.sheet, choices.header_row or 0, choices.off)


def closed(block: Block, rows: list[list[Cell]], width: int) -> Block:
    """The block with its rows turned into columns."""
    block.columns = list(zip(*rows, strict=True)) if rows else [()] * width
    return block


def text_of(row: Sequence[Cell]) -> str:
    """A row as one text, cut to what a report keeps."""
    return " ".join(text for text in (shown(cell).strip() for cell in row) if text)[:200]


def header_at(table: Table, sheet: int, header_row: int) -> tuple[list[str], list[str]]:
    """The names of the columns; without a header, or where a name is missing, "Column C". Beside them the texts of
    the row above, if they had a part in the names."""
    width, names, upper = 0, list[str](), list[str]()
    before: list[Cell] = []
    for number, row in table.rows(sheet):
        if isinstance(row, Unreadable):
            continue
        if number == header_row:
            names, upper = joined_header(before, row), [shown(cell).strip() for cell in before]
            is_part = names != joined_header([], row) or any(a and a == b for a, b in zip(upper, names, strict=False))
            upper = upper if is_part else []
        before = row
        if number >= header_row:
            width = max(width, len(row) if not header_row else 0)
        if number > header_row + 50:
            break
    names += [""] * (width - len(names))
    return [name or f"Column {letters_of(at)}" for at, name in enumerate(names)], upper


def peek(table: Table, sheet: int, count: int) -> list[Row]:
    """The first readable rows."""
    found: list[Row] = []
    for number, row in table.rows(sheet):
        if not isinstance(row, Unreadable):
            found.append((number, row))
        if len(found) >= count or number > count * 50:
            break
    return found
