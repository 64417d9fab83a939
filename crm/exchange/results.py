"""The rows of an import by what became of them: those that are stored, with their records, and those not come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from crm.exchange.analysis import Choices
from crm.exchange.engine.blocks import Layout, layout_of
from crm.exchange.engine.columns import Packed, packs
from crm.exchange.engine.run import prepare
from crm.exchange.mending import csv_line
from crm.exchange.models import ImportedRecord, ImportJob, ImportProblem
from crm.exchange.pieces import pieces_read
from crm.exchange.reading.layout import is_blank
from crm.exchange.reading.rows import Cell, Unreadable, shown

Outcome = ImportProblem.Outcome
TOLD = (Outcome.REFUSED, Outcome.SKIPPED)


@dataclass(frozen=True)
class Stored:
    """A row that is stored: as which record, and whether that was created, updated, unchanged or filled by it."""

    row: int
    cells: list[Cell]
    record: UUID | None
    became: str


class Marks:
    """Which rows of a file are meant: one bit a row, however long the file is."""

    def __init__(self) -> None:
        self.bits = bytearray()

    def add(self, row: int) -> None:
        """Mark a row."""
        if row >> 3 >= len(self.bits):
            self.bits.extend(bytes((row >> 3) + 1 - len(self.bits) + (1 << 16)))
        self.bits[row >> 3] |= 1 << (row & 7)

    def __contains__(self, row: int) -> bool:
        return row >> 3 < len(self.bits) and bool(self.bits[row >> 3] & 1 << (row & 7))


class Became:
    """What rows became: in step with the file where each is a record of its own, else looked up."""

    def __init__(self, job: ImportJob, *, is_grouped: bool) -> None:
        records = ImportedRecord.objects.filter(job=job, object_type=job.label).order_by("row", "pk")
        self.rows = records.values_list("row", "object_id", "outcome").iterator(chunk_size=2000)
        self.known = {row: (pk, outcome) for row, pk, outcome in self.rows} if is_grouped else None
        self.next = next(self.rows, None)

    def of(self, number: int) -> tuple[UUID, str] | None:
        """The record of a row, and what became of it; in step, rows are asked for in their order."""
        if self.known is not None:
            return self.known.get(number)
        while self.next is not None and self.next[0] < number:
            self.next = next(self.rows, None)
        return self.next[1:] if self.next is not None and self.next[0] == number else None


def done_chunks(job: ImportJob, layout: Layout) -> Iterator[Packed]:
    """What the job has committed, made again from the file: the same chunks every time."""
    if job.chunks_done:
        layout, recipe, found = prepare(job, layout)
        for made in packs(layout, recipe, found):
            if made.chunk.index >= job.chunks_done:
                return
            yield made


def rows_below(layout: Layout, header_row: int) -> Iterator[tuple[int, list[Cell]]]:
    """The rows below the header that are not blank, as they stand in the file."""
    for number, row in layout.table.rows(layout.sheet):
        cells: list[Cell] = [row.text] if isinstance(row, Unreadable) else list(row)
        if number > header_row and not is_blank(cells):
            yield number, cells


def stored_rows(job: ImportJob) -> Iterator[tuple[list[str], Stored | None]]:
    """The header once with nothing, then each row that is stored, with the record that it became or went into."""
    with pieces_read(job) as stream:
        layout = layout_of(stream, Choices.from_json(job.choices))
        yield layout.header, None
        first = leaders(job, layout)
        became, merged, refused = Became(job, is_grouped=bool(first)), marked(job, (Outcome.MERGED,)), marked(job, TOLD)
        for number, cells in rows_below(layout, layout.header_row):
            found = became.of(first.get(number, number))
            if found:
                yield layout.header, Stored(number, cells, *found)
            elif number in merged and number not in refused:
                yield layout.header, Stored(number, cells, None, str(Outcome.MERGED))


def leaders(job: ImportJob, layout: Layout) -> Mapping[int, int]:
    """Of each row that is one of several of a record, the first; nothing where every row is a record of its own."""
    groups = (rows for made in done_chunks(job, layout) for rows in made.rows)
    return {row: rows[0] for rows in groups if len(rows) > 1 for row in rows}


def marked(job: ImportJob, outcomes: Sequence[str]) -> Marks:
    """The rows of which something was said that meant one of these."""
    marks = Marks()
    for row in job.problems.filter(outcome__in=outcomes).order_by().values_list("row", flat=True).iterator():
        marks.add(row)
    return marks


def unprocessed_rows(job: ImportJob) -> Iterator[tuple[list[str], tuple[int, list[Cell]] | None]]:
    """The header once with nothing, then each row that the job has not come to: it still runs, or it failed."""
    with pieces_read(job) as stream:
        layout = layout_of(stream, Choices.from_json(job.choices))
        yield layout.header, None
        if job.finished_at and job.state not in (ImportJob.State.FAILED, ImportJob.State.CANCELLED):
            return
        marks = marked(job, TOLD)
        for made in done_chunks(job, layout):
            for row in chain.from_iterable(made.rows):
                marks.add(row)
        for number, cells in rows_below(layout, layout.header_row):
            if number not in marks:
                yield layout.header, (number, cells)


def stored_csv(job: ImportJob) -> Iterator[bytes]:
    """The stored rows as CSV, each with its number, its record and what became of that."""
    for header, row in stored_rows(job):
        if row is None:
            yield head([*header, _("Kith row"), _("Kith record"), _("Kith outcome")])
        else:
            yield line(row.cells, len(header), [str(row.row), str(row.record or ""), row.became])


def unprocessed_csv(job: ImportJob) -> Iterator[bytes]:
    """The rows not come to as CSV, to be sent again as they are."""
    for header, row in unprocessed_rows(job):
        if row is None:
            yield head([*header, _("Kith row")])
        else:
            yield line(row[1], len(header), [str(row[0])])


def head(names: list[str]) -> bytes:
    """The first line, with a mark by which spreadsheets know UTF-8."""
    return "\ufeff".encode() + csv_line(names)


def line(cells: list[Cell], width: int, beside: list[str]) -> bytes:
    """A row as wide as the header, with what is said beside it."""
    shape: list[Any] = [*cells[:width], *[None] * (width - len(cells))]
    return csv_line([*map(shown, shape), *beside, *map(shown, cells[width:])])
