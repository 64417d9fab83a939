"""What a file would become: header, proposals, questions, the first rows and the worst, before anything is stored."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.registry import Resource
from crm.exchange.analysis import NOTES, SKIP, Analysis, Choices, Column, PreviewRow, Question
from crm.exchange.cleaning.columns import HABIT_KINDS, Habits, habits_of
from crm.exchange.cleaning.dates import DAY_FIRST, MONTH_FIRST
from crm.exchange.declared import Template
from crm.exchange.engine.blocks import BLOCK, Block, Layout, Report, peek
from crm.exchange.engine.cleaned import clean_block
from crm.exchange.engine.recipe import Recipe, compile_recipe, surroundings
from crm.exchange.matching.headers import Guess, Vocabulary, propose
from crm.exchange.matching.targets import notes_field, places, targets
from crm.exchange.problems import ROWS, file_refusal, sentence
from crm.exchange.reading.layout import LOOK_AT, header_row
from crm.exchange.reading.rows import Cell, Table, shown

MOST_ROWS = 100_000
SHOWN, SAMPLES = 20, 200


@dataclass
class Seen:
    """The part of a file that was looked at."""

    blocks: list[Block] = field(default_factory=list)
    is_whole: bool = True

    @property
    def rows(self) -> int:
        """Rows that are not blank."""
        return sum(block.read for block in self.blocks)

    def cells(self, at: int) -> list[Cell]:
        """A column's cells."""
        return [cell for block in self.blocks for cell in block.columns[at]]

    def samples(self, at: int, count: int = SAMPLES) -> list[Cell]:
        """A column's first filled cells."""
        found: list[Cell] = []
        for cell in (cell for block in self.blocks for cell in block.columns[at]):
            if cell not in ("", None):
                found.append(cell)
                if len(found) >= count:
                    break
        return found


def analyse(
    table: Table, resource: Resource, template: Template | None, actor: Actor, choices: Choices | None
) -> Analysis:
    """Look at up to a hundred thousand rows."""
    known = places(resource, actor)
    vocabulary = Vocabulary(resource, known, template)
    sheet = choices.sheet if choices else next((s.position for s in table.sheets), 0)
    head = peek(table, sheet, LOOK_AT)
    if not head:
        raise file_refusal("file_no_rows")
    row = choices.header_row if choices and choices.header_row is not None else header_number(head, vocabulary)
    layout = Layout(table, sheet, row)
    seen = look(layout)
    if not seen.rows:
        raise file_refusal("file_no_rows")
    rest = NOTES if notes_field(resource, actor) else SKIP
    guesses = propose(layout.header, [seen.samples(at) for at in range(len(layout.header))], vocabulary, rest)
    settled = choices or Choices()
    chosen = {at: settled.targets.get(at, guess.path) for at, guess in enumerate(guesses)}
    kinds = {at: known[path].spec.kind for at, path in chosen.items() if path in known}
    habits = {at: habits_of(kind, seen.cells(at)) for at, kind in kinds.items() if kind in HABIT_KINDS}
    options = Choices(sheet, row, chosen, settled.answers, settled.mode, settled.create_links)
    found = judged(layout, seen, options, resource=resource, template=template, habits=habits, actor=actor)
    return Analysis(
        format=table.format,
        encoding=table.encoding,
        delimiter=table.delimiter,
        sheets=table.sheets,
        sheet=sheet,
        header_row=row,
        rows=seen.rows,
        is_whole=seen.is_whole,
        columns=columns_of(layout, seen, guesses, chosen, found),
        targets=targets(resource, actor),
        questions=questions_of(layout, habits),
        preview=preview_of(seen, found),
        worst=found.worst_rows(),
        warnings=found.warnings,
    )


def header_number(head: Sequence[tuple[int, object]], vocabulary: Vocabulary) -> int:
    """The row number of the header, 0 for none."""
    at = header_row([row for _number, row in head if isinstance(row, list)], lambda text: text in vocabulary)
    return head[at][0] if at >= 0 else 0


def look(layout: Layout) -> Seen:
    """Read the beginning of the file, all of most files."""
    seen, rows = Seen(), 0
    for block in layout.blocks(BLOCK):
        seen.blocks.append(block)
        rows += len(block.numbers)
        if rows >= MOST_ROWS:
            seen.is_whole = False
            break
    return seen


@dataclass
class Judged:
    """What cleaning the rows that were looked at has shown."""

    by_row: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_column: Counter[int] = field(default_factory=Counter)
    worst: list[tuple[int, int, tuple[str, ...]]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def take(self, block: Block, reports: Sequence[Report], names: Recipe) -> None:
        """Count what was reported, and keep the worst rows."""
        counts: Counter[int] = Counter()
        for report in reports:
            counts[report.row] += 1
            self.by_column[report.position if report.position is not None else -1] += 1
            if len(self.by_row) < 5000 and report.code in ROWS:
                self.by_row[report.row].append(
                    sentence(report.code, {"value": report.value, "field": names.resource.title, **report.details})
                )
        index = {number: at for at, number in enumerate(block.numbers)} if counts else {}
        for number, count in counts.items():
            cells = tuple(shown(column[index[number]])[:80] for column in block.columns) if number in index else ()
            heapq.heappush(self.worst, (count, -number, cells))
            if len(self.worst) > SHOWN:
                heapq.heappop(self.worst)

    def worst_rows(self) -> list[PreviewRow]:
        """The rows with the most problems, the worst first."""
        return [
            PreviewRow(-minus, cells, tuple(self.by_row.get(-minus, ())))
            for _count, minus, cells in sorted(self.worst, reverse=True)
        ]


def judged(
    layout: Layout,
    seen: Seen,
    options: Choices,
    *,
    resource: Resource,
    template: Template | None,
    habits: dict[int, Habits],
    actor: Actor,
) -> Judged:
    """Clean what was read; choices that cannot be carried out become a warning."""
    found = Judged()
    try:
        recipe = compile_recipe(resource, template, options, header=layout.header, habits=habits, actor=actor)
    except CrmError as error:
        found.warnings.append(str(error.message))
        return found
    for block in seen.blocks:
        found.take(block, clean_block(recipe, block).reports, recipe)
    return found


def columns_of(
    layout: Layout, seen: Seen, guesses: Sequence[Guess], chosen: dict[int, str], found: Judged
) -> list[Column]:
    """Each column with its proposal and samples."""
    columns = []
    for at, header in enumerate(layout.header):
        cells = seen.samples(at, MOST_ROWS)
        samples = tuple(dict.fromkeys(shown(cell)[:80] for cell in cells[:SAMPLES]))[:3]
        columns.append(
            Column(
                at,
                header,
                chosen[at],
                guesses[at].why,
                min(guesses[at].confidence, 1.0),
                samples,
                len(cells),
                found.by_column[at],
            )
        )
    return columns


def questions_of(layout: Layout, habits: dict[int, Habits]) -> list[Question]:
    """One question for each column whose days and months cannot be told apart."""
    order = surroundings().order
    texts = ((DAY_FIRST, str(_("Day first: 31/12/2024"))), (MONTH_FIRST, str(_("Month first: 12/31/2024"))))
    return [
        Question(
            at,
            "day_month",
            _("In “%(column)s”, is the day or the month first?") % {"column": layout.header[at]},
            texts,
            order,
            habit.ambiguous,
        )
        for at, habit in habits.items()
        if habit.ambiguous
    ]


def preview_of(seen: Seen, found: Judged) -> list[PreviewRow]:
    """The first rows."""
    rows: list[PreviewRow] = []
    for block in seen.blocks:
        for number, cells in zip(block.numbers, zip(*block.columns, strict=True), strict=True):
            if len(rows) >= SHOWN:
                return rows
            rows.append(
                PreviewRow(number, tuple(shown(cell)[:80] for cell in cells), tuple(found.by_row.get(number, ())))
            )
    return rows
