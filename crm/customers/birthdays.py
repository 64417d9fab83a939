"""Birth dates by the solar and the Chinese calendar: age and the next birthday."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _
from lunardate import LunarDate

from crm.core.errors import Problem, Unfit

LUNAR = re.compile(r"(\d{4})-(L?)(\d{1,2})-(\d{1,2})\Z")
LAST_DAYS = (30, 29)  # a lunar month has one of these as its last day


def lunar_read(text: str) -> date | None:
    """The solar day of `1990-05-05` or, in a leap month, `1990-L05-05` of the Chinese calendar, if there is one."""
    found = LUNAR.match(text)
    return lunar_day(int(found[1]), int(found[3]), int(found[4]), is_leap=bool(found[2])) if found else None


def lunar_day(year: int, month: int, day: int, *, is_leap: bool = False) -> date | None:
    """The solar day of a lunar one; none where the year or the month has no such day."""
    try:
        solar = LunarDate(year, month, day, is_leap).to_solar_date()
        back = LunarDate.from_solar_date(solar.year, solar.month, solar.day)
    except (ValueError, IndexError):
        return None
    same = (back.year, back.month, back.day, bool(back.isLeapMonth)) == (year, month, day, is_leap)
    return date(solar.year, solar.month, solar.day) if same else None


@lru_cache(maxsize=1000)  # there are 366 of them
def birthday_in(year: int, month: int, day: int) -> date:
    """The birthday in a year; who was born on 29 February has it on 28 February where that is the last day."""
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, 2, 28)


@lru_cache(maxsize=1000)
def solar_birthday(month: int, day: int, today: date) -> date | None:
    """The first one from today on."""
    days = (birthday_in(year, month, day) for year in (today.year, today.year + 1) if year <= date.max.year)
    return next((one for one in days if one >= today), None)


def lunar_birthday_in(year: int, lunar: str) -> date | None:
    """The solar day of a lunar birthday in a lunar year; the leap month's falls into the plain month, a 30th on a 29th
    where the month has no 30th."""
    found = LUNAR.match(lunar)
    if not found:
        return None
    month, day = int(found[3]), int(found[4])
    tries = (day, LAST_DAYS[1]) if day == LAST_DAYS[0] else (day,)
    return next((one for one in (lunar_day(year, month, d) for d in tries) if one), None)


def next_birthday(born_on: date, lunar: str, today: date) -> date | None:
    """The first birthday from today on; none beyond what the calendar's tables know."""
    if not lunar:
        return solar_birthday(born_on.month, born_on.day, today)
    days = (lunar_birthday_in(year, lunar) for year in (today.year - 1, today.year, today.year + 1))
    return next((day for day in days if day and day >= today), None)


def age_on(born_on: date, today: date) -> int | None:
    """Full years by the solar calendar; none for somebody who is not born yet."""
    if born_on > today:
        return None
    return today.year - born_on.year - (today < birthday_in(today.year, born_on.month, born_on.day))


def born_judge(row: dict[str, Any], today: date) -> None:
    """Refuse a birth date that is still to come."""
    born_on = lunar_read(row["born_lunar"]) if row["born_lunar"] else row["born_on"]
    if born_on is not None and born_on > today:
        name = "born_lunar" if row["born_lunar"] else "born_on"
        raise Unfit(name, Problem("born_in_future", _("Lies in the future.")))


def born_follow(row: dict[str, Any], today: date) -> dict[str, Any]:
    """What follows from a birth date, if it is not still to come."""
    born_judge(row, today)
    return birthday_values(row, today)


def birthday_values(row: dict[str, Any], today: date) -> dict[str, Any]:
    """What follows from a birth date."""
    born_on, lunar = row["born_on"], row["born_lunar"]
    if lunar:
        born_on = lunar_read(lunar)
    if born_on is None:
        return {} if row["age"] is None and row["next_birthday_on"] is None else {"age": None, "next_birthday_on": None}
    values = {"age": age_on(born_on, today), "next_birthday_on": next_birthday(born_on, lunar, today)}
    return {**values, "born_on": born_on} if lunar else values
