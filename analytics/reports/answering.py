"""The answer to a report: one aggregate over the records that the actor sees, folded into rows, columns and totals."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from analytics.reports.asking import Report
from analytics.reports.grouping import Grouping, Tree, condition_of, condition_of_others, places_read, titles_read
from analytics.reports.measuring import Measure, Pieces
from crm.core.errors import CrmError
from crm.core.figures import Behind, Cell
from crm.core.permissions import visible
from crm.core.samples import sample_shown

MOST_CELLS = 20_000
Cells = dict[str, Cell]  # by the name of the measure
Found = dict[tuple[Any, ...], Pieces]


@dataclass(frozen=True)
class Value:
    """One value of a grouping, or all that are not told one by one."""

    title: str
    key: Any
    keys: frozenset[Any]
    conditions: tuple[Tree | None, ...]  # None: which records they are cannot be asked for
    is_others: bool = False


EVERY = Value("", None, frozenset(), ())


@dataclass(frozen=True)
class Row:
    """One row of the answer."""

    title: str
    key: Any
    cells: Sequence[Cells]
    total: Cells
    depth: int = 0
    is_others: bool = False


@dataclass(frozen=True)
class Answer:
    """Rows, columns and their totals."""

    report: Report
    is_sample: bool
    columns: Sequence[Value]
    rows: Sequence[Row]
    total: Row


def report_answer(report: Report) -> Answer:
    """Ask the database once, and fold what it says."""
    return Folding(report).answer()


class Folding:
    """What one aggregate found, put together in as many ways as the table shows."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.is_sample = sample_of(report)
        self.found = found_by(report, self.is_sample)
        keyed = [(one, {keys[at] for keys in self.found}) for at, one in enumerate(report.groupings)]
        self.titles = [titles_read(one, keys, report.actor) for one, keys in keyed]
        self.places = [places_read(one, keys) for one, keys in keyed]

    def answer(self) -> Answer:
        """The whole table."""
        report, depth = self.report, len(self.report.rows)
        is_ordered = report.column is not None and (report.column.is_time or bool(self.places[depth]))
        order = "title" if is_ordered else f"-{report.measures[0].name}"
        columns = self.values(self.found, depth, order) if report.column else []
        total = self.row(replace(EVERY, title=_("Total")), self.found, columns, 0)
        return Answer(report, self.is_sample, columns, list(self.rows(self.found, columns, 0, ())), total)

    def rows(self, found: Found, columns: Sequence[Value], depth: int, above: tuple[Tree | None, ...]) -> Iterable[Row]:
        """The rows of one level, each followed by those below it."""
        if depth == len(self.report.rows):
            return
        for value in self.values(found, depth, self.report.ordering):
            within = {keys: pieces for keys, pieces in found.items() if keys[depth] in value.keys}
            held = replace(value, conditions=(*above, *value.conditions))
            yield self.row(held, within, columns, depth)
            if not value.is_others:
                yield from self.rows(within, columns, depth + 1, held.conditions)

    def values(self, found: Found, at: int, ordering: str) -> list[Value]:
        """The values of a grouping in their order; those beyond the limit as one."""
        grouping, limit = self.report.groupings[at], self.report.limit
        together: dict[Any, Pieces] = defaultdict(dict)
        for keys, pieces in found.items():
            self.add(together[keys[at]], pieces)
        ranked = self.ordered(grouping, at, together, ordering)
        shown, rest = ranked[:limit], ranked[limit:]
        told = [Value(self.title(at, one), one, frozenset([one]), (condition_of(grouping, one),)) for one in shown]
        if rest:
            others = (condition_of_others(grouping, shown, rest),)
            title = _("Others (%(n)s)") % {"n": len(rest)}
            told.append(Value(title, None, frozenset(rest), others, is_others=True))
        return told

    def ordered(self, grouping: Grouping, at: int, together: Mapping[Any, Pieces], ordering: str) -> list[Any]:
        """Values by title (those that have a place by it) or by a measure; records without one come last of all."""
        name, falls = ordering.removeprefix("-"), ordering.startswith("-")
        measure = next((one for one in self.report.measures if one.name == name), None)

        places = self.places[at]

        def titled(key: Any) -> Any:
            if places:
                return places.get(str(key), len(places))
            return key.isoformat() if grouping.is_time else self.title(at, key).casefold()

        def rank(key: Any) -> Any:
            return float(measure.value(together[key])) if measure else titled(key)

        def is_known(key: Any) -> bool:
            return key is not None and (measure is None or measure.value(together[key]) is not None)

        known = sorted((key for key in together if is_known(key)), key=lambda key: (self.title(at, key), str(key)))
        known.sort(key=rank, reverse=falls)
        return [*known, *(key for key in together if not is_known(key))]

    def title(self, at: int, key: Any) -> str:
        """What a value is called; what the actor may not know has no name."""
        return _("(none)") if key is None else self.titles[at].get(key) or _("(not named)")

    def row(self, value: Value, found: Found, columns: Sequence[Value], depth: int) -> Row:
        """One row: its cells, and all of it together."""
        at = len(self.report.rows)
        cells = [
            self.cells(
                (pieces for keys, pieces in found.items() if keys[at] in column.keys),
                (*value.conditions, *column.conditions),
            )
            for column in columns
        ]
        total = self.cells(found.values(), value.conditions)
        return Row(value.title, value.key, cells, total, depth, value.is_others)

    def cells(self, found: Iterable[Pieces], conditions: Sequence[Tree | None]) -> Cells:
        """The figures of some records, each with the list of those behind it."""
        together: Pieces = {}
        for pieces in found:
            self.add(together, pieces)
        return {one.name: Cell(one.value(together), self.behind(one, conditions)) for one in self.report.measures}

    def add(self, into: Pieces, more: Pieces) -> None:
        """Put further records to those that are there."""
        for measure in self.report.measures:
            measure.put(into, more)

    def behind(self, measure: Measure, conditions: Sequence[Tree | None]) -> Behind | None:
        """The list of the records behind a number; of a part's rows, of the records that have such rows."""
        if None in conditions:
            return None
        trees = [*([self.report.tree] if self.report.tree else []), *([measure.where] if measure.where else [])]
        every = [*trees, *conditions]
        params = {"is_sample": "true" if self.is_sample else "false"}
        if every:
            tree = every[0] if len(every) == 1 else {"and": every}
            params["where"] = json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
        return Behind(self.report.resource.label, params)


def sample_of(report: Report) -> bool:
    """Whether the report is about the sample: where it is asked for, else while it is what everybody sees."""
    if report.samples is not None:
        return report.samples
    return sample_shown()


def rows_of(report: Report, is_sample: bool) -> QuerySet[Any]:
    """The rows that are counted: the records, or those of one of their parts."""
    records = visible(report.resource.model, report.actor).filter(report.where, is_sample=is_sample).order_by()
    if report.part is None:
        return records
    return report.part.model._default_manager.filter(**{f"{report.part.parent}__in": records.values("pk")}).order_by()


def found_by(report: Report, is_sample: bool) -> Found:
    """The one aggregate: pieces of the measures for each combination of values."""
    groups = {f"g{at}": one.value for at, one in enumerate(report.groupings)}
    pieces = {name: piece for one in report.measures for name, piece in one.pieces.items()}
    rows = rows_of(report, is_sample)
    if not groups:
        return {(): rows.aggregate(**pieces)}
    found = rows.values(**groups).annotate(**pieces)[: MOST_CELLS + 1]
    read = {tuple(row.pop(name) for name in groups): row for row in map(dict, found)}
    if len(read) > MOST_CELLS:
        text = _("These groupings have more than %(n)s combinations; choose coarser ones, or fewer records.")
        raise CrmError("too_many", text % {"n": MOST_CELLS}, status=422)
    return read
