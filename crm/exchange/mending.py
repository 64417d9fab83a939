"""The refused rows as a file to mend: as they were, reason and remedy beside each, ready to be imported again."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from crm.exchange.analysis import Choices
from crm.exchange.engine.blocks import layout_of
from crm.exchange.exporting.neutral import neutralised
from crm.exchange.models import ImportJob, ImportProblem
from crm.exchange.pieces import pieces_read
from crm.exchange.reading.rows import Cell, Unreadable, shown
from crm.exchange.reporting import ProblemLine, line_of

NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
MOST_TEXT, LONG_NUMBER = 32_767, 11
PIECE = 1 << 16


@dataclass
class Refused:
    """One row: its cells, the columns at fault, and what is said about it."""

    number: int
    cells: list[Cell]
    beyond: list[Cell]
    at_fault: set[int]
    lines: list[ProblemLine] = field(default_factory=list)

    @property
    def remarks(self) -> list[str]:
        """The row's number, what is wrong, what to do."""
        wrong = (f"{line.column}: {line.message}" if line.column else line.message for line in self.lines)
        fixes = dict.fromkeys(line.fix for line in self.lines)
        return [str(self.number), " ".join(wrong), " ".join(fixes)]


def own_columns() -> list[str]:
    """The columns that are added; an import leaves them out."""
    return [_("Kith row"), _("Kith problem"), _("Kith fix")]


def refused_rows(job: ImportJob) -> Iterator[tuple[list[str], Refused | None]]:
    """The header once with nothing, then each refused row."""
    lines: dict[int, list[ProblemLine]] = defaultdict(list)
    faults: dict[int, set[int]] = defaultdict(set)
    for problem in job.problems.filter(outcome=ImportProblem.Outcome.REFUSED).order_by("row", "id").iterator():
        lines[problem.row].append(line_of(job, problem))
        faults[problem.row] |= {problem.position} if problem.position is not None else set()
    choices = Choices.from_json(job.choices)
    with pieces_read(job) as stream:
        layout = layout_of(stream, choices)
        width = len(layout.header)
        yield layout.header, None
        for number, row in layout.table.rows(choices.sheet):
            if number in lines:
                cells: list[Cell] = [row.text] if isinstance(row, Unreadable) else list(row)
                cells += [None] * (width - len(cells))
                yield layout.header, Refused(number, cells[:width], cells[width:], faults[number], lines[number])


def mended_csv(job: ImportJob) -> Iterator[bytes]:
    """As CSV, in UTF-8 with a mark, so that spreadsheets read it as such."""
    for header, row in refused_rows(job):
        if row is None:
            yield "\ufeff".encode() + csv_line([*header, *own_columns()])
        else:
            yield csv_line([*map(shown, row.cells), *row.remarks, *map(shown, row.beyond)])


def csv_line(cells: list[str]) -> bytes:
    """One line of CSV in which no cell is a formula."""
    out = io.StringIO()
    csv.writer(out).writerow([neutralised(cell) for cell in cells])
    return out.getvalue().encode("utf-8", "replace")


def mended_xlsx(job: ImportJob) -> Iterator[bytes]:
    """As a workbook, the cells at fault in colour, everything that could be a formula as text."""
    # loaded here and nowhere else: it brings numpy with it, which pages do without
    book = import_string("openpyxl.Workbook")(write_only=True)
    sheet, painter = book.create_sheet(_("Rows to mend")), Painter()
    sheet.freeze_panes = "A2"
    for header, row in refused_rows(job):
        if row is None:
            for at in range(len(header) + 3):
                sheet.column_dimensions[column_letter(at)].width = 18 if at < len(header) + 1 else 44
            sheet.append([painter.cell(sheet, name, "head") for name in [*header, *own_columns()]])
            continue
        cells = [painter.cell(sheet, c, "fault" if at in row.at_fault else "") for at, c in enumerate(row.cells)]
        cells += [painter.cell(sheet, remark, "remark") for remark in row.remarks]
        sheet.append(cells + [painter.cell(sheet, cell, "") for cell in row.beyond])
    out = cast(BinaryIO, TemporaryFile())  # noqa: SIM115 - closed when the last piece is out
    book.save(out)
    out.seek(0)
    with out:
        while piece := out.read(PIECE):
            yield piece


def column_letter(at: int) -> str:
    """A column's letters."""
    return str(import_string("openpyxl.utils.get_column_letter")(at + 1))


class Painter:
    """Cells with their looks."""

    def __init__(self) -> None:
        fill, font = import_string("openpyxl.styles.PatternFill"), import_string("openpyxl.styles.Font")
        align = import_string("openpyxl.styles.Alignment")
        self.make = import_string("openpyxl.cell.WriteOnlyCell")
        self.looks: dict[str, dict[str, Any]] = {
            "": {},
            "head": {"font": font(bold=True), "fill": fill("solid", fgColor="FFE8EAF0")},
            "fault": {"fill": fill("solid", fgColor="FFFFE3C2")},
            "remark": {"fill": fill("solid", fgColor="FFF4F5F8"), "alignment": align(wrap_text=True, vertical="top")},
        }

    def cell(self, sheet: Any, value: Cell, look: str) -> Any:
        """One cell; numbers as long as a phone's become text, so that no digit is lost again."""
        if isinstance(value, (int, float)) and len(shown(value)) >= LONG_NUMBER:
            value = shown(value)
        if not isinstance(value, (int, float, date, time)):
            value = NOT_IN_XML.sub("", shown(value))[:MOST_TEXT]
        made = self.make(sheet, value=value)
        if isinstance(value, str):
            made.data_type = "s"
        for name, style in self.looks[look].items():
            setattr(made, name, style)
        return made
