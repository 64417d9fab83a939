"""Phones in one spelling: the quick reading never differs from the library's."""

from __future__ import annotations

import random

import phonenumbers
import pytest

from crm.core.phones import local, phone_normal

REGIONS = ("US", "CN", "FR", "GB", "DE", "IT", "JP", "BR", "AR", "MX", "RU", "IN", "AU", "SG", "HK", "SM", "HU", "KZ")


def by_library(text: str, region: str) -> str:
    """What `phonenumbers` makes of a text."""
    number = phonenumbers.parse(text, region)
    assert phonenumbers.is_possible_number(number)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def near_misses(region: str, r: random.Random) -> list[str]:
    """Numbers of a region as they are dialled there, with some digits wrong."""
    examples = [phonenumbers.example_number_for_type(region, kind) for kind in (0, 1, 2, 3)]
    found = []
    for _ in range(400):
        digits = list(str(r.choice([e for e in examples if e]).national_number))
        for _ in range(r.randint(0, 5)):
            digits[r.randrange(len(digits))] = r.choice("0123456789")
        found.append(r.choice(("", "0", "1", "8", "00", "86", "06")) + "".join(digits))
    return found


@pytest.mark.parametrize("region", REGIONS)
def test_what_is_read_quickly_is_read_right(region: str) -> None:
    read = {text: local(region).read(text) for text in near_misses(region, random.Random(region))}
    assert {text: quick for text, quick in read.items() if quick and quick != by_library(text, region)} == {}


@pytest.mark.parametrize("region", REGIONS)
def test_what_is_longer_than_any_number_there_stays_as_it_was_typed(region: str) -> None:
    r = random.Random(region)
    typed = ["".join(r.choices("0123456789", k=r.randint(8, 15))) for _ in range(300)]
    beyond = [digits for digits in typed if local(region).is_beyond(digits)]
    numbers = [phonenumbers.parse(digits, region) for digits in beyond]
    assert not any(map(phonenumbers.is_possible_number, numbers))
    assert [phone_normal(digits, region) for digits in beyond] == beyond


def test_most_plain_numbers_are_read_quickly() -> None:
    plain = {"CN": "13800138000", "FR": "0612345678", "US": "2025550123", "GB": "07400123456", "DE": "015123456789"}
    assert [local(region).read(digits) is not None for region, digits in plain.items()] == [True] * len(plain)


@pytest.mark.parametrize(
    ("text", "region", "normal"),
    [
        ("+33 (0)6 12 34 56 78", "CN", "+33612345678"),
        ("(020) 7946 0958", "GB", "+442079460958"),
        ("0033612345678", "FR", "+33612345678"),
        ("138 0013 8000", "CN", "+8613800138000"),
        ("202-555-0123 ext. 9", "US", "+12025550123x9"),
        ("12", "US", "12"),
        ("no phone", "US", "no phone"),
        ("138 0013-8000", "GB", "13800138000"),  # no number there: in one spelling all the same
    ],
)
def test_numbers_come_out_in_one_spelling(text: str, region: str, normal: str) -> None:
    assert phone_normal(text, region) == normal
