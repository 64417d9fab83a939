"""Cleaned rows become records to save: one each, or one for every group of rows with its parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from crm.core.outside import Name
from crm.exchange.analysis import EXTERNAL, NAMED
from crm.exchange.engine.blocks import Block, Layout, Report
from crm.exchange.engine.cleaned import NOTE, REFUSED, Cleaned, clean_block
from crm.exchange.engine.recipe import Recipe
from crm.exchange.engine.survey import Survey

CHUNK_RECORDS, CHUNK_ROWS = 5000, 20_000


@dataclass(slots=True)
class Pending:
    """A record on its way into the database, and the rows that it came from."""

    rows: list[int]
    values: dict[str, Any]
    notes: list[str]
    external: str | None = None
    head: tuple[Any, ...] = ()
    lines: list[dict[str, Any]] | None = None
    id: UUID | None = None
    named: Name | None = None  # of the names that other systems have for it, the one that it is saved by
    duplicate_of: int = 0
    differs: set[str] = field(default_factory=set)
    absorbed: list[int] = field(default_factory=list)


@dataclass
class Chunk:
    """What is committed together; `index` is the mark by which a later run knows what is done."""

    index: int
    pendings: list[Pending] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    read: int = 0
    blank: int = 0
    refused: int = 0
    skipped: int = 0
    rows: int = 0

    def take(self, block: Block, cleaned: Cleaned) -> None:
        """Count a block, and what was said of it."""
        self.read, self.blank = self.read + block.read, self.blank + block.blank
        self.refused += block.refused + len(cleaned.dropped)
        self.skipped += block.skipped
        self.reports += cleaned.reports


def chunks(layout: Layout, recipe: Recipe, survey: Survey) -> Iterator[Chunk]:
    """The same chunks every time for the same file and choices, so that a run can go on where another was killed."""
    gatherer, chunk = Gatherer(recipe, survey), Chunk(0)
    for block in layout.blocks():
        cleaned = clean_block(recipe, block)
        ready = list(gatherer.gather(cleaned))
        chunk.take(block, cleaned)
        for pending in ready:
            chunk.pendings.append(pending)
            chunk.rows += len(pending.rows)
            if len(chunk.pendings) >= CHUNK_RECORDS or chunk.rows >= CHUNK_ROWS:
                yield chunk
                chunk = Chunk(chunk.index + 1)
    chunk.pendings += gatherer.left()
    yield chunk


def own_paths(cleaned: Cleaned) -> list[str]:
    """The record's own fields; keys of links are looked up, not stored."""
    return [path for path in cleaned.values if path.startswith(NAMED) or ("." not in path and path != EXTERNAL)]


def lines_of(recipe: Recipe, cleaned: Cleaned) -> list[dict[str, Any]]:
    """What each row says of the part."""
    part = f"{recipe.part.name}." if recipe.part else "\0"
    names = [path for path in cleaned.values if path.startswith(part) and "." not in path[len(part) :]]
    fields = [name[len(part) :] for name in names]
    rows = zip(*(cleaned.values[path] for path in names), strict=True) if names else [()] * len(cleaned.numbers)
    return [{n: v for n, v in zip(fields, row, strict=True) if v is not None} for row in rows]


def finished(pending: Pending) -> Pending:
    """A record whose rows say nothing of its parts (an order without lines, sent back) keeps those that it has."""
    if pending.lines is not None and not any(pending.lines):
        pending.lines = None
    return pending


class Gatherer:
    """Keeps groups open until their last row has come."""

    def __init__(self, recipe: Recipe, survey: Survey) -> None:
        self.recipe, self.last = recipe, survey.last
        self.open: dict[Any, Pending] = {}

    def left(self) -> list[Pending]:
        """Groups whose last row fell out."""
        rest, self.open = [finished(pending) for pending in self.open.values()], {}
        return rest

    def gather(self, cleaned: Cleaned) -> Iterator[Pending]:
        """The records that are complete with this block: rows of one key together, in whatever order they come."""
        own, lines = own_paths(cleaned), lines_of(self.recipe, cleaned)
        keys = cleaned.values[self.recipe.group_by]
        heads = list(zip(*(cleaned.values[path] for path in own), strict=True)) or [()] * len(keys)
        for index, (key, number) in enumerate(zip(keys, cleaned.numbers, strict=True)):
            if key is None:
                self.without_group(cleaned, index)
                continue
            if index not in cleaned.dropped:
                pending = self.member(cleaned, index, own, heads[index])
                pending.rows.append(number)
                if pending.lines is not None:
                    pending.lines.append(lines[index])
            if self.last.get(key) == number and (done := self.open.pop(key, None)):
                yield finished(done)

    def without_group(self, cleaned: Cleaned, index: int) -> None:
        """A row that does not say what it belongs to."""
        if index not in cleaned.dropped:
            cleaned.dropped.add(index)
            cleaned.reports.append(Report(cleaned.numbers[index], "no_group", REFUSED))

    def member(self, cleaned: Cleaned, index: int, own: list[str], head: tuple[Any, ...]) -> Pending:
        """The open group of a row; its own fields come from the first row, differences are reported."""
        key = cleaned.values[self.recipe.group_by][index]
        pending = self.open.get(key)
        if pending is None:
            values = {path: value for path, value in zip(own, head, strict=True) if value is not None}
            outside = cleaned.values.get(EXTERNAL)
            pending = Pending([], values, [], outside[index] if outside else None, head)
            pending.lines = [] if self.recipe.part else None
            self.open[key] = pending
        elif pending.head != head:
            self.compare(cleaned, index, pending, dict(zip(own, head, strict=True)))
        if index in cleaned.notes:
            pending.notes += [line for line in cleaned.notes[index] if line not in pending.notes]
        return pending

    def compare(self, cleaned: Cleaned, index: int, pending: Pending, values: dict[str, Any]) -> None:
        """Empty fields are filled from a later row; other values are reported and left."""
        for path, value in values.items():
            if value is None or path in pending.differs or pending.values.get(path) == value:
                continue
            if path not in pending.values:
                pending.values[path] = value
                continue
            pending.differs.add(path)
            group = str(pending.values.get(self.recipe.group_by) or pending.external or "")
            cleaned.reports.append(
                Report(
                    cleaned.numbers[index],
                    "group_differs",
                    NOTE,
                    str(value)[:200],
                    None,
                    {"group": group, "field": path},
                )
            )
