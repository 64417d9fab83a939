"""XLS, XLSB and ODS: read in a process of their own, with bounds on its memory and time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

import orjson

from crm.exchange.analysis import SheetInfo
from crm.exchange.problems import file_refusal
from crm.exchange.reading.child import DAMAGED, LOCKED
from crm.exchange.reading.delimited import MAX_CELL, SEEN
from crm.exchange.reading.guarding import MAX_COLUMNS, letters_of
from crm.exchange.reading.rows import Cell, Row, Unreadable, fill_merged, plain

CHILD, ROOT = "crm.exchange.reading.child", Path(__file__).parents[3]
PATIENCE = 180
MERGED_ROWS = 200_000
MADE: dict[str, Callable[[Any], Cell]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda seconds: timedelta(seconds=seconds),
}


class ApartTable:
    """A workbook whose rows another process has laid down in a temporary file."""

    encoding = ""
    delimiter = ""

    def __init__(self, stream: BinaryIO, format: str) -> None:
        self.format = format
        self.spool = cast(BinaryIO, TemporaryFile())  # noqa: SIM115 - lives as long as the table
        self.found = unpack(stream, self.spool)
        self.sheets = [info_of(at, one) for at, one in enumerate(self.found)]

    def rows(self, sheet: int = 0) -> Iterator[Row]:
        """The rows of one sheet, numbered as the program that made it numbers them."""
        if not 0 <= sheet < len(self.found):
            raise file_refusal("file_no_sheet")
        info = self.found[sheet]
        lines = self.lines(info["start"], info["rows"])
        if info["merges"] and info["rows"] <= MERGED_ROWS:
            whole = list(lines)
            fill_merged(whole, info["merges"])
            lines = iter(whole)
        for number, cells in enumerate(lines, 1):
            large = next((c for c in cells if isinstance(c, str) and len(c) > MAX_CELL), "")
            yield number, Unreadable("cell_too_large", str(large)[:SEEN]) if large else plain(cells)

    def lines(self, start: int, count: int) -> Iterator[list[Cell]]:
        """Rows as they were laid down; each reader keeps its own place."""
        for _ in range(count):
            self.spool.seek(start)
            line = self.spool.readline()
            start = self.spool.tell()
            yield row_of(line)


def info_of(at: int, one: dict[str, Any]) -> SheetInfo:
    """A sheet as the other process tells of it."""
    return SheetInfo(at, one["name"], one["is_hidden"], one["hidden_rows"], tuple(one["hidden_columns"]))


def row_of(line: bytes) -> list[Cell]:
    """A line as cells."""
    cells = [made(cell) if isinstance(cell, dict) else cell for cell in orjson.loads(line)]
    while cells and cells[-1] == "":
        cells.pop()
    if len(cells) > MAX_COLUMNS:
        raise file_refusal("file_too_wide", found=letters_of(len(cells) - 1), limit=MAX_COLUMNS)
    return cells


def made(cell: dict[str, Any]) -> Cell:
    """A moment again."""
    ((name, value),) = cell.items()
    return MADE[name](value)


def unpack(stream: BinaryIO, spool: BinaryIO) -> list[dict[str, Any]]:
    """Let the other process do it; whatever way it ends, there is a sentence for it."""
    with on_disk(stream) as source:
        done = subprocess.run(  # noqa: S603  our own program, no word of it from outside
            [sys.executable, "-sEm", CHILD, str(spool.fileno())],
            cwd=ROOT,
            stdin=source,
            capture_output=True,
            pass_fds=[spool.fileno()],
            timeout=PATIENCE,
            check=False,
            env={"PATH": os.defpath},
        )
    if done.returncode == LOCKED:
        raise file_refusal("file_locked")
    if done.returncode in (DAMAGED, 1):
        raise file_refusal("file_damaged")
    if done.returncode:
        raise file_refusal("file_bomb")
    return cast("list[dict[str, Any]]", orjson.loads(done.stdout))


def on_disk(stream: BinaryIO) -> BinaryIO:
    """The stream as a file that another process can read from its start."""
    stream.seek(0)
    out = cast(BinaryIO, TemporaryFile())  # noqa: SIM115 - closed by the caller
    shutil.copyfileobj(stream, out)
    out.seek(0)
    return out
