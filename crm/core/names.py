"""How names sort and how words are found, in any script: one place for pages, API and import."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache

from django.utils.module_loading import import_string

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")
FIRST_CJK = "\u3400"
IS_CJK = re.compile(rf"[{CJK}]")
QUOTED = "' '"
ASCII_WORD = re.compile(r"[a-z0-9]+")
AS_WORDS = "".join(c.lower() if c.isalnum() else " " for c in map(chr, range(128)))  # all but letters and digits away
# Characters that are read differently when they are a family name
SURNAMES = {
    "单": "shan",
    "仇": "qiu",
    "曾": "zeng",
    "解": "xie",
    "区": "ou",
    "查": "zha",
    "任": "ren",
    "朴": "piao",
    "盖": "ge",
    "尉": "wei",
    "乐": "yue",
    "缪": "miao",
    "翟": "zhai",
    "覃": "qin",
    "洗": "xian",
    "冼": "xian",
    "召": "shao",
    "黑": "he",
    "员": "yun",
    "那": "na",
    "折": "she",
    "华": "hua",
    "宁": "ning",
    "万": "wan",
    "尹": "yin",
    "卜": "bu",
    "繁": "po",
    "逄": "pang",
    "佴": "nai",
    "种": "chong",
    "纪": "ji",
    "车": "che",
    "过": "guo",
    "晁": "chao",
    "戴": "dai",
    "葛": "ge",
    "柏": "bai",
    "俞": "yu",
    "郗": "xi",
    "秘": "bi",
}
MOST_TERMS, LONGEST_TERM = 200, 60
MOST_RUNS = 12  # of what people typed
LEAST_NUMBER, LEAST_END = 7, 4  # digits of a number that is found by its end, and of an end
# A number as people write it: in groups with spaces, dashes, dots or brackets between them
GROUPED = re.compile(r"(?<![0-9a-z_.-])(\+?\(?[0-9][0-9\s()./\u2010-\u2015-]{5,28}[0-9])(?![0-9a-z_])")
MOST_DIGITS = 15
MIRRORED = "~"  # begins a number that is written from its end: an index finds what begins alike, and so any end


@lru_cache(maxsize=30_000)
def reading(character: str) -> str:
    """The usual pinyin of one Chinese character; the table is loaded when the first one comes, without its phrases."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    return str(import_string("pypinyin.lazy_pinyin")(character)[0])


@cache
def accents() -> re.Pattern[str]:
    """Every character that only changes the one before it; collected when the first text needs it."""
    last = 0x1E94A  # none stands behind it
    return re.compile(f"[{''.join(filter(unicodedata.combining, map(chr, range(0x300, last + 1))))}]")


def folded(text: str) -> str:
    """Case and accents taken away, full-width forms made plain."""
    if text.isascii():
        return text.casefold()
    plain = unicodedata.normalize("NFKD", text).casefold()
    return plain if plain.isascii() else accents().sub("", plain)


def name_key(name: str) -> str:
    """By what a person's or company's name sorts: folded letters, pinyin for Chinese with its readings as surnames."""
    if name.isascii():
        return " ".join(name.casefold().split())[:200]
    words: list[str] = []
    for piece in name.split():
        words += ASCII_WORD.findall(piece.lower()) if piece.isascii() else key_words(piece, not words)
    return " ".join(words)[:200]


@lru_cache(maxsize=20_000)
def key_words(piece: str, is_first: bool) -> tuple[str, ...]:
    """A piece of a name without spaces, as it sorts; given names and surnames come again and again."""
    words: list[str] = []
    for run in WORD.findall(folded(piece)):
        if IS_CJK.match(run):
            begin = SURNAMES.get(run[0]) if is_first and not words else None
            words += [begin or reading(run[0]), *map(reading, run[1:])]
        else:
            words.append(run)
    return tuple(words)


def run_terms(run: str) -> Iterable[str]:
    """What a run is found by: a word by itself; Chinese by one and two characters, pinyin and initials."""
    if not IS_CJK.match(run):
        yield run[:LONGEST_TERM]
        if len(run) >= LEAST_NUMBER and run.isdigit():
            yield mirrored(run)
        return
    yield from run
    yield from (run[i : i + 2] for i in range(len(run) - 1))
    syllables = [reading(c) for c in run[:12]]
    yield from ("".join(syllables), "".join(s[:1] for s in syllables))
    if run[0] in SURNAMES:
        yield "".join([SURNAMES[run[0]], *syllables[1:]])


def mirrored(number: str) -> str:
    """A number as it is found by its end."""
    return MIRRORED + number[: -LONGEST_TERM : -1]


@lru_cache(maxsize=20_000)
def terms_of(piece: str) -> tuple[str, ...]:
    """The terms of a piece of text that is more than plain letters and digits; cities and names come again."""
    return tuple(dict.fromkeys(term for run in WORD.findall(folded(piece)) for term in run_terms(run)))


def search_terms(text: str) -> list[str]:
    """The terms of a text, each once, for the search column."""
    odd = list[str]()
    if not text.isascii():
        pieces = text.split()
        odd = [piece for piece in pieces if not piece.isascii()]
        text = " ".join([piece for piece in pieces if piece.isascii()])
    terms = dict.fromkeys(text.translate(AS_WORDS).split())
    if len(text) > LONGEST_TERM:
        terms = dict.fromkeys([term[:LONGEST_TERM] for term in terms])
    for number in [term for term in terms if len(term) >= LEAST_NUMBER and term.isdigit()]:
        terms[mirrored(number)] = None
    for piece in odd:
        terms.update(dict.fromkeys(terms_of(piece)))
    return list(terms)[:MOST_TERMS]


def search_vector(text: str) -> str:
    """The search column's value: our own terms as a `tsvector` literal (no dictionary touches them)."""
    terms = search_terms(text)
    return f"'{QUOTED.join(terms)}'" if terms else ""


def search_query(words: str) -> str:
    """What people typed as a `tsquery` literal: every word must be there, the beginning of a word is enough."""
    parts: list[str] = []
    left = MOST_RUNS
    for at, piece in enumerate(GROUPED.split(folded(words))):
        runs = WORD.findall(piece)[:left]
        left -= len(runs)
        found = [part for run in runs for part in run_query(run)]
        is_grouped = at % 2  # what was split at stands between the others
        parts += [number_query(piece, found)] if is_grouped and found else found
    return " & ".join(parts)


def run_query(run: str) -> list[str]:
    """What must be there of one run."""
    if IS_CJK.match(run):
        return [f"'{run[i : i + 2]}'" for i in range(len(run) - 1)] or [f"'{run}'"]
    is_end = len(run) >= LEAST_END and run.isdigit()
    return [f"({either_end(run)})" if is_end else beginning(run)]


def number_query(piece: str, groups: list[str]) -> str:
    """A number is found by its groups, as a day is, or by all its digits, as a telephone is, without leading 0s too."""
    digits = "".join(ASCII_WORD.findall(piece.replace("(0)", "")))
    plain = digits.lstrip("0")
    ways = [one for one in dict.fromkeys((digits, plain)) if LEAST_NUMBER <= len(one) <= MOST_DIGITS]
    whole = [either_end(one) for one in ways]
    return f"({' | '.join([*whole, ' & '.join(groups)] if len(groups) > 1 or not whole else whole)})"


def either_end(number: str) -> str:
    """A number by its beginning or its end."""
    return f"{beginning(number)} | '{mirrored(number)}':*"


def beginning(run: str) -> str:
    """A word by its beginning."""
    return f"'{run[:LONGEST_TERM]}':*"
