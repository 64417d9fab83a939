"""Chinese administrative codes (GB/T 2260) for provinces, cities and districts as people write them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files

CHINA = ("CN", "")
CITY_STATES = frozenset({"11", "12", "31", "50"})  # provinces that are one city
IS_CHINESE = re.compile(r"[\u4e00-\u9fff]")
PROVINCE = re.compile(r'(\d\d) province="([^"]+)"')
COUNTY = re.compile(r'  (\d{4}) county="([^"]+)"')
PERIOD = re.compile(r"\[(\d*)-(\d*)\]([^,]+)")
ENDINGS = re.compile(
    r"(特别行政区|特別行政區|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|自治县|地区|省|市|区|县|盟|旗)\Z"
)


def plain(name: str) -> str:
    """A place's name without the word for what kind of place it is; two characters at least stay."""
    name = re.sub(r"\s+", "", name)
    short = ENDINGS.sub("", name)
    return short if len(short) >= 2 else name


def name_now(text: str) -> str:
    """Of a code's names, the one that is in use; none of a code that is no longer given."""
    found = PERIOD.findall(text)
    if not found:
        return text
    return next((name for _since, until, name in found if not until), "")


@cache
def places() -> dict[str, tuple[str, str]]:
    """Every code in use: its plain name and its full one; read once, when the first Chinese address comes."""
    found: dict[str, tuple[str, str]] = {}
    province = ""
    for line in files("stdnum.cn").joinpath("loc.dat").read_text(encoding="utf-8").splitlines():
        if match := PROVINCE.match(line):
            province = match[1]
            found[f"{province}0000"] = (plain(match[2]), match[2])
        elif (match := COUNTY.match(line)) and (name := name_now(match[2])) and match[1] != "0000":
            found[province + match[1]] = (plain(name), name)
    return found


@cache
def by_level() -> tuple[dict[str, str], dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    """Provinces by name, cities by province and name, districts by their city's or province's code and name."""
    provinces: dict[str, str] = {}
    cities: dict[tuple[str, str], str] = {}
    districts: dict[tuple[str, str], str] = {}
    for code, (short, _full) in places().items():
        if code.endswith("0000"):
            provinces[short] = code
        elif code.endswith("00"):
            cities[code[:2], short] = code
        else:
            districts[code[:4], short] = code
            districts.setdefault((code[:2], short), code)
    return provinces, cities, districts


@lru_cache(maxsize=20_000)
def region_code(country: str, province: str, city: str, district: str) -> str:
    """The code of the smallest place that the words lead to without doubt; empty where they lead to none."""
    if country not in CHINA or not IS_CHINESE.search(province + city):
        return ""
    provinces, cities, districts = by_level()
    found = provinces.get(plain(province)) or provinces.get(plain(city), "")
    if not found and city:
        holders = {code for (_head, name), code in cities.items() if name == plain(city)}
        found = holders.pop() if len(holders) == 1 else ""
    if not found:
        return ""
    place = cities.get((found[:2], plain(city)), found if found[2:] != "0000" else "")
    if not district:
        return place or found
    return districts.get((place[:4] if place else found[:2], plain(district)), place or found)


@cache
def holders() -> tuple[frozenset[str], dict[str, set[str]], frozenset[tuple[str, str]]]:
    """Provinces by name; of cities the provinces that have one of the name; and every place with its province."""
    provinces, cities, _districts = by_level()
    states = {name: code[:2] for name, code in provinces.items() if code[:2] in CITY_STATES}
    heads = {name: {head} for name, head in states.items()}
    for head, name in cities:
        heads.setdefault(name, set()).add(head)
    return frozenset(provinces), heads, frozenset((code[:2], short) for code, (short, _full) in places().items())


def province_of(text: str) -> str:
    """The province that a text means, also one that goes on behind it or is cut short; empty where there is none."""
    word = plain(text)
    return next((name for name in holders()[0] if word.startswith(name) or name.startswith(word)), "")


@lru_cache(maxsize=5_000)
def is_province(country: str, province: str) -> bool:
    """Whether there may be such a province: of China, and of what is written in Chinese, that is known."""
    return country != "CN" or not IS_CHINESE.search(province) or bool(province_of(province))


@lru_cache(maxsize=20_000)
def is_city_there(country: str, province: str, city: str) -> bool:
    """Whether a city may lie in a province: not one that is known to lie in others alone."""
    if country not in CHINA or not IS_CHINESE.search(province) or not IS_CHINESE.search(city):
        return True
    _names, heads, there = holders()
    head, word = by_level()[0].get(province_of(province), "")[:2], plain(city)
    return not head or word not in heads or head in heads[word] or (head, word) in there
