"""Values from a list: yes and no, choices by value or label in either language, countries, currencies, tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from babel import Locale
from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

from crm.core.countries import country_words, language_read
from crm.core.countries import word_key as word_key
from crm.exchange.cleaning.cells import CONTROL, EMPTY_WORDS, TEXT_EMPTY, Bad, Clean, Mended, bad, text_of
from crm.exchange.reading.rows import Cell

YES = frozenset(
    ["yes", "y", "true", "t", "1", "1.0", "on", "ok", "是", "有", "对", "真", "已", "√", "✓", "✔", "☑", "是的", "v"]
)
NO = frozenset(
    [
        "no",
        "n",
        "false",
        "f",
        "0",
        "0.0",
        "off",
        "否",
        "无",
        "不",
        "没有",
        "错",
        "假",
        "未",
        "×",
        "✗",
        "✘",
        "☐",
        "不是",
        "x",
    ]
)
CURRENCY_ALIASES = {
    "¥": "CNY",
    "rmb": "CNY",
    "元": "CNY",
    "人民币": "CNY",
    "$": "USD",
    "us$": "USD",
    "美元": "USD",
    "€": "EUR",
    "欧元": "EUR",
    "£": "GBP",
    "英镑": "GBP",
    "hk$": "HKD",
    "港币": "HKD",
    "港元": "HKD",
    "日元": "JPY",
    "円": "JPY",
}
SPLIT = re.compile(r"[,;，；、|\n]+")
SIGNS = ",;，；、|\n"


def in_each_language(text: str | Promise) -> list[str]:
    """A lazy text in every language of the product."""
    found = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.append(str(text))
    return found


def yes_no_cleaner() -> Clean:
    """Yes or no."""

    def clean(cell: Cell) -> Any:
        if isinstance(cell, bool):
            return cell
        key = word_key(text_of(cell))
        if key in YES or key in NO:
            return key in YES
        return None if key in EMPTY_WORDS else bad("yes_no", cell)

    return clean


def choice_words(choices: Iterable[tuple[str, str | Promise]]) -> dict[str, str]:
    """Every way to name a choice: its value, its label in both languages, and a first letter that only it has."""
    known: dict[str, str] = {}
    firsts: dict[str, set[str]] = {}
    for value, label in choices:
        for word in (value, *in_each_language(label)):
            known.setdefault(word_key(word), value)
            firsts.setdefault(word_key(word)[:1], set()).add(value)
    single = {letter: values.copy().pop() for letter, values in firsts.items() if letter and len(values) == 1}
    return single | known


def choice_cleaner(choices: tuple[tuple[str, str | Promise], ...]) -> Clean:
    """One of the choices."""
    known = choice_words(choices)

    def clean(cell: Cell) -> Any:
        key = word_key(text_of(cell))
        if key in known:
            return known[key]
        return (
            None if key in EMPTY_WORDS else bad("choice", cell, allowed=", ".join(str(label) for _v, label in choices))
        )

    return clean


def choices_read(text: str, known: Mapping[str, str]) -> list[tuple[str, str | None]]:
    """The words of a cell with the choice each names, or None; a choice may hold a comma itself, so longer ones win."""
    ends = [0, *(found.end() for found in SPLIT.finditer(text)), len(text)]
    found: list[tuple[str, str | None]] = []
    at = 0
    while at < len(ends) - 1:
        parts = ((to, text[ends[at] : ends[to]].strip().strip(SIGNS).strip()) for to in range(len(ends) - 1, at, -1))
        to, part = next(((to, part) for to, part in parts if word_key(part) in known or to == at + 1))
        if part:
            found.append((part, known.get(word_key(part))))
        at = to
    return found


def choices_cleaner(choices: tuple[tuple[str, str | Promise], ...]) -> Clean:
    """Several of the choices; a word that is none of them goes into notes, where it is all there is the cell is bad."""
    known = choice_words(choices)

    def clean(cell: Cell) -> Any:
        text = text_of(cell).strip()
        if word_key(text) in EMPTY_WORDS - known.keys():
            return None
        words = choices_read(text, known)
        values = list(dict.fromkeys(value for _word, value in words if value is not None))
        rest = ", ".join(dict.fromkeys(word for word, value in words if value is None))
        allowed = ", ".join(str(label) for _value, label in choices)
        if rest and values:
            return Mended(values, "choices_unknown", {"value": rest[:100], "allowed": allowed}, rest)
        return Bad("choice", {"value": rest[:100], "allowed": allowed}) if rest else values or None

    return clean


def tags_cleaner(limit: int | None = None) -> Clean:
    """Several words in a cell."""

    def clean(cell: Cell) -> Any:
        text = CONTROL.sub("", text_of(cell)).strip()
        words = list(dict.fromkeys(word.strip() for word in SPLIT.split(text) if word.strip()))
        if text.lower() in TEXT_EMPTY or not words:
            return None
        return bad("too_long", cell, limit=limit) if limit and any(len(word) > limit for word in words) else words

    return clean


def country_cleaner() -> Clean:
    """Two letters of a country, by name in either language."""

    def clean(cell: Cell) -> Any:
        key = word_key(text_of(cell))
        if code := country_words().get(key):
            return code
        return (
            None
            if key in EMPTY_WORDS or key in ("unspecified", "unknown", "未知", "other", "其他")
            else bad("country", cell)
        )

    return clean


def language_cleaner() -> Clean:
    """The code of a language, by name in either language."""

    def clean(cell: Cell) -> Any:
        text = text_of(cell).strip()
        return language_read(text) or (None if word_key(text) in EMPTY_WORDS else bad("language", cell))

    return clean


@lru_cache(maxsize=1)
def currency_words() -> dict[str, str]:
    """Currencies by code, sign and name in both languages."""
    known: dict[str, str] = {}
    for name in ("en", "zh_Hans"):
        for code, word in Locale.parse(name).currencies.items():
            known |= {word_key(word): code, code.casefold(): code}
    return known | CURRENCY_ALIASES


def currency_cleaner() -> Clean:
    """Three letters of a currency."""

    def clean(cell: Cell) -> Any:
        key = word_key(text_of(cell))
        if code := currency_words().get(key):
            return code
        return None if key in EMPTY_WORDS else bad("currency", cell)

    return clean
