"""A trade's year and week: a clock that runs fast when it is busy, as a shop is in December and on Saturdays."""
from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from crm.exchange.samples.trades import Trade

HOUR_WEIGHTS = (2, 5, 8, 10, 12, 8, 6, 6, 7, 9, 11, 12, 8, 3)  # from the first hour that the shop is open
GROWTH = 0.25
SEASONS = {
    "w": {11: 3.0, 12: 4.0, 1: 0.5},
    "s": {3: 2.2, 4: 2.6, 5: 2.2, 10: 0.6, 11: 0.5, 12: 0.5},
    "h": {6: 2.2, 7: 2.6, 8: 2.4, 12: 0.5, 1: 0.4},
}
OUT_OF_SEASON = {"w": 0.15, "s": 1.0, "h": 0.8}


class Clock:
    """Shop time against calendar time: how busy the days from `first` on are, added up."""

    def __init__(self, first: date, trade: Trade, opens_at: int = 8) -> None:
        self.first, self.days, self.opens_at = first, trade.days, opens_at
        months, week = trade.months, trade.week
        busy = (months[d.month - 1] * week[d.weekday()] for d in self.dates())
        self.passed = [0.0, *accumulate(one * (1 + GROWTH * at / self.days) for at, one in enumerate(busy))]

    def dates(self) -> list[date]:
        """Every day that the shop was open."""
        return [self.first + timedelta(days=at) for at in range(self.days)]

    def after(self, day: int, busy_days: float) -> int:
        """The day on which `busy_days` of shop time have passed since `day`; `days` when that lies ahead."""
        return min(bisect_left(self.passed, self.passed[day] + busy_days) - 1, self.days)

    def any_day(self, random: Random) -> int:
        """A day, the busy ones more often."""
        return max(0, bisect_left(self.passed, random.random() * self.passed[-1]) - 1)

    def moment(self, day: int, random: Random) -> datetime:
        """A minute within opening hours of a day."""
        weights = HOUR_WEIGHTS[: 24 - self.opens_at]  # it closes at midnight in UTC at the latest
        hour = random.choices(range(len(weights)), weights)[0]
        at = time(self.opens_at + hour, random.randrange(60), random.randrange(60), tzinfo=UTC)
        return datetime.combine(self.first + timedelta(days=day), at)

    def month(self, day: int) -> int:
        """The calendar month of a day."""
        return (self.first + timedelta(days=day)).month


def season_factor(season: str, month: int) -> float:
    """How much more a product of a season is wanted in a month."""
    return SEASONS[season].get(month, OUT_OF_SEASON[season]) if season else 1.0
