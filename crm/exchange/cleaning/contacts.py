"""Phones, e-mails and web addresses, one or two in a cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from crm.core.fields import phone_normal
from crm.core.phones import E164, is_phone
from crm.exchange.cleaning.cells import (
    CONTROL,
    EMPTY_WORDS,
    Bad,
    Clean,
    Mended,
    bad,
    digits_lost,
    half_width,
    identifier,
    text_of,
)
from crm.exchange.reading.rows import Cell

BETWEEN = re.compile(r"\s*[/;,、|\n\r]+\s*|\s+(?:or|或)\s+")
PHONE_SPACES = re.compile(r"(?<=[0-9]{7})\s+(?=\+?[0-9]{7})")
EXTENSION = re.compile(r"\s*(?:转|分机|ext\.?|extension|x|#)\s*[:.]?\s*([0-9]{1,6})\s*$", re.IGNORECASE)
WORDS = re.compile(r"^(?:手机|电话|座机|tel|phone|mobile|mob|cell|fax|传真)\s*[.:]?\s*", re.IGNORECASE)
PHONE = re.compile(r"\+?[0-9(][0-9 ().\-\u00b7]{3,30}[0-9]")
EMAIL = re.compile(r"[^@\s<>\"',;()]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}")
PLAIN_PHONE = re.compile(r"\+?[0-9](?:[ -]?[0-9]){6,12}")  # one number and nothing else: no second one, no words
PLAIN_EMAIL = re.compile(r"[a-z0-9](?:[\w.+-]{0,62}[a-z0-9])?@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,63}", re.ASCII)
URL = re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)+(?:[/?#][^\s]*)?", re.IGNORECASE)


def phone_cleaner(region: str, limit: int | None = 40) -> Clean:
    """A phone number in one spelling; what else stood in the cell goes into notes."""

    def clean(cell: Cell) -> Any:
        if isinstance(cell, str) and PLAIN_PHONE.fullmatch(cell):
            return phone_normal(cell, region)[:limit]
        text = half_width(CONTROL.sub("", text_of(cell)))
        if text.lower() in EMPTY_WORDS:
            return None
        if digits_lost(cell):
            return bad("digits_lost", cell)
        numbers = [
            found for found in (phone_one(part, region) for part in PHONE_SPACES.sub("/", text).split("/")) if found
        ]
        if len(numbers) == 1 and not BETWEEN.search(text):
            return numbers[0][:limit]
        return several(
            cell, [phone_one(part, region) or part for part in BETWEEN.split(PHONE_SPACES.sub("/", text)) if part]
        )

    return clean


def several(cell: Cell, values: list[str]) -> Any:
    """The first number that is one, the others as rest."""
    good = next((value for value in values if is_phone(value)), None)
    if good is None:
        return bad("phone", cell)
    more = [value for value in dict.fromkeys(values) if value != good]
    return beside(good, more, tuple(value for value in more if E164.match(value)))


def beside(first: str, more: Sequence[str], others: tuple[str, ...]) -> Any:
    """A value, and what else stood in its cell, `others` of it of the same kind."""
    rest = ", ".join(more)
    return Mended(first, "second_value", {"value": first, "rest": rest[:150]}, rest, others) if rest else first


def phone_one(text: str, region: str) -> str:
    """One number, or ""."""
    bare = identifier(WORDS.sub("", text.strip()))
    extension = EXTENSION.search(bare)
    number = EXTENSION.sub("", bare)
    found = phone_normal(number + (f" ext. {extension[1]}" if extension else ""), region)
    return found if PHONE.fullmatch(number) and is_phone(found) else ""


def email_cleaner(limit: int | None = 254) -> Clean:
    """A mail address; of two, the first."""

    def clean(cell: Cell) -> Any:
        if isinstance(cell, str) and len(cell) <= (limit or 254) and PLAIN_EMAIL.fullmatch(plain := cell.lower()):
            return plain
        text = half_width(CONTROL.sub("", text_of(cell)))
        if text.lower() in EMPTY_WORDS:
            return None
        found = list(dict.fromkeys(part.strip("<>.,;").removeprefix("mailto:") for part in EMAIL.findall(text)))
        whole = re.sub(r"(?i)mailto:|[<>\s;,/、|]", "", EMAIL.sub("", text))
        if not found or (len(found) == 1 and whole and "<" not in text) or len(found[0]) > (limit or 254):
            return bad("email", cell)
        first, *others = [address.lower() for address in found]
        return beside(first, others, tuple(others))

    return clean


def several_cleaner(one: Clean) -> Clean:
    """A list of such values: all that stand in a cell; what is none goes into notes."""

    def clean(cell: Cell) -> Any:
        value = one(cell)
        if not isinstance(value, Mended):
            return value if value is None or isinstance(value, Bad) else [value]
        found = [value.value, *value.others]
        rest = ", ".join(text for text in value.rest.split(", ") if text not in value.others)
        return Mended(found, "second_value", {"value": ", ".join(found), "rest": rest[:150]}, rest) if rest else found

    return clean


def url_cleaner(limit: int | None = 200) -> Clean:
    """A web address, with its scheme added where it lacks one."""

    def clean(cell: Cell) -> Any:
        text = half_width(CONTROL.sub("", text_of(cell)))
        if text.lower() in EMPTY_WORDS:
            return None
        if not URL.fullmatch(text) or len(text) > (limit or 200) - 8:
            return bad("url", cell)
        return text if "://" in text else f"https://{text}"

    return clean
