"""A program of its own, in which the old and rare formats are read: it takes a workbook from its standard input and
writes the rows of every sheet as lines of JSON to the descriptor that it is given. What breaks in it breaks only it."""

from __future__ import annotations

import os
import resource
import sys
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

import orjson
import python_calamine

from crm.exchange.reading.biff import OldFacts, facts_of, is_locked
from crm.exchange.reading.binary import binary_facts

MEMORY, SECONDS, WRITTEN = 384 << 20, 90, 1 << 30
LOCKED, DAMAGED = 3, 4
OLD = b"\xd0\xcf\x11\xe0"


def main(descriptor: int) -> int:
    """Read everything, then say on the standard output what there is and where."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN, WRITTEN))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = old_data()
    if is_locked(data):
        return LOCKED
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(sys.stdin.buffer)
        with os.fdopen(os.dup(0), "rb") as source:
            facts = dict(enumerate(facts_of(data) if data else binary_facts(source)))
        os.lseek(0, 0, os.SEEK_SET)
        with os.fdopen(descriptor, "wb") as out:
            found = [
                sheet(book, at, one, out, facts.get(at, OldFacts())) for at, one in enumerate(book.sheets_metadata)
            ]
    except python_calamine.PasswordError:
        return LOCKED
    except (python_calamine.CalamineError, OSError, ValueError):
        return DAMAGED
    sys.stdout.buffer.write(orjson.dumps(found))
    return 0


def old_data() -> bytes:
    """The whole of an XLS file, nothing of any other."""
    with os.fdopen(os.dup(0), "rb") as source:
        data = source.read() if source.read(4) == OLD else b""
    os.lseek(0, 0, os.SEEK_SET)
    return OLD + data if data else b""


def sheet(
    book: python_calamine.CalamineWorkbook, at: int, info: python_calamine.SheetMetadata, out: BinaryIO, facts: OldFacts
) -> Any:
    """One sheet's rows, and where they begin."""
    start, rows, merges = out.tell(), 0, None
    errors: dict[int, dict[int, str]] = {}
    for row_at, column, text in facts.errors:
        errors.setdefault(row_at, {})[column] = text
    if info.typ == python_calamine.SheetTypeEnum.WorkSheet:
        found = book.get_sheet_by_index(at)
        merges = found.merged_cell_ranges
        before = [""] * (found.start[1] if found.start else 0)
        for row in found.iter_rows():
            cells = [*before, *row]
            for column, text in errors.get(rows, {}).items():
                cells += [""] * (column + 1 - len(cells))
                cells[column] = text
            out.write(orjson.dumps(cells, default=moment, option=orjson.OPT_PASSTHROUGH_DATETIME) + b"\n")
            rows += 1
    return {
        "name": info.name,
        "start": start,
        "rows": rows,
        "merges": merges or [],
        "is_hidden": info.visible != python_calamine.SheetVisibleEnum.Visible,
        "hidden_rows": facts.hidden_rows,
        "hidden_columns": sorted(facts.hidden_columns),
    }


def moment(value: Any) -> Any:
    """What JSON has no word for."""
    if isinstance(value, (datetime, date, time)):
        return {type(value).__name__: value.isoformat()}
    if isinstance(value, timedelta):
        return {"timedelta": value.total_seconds()}
    raise TypeError(value)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
