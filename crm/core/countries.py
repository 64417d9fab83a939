"""Countries and languages by their codes, understood by their names in either language, too."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies

NO_COUNTRY = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
COUNTRY_ALIASES = {
    "uk": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "great britain": "GB",
    "northern ireland": "GB",
    "usa": "US",
    "u.s.a.": "US",
    "u.s.": "US",
    "america": "US",
    "eire": "IE",
    "republic of ireland": "IE",
    "rsa": "ZA",
    "korea": "KR",
    "south korea": "KR",
    "holland": "NL",
    "prc": "CN",
    "p.r. china": "CN",
    "mainland china": "CN",
    "中国大陆": "CN",
    "uae": "AE",
    "czech republic": "CZ",
    "russia": "RU",
    "hongkong": "HK",
    "香港": "HK",
    "台湾": "TW",
    "澳门": "MO",
    "turkey": "TR",
    "macau": "MO",
    "hong kong": "HK",
    "taiwan": "TW",
    "韩国": "KR",
    "burma": "MM",
    "vietnam": "VN",
    "ivory coast": "CI",
    "中华人民共和国": "CN",
}
SCRIPTS = ("zh-hans", "zh-hant")  # which people choose between as they do between languages
BY_TERRITORY = {"zh-cn": "zh-hans", "zh-sg": "zh-hans", "zh-tw": "zh-hant", "zh-hk": "zh-hant", "zh-mo": "zh-hant"}
TAG = re.compile(r"([a-z]{2})(?:-[a-z0-9]{2,8})*\Z")


def word_key(text: str) -> str:
    """The form in which words are compared."""
    plain = unicodedata.normalize("NFKC", text) if not text.isascii() else text
    return re.sub(r"[\s_\-]+", " ", plain).strip().casefold()


@cache
def country_codes() -> frozenset[str]:
    """The two letters of every country."""
    codes = map(str, Locale.parse("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha() and code not in NO_COUNTRY)


@cache
def country_words() -> dict[str, str]:
    """Countries by their names in both languages and their two letters."""
    known: dict[str, str] = {}
    for name in ("en", "zh_Hans", "zh_Hant"):
        words = Locale.parse(name).territories
        for code in sorted(country_codes() & words.keys()):
            known |= {word_key(words[code]): code, code.casefold(): code}
    return known | COUNTRY_ALIASES


@cache
def language_codes() -> frozenset[str]:
    """The languages that one chooses among: those with two letters (ISO 639-1), Chinese by its script, too."""
    return frozenset(code for code in map(str, Locale.parse("en").languages) if len(code) == 2) | frozenset(SCRIPTS)


@cache
def language_words() -> dict[str, str]:
    """Languages by their names in both languages and in themselves."""
    known = dict(BY_TERRITORY)
    for name in ("en", "zh_Hans"):
        words = {code.replace("_", "-").lower(): word for code, word in Locale.parse(name).languages.items()}
        known |= {word_key(word): code for code, word in words.items() if code in language_codes()}
    return known | {"简体": "zh-hans", "繁体": "zh-hant", "繁體中文": "zh-hant", "汉语": "zh"}


def language_read(text: str) -> str:
    """The code of a language that is given by its tag or its name, in small letters; empty where there is none."""
    tag = text.strip().replace("_", "-").lower()
    if found := language_words().get(tag) or language_words().get(word_key(text)):
        return found
    is_tag = TAG.match(tag)
    return tag if is_tag and is_tag[1] in language_codes() else ""


@cache
def zones() -> frozenset[str]:
    """The time zones that there are."""
    return frozenset(available_timezones())


@cache
def zones_offered() -> tuple[str, ...]:
    """The time zones that one chooses among: those of places, and that of no place."""
    apart = ("Etc/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")
    return ("UTC", *sorted(name for name in zones() if "/" in name and not name.startswith(apart)))


@cache
def currencies_offered() -> frozenset[str]:
    """The codes of the currencies that are paid with somewhere today."""
    paid = {code for place in country_codes() for code in get_territory_currencies(place)}
    return frozenset(paid & set(get_global("all_currencies")))
