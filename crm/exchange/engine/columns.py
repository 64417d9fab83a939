"""A chunk as columns: so it travels between processes, and records are made of it only where one must be looked at.

Those of them that nothing is wrong with are written out already: the record, its event, its line in the job's account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from crm.core.bulk import Lines
from crm.core.ready import Ready
from crm.exchange.analysis import EXTERNAL
from crm.exchange.engine.blocks import Layout
from crm.exchange.engine.cleaned import Cleaned, clean_block
from crm.exchange.engine.gather import CHUNK_RECORDS, Chunk, Pending, chunks, lines_of, own_paths
from crm.exchange.engine.recipe import Recipe
from crm.exchange.engine.survey import Survey


@dataclass
class Packed:
    """A chunk whose records are columns; of those at `at`, all is written out."""

    chunk: Chunk
    paths: list[str]
    values: list[list[Any]]
    rows: list[list[int]]
    notes: list[list[str]]
    outside: list[str | None]  # the numbers that another system has given
    lines: list[list[dict[str, Any]] | None]
    at: list[int] = field(default_factory=list)
    ready: Ready | None = None
    account: Lines | None = None

    @classmethod
    def of(cls, chunk: Chunk) -> Packed:
        """A chunk as columns."""
        each = chunk.pendings
        paths = list(dict.fromkeys(chain.from_iterable(pending.values for pending in each)))
        values = [[pending.values.get(path) for pending in each] for path in paths]
        rest = [[p.rows for p in each], [p.notes for p in each], [p.external for p in each], [p.lines for p in each]]
        return cls(replace(chunk, pendings=[]), paths, values, *rest)  # type: ignore[arg-type]  # one of each kind

    def column(self, path: str) -> Sequence[Any]:
        """What all records say of one thing."""
        return self.values[self.paths.index(path)] if path in self.paths else [None] * len(self.rows)

    def pendings(self, at: Iterable[int]) -> list[Pending]:
        """Some of the records, one by one."""
        return [Pending(self.rows[i], self.said(i), self.notes[i], self.outside[i], (), self.lines[i]) for i in at]

    def said(self, at: int) -> dict[str, Any]:
        """What one record says."""
        cells = ((path, column[at]) for path, column in zip(self.paths, self.values, strict=True))
        return {path: cell for path, cell in cells if cell is not None}


@dataclass
class Singles:
    """Rows of which each is a record of its own, until they are a chunk."""

    recipe: Recipe
    values: dict[str, list[Any]] = field(default_factory=dict)
    rows: list[list[int]] = field(default_factory=list)
    notes: list[list[str]] = field(default_factory=list)
    outside: list[str | None] = field(default_factory=list)
    lines: list[list[dict[str, Any]] | None] = field(default_factory=list)

    def add(self, cleaned: Cleaned) -> None:
        """The rows of a block that have not fallen out."""
        count, dropped = len(cleaned.numbers), cleaned.dropped
        at = [index for index in range(count) if index not in dropped] if dropped else range(count)
        for path in own_paths(cleaned):
            column = cleaned.values[path]
            self.values.setdefault(path, []).extend([column[i] for i in at] if dropped else column)
        self.rows += [[cleaned.numbers[i]] for i in at]
        self.notes += [cleaned.notes.pop(i, []) for i in at]
        external = cleaned.values.get(EXTERNAL)
        self.outside += [external[i] for i in at] if external else [None] * len(at)
        lines = lines_of(self.recipe, cleaned) if self.recipe.part else None
        self.lines += [[lines[i]] if lines[i] else None for i in at] if lines else [None] * len(at)

    def cut(self, chunk: Chunk) -> Packed:
        """The first of them as a chunk; what no record says anything of is left out."""
        end = CHUNK_RECORDS
        columns = {path: column[:end] for path, column in self.values.items()}
        filled = {path: column for path, column in columns.items() if column.count(None) < len(column)}
        chunk.rows = len(self.rows[:end])
        rest = self.rows[:end], self.notes[:end], self.outside[:end], self.lines[:end]
        for column in (*self.values.values(), self.rows, self.notes, self.outside, self.lines):
            del column[:end]
        return Packed(chunk, list(filled), list(filled.values()), *rest)


def packs(layout: Layout, recipe: Recipe, survey: Survey) -> Iterator[Packed]:
    """The chunks of a file; where each row is a record they are never anything but columns."""
    if recipe.group_by:
        yield from map(Packed.of, chunks(layout, recipe, survey))
        return
    singles, chunk = Singles(recipe), Chunk(0)
    for block in layout.blocks():
        cleaned = clean_block(recipe, block)
        chunk.take(block, cleaned)
        singles.add(cleaned)
        while len(singles.rows) >= CHUNK_RECORDS:
            yield singles.cut(chunk)
            chunk = Chunk(chunk.index + 1)
    yield singles.cut(chunk)


@dataclass(frozen=True)
class Fresh:
    """Those records of a chunk that are new, whatever else is in the file: `chosen` of the ones written out."""

    made: Packed
    ready: Ready
    chosen: list[int]

    @classmethod
    def of(cls, made: Packed, at: Iterable[int]) -> Fresh | None:
        """Those at these positions of the chunk, as far as they are written out."""
        wanted = set(at)
        chosen = [i for i, place in enumerate(made.at) if place in wanted]
        return cls(made, made.ready.only(chosen), chosen) if made.ready and chosen else None

    @property
    def positions(self) -> list[int]:
        """Where they stand in the chunk."""
        return [self.made.at[i] for i in self.chosen]

    def without(self, held: set[int]) -> Fresh:
        """All but these."""
        left = [i for i in range(len(self.chosen)) if i not in held]
        return Fresh(self.made, self.ready.only(left), [self.chosen[i] for i in left]) if held else self

    def late(self, held: Iterable[int]) -> list[Pending]:
        """Some of them, one by one."""
        return self.made.pendings(self.made.at[self.chosen[i]] for i in held)

    @property
    def account(self) -> Lines | None:
        """Their lines in the account of the job."""
        return self.made.account.only(self.chosen) if self.made.account else None

    @property
    def rows(self) -> int:
        """How many rows of the file they are."""
        return sum(len(self.made.rows[at]) for at in self.positions)
