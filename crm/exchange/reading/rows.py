"""What a reader of any format gives: numbered rows of cells, or the reason why a row could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Protocol

from crm.exchange.analysis import SheetInfo

Cell = str | float | int | bool | date | time | timedelta | None
NO_VALUE = "#FORMULA!"  # stands in a cell whose formula was never computed


@dataclass(frozen=True)
class Unreadable:
    """A row that is there but cannot be read; `text` is what could be seen of it."""

    code: str
    text: str


Row = tuple[int, "list[Cell] | Unreadable"]


class Table(Protocol):
    """An opened file."""

    format: str
    encoding: str
    delimiter: str
    sheets: list[SheetInfo]

    def rows(self, sheet: int = 0) -> Iterator[Row]:
        """The rows from the start, numbered from 1 as a spreadsheet shows them; may be called again."""
        ...


def shown(cell: Cell) -> str:
    """A cell as a person would type it."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e16:
        return str(int(cell))
    return str(cell)


def plain(cells: list[Cell]) -> list[Cell]:
    """Truth as a word: in Python True equals 1, in a file it does not."""
    return (
        [str(c).upper() if c is True or c is False else c for c in cells]
        if any(isinstance(c, bool) for c in cells)
        else cells
    )


def fill_merged(rows: list[list[Cell]], merges: Iterable[Sequence[Sequence[int]]]) -> None:
    """A value merged over several rows is the value of each of them; over several columns it stays in the first."""
    for (top, left), (bottom, _right) in merges:
        if top >= bottom or top >= len(rows) or left >= len(rows[top]):
            continue
        for at in range(top + 1, min(bottom + 1, len(rows))):
            row = rows[at]
            row += [None] * (left + 1 - len(row))
            if row[left] in ("", None):
                row[left] = rows[top][left]
