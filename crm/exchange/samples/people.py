"""Who buys in the sample shop: names, addresses and numbers that belong to nobody, in the language of the tenant."""
from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

FILE = Path(__file__).with_name("people.json")
# Country: the lead of its numbers kept for fiction (in China, of data cards), and how many digits follow.
FICTION = {
    "GB": ("+447700900", 3), "IE": ("+353209130", 3), "DE": ("+4917139200", 2), "CN": ("+8614500", 6),
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives or works."""

    country: str
    province: str
    city: str
    district: str
    street: str
    postal_code: str


@dataclass(frozen=True, slots=True)
class Name:
    """A name and the Latin letters that an e-mail address is made of."""

    text: str
    latin: str
    family: str = ""


@lru_cache(maxsize=1)
def words() -> Any:
    """The lists that names and addresses are drawn from."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def language(chinese: bool) -> str:
    """The key of the lists."""
    return "zh" if chinese else "en"


def person_name(random: Random, chinese: bool, family: str = "") -> Name:
    """A person's name, of a given family if asked; some Chinese surnames are far more common than others."""
    if chinese:
        surnames = words()["surnames"]
        surname, one = surnames[min(int(random.expovariate(1 / 14)), len(surnames) - 1)]
        if family:
            surname, one = next(pair for pair in surnames if pair[0] == family)
        given, two = random.choice(words()["given_names"])
        return Name(surname + given, f"{one}.{two}", surname)
    first, last = random.choice(words()["first_names"]), family or random.choice(words()["last_names"])
    return Name(f"{first} {last}", f"{first}.{last}".lower(), last)


def company_name(random: Random, chinese: bool, city: str) -> tuple[Name, str]:
    """A company's name and its industry."""
    trade, industry = random.choice(words()["trades"][language(chinese)])
    if chinese:
        name = city.removesuffix("市") + random.choice(words()["brands"]) + trade
        return Name(name, f"shop{random.randrange(1000, 10000)}"), industry
    last, street = random.choice(words()["last_names"]), random.choice(words()["streets"]["en"])
    partners = f"{last} & {random.choice(words()['last_names'])}"
    name = f"{random.choice((partners, last, f'{street} Street', f'The {street}'))} {trade}"
    return Name(name, "".join(c for c in name.lower() if c.isascii() and c.isalnum())), industry


def address(random: Random, chinese: bool) -> Address:
    """A street that may exist in a city that does."""
    cities = words()["cities"][language(chinese)]
    city, province, country, districts, _ = random.choices(cities, [row[-1] for row in cities])[0]
    street, number = random.choice(words()["streets"][language(chinese)]), random.randrange(1, 400)
    if chinese:
        code = f"{random.randrange(100, 700)}000"
        return Address(country, province, city, random.choice(districts), f"{street}{number}号", code)
    code = f"{random.randrange(10000, 99999)}" if country in ("US", "DE") else ""
    kind = random.choice(("Street", "Avenue", "Road", "Lane"))
    return Address(country, province, city, "", f"{number} {street} {kind}", code)


def phone(number: int, country: str) -> str:
    """A telephone number that never rings anywhere."""
    areas = words()["areas"]["CA" if country == "CA" else "US"]
    lead, digits = FICTION.get(country, (f"+1{areas[number // 100 % len(areas)]}55501", 2))
    return f"{lead}{number % 10**digits:0{digits}d}"


def email(name: Name, number: int, company: bool) -> str:
    """An address under the domains kept for examples: no sample is ever written to."""
    if company:
        return f"orders@{name.latin[:40]}{number}.example"
    return f"{name.latin}{number}@example.{('com', 'net', 'org')[number % 3]}"


def position(random: Random, chinese: bool) -> str:
    """What somebody does at a firm."""
    return str(random.choice(words()["positions"][language(chinese)]))
