"""One function a column: turns an input into the column's type, or says in words why not."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from datetime import MAXYEAR, MINYEAR, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import DecimalValidator, MaxLengthValidator, ProhibitNullCharactersValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.countries import country_codes, country_words, language_codes, language_read, word_key
from crm.core.errors import Problem
from crm.core.fields import PhoneField
from crm.core.phones import E164
from crm.core.specs import kind_of

Clean = Callable[[Any], Any]
EMPTY = ("", None)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
PLAIN_EMAIL = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9]{1,63}\.){1,8}[a-z]{2,24}\Z")
LONGEST = 1 << 30
CHEAP = (MaxLengthValidator, ProhibitNullCharactersValidator, DecimalValidator)
YES_NO = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
MOST_TAGS = 50
LEAST_INEXACT = 2.0**53  # from here on whole numbers have gaps as floats, and JSON gives such floats back whole
LEAST_WIDE = 2**63  # from here on programs cannot read a whole number of JSON


class Refused(Exception):
    """One value that cannot be taken."""

    def __init__(self, code: str, message: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.problem = Problem(code, message, allowed)


def text_of(value: Any) -> str:
    """A string of storable characters; numbers are taken as their digits, structures are not."""
    if not isinstance(value, str):
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, UUID)):
            raise Refused("type", _("Must be a text."))
        value = str(value)
    if UNSTORABLE.search(value):
        raise Refused("characters", _("Holds characters that cannot be stored."))
    return str(value)


def text_clean(field: models.Field[Any, Any]) -> Clean:
    """Text: surrounding space taken away (long text keeps it), length and choices judged."""
    limit, strip = field.max_length, isinstance(field, models.CharField)
    choices = frozenset(str(value) for value, _label in field.flatchoices)
    names = tuple(sorted(choices))

    def clean(value: Any) -> str:
        text = text_of(value)
        text = text.strip() if strip else text
        if choices and text and text not in choices:
            raise Refused("choice", _("%(value)s is not one of the choices.") % {"value": text[:60]}, names)
        if limit is not None and len(text) > limit:
            raise Refused("max_length", _("Longer than %(limit)s characters.") % {"limit": limit})
        return text

    return clean


def decimal_clean(field: models.DecimalField[Any, Any]) -> Clean:
    """A decimal number that fits the column; never rounded in silence."""
    places, whole = field.decimal_places or 0, (field.max_digits or 0) - (field.decimal_places or 0)
    limit = Decimal(10) ** whole
    plain_number = re.compile(rf"-?[0-9]{{1,{whole}}}(\.[0-9]{{1,{max(places, 1)}}})?\Z")

    def clean(value: Any) -> Decimal:
        if isinstance(value, str) and plain_number.match(value):
            return Decimal(value)
        if isinstance(value, (bool, list, dict)):
            raise Refused("type", _("Must be a number."))
        try:
            number = value if isinstance(value, Decimal) else Decimal(str(value).strip())
        except InvalidOperation as error:
            raise Refused("number", _("Must be a number.")) from error
        if not number.is_finite() or abs(number) >= limit:
            raise Refused("number", _("Must be a number below %(limit)s.") % {"limit": f"10^{whole}"})
        if int(number.as_tuple().exponent) < -places:
            plain = number.normalize()
            if int(plain.as_tuple().exponent) < -places:
                raise Refused("decimal_places", _("Has more than %(places)s decimal places.") % {"places": places})
            return plain
        return number

    return clean


def whole_clean(field: models.Field[Any, Any]) -> Clean:
    """A whole number; a fraction is refused, never cut off."""

    def clean(value: Any) -> Any:
        if isinstance(value, bool) or (isinstance(value, (float, Decimal)) and value != int(value)):
            raise Refused("type", _("Must be a whole number."))
        return field.to_python(value)

    return clean


def float_clean(field: models.Field[Any, Any]) -> Clean:
    """A number with a point; what is no number, or has no end, is refused."""

    def clean(value: Any) -> Any:
        if isinstance(value, (bool, list, dict)):
            raise Refused("type", _("Must be a number."))
        number = field.to_python(value)
        if not math.isfinite(number):
            raise Refused("number", _("Must be a number."))
        if abs(number) >= LEAST_INEXACT:
            raise Refused("number", _("Must be a number below %(limit)s.") % {"limit": "2^53"})
        return number

    return clean


def json_clean(field: models.Field[Any, Any]) -> Clean:
    """Anything that JSON holds, but for numbers that JSON's readers do not take."""

    def clean(value: Any) -> Any:
        try:
            return field.to_python(json_plain(value))
        except RecursionError as error:
            raise Refused("invalid", _("Cannot be read.")) from error

    return clean


def json_plain(value: Any) -> Any:
    """A value of JSON with its numbers as jsonb takes them, none of them too large."""
    if isinstance(value, dict):
        return {key: json_plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_plain(one) for one in value]
    if isinstance(value, (int, float, Decimal)) and not -LEAST_WIDE < value < LEAST_WIDE:
        raise Refused("number", _("Must be a number below %(limit)s.") % {"limit": "2^63"})
    return float(value) if isinstance(value, Decimal) else value


def moment_clean(field: models.Field[Any, Any]) -> Clean:
    """A moment; one without an offset is meant in the tenant's time zone."""

    def clean(value: Any) -> Any:
        moment = field.to_python(value)
        if not isinstance(moment, datetime):
            return moment
        if moment.year in (MINYEAR, MAXYEAR):  # in another time zone it might not exist
            raise Refused("range", _("Must lie between the years 2 and 9998."))
        return timezone.make_aware(moment) if timezone.is_naive(moment) else moment

    return clean


def yes_no_clean(_field: models.Field[Any, Any]) -> Clean:
    """A yes or a no."""

    def clean(value: Any) -> bool:
        key = str(value).strip().lower()
        if key not in YES_NO:
            raise Refused("yes_no", _("Must be yes or no."), ("true", "false"))
        return YES_NO[key]

    return clean


def list_clean(field: models.Field[Any, Any]) -> Clean:
    """A list of words, each once however its letters are written, in the order given; a text is split at commas."""
    base, most = field.base_field, field.size or MOST_TAGS  # type: ignore[attr-defined]  # an ArrayField has them
    one = cleaner(base)

    def clean(value: Any) -> list[str]:
        items = re.split(r"[,;，；、]", value) if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)) or None in items:
            raise Refused("type", _("Must be a list of texts."))
        words: dict[str, str] = {}
        for word in (one(item) for item in items if str(item).strip()):
            words.setdefault(str(word).casefold(), word)
        if len(words) > most:
            raise Refused("max_items", _("More than %(limit)s entries.") % {"limit": most})
        return list(words.values())

    return clean


def link_clean(field: models.Field[Any, Any]) -> Clean:
    """The id of another record; a `{"id": …}` as the API answers it is taken, too, and a person's e-mail address."""
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    is_person = isinstance(field, models.ForeignKey) and field.related_model is get_user_model()

    def clean(value: Any) -> Any:
        if isinstance(value, dict) and not value.get("id"):
            raise Refused("type", _("Must be the id of a record."))
        if is_person and isinstance(value, str) and "@" in value:
            return person_id(text_of(value))
        return target.to_python(value["id"] if isinstance(value, dict) else value)

    return clean


def country_clean(value: Any) -> str:
    """The two letters of a country, which may be given by its name."""
    text = text_of(value).strip()
    code = text.upper() if text.upper() in country_codes() else country_words().get(word_key(text), "")
    if text and not code:
        words = _("%(value)s is no country that is known here; give its name or its two letters, such as CN.")
        raise Refused("country", words % {"value": text[:60]}, tuple(sorted(country_codes())))
    return code


def language_clean(value: Any) -> str:
    """The code of a language, which may be given by its name."""
    text = text_of(value).strip()
    code = language_read(text)
    if text and not code:
        words = _("%(value)s is no language that is known here; give its name or its code, such as en.")
        raise Refused("language", words % {"value": text[:60]}, tuple(sorted(language_codes())))
    return code


CODED: dict[str, tuple[Clean, Callable[[], frozenset[str]]]] = {
    "country": (country_clean, country_codes),
    "language": (language_clean, language_codes),
}


def person_id(address: str) -> Any:
    """The person of the team with this e-mail address."""
    found = list(get_user_model()._default_manager.filter(email__iexact=address.strip()).values_list("pk", flat=True))
    if len(found) != 1:
        raise Refused("not_found", _("Nobody here has the e-mail address %(address)s.") % {"address": address[:80]})
    return found[0]


def quick_check(field: models.Field[Any, Any]) -> Callable[[str], Any] | None:
    """A look that is enough for most texts of a column: if it is true of one, nothing needs to be done to it."""
    limit = field.max_length or LONGEST
    if kind_of(field) in CODED:
        return CODED[kind_of(field)][1]().__contains__
    if type(field) is models.EmailField:
        return lambda text: len(text) <= limit and PLAIN_EMAIL.match(text)
    if isinstance(field, PhoneField):
        return lambda text: len(text) <= limit and E164.match(text)
    if type(field) is not models.CharField or any(not isinstance(v, CHEAP) for v in field.validators):
        return None
    if field.flatchoices:
        return frozenset(str(value) for value, _label in field.flatchoices if value).__contains__

    def is_plain(text: str) -> bool:
        return len(text) <= limit and text.isprintable() and " " not in (text[0], text[-1])

    return is_plain


def converter(field: models.Field[Any, Any]) -> Clean:
    """The conversion that fits the column's class."""
    if isinstance(field, (models.ForeignKey, models.UUIDField)):
        return link_clean(field)
    if isinstance(field, ArrayField):
        return list_clean(field)
    if isinstance(field, (models.CharField, models.TextField)):
        if coded := CODED.get(kind_of(field)):
            return coded[0]
        plain = text_clean(field)
        if isinstance(field, models.EmailField):  # written in one way, so that who has the same one is found
            return lambda value: plain(value).lower()
        own = type(field).to_python is not models.CharField.to_python and isinstance(field, models.CharField)
        return (lambda value: field.to_python(plain(value))) if own else plain
    made = next((make for cls, make in BY_CLASS if isinstance(field, cls)), None)
    return made(field) if made else field.to_python


BY_CLASS: tuple[tuple[type[Any], Callable[[Any], Clean]], ...] = (
    (models.DecimalField, decimal_clean),
    (models.IntegerField, whole_clean),
    (models.FloatField, float_clean),
    (models.DateTimeField, moment_clean),
    (models.BooleanField, yes_no_clean),
    (models.JSONField, json_clean),
)


def cleaner(field: models.Field[Any, Any], *, is_asked: bool = False) -> Clean:
    """The whole judgement of one column: empty, type, size, choices, then the model's own validators.

    Of a text that is only asked for, not stored, the validators are not asked: it is there, or it is not."""
    convert, blank = converter(field), field.blank
    is_text = isinstance(field, (models.CharField, models.TextField))
    empty: Any = "" if is_text else ([] if isinstance(field, ArrayField) else field.get_default())
    empty = None if field.null else empty
    is_free = is_asked and type(field) in (models.CharField, PhoneField)
    others = [] if is_free else [v for v in field.validators if not isinstance(v, CHEAP)]

    def clean(value: Any) -> Any:
        if value is None or value == "":
            if not blank:
                raise Refused("required", _("Must not be empty."))
            return empty
        try:
            value = convert(value)
            if value == "" and not blank:
                raise Refused("required", _("Must not be empty."))
            for validator in others if value not in EMPTY else ():
                validator(value)
        except ValidationError as error:
            raise Refused(error.code or "invalid", " ".join(error.messages)) from error
        except (ValueError, TypeError, ArithmeticError) as error:
            raise Refused("invalid", _("Cannot be read.")) from error
        return value

    return quickly(clean, quick_check(field))


def column_check(field: models.Field[Any, Any]) -> Callable[[Sequence[Any]], bool] | None:
    """A look at a whole column of filled values; if it is true, nothing needs to be done to any of them."""
    if type(field) is models.DateField and not field.validators:
        return lambda values: set(map(type, values)) == {date}
    check, limit = quick_check(field), field.max_length or LONGEST
    if check is None:
        return None
    if type(field) is not models.CharField or field.flatchoices or kind_of(field) in CODED:
        return lambda values: set(map(type, values)) == {str} and all(values) and all(map(check, values))

    def are_plain(values: Sequence[Any]) -> bool:
        return (
            set(map(type, values)) == {str}
            and all(values)
            and max(map(len, values)) <= limit
            and "".join(values).isprintable()
            and list(map(str.strip, values)) == values
        )

    return are_plain


def quickly(clean: Clean, is_fine: Callable[[str], Any] | None) -> Clean:
    """The same judgement, with one look for those texts that need no more."""
    if is_fine is None:
        return clean
    return lambda value: value if type(value) is str and value and is_fine(value) else clean(value)


def json_value(value: Any) -> Any:
    """A value as typed JSON keeps it: money and dates as text, never as a float."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, datetime):
        return value.astimezone(timezone.get_fixed_timezone(0)).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        return [json_value(item) for item in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
    if isinstance(value, dict):
        return {key if isinstance(key, (str, int)) else str(key): json_value(item) for key, item in value.items()}
    return str(value)


def json_wide(value: Any) -> bytes:
    """JSON of anything, numbers of any size among it; slower than what surfaces write it with."""
    return json.dumps(json_value(value), ensure_ascii=False, separators=(",", ":")).encode()
