"""Numbers as people and spreadsheets write them: ¥3,500.00, 1.2万, (1,200), 1.234,56, 12 %."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from crm.exchange.cleaning.cells import EMPTY_WORDS, Clean, bad, decimal_exact, half_width
from crm.exchange.reading.rows import Cell

UNITS = {
    "万": 10**4,
    "萬": 10**4,
    "w": 10**4,
    "千": 10**3,
    "k": 10**3,
    "百万": 10**6,
    "m": 10**6,
    "亿": 10**8,
    "億": 10**8,
    "百": 10**2,
}
SIGNS = "[$¥€£₩₹₽฿¥₺₴₪₫₦₱]"
LOCAL = r"[kK]r\.?|zł|Kč|Ft|lei|TL|人民币"  # how money is written where it is spent
SHAPE = re.compile(
    rf"""(?P<open>\()?\s*(?P<sign>[-+−–]?)\s*(?:{LOCAL}|S?Fr\.|S/|[A-Za-z]{{2,3}}|[A-Z]{{0,2}}{SIGNS})?\s*(?P<minus>[-−]?)
    \s*(?P<digits>[0-9][0-9.,' \u00a0\u202f]*|[.,][0-9]+)\s*(?P<unit>百万|[万萬千百亿億]|[kKmMwW](?![A-Za-z]))?
    \s*(?P<percent>%)?\s*(?:{LOCAL}|[A-Za-z]{{3}}|{SIGNS}|元整?|块钱?|圆)?\s*(?P<trail>[-−]?)\s*(?P<close>\))?""",
    re.VERBOSE,
)
EXPONENT = re.compile(r"[-+]?[0-9]+(?:[.,][0-9]+)?[eE][-+]?[0-9]{1,3}")
COMMA_DECIMAL = re.compile(r"[^.]*[0-9],(?:[0-9]{1,2}|[0-9]{4,})(?![0-9,])|[0-9.]+\.[0-9]{3},[0-9]+")
POINT_DECIMAL = re.compile(r"[0-9]\.(?:[0-9]{1,2}|[0-9]{4,})(?![0-9.])|[0-9],[0-9]{3}\.[0-9]+")


def decimal_mark(texts: Iterable[str]) -> str:
    """Whether a column writes its decimals behind a comma or a point: by the values that can be read only one way."""
    comma = point = 0
    for text in texts:
        comma += bool(COMMA_DECIMAL.search(text))
        point += bool(POINT_DECIMAL.search(text))
    return "," if comma > point else "."


def number_of(text: str, mark: str = ".") -> Decimal | None:
    """The number that a text says, or None."""
    text = half_width(text)
    if EXPONENT.fullmatch(text):
        return Decimal(text.replace(",", "."))
    found = SHAPE.fullmatch(text)
    if not found or bool(found["open"]) != bool(found["close"]):
        return None
    digits = plain_digits(found["digits"], mark)
    if digits is None:
        return None
    value = digits * UNITS.get((found["unit"] or "").lower(), 1)
    negative = any(found[name] in ("-", "−", "–") for name in ("sign", "minus", "trail")) or bool(found["open"])
    value = value / 100 if found["percent"] else value
    return -value if negative else value


def plain_digits(text: str, mark: str) -> Decimal | None:
    """Digits with their grouping removed; a text of both marks says itself which is which."""
    text = re.sub(r"[' \u00a0\u202f]", "", text)
    if "," in text and "." in text:
        mark = "," if text.rindex(",") > text.rindex(".") else "."
    other = "." if mark == "," else ","
    head, _, tail = text.rpartition(mark) if mark in text else (text, "", "")
    groups = head.split(other)
    if len(groups) > 1 and any(len(group) != 3 for group in groups[1:]) and not indian(groups):
        return None
    if mark in head:  # 1.234.567 in a column of points: grouping after all
        parts = text.split(mark)
        groups, tail = (parts, "") if all(len(p) == 3 for p in parts[1:]) else ([], "")
    try:
        return Decimal(("".join(groups) or ("0" if tail else "x")) + ("." + tail if tail else ""))
    except InvalidOperation:
        return None


def indian(groups: list[str]) -> bool:
    """Groups of two and a last of three: 12,34,567; of four: 1,2345."""
    return (len(groups[-1]) == 3 and all(len(g) == 2 for g in groups[1:-1])) or all(len(g) == 4 for g in groups[1:])


def number_cleaner(kind: str, mark: str = ".", places: int | None = None) -> Clean:
    """A decimal for number, money and percent, a whole number for integer; rounded to the decimals of the field."""
    step = Decimal(1).scaleb(-places) if places is not None else None

    def clean(cell: Cell) -> Any:
        if isinstance(cell, str):
            if half_width(cell).lower() in EMPTY_WORDS:
                return None
            value = number_of(cell, mark)
        else:
            value = decimal_exact(cell) if isinstance(cell, (int, float)) and not isinstance(cell, bool) else None
        if value is None or not value.is_finite():
            return bad("number", cell)
        if kind == "integer":
            return int(value) if value == value.to_integral_value() else bad("integer", cell)
        return (
            value.quantize(step)
            if step is not None and abs(value) < 10**20 and value != value.quantize(step)
            else value
        )

    return clean
