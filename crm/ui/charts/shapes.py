"""Where everything of a chart stands: bars, columns, lines and rings in the drawing's own units."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from crm.ui.charts.scales import cut, short, ticks, width_of
from crm.ui.charts.series import Picture, Point, Series

SIZES = {"full": 1080, "wide": 740, "middle": 540, "narrow": 350}
THICK, THIN = 13.0, 8.0  # bars beside each other; thin ones have no room for their values
LETTER = 6.3  # of the chart's 11 units high letters
TALL = 250
FOOT, HEAD = 24, 12


@dataclass(frozen=True)
class Mark:
    """One value: a box, a dot or a slice, its tone, what it says, where it leads."""

    tone: str
    says: str
    href: str
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    path: str = ""


@dataclass(frozen=True)
class Label:
    """A text of a scale; `at` is its line's place."""

    x: float
    y: float
    text: str
    anchor: str = "middle"
    title: str = ""


@dataclass
class Drawing:
    """All that a template draws."""

    width: float
    height: float
    size: str
    marks: list[Mark] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    values: list[Label] = field(default_factory=list)
    grid: list[tuple[float, float, float, float]] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)  # tone and points
    area: str = ""
    wholes: list[Label] = field(default_factory=list)  # what a ring comes to, in its middle

    @property
    def box(self) -> str:
        """The view of the drawing."""
        return f"0 0 {self.width:g} {self.height:g}"


def drawings(picture: Picture) -> list[Drawing]:
    """The picture for places of four widths; the page shows the one that fits."""
    if picture.kind == "ring":
        return [ring(picture)]
    if picture.kind == "funnel":
        return [funnel(picture, width, size) for size, width in SIZES.items()]
    make = bars if picture.kind.startswith("bars") else upright
    return [make(picture, width, size) for size, width in SIZES.items()]


def says(category: str, one: Series, point: Point, *, is_alone: bool) -> str:
    """What a mark says when it is pointed at."""
    return f"{category}: {point.text}" if is_alone else f"{category} · {one.title}: {point.text}"


def span(picture: Picture) -> tuple[float, float]:
    """The lowest and the highest value; of stacks the highest stack."""
    told = [[one.points[at] for one in picture.series] for at in range(len(picture.categories))]
    values = [[point.value for point in points if point] for points in told]
    if picture.kind.endswith("-stacked"):
        values = [[sum(min(one, 0) for one in found), sum(max(one, 0) for one in found)] for found in values]
    flat = [one for found in values for one in found]
    return min(flat, default=0.0), max(flat, default=0.0)


# Bars that lie


def bars(picture: Picture, width: float, size: str) -> Drawing:
    """A line a category, its name before it and its value behind it."""
    stacked, n = picture.kind.endswith("-stacked"), len(picture.series)
    thick = 18.0 if stacked or n == 1 else THIN if n > 3 else THICK
    step = (thick if stacked else thick * n) + 9.0
    room = {"narrow": 15, "middle": 20}.get(size, 28)
    left = 10 + LETTER * min(room, max(map(width_of, picture.categories), default=4))
    right = 12 + LETTER * longest_value(picture, stacked)
    low, high = span(picture)
    low, high = min(low, 0.0), max(high, 0.0) or 1.0
    out = Drawing(width, step * len(picture.categories) + 4, size)
    scale = (width - left - right) / (high - low)
    zero = left - low * scale
    out.grid.append((zero, 0, zero, out.height))
    for at, category in enumerate(picture.categories):
        top = 4 + at * step
        middle = top + (step - 9) / 2 + 4
        out.labels.append(Label(left - 8, middle, cut(category, room), "end", category))
        out.marks += lying(picture, at, (zero, top, scale, thick))
        out.values += ends(picture, at, (zero, top, scale, thick), stacked=stacked)
    return out


def longest_value(picture: Picture, stacked: bool) -> float:
    """How much room the values behind the bars need, in letters."""
    if stacked:
        return 6
    return max((width_of(point.text) for one in picture.series for point in one.points if point), default=0)


def lying(picture: Picture, at: int, place: tuple[float, float, float, float]) -> Iterator[Mark]:
    """The bars of one category: beside each other, or one after the other."""
    zero, top, scale, thick = place
    stacked, alone, right, left = picture.kind.endswith("-stacked"), len(picture.series) == 1, zero, zero
    for nth, one in enumerate(picture.series):
        point = one.points[at]
        if point is None or not point.value:
            continue
        long, text = abs(point.value) * scale, says(picture.categories[at], one, point, is_alone=alone)
        if stacked:
            left -= long if point.value < 0 else 0
            yield Mark(one.tone, text, point.href, right if point.value > 0 else left, top, max(long - 1, 0.5), thick)
            right += long if point.value > 0 else 0
        else:
            begin = zero if point.value > 0 else zero - long
            high = thick - (1 if len(picture.series) > 1 else 0)
            yield Mark(one.tone, text, point.href, begin, top + nth * thick, max(long, 1), high)


def ends(
    picture: Picture, at: int, place: tuple[float, float, float, float], *, stacked: bool
) -> Iterator[Label]:
    """The values behind the bars; behind a stack what it comes to."""
    zero, top, scale, thick = place
    points = [one.points[at] for one in picture.series]
    if stacked:
        total = sum(point.value for point in points if point)
        if total:
            right = zero + sum(max(point.value, 0) for point in points if point) * scale
            yield Label(right + 6, top + thick / 2 + 4, short(total, picture.measure.kind), "start")
        return
    for nth, point in enumerate(points if thick >= THICK else ()):
        if point is not None and (point.value or len(points) == 1):
            x = zero + max(point.value, 0) * scale + 6
            yield Label(x, top + nth * thick + thick / 2 + 4, point.text, "start")


# Funnels

STEP, GAP, LEAST = 30.0, 5.0, 3.0


def funnel(picture: Picture, width: float, size: str) -> Drawing:
    """A bar a step, about one middle, each with its share of the largest."""
    points = picture.series[0].points
    room = {"narrow": 15, "middle": 20}.get(size, 28)
    left = 10 + LETTER * min(room, max(map(width_of, picture.categories), default=4))
    texts = [step_text(point, most_of(points)) for point in points]
    right = 12 + LETTER * max(map(width_of, texts), default=0)
    out = Drawing(width, (STEP + GAP) * len(points) + 4, size)
    middle, scale = (left + width - right) / 2, (width - left - right) / most_of(points)
    for at, (category, point) in enumerate(zip(picture.categories, points, strict=True)):
        top = 4 + at * (STEP + GAP)
        out.labels.append(Label(left - 8, top + STEP / 2 + 4, cut(category, room), "end", category))
        if point is None:
            continue
        long = max(max(point.value, 0) * scale, LEAST)
        text = says(category, picture.series[0], point, is_alone=True)
        out.marks.append(Mark("c0", text, point.href, middle - long / 2, top, long, STEP))
        out.values.append(Label(width - right + 8, top + STEP / 2 + 4, texts[at], "start"))
    return out


def most_of(points: Sequence[Point | None]) -> float:
    """The largest step."""
    return max((point.value for point in points if point), default=0.0) or 1.0


def step_text(point: Point | None, most: float) -> str:
    """What stands beside a step."""
    return f"{point.text} · {point.value / most * 100:.0f}%" if point else ""


# Columns and lines


def upright(picture: Picture, width: float, size: str) -> Drawing:
    """Columns or a line over categories that follow each other."""
    out = Drawing(width, TALL, size)
    low, high = span(picture)
    marks = ticks(low, high, whole=picture.measure.kind == "integer")
    texts = [short(one, picture.measure.kind) for one in marks]
    left = 10 + LETTER * max(map(width_of, texts))
    floor, scale = TALL - FOOT, (TALL - FOOT - HEAD) / (marks[-1] - marks[0])
    for value, text in zip(marks, texts, strict=True):
        y = floor - (value - marks[0]) * scale
        out.grid.append((left, y, width - 4, y))
        out.labels.append(Label(left - 6, y + 4, text, "end"))
    n = max(len(picture.categories), 1)
    step = (width - left - 8) / n
    every = max(1, math.ceil((max(map(width_of, picture.categories), default=1) * LETTER + 10) / step))
    for at in range(n - 1, -1, -every):
        if picture.categories:
            room = step * every / LETTER
            out.labels.append(Label(left + step * (at + 0.5), TALL - 7, cut(picture.categories[at], room)))
    place = (left, step, floor + marks[0] * scale, scale)
    if picture.kind == "line":
        lined(picture, out, place)
    else:
        for at in range(len(picture.categories)):
            out.marks += standing(picture, at, place)
    return out


def standing(picture: Picture, at: int, place: tuple[float, float, float, float]) -> Iterator[Mark]:
    """The columns of one category."""
    left, step, zero, scale = place
    stacked, n = picture.kind.endswith("-stacked"), len(picture.series)
    wide = min(step * 0.72, 46.0)
    x, each, up, down = left + step * (at + 0.5) - wide / 2, wide / (1 if stacked else n), zero, zero
    for nth, one in enumerate(picture.series):
        point = one.points[at]
        if point is None or not point.value:
            continue
        tall, text = abs(point.value) * scale, says(picture.categories[at], one, point, is_alone=n == 1)
        if stacked:
            up -= tall if point.value > 0 else 0
            yield Mark(one.tone, text, point.href, x, up if point.value > 0 else down, wide, max(tall - 1, 0.5))
            down += tall if point.value < 0 else 0
        else:
            top = zero - tall if point.value > 0 else zero
            thin = max(each - (1 if n > 1 else 0), 1)
            yield Mark(one.tone, text, point.href, x + nth * each, top, thin, max(tall, 1))


def lined(picture: Picture, out: Drawing, place: tuple[float, float, float, float]) -> None:
    """A line a series, broken where there is nothing to tell, with a dot a value."""
    left, step, zero, scale = place
    alone = len(picture.series) == 1
    for one in picture.series:
        run: list[tuple[float, float]] = []
        for at, point in enumerate(one.points):
            if point is None:
                finish(out, one.tone, run, zero, alone)
                run = []
                continue
            x, y = left + step * (at + 0.5), zero - point.value * scale
            run.append((x, y))
            text = says(picture.categories[at], one, point, is_alone=alone)
            out.marks.append(Mark(one.tone, text, point.href, x, y))
        finish(out, one.tone, run, zero, alone)


def finish(out: Drawing, tone: str, run: Sequence[tuple[float, float]], zero: float, alone: bool) -> None:
    """One unbroken piece of a line; what is below the only line is shaded."""
    if not run:
        return
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
    out.lines.append((tone, points))
    if alone:
        out.area = f"M{run[0][0]:.1f},{zero:.1f} L{points.replace(' ', ' L')} L{run[-1][0]:.1f},{zero:.1f} Z"


# Rings


def ring(picture: Picture) -> Drawing:
    """Slices of a whole."""
    out = Drawing(200, 200, "ring")
    values = [one.points[0].value for one in picture.series if one.points[0]]
    whole, at = sum(values) or 1.0, 0.0
    for one in picture.series:
        point = one.points[0]
        if point is None:
            continue
        share = point.value / whole
        text = f"{one.title}: {point.text} ({share * 100:.0f}%)"
        out.marks.append(Mark(one.tone, text, point.href, path=slice_path(at, at + share)))
        at += share
    if picture.whole:
        out.wholes.append(Label(100, 108, cut(picture.whole, 9)))
    return out


def slice_path(begin: float, end: float, outer: float = 96, inner: float = 60) -> str:
    """A piece of a ring between two shares of the whole, clockwise from the top."""
    def at(share: float, radius: float) -> str:
        angle = 2 * math.pi * share - math.pi / 2
        return f"{100 + radius * math.cos(angle):.2f} {100 + radius * math.sin(angle):.2f}"

    if end - begin > 0.999:  # an arc cannot end where it begins
        return f"{slice_path(0, 0.5, outer, inner)} {slice_path(0.5, 1, outer, inner)}"
    large = 1 if end - begin > 0.5 else 0
    return (
        f"M{at(begin, outer)} A{outer:g} {outer:g} 0 {large} 1 {at(end, outer)} "
        f"L{at(end, inner)} A{inner:g} {inner:g} 0 {large} 0 {at(begin, inner)} Z"
    )
