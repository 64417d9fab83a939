"""How names sort and how words are found, in any script: one place for pages, API and import."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from django.utils.module_loading import import_string

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")
FIRST_CJK = "\u3400"
IS_CJK = re.compile(rf"[{CJK}]")
ONLY_ASCII = re.compile(r"[\x00-\x7f]*\Z")
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


def folded(text: str) -> str:
    """Case and accents taken away, full-width forms made plain."""
    if ONLY_ASCII.match(text):
        return text.casefold()
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c))


def name_key(name: str) -> str:
    """By what a person's or company's name sorts: folded letters, pinyin for Chinese with its readings as surnames."""
    if ONLY_ASCII.match(name):
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


def search_terms(texts: Iterable[str]) -> list[str]:
    """The terms of some texts, each once, for the search column."""
    terms: dict[str, None] = {}
    for run in WORD.findall(folded(" \n".join(texts))):
        if run[0] < FIRST_CJK and (len(run) < 7 or not run.isdigit()):
            terms[run[:LONGEST_TERM]] = None
        else:
            terms.update(dict.fromkeys(run_terms(run)))
    return list(terms)[:MOST_TERMS]


def search_vector(texts: Iterable[str]) -> str:
    """The search column's value: our own terms as a `tsvector` literal (no dictionary touches them)."""
    return " ".join(f"'{term}'" for term in search_terms(texts))


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
