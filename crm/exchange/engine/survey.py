"""The first walk over a file: how numbers and dates are written, where each group ends, names of related records."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crm.exchange.analysis import EXTERNAL
from crm.exchange.cleaning.cells import Bad, Mended
from crm.exchange.cleaning.columns import HABIT_KINDS, Habits, habits_of
from crm.exchange.declared import Link, Template
from crm.exchange.engine.blocks import Layout
from crm.exchange.engine.recipe import Recipe
from crm.exchange.matching.targets import Place
from crm.exchange.reading.rows import Cell

MOST_DISTINCT = 50_000
Wanted = tuple[
    Link, str, int, int, str
]  # a link, a field of the other noun, the columns of key and value, which to pick


@dataclass
class Survey:
    """What was found: `last` row of every group, `picks` the related records' values by link, key and field."""

    rows: int = 0
    last: dict[Any, int] = field(default_factory=dict)
    picks: dict[str, dict[Any, dict[str, Any]]] = field(default_factory=dict)


class Walk:
    """One walk over the raw cells; cleaning waits until the distinct ones, and so the columns' habits, are known."""

    def __init__(
        self, layout: Layout, targets: Mapping[int, str], known: Mapping[str, Place], template: Template | None
    ) -> None:
        self.layout, self.rows = layout, 0
        kinds = {at: known[path].spec.kind for at, path in targets.items() if path in known and at < len(layout.header)}
        self.kinds = {at: kind for at, kind in kinds.items() if kind in HABIT_KINDS}
        self.distinct: dict[int, set[Cell]] = {at: set() for at in self.kinds}
        self.at = {path: at for at, path in targets.items() if at < len(layout.header)}
        self.last: dict[str, dict[Cell, int]] = {
            path: {} for path in self.at if path in self.group_paths(known, template)
        }
        links = template.links if template else ()
        self.wanted: list[Wanted] = [
            (link, name, self.at[link.key_path], self.at[source], pick)
            for link in links
            for name, (source, pick) in link.values.items()
            if source in self.at and link.key_path in self.at
        ]
        self.counts: dict[tuple[str, str], Counter[tuple[Cell, Cell]]] = defaultdict(Counter)
        self.order: dict[tuple[str, str], dict[tuple[Cell, Cell], int]] = defaultdict(dict)

    def group_paths(self, known: Mapping[str, Place], template: Template | None) -> set[str]:
        """The columns that may say which rows belong together."""
        if template and template.group_by:
            return {template.group_by}
        has_parts = any(known[path].part for path in self.at if path in known)
        return (
            {path for path in self.at if path.startswith(EXTERNAL) or (path in known and is_name(known[path]))}
            if has_parts
            else set()
        )

    def walk(self) -> Walk:
        """Look at every row once."""
        for block in self.layout.blocks():
            self.rows += block.read
            for at, cells in self.distinct.items():
                if len(cells) < MOST_DISTINCT:
                    cells.update(block.columns[at])
            for path, last in self.last.items():
                last.update(zip(block.columns[self.at[path]], block.numbers, strict=True))
            self.count(block.columns, block.numbers)
        return self

    def count(self, columns: Sequence[Sequence[Cell]], numbers: Sequence[int]) -> None:
        """What stands beside each key of a related record."""
        for link, name, key, value, pick in self.wanted:
            pairs = zip(columns[key], columns[value], strict=True)
            if pick == "most":
                self.counts[link.at, name].update(pairs)
            else:
                self.order[link.at, name].update(zip(pairs, numbers, strict=True))

    @property
    def habits(self) -> dict[int, Habits]:
        """How the date and number columns are written."""
        return {at: habits_of(kind, self.distinct[at]) for at, kind in self.kinds.items()}

    def survey(self, recipe: Recipe) -> Survey:
        """What was seen, in cleaned values."""
        found = Survey(rows=self.rows)
        if recipe.group_by:
            memo = recipe.paths[recipe.group_by].memo
            for cell, number in self.last[recipe.group_by].items():
                key = plain(memo[cell])
                found.last[key] = max(found.last.get(key, 0), number)
        for link, name, key_at, value_at, pick in self.wanted:
            weights: Mapping[tuple[Cell, Cell], int] = (
                self.counts[link.at, name] if pick == "most" else self.order[link.at, name]
            )
            by_key = found.picks.setdefault(link.at, {})
            for key, value in chosen(weights, recipe, key_at, value_at, sign=-1 if pick == "first" else 1).items():
                by_key.setdefault(key, {})[name] = value
        return found


def is_name(place: Place) -> bool:
    """Whether a column may name the record that a row belongs to."""
    return "." not in place.path and place.spec.kind == "text"


def chosen(
    weights: Mapping[tuple[Cell, Cell], int], recipe: Recipe, key_at: int, value_at: int, *, sign: int
) -> dict[Any, Any]:
    """For each key the value of the greatest weight; values that say nothing, and prices of zero, do not count."""
    keys, values = recipe.columns[key_at].memo, recipe.columns[value_at].memo
    totals: dict[Any, Counter[Any]] = defaultdict(Counter)
    for (raw_key, raw), weight in weights.items():
        key, value = plain(keys[raw_key]), plain(values[raw])
        if key is not None and value is not None and not (isinstance(value, Decimal) and value <= 0):
            totals[key][value] += weight * sign
    return {key: max(counter.items(), key=lambda item: (item[1], str(item[0])))[0] for key, counter in totals.items()}


def plain(value: Any) -> Any:
    """A cleaned value as it will be stored, None when it is none."""
    if isinstance(value, Mended):
        return value.value
    return None if isinstance(value, Bad) else value
