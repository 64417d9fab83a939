"""What a chart tells: its categories and series, out of the answer to a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from analytics.reports.answering import Answer, Row
from analytics.reports.grouping import Grouping, period_title
from analytics.reports.measuring import Measure
from crm.core.actors import Actor
from crm.core.days import months_later
from crm.core.figures import Cell
from crm.ui.charts.scales import short
from crm.ui.figures_shown import address, value_text

MOST_SERIES, MOST_BARS, MOST_SLICES, MOST_STEPS = 8, 20, 8, 120
ADDED = frozenset({"count", "sum"})  # what is nothing where there are no records, and adds up
MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Point:
    """One value: as a number, as text, and the list of the records behind it."""

    value: float
    text: str
    href: str = ""


@dataclass(frozen=True)
class Series:
    """Values of one thing over all categories; none where there is nothing to tell."""

    title: str
    tone: str
    points: Sequence[Point | None]
    total: str = ""


@dataclass(frozen=True)
class Picture:
    """What is drawn."""

    kind: str
    label: str
    measure: Measure
    categories: Sequence[str]
    series: Sequence[Series]
    is_time: bool = False
    left_out: int = 0  # categories that are only in the table
    whole: str = ""  # what a ring comes to, where its slices add up

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(point and point.value for one in self.series for point in one.points)


def picture_of(answer: Answer, chart: str, actor: Actor) -> Picture | None:
    """The answer as a picture; none where nothing is grouped, or only the table is wanted."""
    report = answer.report
    if chart in ("table", "number") or not report.rows:
        return None
    first = report.rows[0]
    rows = [one for one in answer.rows if one.depth == 0]
    measure = report.measures[0]
    pen = Pen(measure, actor)
    if chart == "pie":
        return pen.ring(first, rows)
    most = MOST_STEPS if first.is_time else MOST_BARS
    kept = [one for one in rows if not one.is_others and not (first.is_time and one.key is None)][:most]
    left = len([one for one in rows if not one.is_others]) - len(kept)
    steps = filled(first, kept) if first.is_time and measure.of in ADDED else [(one.title, one) for one in kept]
    if chart == "funnel":
        return pen.funnel(first, steps, left)
    series = pen.columns(answer, steps) if answer.columns else pen.measures(answer, steps)
    kind = {"bar": "columns" if first.is_time else "bars", "stacked": "columns" if first.is_time else "bars"}
    drawn = f"{kind.get(chart, chart)}{'-stacked' if chart == 'stacked' else ''}"
    return Picture(drawn, first.label, measure, [title for title, _row in steps], series, first.is_time, left)


@dataclass(frozen=True)
class Pen:
    """Takes the values of one measure out of rows."""

    measure: Measure
    actor: Actor

    def point(self, cells: Mapping[str, Cell], measure: Measure | None = None) -> Point | None:
        """The value of a cell."""
        one = measure or self.measure
        cell = cells[one.name]
        if cell.value is None:
            return None
        return Point(float(cell.value), value_text(one.kind, cell.value), address(cell.behind, self.actor))

    def nothing(self) -> Point | None:
        """The value of a period in which nothing happened."""
        return Point(0.0, value_text(self.measure.kind, 0)) if self.measure.of in ADDED else None

    def measures(self, answer: Answer, steps: Sequence[tuple[str, Row | None]]) -> list[Series]:
        """One series a measure, of those that share a scale with the first."""
        told = self.measure.kind, self.measure.of
        alike = [one for one in answer.report.measures if (one.kind, one.of) == told][:MOST_SERIES]
        points = [[self.point(row.total, one) if row else self.nothing() for _title, row in steps] for one in alike]
        return [Series(one.label, f"c{at}", points[at]) for at, one in enumerate(alike)]

    def funnel(self, grouping: Grouping, steps: Sequence[tuple[str, Row | None]], left_out: int) -> Picture:
        """The first measure alone, step by step."""
        points = [self.point(row.total) if row else self.nothing() for _title, row in steps]
        series = [Series(self.measure.label, "c0", points)]
        return Picture("funnel", grouping.label, self.measure, [one for one, _row in steps], series, left_out=left_out)

    def columns(self, answer: Answer, steps: Sequence[tuple[str, Row | None]]) -> list[Series]:
        """One series a column; those beyond the palette as one, where they add up."""
        n = len(answer.columns)
        own = n if n <= MOST_SERIES else MOST_SERIES - 1
        found = []
        for at, column in enumerate(answer.columns[:own]):
            points = [self.point(row.cells[at]) if row else self.nothing() for _title, row in steps]
            total = answer.total.cells[at][self.measure.name].value
            tone = "cx" if column.is_others or column.key is None else f"c{at}"
            found.append(Series(column.title, tone, points, value_text(self.measure.kind, total)))
        if own < n and self.measure.of in ADDED:
            rest = [self.together(row, own) for _title, row in steps]
            found.append(Series(_("Others (%(n)s)") % {"n": n - own}, "cx", rest))
        return found

    def together(self, row: Row | None, own: int) -> Point | None:
        """What all columns beyond the palette come to."""
        values = [cells[self.measure.name].value or 0 for cells in row.cells[own:]] if row else []
        total = sum(values)
        return Point(float(total), value_text(self.measure.kind, total))

    def ring(self, grouping: Grouping, rows: Sequence[Row]) -> Picture:
        """Slices of a whole, the largest first; small ones together."""
        told = [(one, self.point(one.total)) for one in rows]
        known = [(one, point) for one, point in told if point and point.value > 0]
        known.sort(key=lambda pair: -pair[1].value)
        own = known if len(known) <= MOST_SLICES else known[: MOST_SLICES - 1]
        series = [
            Series(one.title, "cx" if one.is_others else f"c{at}", [point], point.text)
            for at, (one, point) in enumerate(own)
        ]
        if len(own) < len(known):
            rest = sum(point.value for _row, point in known[len(own) :])
            text = value_text(self.measure.kind, round(rest) if self.measure.kind == "integer" else rest)
            series.append(Series(_("Others (%(n)s)") % {"n": len(known) - len(own)}, "cx", [Point(rest, text)], text))
        measure = self.measure
        whole = short(sum(point.value for _row, point in known), measure.kind) if measure.of in ADDED else ""
        return Picture("ring", grouping.label, measure, [one.title for one in series], series, whole=whole)


def filled(grouping: Grouping, rows: Sequence[Row]) -> list[tuple[str, Row | None]]:
    """The periods from the first to the last, those in which nothing happened among them."""
    known = {one.key: one for one in rows}
    if not known:
        return []
    at, last = min(known), max(known)
    found: list[tuple[str, Row | None]] = []
    while at <= last and len(found) < MOST_STEPS:
        found.append((period_title(at, grouping.by), known.get(at)))
        at = after(at, grouping.by)
    return found


def after(day: date, by: str) -> Any:
    """The period that follows."""
    return months_later(day, MONTHS[by]) if by in MONTHS else day + timedelta(days=7 if by == "week" else 1)
