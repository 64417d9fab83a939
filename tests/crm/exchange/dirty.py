"""A file of customers as they come: phones and dates in every form, doubles, columns nobody asked for, 3 % bad rows."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from random import Random

HEADER = (
    "Member number",
    "Name",
    "E-mail",
    "Mobile",
    "City",
    "Province",
    "Date of birth",
    "Tags",
    "Total spent",
    "Favourite",
    "Heard of us",
)
NAMES = ("Ann", "Bob", "Zoë", "张伟", "王芳", "李静", "Jürgen", "Maria", "O'Neil", "陈杰")
CITIES = ("Paris", "Lyon", "北京", "上海", "Austin", "Oslo", "杭州", "São Paulo")
BAD_OF_100 = 3


def phone(n: int) -> str:
    """A mobile number in one of the forms that people type."""
    digits = f"1{38 + n % 4}{n:08d}"
    forms = (
        digits,
        f"+86 {digits[:3]} {digits[3:7]} {digits[7:]}",
        f"{digits[:3]}-{digits[3:7]}-{digits[7:]}",
        f"{digits}.0",
        digits.translate(str.maketrans("0123456789", "0123456789")),
        f"+33 6 {n // 1000000 % 100:02d} {n // 10000 % 100:02d} {n // 100 % 100:02d} {n % 100:02d}",
        f"(86) {digits}",
        f"手机 {digits}",
    )
    return forms[n % 11 % len(forms)]


def birthday(n: int) -> str:
    """A date in one of three forms."""
    day = date(1950, 1, 1) + timedelta(days=n * 7 % 19_000)
    return (f"{day:%Y-%m-%d}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y/%m/%d}")[n % 3]


def bad_row(n: int, cells: list[str]) -> list[str]:
    """A row that cannot be stored, or not whole: no name, digits that a spreadsheet destroyed, no such day."""
    match n // 100 % 4:
        case 0:
            cells[1] = " "
        case 1:
            cells[3] = "1.38E+10"
        case 2:
            cells[6] = "31.02.1990"
        case _:
            cells[2], cells[1] = "nobody at all", ""
    return cells


def dirty_row(n: int, random: Random) -> list[str]:
    """One customer."""
    city = random.choice(CITIES)
    cells = [
        f"B{n:07d}",
        f"{random.choice(NAMES)} {random.getrandbits(40):x}",
        f"P{n}@X{n % 97}.example.com" if n % 5 else "",
        phone(n),
        city,
        "浙江省" if city == "杭州" else "",
        birthday(n),
        ("vip, news", "news；vip", "老客户")[n % 3] if n % 4 == 0 else "",
        f"¥{n % 1000},{n % 1000:03d}.50" if n % 1000 else "1.2万",
        ("blue", "green", "红色")[n % 3],
        f"fair {n % 50}" if n % 2 else "",
    ]
    return bad_row(n, cells) if n % 100 < BAD_OF_100 else cells


def dirty_customers(rows: int, random: Random) -> bytes:
    """The whole file; every hundredth row is an earlier one again."""
    lines: list[list[str]] = []
    for n in range(rows):
        lines.append(list(lines[-20]) if n % 100 == 50 else dirty_row(n, random))
    return "\n".join(",".join(f'"{c}"' if "," in c else c for c in line) for line in [list(HEADER), *lines]).encode()


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(dirty_customers(int(sys.argv[2]), Random(5)))
