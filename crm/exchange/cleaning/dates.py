"""Dates and moments, judged per column: 2024年3月5日, 45356, 5.3.2024, and what 03/04/2024 leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crm.exchange.cleaning.cells import EMPTY_WORDS, Clean, bad, half_width
from crm.exchange.reading.rows import Cell

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
SHOWN = {DAY_FIRST: "DD/MM", MONTH_FIRST: "MM/DD"}
SERIAL_START = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's day has no zone
SERIALS = (18_000, 80_000)  # 1949 to 2119
SERIAL = re.compile(r"[0-9]{5}(\.[0-9]+)?")
NEVER_ISO = ("年", "/", ".")  # behind a year
YEAR_FIRST = re.compile(
    r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*[日号]?\.?(?:[T\s]+(.+))?", re.DOTALL
)
YEAR_LAST = re.compile(r"([0-9]{1,2})\s*[-/.]\s*([0-9]{1,2})\s*[-/.]\s*([0-9]{4}|[0-9]{2})(?:[T\s]+(.+))?", re.DOTALL)
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
LETTERS = {"R": "令和", "H": "平成", "S": "昭和", "T": "大正", "M": "明治"}
ERA = re.compile(
    rf"({'|'.join(ERAS)}|[{''.join(LETTERS)}]\.?)\s*(元|[0-9]{{1,2}})\s*[-/.年]\s*([0-9]{{1,2}})\s*[-/.月]\s*([0-9]{{1,2}})\s*日?"
    r"(?:[T\s]+(.+))?",
    re.DOTALL,
)
PACKED = re.compile(r"((?:19|20)[0-9]{2})([01][0-9])([0-3][0-9])")
NAMED = re.compile(
    r"(?:[A-Za-z]+,\s*)?([0-9]{1,2})(?:st|nd|rd|th)?[-\s.]*([A-Za-z]{3,9})\.?[-\s,]*([0-9]{4}|[0-9]{2})(?:[T\s]+(.+))?"
)
NAMED_US = re.compile(
    r"(?:[A-Za-z]+,\s*)?([A-Za-z]{3,9})\.?\s*([0-9]{1,2})(?:st|nd|rd|th)?,?\s+([0-9]{4})(?:[T\s]+(.+))?"
)
CLOCK = re.compile(
    r"(上午|下午|[AaPp]\.?[Mm]\.?)?\s*([0-9]{1,2})[:时点]([0-9]{1,2})?(?:[:分]([0-9]{1,2}))?(?:[.,][0-9]+)?秒?\s*"
    r"([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|[+-][0-9]{2}:?[0-9]{2})?"
)
MONTHS = {
    name: at
    for at, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}


def day_month_order(texts: Iterable[str]) -> tuple[str, list[str]]:
    """`dmy` or `mdy` if the column says it, else "", with examples if there is something to ask."""
    day, month, examples = 0, 0, list[str]()
    for text in texts:
        found = YEAR_LAST.fullmatch(half_width(text))
        if not found:
            continue
        first, second = int(found[1]), int(found[2])
        day += first > 12
        month += second > 12
        if first <= 12 and second <= 12 and first != second and len(examples) < 3:
            examples.append(text)
    if day or month:
        return (DAY_FIRST if day >= month else MONTH_FIRST), []
    return "", examples


def moment_of(cell: Cell, order: str) -> datetime | None:
    """The moment that a cell says; without a clock, midnight."""
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - the caller knows the zone
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return serial(cell)
    return text_moment(half_width(cell), order) if isinstance(cell, str) else None


def serial(number: float) -> datetime | None:
    """A spreadsheet's day number; 20240305 as digits is a date too."""
    if SERIALS[0] <= number <= SERIALS[1]:
        return SERIAL_START + timedelta(seconds=round(number * 86_400))
    return text_moment(str(int(number)), DAY_FIRST) if number == int(number) and number > 19_000_000 else None


def text_moment(text: str, order: str) -> datetime | None:
    """A date with or without a clock, in any of the usual spellings."""
    try:
        if text[4:5] not in NEVER_ISO:
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    if SERIAL.fullmatch(text):
        return serial(float(text))
    found = parts(text, order)
    if not found:
        return None
    year, month, day, clock = found
    try:
        return with_clock(datetime(year, month, day), clock)  # noqa: DTZ001 - the caller knows the zone
    except ValueError:
        return None


def parts(text: str, order: str) -> tuple[int, int, int, str] | None:
    """Year, month, day and the rest."""
    if found := YEAR_FIRST.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3]), found[4] or ""
    if found := ERA.fullmatch(text):
        begins = ERAS[LETTERS.get(found[1][0], found[1])]
        return begins + (1 if found[2] == "元" else int(found[2])), int(found[3]), int(found[4]), found[5] or ""
    if found := PACKED.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3]), ""
    if found := YEAR_LAST.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        day, month = (second, first) if order == MONTH_FIRST else (first, second)
        return full_year(found[3]), month, day, found[4] or ""
    if found := NAMED.fullmatch(text):
        return full_year(found[3]), MONTHS.get(found[2][:3].lower(), 0), int(found[1]), found[4] or ""
    if found := NAMED_US.fullmatch(text):
        return int(found[3]), MONTHS.get(found[1][:3].lower(), 0), int(found[2]), found[4] or ""
    return None


def full_year(text: str) -> int:
    """Two digits are this century up to 49."""
    year = int(text)
    return year if year > 99 else year + (2000 if year < 50 else 1900)


def with_clock(day: datetime, text: str) -> datetime:
    """Add a time of day; raises ValueError when it is none."""
    if not text.strip():
        return day
    found = CLOCK.fullmatch(text.strip())
    if not found:
        raise ValueError(text)
    half = (found[1] or found[5] or "").lower().replace(".", "")
    hour = int(found[2]) % 12 + (12 if half in ("下午", "pm") else 0) if half else int(found[2])
    moment = day.replace(hour=hour, minute=int(found[3] or 0), second=int(found[4] or 0))
    zone = (found[6] or "").replace("UTC", "Z").replace("Z", "+00:00")
    return moment.replace(tzinfo=datetime.strptime(zone, "%z").tzinfo) if zone else moment


def date_cleaner(kind: str, order: str, zone: ZoneInfo) -> Clean:
    """A date, or a moment in the tenant's time zone; years that nobody lives in are refused."""

    def clean(cell: Cell) -> Any:
        if isinstance(cell, str) and half_width(cell).lower() in EMPTY_WORDS:
            return None
        try:
            found = moment_of(cell, order)
        except (OverflowError, ValueError):
            found = None
        if found is None or not 1850 <= found.year <= 2200:
            return bad("date", cell)
        if kind == "date":
            return found.date()
        return found if found.tzinfo else found.replace(tzinfo=zone)

    return clean
