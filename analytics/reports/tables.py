"""An answer as a table of figures, for pages and files."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from analytics.reports.answering import Answer, Row
from crm.core.figures import Cell, Column, Kind, Line, Table

KINDS: dict[str, Kind] = {"integer": "integer", "number": "number", "money": "money", "percent": "percent"}


def table_of(answer: Answer) -> Table:
    """Rows, columns and the whole."""
    lines = [line_of(one) for one in answer.rows]
    return Table(list(columns_of(answer)), [*lines, line_of(answer.total, is_total=True)])


def columns_of(answer: Answer) -> Iterator[Column]:
    """The rows as a whole, seen first on a narrow screen; then every column with each measure."""
    is_one = len(answer.report.measures) == 1
    for one in answer.report.measures:
        label = _("Total") if is_one else f"{_('Total')} · {one.label}" if answer.columns else one.label
        yield Column(one.name, label, KINDS[one.kind])
    for at, column in enumerate(answer.columns):
        for one in answer.report.measures:
            label = column.title if is_one else f"{column.title} · {one.label}"
            yield Column(f"{one.name}_{at}", label, KINDS[one.kind])


def line_of(row: Row, *, is_total: bool = False) -> Line:
    """One row; nothing leads nowhere, a share of nothing leads to the records that it is of."""
    cells = {f"{name}_{at}": cell for at, found in enumerate(row.cells) for name, cell in found.items()}
    told = {
        name: cell if cell.value or isinstance(cell.value, float) else Cell(cell.value)
        for name, cell in (cells | dict(row.total)).items()
    }
    return Line(row.title, told, row.depth, is_total=is_total)
