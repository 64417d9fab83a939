"""What a reader of any format gives: numbered rows of cells, or the reason why a row could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Protocol

from crm.exchange.analysis import SheetInfo

Cell = str | float | int | bool | date | time | timedelta | None


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
