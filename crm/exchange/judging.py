"""What cleaning the rows that were looked at shows before anything is stored: problems, the worst rows, the changes."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.core.errors import CrmError
from crm.core.registry import Resource
from crm.exchange.analysis import EXTERNAL, Choices, PreviewRow, Step
from crm.exchange.cleaning import steps
from crm.exchange.engine.blocks import Block, Report
from crm.exchange.engine.cleaned import Cleaned, clean_block
from crm.exchange.engine.recipe import Recipe
from crm.exchange.models import ImportProblem
from crm.exchange.problems import ROWS, said
from crm.exchange.reading.rows import shown

REFUSED, SKIPPED = ImportProblem.Outcome.REFUSED, ImportProblem.Outcome.SKIPPED
WORST, GRAVE, MOST_KEPT = 20, 100, 5000


@dataclass
class Judged:
    """What was found in the blocks so far."""

    off: Sequence[str] = ()
    by_row: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_column: Counter[int] = field(default_factory=Counter)
    worst: list[tuple[int, int, tuple[str, ...]]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)
    skipped: int = 0
    taken: dict[str, steps.Seen] = field(default_factory=lambda: defaultdict(steps.Seen))

    def take(self, block: Block, recipe: Recipe) -> None:
        """Clean a block and keep what is worth telling."""
        cleaned = clean_block(recipe, block)
        reports = [*cleaned.reports, *missing(recipe, cleaned)]
        self.skipped += block.skipped
        self.note(block, reports, recipe.resource)
        for column in recipe.columns:
            if column.place and not column.place.link:
                found = self.taken[steps.key_of(column.place.spec, column.position)]
                steps.look(found, block.columns[column.position], column.memo.column, column.place.spec)

    def note(self, block: Block, reports: Iterable[Report], resource: Resource) -> None:
        """Count what was reported, and keep the worst rows."""
        weights: Counter[int] = Counter()
        for report in reports:
            if report.outcome == SKIPPED:
                found = self.taken[report.code]
                found.count += 1
                found.examples += [(report.value[:60], "")] if len(found.examples) < steps.EXAMPLES else []
                continue
            weights[report.row] += GRAVE if report.outcome == REFUSED else 1
            self.by_column[report.position if report.position is not None else -1] += 1
            if report.outcome == REFUSED:
                self.refused.add(report.row)
            if len(self.by_row) < MOST_KEPT and report.code in ROWS:
                self.by_row[report.row].append(said(report.code, {"value": report.value, **report.details}, resource))
        index = {number: at for at, number in enumerate(block.numbers)} if weights else {}
        unread = {report.row: (report.value[:80],) for report in block.reports}
        for number, weight in weights.items():
            known = number in index
            cells = tuple(shown(c[index[number]])[:80] for c in block.columns) if known else unread.get(number, ())
            heapq.heappush(self.worst, (weight, -number, cells))
            if len(self.worst) > WORST:
                heapq.heappop(self.worst)

    def worst_rows(self) -> list[PreviewRow]:
        """The rows with the gravest problems, the worst first."""
        return [
            PreviewRow(-minus, cells, tuple(self.by_row.get(-minus, ())), -minus in self.refused)
            for _weight, minus, cells in sorted(self.worst, reverse=True)
        ]

    def steps(self, header: Sequence[str]) -> list[Step]:
        """The changes, those of whole rows first."""
        found = [
            (key, seen) for key, seen in self.taken.items() if seen.count and key.partition(":")[0] in steps.LABELS
        ]
        found += [(key, steps.Seen()) for key in self.off if not self.taken[key].count and key in steps.ROW_STEPS]
        found.sort(key=lambda item: (":" in item[0], int(item[0].partition(":")[2] or 0)))
        return [step_from(key, seen, header, key in self.off) for key, seen in found]


def step_from(key: str, seen: steps.Seen, header: Sequence[str], is_off: bool) -> Step:
    """One line of the recipe."""
    code, _colon, position = key.partition(":")
    column = header[int(position)] if position else ""
    return Step(key, str(steps.LABELS[code]), column, seen.count, tuple(seen.examples), is_off)


def missing(recipe: Recipe, cleaned: Cleaned) -> list[Report]:
    """The rows that will be refused because what every record needs is empty."""
    if recipe.group_by or recipe.mode == "update" or any(path.startswith(EXTERNAL) for path in cleaned.values):
        return []
    found = []
    for name in recipe.resource.required & cleaned.values.keys():
        details: dict[str, Any] = {"field": name}
        found += [
            Report(cleaned.numbers[at], "required", REFUSED, "", recipe.position(name), details)
            for at, value in enumerate(cleaned.values[name])
            if value in (None, "") and at not in cleaned.dropped
        ]
    return found


def judged(blocks: Iterable[Block], compiled: Recipe | CrmError, choices: Choices) -> Judged:
    """Clean what was read; choices that cannot be carried out become a warning."""
    found = Judged(off=choices.off)
    if isinstance(compiled, CrmError):
        found.warnings.append(str(compiled.message))
        return found
    for block in blocks:
        found.take(block, compiled)
    return found
