"""The first walk over a file: how columns write numbers and dates, where each group ends, what related records are called."""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crm.exchange.cleaning.cells import Bad, Mended
from crm.exchange.cleaning.columns import DATE_KINDS, NUMBER_KINDS, Habits, habits_of
from crm.exchange.declared import Link
from crm.exchange.engine.blocks import Layout
from crm.exchange.engine.recipe import Recipe
from crm.exchange.matching.targets import Place
from crm.exchange.reading.rows import Cell

MOST_DISTINCT = 50_000


@dataclass
class Survey:
    """What the walk found; `last` is the last row of every group, `picks` the related records' values by link, key and field."""

    rows: int = 0
    last: dict[Any, int] = field(default_factory=dict)
    picks: dict[str, dict[Any, dict[str, Any]]] = field(default_factory=dict)


def habits_survey(layout: Layout, targets: Mapping[int, str], known: Mapping[str, Place]) -> dict[int, Habits]:
    """How the date and number columns of a whole file are written."""
    kinds = {at: known[path].spec.kind for at, path in targets.items() if path in known and at < len(layout.header)}
    kinds = {at: kind for at, kind in kinds.items() if kind in DATE_KINDS or kind in NUMBER_KINDS or kind == "integer"}
    seen: dict[int, set[Cell]] = {at: set() for at in kinds}
    for block in layout.blocks() if kinds else ():
        for at, cells in seen.items():
            if len(cells) < MOST_DISTINCT:
                cells.update(block.columns[at])
    return {at: habits_of(kind, seen[at]) for at, kind in kinds.items()}


def survey(layout: Layout, recipe: Recipe) -> Survey:
    """Walk once over the raw cells; cleaning waits until each distinct one is known."""
    found, paths = Survey(), recipe.paths
    last: dict[Cell, int] = {}
    wanted = [(link, name, source, pick) for link in recipe.links for name, (source, pick) in link.values.items() if source in paths]
    counts: dict[tuple[str, str], Counter[tuple[Cell, Cell]]] = defaultdict(Counter)
    order: dict[tuple[str, str], dict[tuple[Cell, Cell], int]] = defaultdict(dict)
    for block in layout.blocks():
        found.rows += block.read
        if recipe.group_by:
            last.update(zip(block.columns[paths[recipe.group_by].position], block.numbers, strict=True))
        for link, name, source, pick in wanted:
            pairs = zip(block.columns[paths[link.key_path].position], block.columns[paths[source].position], strict=True)
            if pick == "most":
                counts[link.at, name].update(pairs)
            else:
                order[link.at, name].update(zip(pairs, block.numbers, strict=True))
    if recipe.group_by:
        memo = paths[recipe.group_by].memo
        for cell, number in last.items():
            key = plain(memo[cell])
            found.last[key] = max(found.last.get(key, 0), number)
    for link, name, source, pick in wanted:
        weights = counts[link.at, name] if pick == "most" else order[link.at, name]
        merge_picks(found, recipe, (link, name, source), weights, sign=-1 if pick == "first" else 1)
    return found


def merge_picks(found: Survey, recipe: Recipe, what: tuple[Link, str, str], weights: Mapping[tuple[Cell, Cell], int], sign: int) -> None:
    """For each key the value of the greatest weight; values that say nothing, and prices of zero, do not count."""
    link, name, source = what
    keys, values = recipe.paths[link.key_path].memo, recipe.paths[source].memo
    totals: dict[Any, Counter[Any]] = defaultdict(Counter)
    for (raw_key, raw), weight in weights.items():
        key, value = plain(keys[raw_key]), plain(values[raw])
        if key is not None and value is not None and not (isinstance(value, Decimal) and value <= 0):
            totals[key][value] += weight * sign
    by_key = found.picks.setdefault(link.at, {})
    for key, counter in totals.items():
        by_key.setdefault(key, {})[name] = max(counter.items(), key=lambda item: (item[1], str(item[0])))[0]


def plain(value: Any) -> Any:
    """A cleaned value as it will be stored, None when it is none."""
    if isinstance(value, Mended):
        return value.value
    return None if isinstance(value, Bad) else value
