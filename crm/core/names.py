"""How names sort and how words are found, in any script: one place for pages, API and import."""

from __future__ import annotations

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
MOST_TERMS, LONGEST_TERM, PHONE_TAILS = 200, 60, (11, 10, 8, 7, 4)


@lru_cache(maxsize=30_000)
def reading(character: str) -> str:
    """The usual pinyin of one Chinese character; the table is loaded when the first one comes."""
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
    for run in WORD.findall(folded(name)):
        if IS_CJK.match(run):
            words += [SURNAMES.get(run[0], reading(run[0])) if not words else reading(run[0]), *map(reading, run[1:])]
        else:
            words.append(run)
    return " ".join(words)[:200]


def run_terms(run: str) -> Iterable[str]:
    """What a run is found by: a word by itself; Chinese by one and two characters, pinyin and initials."""
    if not IS_CJK.match(run):
        yield run[:LONGEST_TERM]
        if run.isdigit() and len(run) >= 7:
            yield from (run[-n:] for n in PHONE_TAILS if len(run) > n)
        return
    yield from run
    yield from (run[i : i + 2] for i in range(len(run) - 1))
    syllables = [reading(c) for c in run[:12]]
    yield from ("".join(syllables), "".join(s[:1] for s in syllables))
    if run[0] in SURNAMES:
        yield "".join([SURNAMES[run[0]], *syllables[1:]])


@lru_cache(maxsize=20_000)
def terms_of(text: str) -> tuple[str, ...]:
    """The terms of one text that is more than plain letters and digits; cities and given names come again and again."""
    terms: dict[str, None] = {}
    for run in WORD.findall(folded(text)):
        terms.update(dict.fromkeys(run_terms(run)))
    return tuple(terms)


def search_terms(texts: Iterable[str]) -> list[str]:
    """The terms of some texts, each once, for the search column."""
    terms: dict[str, None] = {}
    for text in texts:
        if not text.isascii():
            terms.update(dict.fromkeys(terms_of(text)))
            continue
        runs = ASCII_WORD.findall(text.lower())
        terms.update(dict.fromkeys(runs))
        if len(text) > 6:
            for run in runs:
                if len(run) > LONGEST_TERM or (len(run) > 6 and run.isdigit()):
                    terms.update(dict.fromkeys(run_terms(run)))
    return [term for term in terms if len(term) <= LONGEST_TERM][:MOST_TERMS]


def search_vector(texts: Iterable[str]) -> str:
    """The search column's value: our own terms as a `tsvector` literal (no dictionary touches them)."""
    terms = search_terms(texts)
    return f"'{QUOTED.join(terms)}'" if terms else ""


def search_query(words: str) -> str:
    """What people typed as a `tsquery` literal: every word must be there, the beginning of a word is enough."""
    parts: list[str] = []
    for run in WORD.findall(folded(words))[:12]:
        if not IS_CJK.match(run):
            parts.append(f"'{run[:LONGEST_TERM]}':*")
        elif len(run) == 1:
            parts.append(f"'{run}'")
        else:
            parts += [f"'{run[i : i + 2]}'" for i in range(len(run) - 1)]
    return " & ".join(parts)
