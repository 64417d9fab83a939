"""A week by its hours: where each entry stands between midnight and midnight, beside what lasts at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils import timezone

from crm.core.calendars import Slot, moment

QUARTERS = 96  # of a day: an hour has four
LEAST = 2  # quarters that an entry is high, so that its name can be read
MOST_BESIDE = 4  # lanes that can still be read; the last of them then says how many more there are


@dataclass
class Piece:
    """What of an entry stands in one day: its first quarter of an hour, how many it takes, its place beside others."""

    slot: Slot
    first: int
    length: int
    is_later: bool = False  # the entry began on a day before
    lane: int = 0
    lanes: int = 1
    rest: int = 0  # for how many it stands that have no room

    @property
    def end(self) -> int:
        """The quarter that it leaves free."""
        return self.first + self.length

    @property
    def place(self) -> str:
        """The classes that put it there: a policy that forbids styles in pages lets no numbers be written into them."""
        hours, rest = divmod(self.length, 4)
        return f"{clock_classes(self.first)} t{hours} u{rest} n{self.lane} of{self.lanes}"


@dataclass
class Column:
    """One day of the week: what is of the whole day, and what has its hours."""

    day: date
    is_now: bool
    is_chosen: bool
    whole: list[Slot] = field(default_factory=list)
    timed: list[Piece] = field(default_factory=list)
    now: str = ""  # where the line of this moment is


def clock_classes(quarter: int) -> str:
    """The classes of a time of day."""
    return f"h{quarter // 4} q{quarter % 4}"


def week_of(slots: Iterable[Slot], days: Sequence[date], chosen: date) -> list[Column]:
    """The days of a week with their entries."""
    here = timezone.localtime()
    columns = [Column(day, day == here.date(), day == chosen) for day in days]
    for column in columns:
        column.now = clock_classes(quarter_of(here)) if column.is_now else ""
    for slot in slots:
        for column in columns:
            put(column, slot)
    for column in columns:
        column.timed = beside_each_other(column.timed)
    return columns


def put(column: Column, slot: Slot) -> None:
    """Put what of an entry is on this day into it."""
    begins = timezone.localtime(slot.begins)
    ends = timezone.localtime(slot.ends) if slot.ends else begins
    opens, closes = moment(column.day), moment(column.day + timedelta(days=1))
    if slot.is_whole_day or slot.ends is None or ends <= begins:
        is_here = begins.date() == column.day
    else:
        is_here = begins < closes and ends > opens
    if not is_here:
        return
    if slot.is_whole_day or (begins <= opens and ends >= closes):
        column.whole.append(slot)
        return
    first = 0 if begins < opens else quarter_of(begins)
    last = QUARTERS if ends >= closes else -(-(ends.hour * 60 + ends.minute) // 15)
    length = max(last - first, LEAST)
    first = min(first, QUARTERS - length)
    column.timed.append(Piece(slot, first, length, is_later=begins < opens))


def quarter_of(at: datetime) -> int:
    """The quarter of an hour in which a moment is."""
    return at.hour * 4 + at.minute // 15


def beside_each_other(pieces: list[Piece]) -> list[Piece]:
    """Those that last at the same time in lanes of one width."""
    placed: list[Piece] = []
    cluster: list[Piece] = []
    for piece in sorted(pieces, key=lambda one: (one.first, -one.length)):
        if cluster and piece.first >= max(one.end for one in cluster):
            placed += spread(cluster)
            cluster = []
        taken = {one.lane for one in cluster if one.end > piece.first}
        piece.lane = next(lane for lane in range(len(cluster) + 1) if lane not in taken)
        cluster.append(piece)
    return placed + spread(cluster)


def spread(cluster: Sequence[Piece]) -> list[Piece]:
    """All of a cluster as wide as its lanes let them; those beyond the last lane are counted there."""
    lanes = max((piece.lane for piece in cluster), default=0) + 1
    shown = [piece for piece in cluster if lanes <= MOST_BESIDE or piece.lane < MOST_BESIDE - 1]
    if len(shown) < len(cluster):
        left = [piece for piece in cluster if piece.lane >= MOST_BESIDE - 1]
        first = left[0]
        shown.append(Piece(first.slot, first.first, LEAST, lane=MOST_BESIDE - 1, rest=len(left)))
    for piece in shown:
        piece.lanes = min(lanes, MOST_BESIDE)
    return shown
