"""When a schedule comes next: in the company's own time, once also on days whose clock changes."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.automation.models import Rule

Every = Rule.Every
MORNING = "09:00"


def next_moment(rule: Rule, after: datetime, zone: ZoneInfo) -> datetime:
    """The first moment of the schedule that is later than `after`.

    A time that the clock skips is held at the moment it jumps to; one that comes twice, at the first.
    """
    if rule.every == Every.HOURS:
        return after + timedelta(hours=rule.hours or 1)
    day = after.astimezone(zone).date()
    while True:
        if is_day(rule, day):
            moment = at_local(day, rule.time_of_day or MORNING, zone)
            if moment > after:
                return moment
        day += timedelta(days=1)


def is_day(rule: Rule, day: date) -> bool:
    """Whether the schedule comes on this day; the 31st of a shorter month is its last day."""
    if rule.every == Every.WEEK:
        return day.isoweekday() == (rule.weekday or 1)
    if rule.every == Every.MONTH:
        return day.day == min(rule.month_day or 1, calendar.monthrange(day.year, day.month)[1])
    return True


def at_local(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """A local time as a moment."""
    local = datetime.combine(day, time.fromisoformat(clock), tzinfo=zone)
    return local.astimezone(UTC)
