"""A chunk as columns: so it travels between processes, and records are made of it only where one must be looked at.

Those of them that nothing is wrong with are written out already: the record, its event, its line in the job's account.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from crm.core.bulk import Lines
from crm.core.ready import Ready
from crm.exchange.engine.gather import Chunk, Pending

Rest = tuple[list[int], list[str], str | None, list[dict[str, Any]] | None]  # rows, notes, outside number, part


@dataclass
class Packed:
    """A chunk whose records are columns; of those at `at`, all is written out."""

    chunk: Chunk
    paths: list[str]
    values: list[list[Any]]
    rest: list[Rest]
    at: list[int] = field(default_factory=list)
    ready: Ready | None = None
    account: Lines | None = None

    @classmethod
    def of(cls, chunk: Chunk) -> Packed:
        """A chunk as columns."""
        each = chunk.pendings
        paths = list(dict.fromkeys(chain.from_iterable(pending.values for pending in each)))
        values = [[pending.values.get(path) for pending in each] for path in paths]
        rest: list[Rest] = [(pending.rows, pending.notes, pending.external, pending.lines) for pending in each]
        return cls(replace(chunk, pendings=[]), paths, values, rest)

    def column(self, path: str) -> Sequence[Any]:
        """What all records say of one thing."""
        return self.values[self.paths.index(path)] if path in self.paths else [None] * len(self.rest)

    @property
    def outside(self) -> list[str | None]:
        """The numbers that another system has given."""
        return [external for _rows, _notes, external, _lines in self.rest]

    def pendings(self, at: Iterable[int]) -> list[Pending]:
        """Some of the records, one by one."""
        return [
            Pending(rows, self.said(i), notes, external, (), lines)
            for i, (rows, notes, external, lines) in ((i, self.rest[i]) for i in at)
        ]

    def said(self, at: int) -> dict[str, Any]:
        """What one record says."""
        cells = ((path, column[at]) for path, column in zip(self.paths, self.values, strict=True))
        return {path: cell for path, cell in cells if cell is not None}


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
        return sum(len(self.made.rest[at][0]) for at in self.positions)
