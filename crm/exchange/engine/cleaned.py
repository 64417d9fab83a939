"""A block cleaned: columns of typed values, what was reported, what goes into notes, which rows fell out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.exchange.analysis import FIRST, LAST, NOTES, ROW, SKIP
from crm.exchange.cleaning.cells import Bad, Mended
from crm.exchange.declared import Rule, When
from crm.exchange.engine.blocks import Block, Report
from crm.exchange.engine.recipe import ColumnPlan, Recipe
from crm.exchange.models import ImportProblem
from crm.exchange.reading.rows import shown

REFUSED, LEFT_OUT, NOTE = ImportProblem.Outcome.REFUSED, ImportProblem.Outcome.LEFT_OUT, ImportProblem.Outcome.NOTE

ODD = frozenset({Bad, Mended})
Test = Callable[[Any, Any], bool]
TESTS: dict[str, Test] = {
    "is": lambda one, other: bool(one == other),
    "in": lambda one, many: one in many,
    "starts": lambda one, start: one.startswith(start),
    "below": lambda one, limit: bool(one < limit),
    "above": lambda one, limit: bool(one > limit),
    "filled": lambda one, _other: True,
}


@dataclass
class Cleaned:
    """Typed columns by path, all of the same length as `numbers`."""

    numbers: list[int]
    values: dict[str, list[Any]] = field(default_factory=dict)
    notes: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    dropped: set[int] = field(default_factory=set)
    reports: list[Report] = field(default_factory=list)


def clean_block(recipe: Recipe, block: Block) -> Cleaned:
    """Cells to values, constants, links' keys, then the declared rules."""
    out = Cleaned(block.numbers, reports=list(block.reports))
    take_columns(out, recipe, block)
    for index, cells in block.extra.items():
        out.notes[index].append(" ".join(map(shown, cells)))
    join_names(recipe, out)
    for path, constant in recipe.template.constants.items():
        out.values.setdefault(path, alike(constant, block.numbers))
    for link in recipe.links:
        words = [out.values[path] for path in (link.key_path, *(path for path, _keys in link.others))]
        out.values[link.at] = list(map(key_of, zip(*words, strict=True))) if link.others else list(words[0])
    for rule in recipe.template.rules:
        apply_rule(rule, out)
    return out


def alike(constant: Any, numbers: Sequence[int]) -> list[Any]:
    """What every row says; a text may number the rows, so that records without names can be told apart."""
    is_numbering = isinstance(constant, str) and ROW in constant
    return [constant.replace(ROW, str(n)) for n in numbers] if is_numbering else [constant] * len(numbers)


def take_columns(out: Cleaned, recipe: Recipe, block: Block) -> None:
    """The values of every column; lists of second values are there in every block, so that all of them fit."""
    for column in recipe.columns:
        if column.path == NOTES:
            take_notes(out, column, block.columns[column.position])
        elif column.path != SKIP:
            found = take_column(out, recipe, column, block.columns[column.position])
            out.values[column.path] = together(out.values.get(column.path), found)
    for name, other in recipe.further.items():
        if name in out.values:
            out.values.setdefault(other, [None] * len(block.numbers))


def key_of(words: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """All that a row says of one other record, or nothing."""
    return None if all(word is None for word in words) else words


def take_column(out: Cleaned, recipe: Recipe, column: ColumnPlan, cells: Sequence[Any]) -> list[Any]:
    """A column's values."""
    found = column.memo.column(cells)
    if column.memo.odd and not ODD.isdisjoint(map(type, found)):
        take_out(out, recipe, column, found)
    return found


def together(lists: list[Any] | None, more: list[Any]) -> list[Any]:
    """Two columns of lists as one; where there was none, the other as it is."""
    return [(one or []) + (two or []) or None for one, two in zip(lists, more, strict=True)] if lists else more


def put_beside(out: Cleaned, path: str, index: int, values: Sequence[str]) -> None:
    """Second values of a cell, in the list of a row."""
    column = out.values.setdefault(path, [None] * len(out.numbers))
    column[index] = [*(column[index] or ()), *values] or None


def take_notes(out: Cleaned, column: ColumnPlan, cells: Sequence[Any]) -> None:
    """A column without a field of its own, as lines of text."""
    for index, cell in enumerate(cells):
        if cell not in ("", None):
            value = column.memo[cell]
            text = value.value if isinstance(value, Mended) else shown(cell) if isinstance(value, Bad) else value
            if text:
                out.notes[index].append(f"{column.header}: {text}")


def take_out(out: Cleaned, recipe: Recipe, column: ColumnPlan, found: list[Any]) -> None:
    """Report bad and mended cells; a row without a value that it needs falls out."""
    needed = column.path == recipe.group_by or bool(
        column.place and column.place.spec.required and not column.place.link
    )
    for index, value in enumerate(found):
        if isinstance(value, Mended):
            found[index] = value.value
            report(out, index, column, value, NOTE)
            rest = value.rest
            if other := recipe.further.get(column.path):
                put_beside(out, other, index, value.others)
                rest = ", ".join(text for text in rest.split(", ") if text not in value.others)
            if rest:
                out.notes[index].append(f"{column.header}: {rest}")
        elif isinstance(value, Bad):
            found[index] = None
            report(out, index, column, value, REFUSED if needed else LEFT_OUT)
            if needed:
                out.dropped.add(index)


def report(out: Cleaned, index: int, column: ColumnPlan, odd: Bad | Mended, outcome: str) -> None:
    """Note a problem of a cell."""
    value = str(odd.details.get("value", ""))[:200]
    out.reports.append(Report(out.numbers[index], odd.code, outcome, value, column.position, dict(odd.details)))


def join_names(recipe: Recipe, out: Cleaned) -> None:
    """First and last name as the one name that a record has: Chinese last name first, without a space."""
    if FIRST not in out.values and LAST not in out.values:
        return
    empty: list[Any] = [None] * len(out.numbers)
    pairs = zip(out.values.pop(FIRST, empty), out.values.pop(LAST, empty), strict=True)
    out.values[recipe.resource.title] = [full_name(first or "", last or "") for first, last in pairs]


def full_name(first: str, last: str) -> str | None:
    """The parts of a name in the order that its script asks for."""
    if first and last:
        return (
            f"{first} {last}"
            if (first + last).isascii() or any(c < "\u0370" and c.isalpha() for c in first + last)
            else last + first
        )
    return first or last or None


def apply_rule(rule: Rule, out: Cleaned) -> None:
    """Do what the rule says to the rows for which it holds."""
    rows: Sequence[int] = range(len(out.numbers))
    for when in rule.when:
        rows = holding(when, out, rows)
    if rule.refuse:
        fresh = [index for index in rows if index not in out.dropped]
        out.dropped.update(fresh)
        out.reports += [Report(out.numbers[index], rule.refuse, REFUSED) for index in fresh]
    for path, value in [*rule.set.items(), *((path, None) for path in rule.clear)]:
        for index in rows if path in out.values else ():
            out.values[path][index] = value


def holding(when: When, out: Cleaned, rows: Sequence[int]) -> list[int]:
    """The rows of which a condition is true; an empty cell fulfils only `empty`."""
    column = out.values.get(when.path)
    if when.op == "empty":
        return [i for i in rows if column is None or column[i] is None]
    if column is None:
        return []
    test, value = TESTS[when.op], frozenset(when.value) if when.op == "in" else when.value
    return [i for i in rows if column[i] is not None and test(column[i], value)]
