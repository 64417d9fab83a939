"""Reading bodies: JSON that is exactly JSON, within bounds; everything odd is a 400 that says what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any, NoReturn

from django.utils.translation import gettext as _
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.utils.mediatypes import _MediaType

from crm.api.bytes import MAX_DEPTH, fault_of
from crm.core.errors import CrmError

MAX_BODY = 5 * 1024 * 1024
MAX_INTEGER = 2**63 - 1
MAX_DIGITS, MAX_EXPONENT = 40, 330
MAX_LENGTH_DIGITS = 18  # of a Content-Length that means anything


def unreadable(sentence: str) -> CrmError:
    """A body that cannot be read."""
    return CrmError("parse_error", sentence)


def whole(text: str) -> int:
    """An integer that a bigint column can hold."""
    if len(text) > 20 or not -MAX_INTEGER - 1 <= int(text) <= MAX_INTEGER:
        raise unreadable(_("A number in the body is out of range: whole numbers go up to 9223372036854775807."))
    return int(text)


def fraction(text: str) -> Decimal:
    """A number as it was written; bounded, because 1e999999999 takes all memory when it becomes an integer."""
    value = Decimal(text) if len(text) <= MAX_EXPONENT else None
    if value is None or len(value.as_tuple().digits) > MAX_DIGITS or abs(value.adjusted()) > MAX_EXPONENT:
        raise unreadable(_("A number in the body has too many digits or too large an exponent."))
    return value


def constant(name: str) -> NoReturn:
    """NaN and Infinity are JavaScript, not JSON."""
    raise unreadable(_("%(name)s is not JSON.") % {"name": name})


def no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, unless a name stands in it twice (which one would count?)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise unreadable(_("The name %(name)s stands twice in one object.") % {"name": ascii(twin[:80])})
    return found


def json_read(raw: bytes) -> Any:
    """The value of a JSON body."""
    try:
        value = json.loads(
            raw.decode("utf-8-sig"),
            parse_int=whole,
            parse_float=fraction,
            parse_constant=constant,
            object_pairs_hook=no_twins,
        )
    except UnicodeDecodeError as error:
        raise unreadable(_("The body is not UTF-8.")) from error
    except RecursionError as error:
        raise unreadable(too_deep()) from error
    except ValueError as error:
        raise unreadable(_("The body is not JSON: %(reason)s") % {"reason": error}) from error
    match fault_of(value):
        case "depth":
            raise unreadable(too_deep())
        case "text":
            raise unreadable(_("A text in the body holds a null character or half of a surrogate pair."))
    return value


def too_deep() -> str:
    """The sentence about depth."""
    return _("The body is nested deeper than %(max)s levels.") % {"max": MAX_DEPTH}


def body_read(stream: IO[bytes], limit: int = MAX_BODY) -> bytes:
    """The bytes of a body, refused as soon as they pass the limit."""
    raw = stream.read(limit + 1)
    if len(raw) > limit:
        raise CrmError("too_large", _("The body is larger than %(max)s bytes.") % {"max": limit}, status=413, max=limit)
    return raw


def length_of(meta: Mapping[str, Any]) -> int:
    """The length that the caller has stated."""
    stated = str(meta.get("CONTENT_LENGTH") or "0")
    return int(stated) if stated.isascii() and stated.isdigit() and len(stated) <= MAX_LENGTH_DIGITS else 0


class JsonParser(BaseParser):
    """`application/json` in UTF-8."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The value of the body."""
        charset = _MediaType(media_type or "").params.get("charset", "utf-8")
        if charset.strip("\"'").lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type or "")
        raw, context = body_read(stream), parser_context or {}
        if len(raw) < length_of(context["request"].META if "request" in context else {}):
            raise unreadable(_("The body ended before the length that was stated."))
        return json_read(raw)
