"""Days that move with the calendar: `today`, `-7d`, `30d`, `-3m`, `1y` in place of a date, so that views stay true."""

from __future__ import annotations

import re
import time
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from tenants.context import OutsideTenant, current

MOVING = re.compile(r"([+-]?)(\d{1,4})([dwmy])\Z")
ONE_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
DAYS_OF = {"d": 1, "w": 7}
MONTHS_OF = {"m": 1, "y": 12}


def today() -> date:
    """The tenant's day."""
    try:
        return timezone.localdate(timezone=ZoneInfo(current().time_zone))
    except OutsideTenant:
        return timezone.localdate()


def day_here() -> date:
    """The day where its reader is: `timezone.localdate`, asked for thousands of rows at a time."""
    return day_at(int(time.time()), timezone.get_current_timezone())


@lru_cache(maxsize=64)
def day_at(second: int, zone: tzinfo) -> date:
    """The day at a second since 1970."""
    return datetime.fromtimestamp(second, zone).date()


def months_later(day: date, months: int) -> date:
    """The same day of another month, or its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def day_written(value: Any) -> Any:
    """A moving day as the date that it is now; anything else as it was given."""
    if not isinstance(value, str):
        return value
    text = value.strip().lower()
    if text == "today":
        return today().isoformat()
    if (found := MOVING.match(text)) is None:
        return value
    sign, count, unit = found.groups()
    n = -int(count) if sign == "-" else int(count)
    try:
        if unit in DAYS_OF:
            return (today() + timedelta(days=n * DAYS_OF[unit])).isoformat()
        return months_later(today(), n * MONTHS_OF[unit]).isoformat()
    except (ValueError, OverflowError):  # before the year 1 or after 9999: left for the reader to refuse
        return value


def days_written(value: Any) -> Any:
    """One value or a list of them."""
    return [day_written(one) for one in value] if isinstance(value, list) else day_written(value)


def is_day(value: Any) -> bool:
    """Whether a text names a day without a time."""
    return isinstance(value, str) and ONE_DAY.match(value) is not None


def day_after(text: str) -> str:
    """The day that follows; of what is no day, the same text, which its reader refuses."""
    try:
        return (date.fromisoformat(text) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return text
