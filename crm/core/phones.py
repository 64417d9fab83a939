"""Telephone numbers in one spelling, E.164: as `phonenumbers` reads them, and quickly where its answer is plain."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import phonenumbers

E164 = re.compile(r"\+[1-9]\d{7,14}\Z", re.ASCII)
NOISE = re.compile(r"[\s().\-\u00a0]+")
DIGITS = re.compile(r"[0-9]{4,15}\Z")
LONGEST = 15  # digits of any number of the world
INSIDE = r"\s*(?:转|分机|ext\.?|x|#)\s*[:.]?\s*[0-9]{1,6}"
AS_TYPED = re.compile(rf"[0-9(][0-9 ().\-\u00b7/]{{5,30}}(?:{INSIDE})?", re.IGNORECASE)
EXTENSION = re.compile(rf"{INSIDE}\Z", re.IGNORECASE)
DIGIT = re.compile("[0-9]")
LEAST_DIGITS, MOST_DIGITS, LEAST_LOCAL = 7, 17, 6
IN_BRACKETS = re.compile(r"[(（]\s*0\s*[)）]")  # +33 (0)6 …: a zero that is not dialled from abroad


class Local:
    """How the numbers of one region are written at home, where that is simple; `read` answers None where it is not."""

    def __init__(self, region: str) -> None:
        found = phonenumbers.PhoneMetadata.metadata_for_region(region)
        general = found.general_desc if found else None
        self.lengths: frozenset[int] = frozenset()
        if found is None or general is None or found.national_prefix_transform_rule:
            return
        never = r"(?!)"
        self.lengths = frozenset(general.possible_length)
        self.country = str(found.country_code)
        self.number = re.compile(general.national_number_pattern or never)
        self.abroad = re.compile(found.international_prefix or never)
        self.prefix = re.compile(found.national_prefix_for_parsing or never)
        is_main = phonenumbers.region_code_for_country_code(found.country_code or 0) == region
        self.longest = max(self.lengths, default=LONGEST) if is_main else LONGEST

    def read(self, digits: str) -> str | None:
        """The number in E.164 if it is a valid one of this region, with or without the prefix that is dialled there."""
        if not self.lengths or self.abroad.match(digits):
            return None
        prefix = self.prefix.match(digits)
        rest = digits[prefix.end() :] if prefix else digits
        if len(rest) in self.lengths and rest[0] != "0" and self.number.fullmatch(rest):
            return f"+{self.country}{rest}"
        return None

    def is_beyond(self, digits: str) -> bool:
        """Whether these are more digits than any number here has, with nothing before it that could be left out."""
        if not self.lengths or len(digits) <= self.longest:
            return False
        return not (digits.startswith(self.country) or self.abroad.match(digits) or self.prefix.match(digits))


@cache
def local(region: str) -> Local:
    """What is known of a region."""
    return Local(region)


@lru_cache(maxsize=16_384)
def phone_normal(text: str, region: str) -> str:
    """A telephone number as E.164 (`+8613800138000`, extension kept) where it can be read. What cannot is kept as its
    digits, so that two spellings of it are one number; what is more than digits stays as typed."""
    bare = NOISE.sub("", text)
    kept = bare if DIGITS.match(bare) else text
    if not IN_BRACKETS.search(text):
        if E164.match(bare):
            return bare
        if DIGITS.match(bare):
            if quick := local(region).read(bare):
                return quick
            if local(region).is_beyond(bare):
                return kept
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return kept
    is_odd = bool(number.italian_leading_zero)  # a zero stands first, which few countries know
    if not (phonenumbers.is_valid_number(number) if is_odd else phonenumbers.is_possible_number(number)):
        return kept
    form = phonenumbers.PhoneNumberFormat.E164
    return phonenumbers.format_number(number, form) + (f"x{number.extension}" if number.extension else "")


@lru_cache(maxsize=8192)
def phone_text(value: str) -> str:
    """A telephone number in groups, as people read it."""
    try:
        number = phonenumbers.parse(value.replace("x", ";ext=") if value.startswith("+") else value)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def is_phone(text: str) -> bool:
    """Whether a number, read as above, is one that somebody can be called by: not a word, not a few digits."""
    if E164.match(text):
        return True
    main, _x, extension = text.partition("x") if text.startswith("+") else (text, "", "")
    if text.startswith("+") and E164.match(main):
        return extension.isdecimal()
    if text.startswith("+"):
        return is_short(main)
    return bool(AS_TYPED.fullmatch(text)) and LEAST_DIGITS <= len(DIGIT.findall(EXTENSION.sub("", text))) <= MOST_DIGITS


def is_short(text: str) -> bool:
    """Whether a number of few digits is a whole one of its country, or one of a place with at least six."""
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return False
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return len(str(number.national_number)) >= LEAST_LOCAL
    return bool(reason == phonenumbers.ValidationResult.IS_POSSIBLE)
