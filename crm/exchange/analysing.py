"""What a file would become: header, proposals, questions, the first rows and the worst, before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.registry import Resource
from crm.exchange.analysis import (
    CREATE,
    EXTERNAL,
    NOTES,
    SKIP,
    Analysis,
    Choices,
    Column,
    PreviewRow,
    Question,
    SheetInfo,
)
from crm.exchange.cleaning.columns import HABIT_KINDS, Habits, habits_of
from crm.exchange.cleaning.dates import DAY_FIRST, MONTH_FIRST
from crm.exchange.declared import Template
from crm.exchange.engine.blocks import BLOCK, Block, Layout, peek
from crm.exchange.engine.recipe import Recipe, called_by, compile_recipe, surroundings
from crm.exchange.growing import kind_of, without_new
from crm.exchange.judging import Judged, judged
from crm.exchange.matching.headers import Guess, Vocabulary, propose
from crm.exchange.matching.own import left_out, source_of, sources_of
from crm.exchange.matching.targets import Place, notes_field, places, targets
from crm.exchange.problems import file_refusal, sentence
from crm.exchange.readiness import readiness
from crm.exchange.reading.layout import LOOK_AT, header_row
from crm.exchange.reading.rows import Cell, Table, shown

MOST_ROWS = 10_000  # so that the page comes in half a second; the run looks at every row
SHOWN, SAMPLES, MOST_SHEETS = 20, 200, 12


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
    """Look at the first twenty thousand rows."""
    known = places(resource, actor)
    vocabulary = Vocabulary(resource, known, template)
    settled, layout, seen = begin(table, vocabulary, choices)
    rest = NOTES if notes_field(resource, actor) else SKIP
    guesses = propose(layout.header, [seen.samples(at) for at in range(len(layout.header))], vocabulary, rest)
    chosen = {at: settled.targets.get(at, guess.path) for at, guess in enumerate(guesses)}
    habits = habits_by_column(seen, chosen, known)
    options = without_new(replace(settled, targets=chosen), rest)
    found = judged(seen.blocks, compiled(resource, template, options, layout, habits, actor=actor), options)
    info = next((one for one in table.sheets if one.position == settled.sheet), SheetInfo(0, ""))
    return Analysis(
        format=table.format,
        encoding=table.encoding,
        delimiter=table.delimiter,
        sheets=table.sheets,
        sheet=settled.sheet,
        header_row=layout.header_row,
        rows=seen.rows,
        is_whole=seen.is_whole,
        columns=columns_of(layout, seen, guesses, chosen, found, info=info),
        targets=targets(resource, actor, sources_of(layout.header, chosen.values())),
        questions=questions_of(layout, habits),
        preview=preview_of(seen, found),
        worst=found.worst_rows(),
        warnings=found.warnings,
        notices=notices_of(table, info)
        + [sentence(code, said) for _at, code, said in left_out(layout.header, chosen, resource)]
        + naming(resource, set(chosen.values())),
        steps=found.steps(layout.header),
        readiness=readiness(resource.label, set(chosen.values())),
        refused=len(found.refused),
        skipped=found.skipped,
        chosen_encoding=settled.encoding,
        chosen_delimiter=settled.delimiter,
        source=next((source_of(layout.header[at]) for at, path in chosen.items() if path == EXTERNAL), ""),
    )


def begin(table: Table, vocabulary: Vocabulary, choices: Choices | None) -> tuple[Choices, Layout, Seen]:
    """The sheet and its header, chosen or found, and the rows below it."""
    settled = choices or Choices(sheet=likely_sheet(table, vocabulary))
    head = peek(table, settled.sheet, LOOK_AT)
    if not head:
        raise file_refusal("file_no_rows")
    row = settled.header_row if settled.header_row is not None else header_number(head, vocabulary)
    layout = Layout(table, settled.sheet, row, settled.off)
    seen = look(layout)
    if not seen.rows:
        raise file_refusal("file_no_rows")
    return replace(settled, header_row=row), layout, seen


def habits_by_column(seen: Seen, chosen: Mapping[int, str], known: Mapping[str, Place]) -> dict[int, Habits]:
    """How the number and date columns are written."""
    kinds = {at: known[path].spec.kind for at, path in chosen.items() if path in known}
    return {at: habits_of(kind, seen.cells(at)) for at, kind in kinds.items() if kind in HABIT_KINDS}


def compiled(
    resource: Resource,
    template: Template | None,
    options: Choices,
    layout: Layout,
    habits: dict[int, Habits],
    *,
    actor: Actor,
) -> Recipe | CrmError:
    """The recipe, or why there is none."""
    try:
        return compile_recipe(resource, template, options, header=layout.header, habits=habits, actor=actor)
    except CrmError as error:
        return error


def likely_sheet(table: Table, vocabulary: Vocabulary) -> int:
    """The visible sheet whose header says most; the first where none says anything."""
    shown_sheets = [sheet for sheet in table.sheets if not sheet.is_hidden] or table.sheets
    if len(shown_sheets) < 2:
        return shown_sheets[0].position if shown_sheets else 0
    scores = {sheet.position: sheet_score(table, sheet.position, vocabulary) for sheet in shown_sheets[:MOST_SHEETS]}
    return max(scores, key=lambda position: scores[position])


def sheet_score(table: Table, sheet: int, vocabulary: Vocabulary) -> int:
    """How much a sheet looks like the one that is meant: known words in one row, then rows."""
    head = peek(table, sheet, LOOK_AT)
    hits = [sum(1 for cell in row if shown(cell) in vocabulary) for _number, row in head if isinstance(row, list)]
    best = max(hits, default=0)
    return best * 100 + len(head) if best > 1 else 0


def notices_of(table: Table, info: SheetInfo) -> list[str]:
    """What the file hides or mixes, said before anything is stored."""
    found = []
    others = [sheet.name for sheet in table.sheets if sheet.position != info.position]
    if others:
        text = _("Only this sheet is imported; the file also has: %(names)s.")
        found.append(text % {"names": _(", ").join(others[:8])})
    if info.hidden_rows:
        found.append(_("Rows hidden in the file: %(n)s; they are imported too.") % {"n": info.hidden_rows})
    if rest := getattr(table, "rest", ""):
        text = _("The file mixes encodings: most lines are %(main)s, some %(other)s; each was read in its own.")
        found.append(text % {"main": table.encoding.upper(), "other": rest.upper()})
    return found


def naming(resource: Resource, used: set[str]) -> list[str]:
    """What records are called where no column says it, said before anything is stored."""
    by = called_by(resource, used) if not any(path.startswith(EXTERNAL) for path in used) else ()
    text = _("No column says what a record is called: it is called by this: %(names)s.")
    return [text % {"names": _(", ").join(str(resource.specs[key].label) for key in by)}] if by else []


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


def columns_of(
    layout: Layout,
    seen: Seen,
    guesses: Sequence[Guess],
    chosen: dict[int, str],
    found: Judged,
    *,
    info: SheetInfo,
) -> list[Column]:
    """Each column with its proposal and samples."""
    columns, around = [], surroundings()
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
                at in info.hidden_columns,
                kind_of(cells[:SAMPLES], around) if chosen[at] == CREATE or guesses[at].why == "unknown" else "",
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
                PreviewRow(
                    number,
                    tuple(shown(cell)[:80] for cell in cells),
                    tuple(found.by_row.get(number, ())),
                    number in found.refused,
                )
            )
    return rows
