"""Scales: round steps, short numbers, and how much of a text has room."""

from __future__ import annotations

import math
import unicodedata

from babel.numbers import format_compact_decimal
from django.utils.translation import get_language

from crm.ui.cells import babel_locale

STEPS = (1, 2, 2.5, 5, 10)


def ticks(low: float, high: float, n: int = 4, *, whole: bool = False) -> list[float]:
    """Round values from at most the lowest (or nought) to at least the highest."""
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        high = 1.0
    rough = (high - low) / n
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(one * size for one in STEPS if one * size >= rough * 0.999)
    if whole:
        step = max(1.0, float(math.ceil(step)))
    first, last = math.floor(low / step), math.ceil(high / step)
    return [at * step for at in range(first, last + 1)]


def short(value: float, kind: str) -> str:
    """A number beside a scale: 1.2M, 120万, 40 %."""
    if kind == "percent":
        return f"{value * 100:.0f}%"
    digits = 0 if value == int(value) and abs(value) < 1000 else 1
    return str(format_compact_decimal(value, locale=babel_locale(get_language() or "en"), fraction_digits=digits))


def width_of(text: str) -> float:
    """About how wide a text is, in letters: those of Chinese take two."""
    return sum(1.85 if unicodedata.east_asian_width(one) in "WF" else 1.0 for one in text)


def cut(text: str, room: float) -> str:
    """As much of a text as has room."""
    if width_of(text) <= room:
        return text
    kept = ""
    for letter in text:
        if width_of(kept + letter) > room - 1:
            break
        kept += letter
    return kept.rstrip() + "…"
