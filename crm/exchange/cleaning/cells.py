"""What all cells have in common: emptiness, spreadsheet errors, full-width characters, digits lost on the way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from crm.exchange.exporting.neutral import restored
from crm.exchange.reading.rows import NO_VALUE, Cell, shown

EMPTY_WORDS = frozenset(
    {"", "-", "--", "—", "——", "/", "\\n", "n/a", "null", "nan", "nat", "none", "nil", "无", "空", "暂无"}
)
TEXT_EMPTY = frozenset({"", "-", "--", "—", "——", "/", "\\n", "n/a"})
EXCEL_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "########"}
)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u2028\u2029\ufeff\ufffe\ufffd\ud800-\udfff]")
SPACES = re.compile(r"[ \t\r\n\u00a0\u3000]+")
SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{2,3}")
LONG_ZEROS = re.compile(r"[1-9][0-9]{12,14}0{3,}")
EXACT = 10**15
LONGEST = 1 << 30
LETTERS = r"A-Za-z\u00c0-\u00ff\u4e00-\u9fff"  # which no normal form changes
PLAIN = re.compile(rf"[{LETTERS}][{LETTERS}0-9_]*(?: [{LETTERS}0-9_]+)*")  # nothing to clean: no sign, no number


@dataclass(frozen=True)
class Bad:
    """Why a cell gives no value."""

    code: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Mended:
    """A value with something to say about it; `rest` is text of the cell that belongs into notes, but for those values
    in it that the record has a list for."""

    value: Any
    code: str
    details: Mapping[str, Any] = field(default_factory=dict)
    rest: str = ""
    others: tuple[str, ...] = ()


ODD_TYPES = (Bad, Mended)
Clean = Callable[[Cell], Any]


def bad(code: str, cell: Cell, **details: Any) -> Bad:
    """A refusal that names the cell's text."""
    return Bad(code, {"value": shown(cell)[:100], **details})


def error_of(cell: Cell) -> Bad | None:
    """A spreadsheet's error in place of a value, or a formula without one."""
    if not isinstance(cell, str) or not cell.startswith("#"):
        return None
    text = cell.strip().upper()
    if text == NO_VALUE:
        return Bad("formula_empty", {"value": ""})
    return bad("excel_error", cell) if text in EXCEL_ERRORS else None


def half_width(text: str) -> str:
    """Full-width letters, digits and signs as their plain forms; surrounding space gone."""
    return unicodedata.normalize("NFKC", text).strip() if not text.isascii() else text.strip()


def digits_lost(cell: Cell) -> bool:
    """Whether a number went through a spreadsheet that kept fewer digits than it had."""
    if isinstance(cell, bool) or not isinstance(cell, (str, int, float)):
        return False
    if isinstance(cell, str):
        text = half_width(cell)
        return bool(SCIENTIFIC.fullmatch(text) or (len(text) >= 16 and LONG_ZEROS.fullmatch(text)))
    return abs(cell) >= EXACT


def text_of(cell: Cell) -> str:
    """A cell as text; moments as people write them."""
    if isinstance(cell, str):
        return restored(cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else shown(cell)


@dataclass(frozen=True)
class TextClean:
    """Text: composed, trimmed, within its length; identifiers also lose the `.0` that programs append to numbers."""

    limit: int | None
    is_long: bool = False
    is_identifier: bool = False

    @property
    def longest(self) -> int:
        """Up to which length a text that is plain is left as it is."""
        return LONGEST if self.limit is None else self.limit

    def __call__(self, cell: Cell) -> Any:
        if type(cell) is str and len(cell) <= self.longest and PLAIN.fullmatch(cell):
            return cell
        text = text_of(cell)
        if digits_lost(cell) and (
            self.is_identifier or not isinstance(cell, str) or SCIENTIFIC.fullmatch(text.strip())
        ):
            return bad("digits_lost", cell)
        value = tidy(CONTROL.sub("", text), self.is_long)
        if self.is_identifier:
            value = identifier(value)
        if value.lower() in TEXT_EMPTY:
            return None
        if self.limit is not None and len(value) > self.limit:
            return Bad("too_long", {"value": value[:100], "limit": self.limit})
        is_whole = "\x00" not in text and "\ufffd" not in text
        return value if is_whole else Mended(value, "control_removed", {"value": value[:100]})


def tidy(text: str, is_long: bool) -> str:
    """One line of text with single spaces, or several lines as they are."""
    text = unicodedata.normalize("NFC", text) if not text.isascii() else text
    return text.strip() if is_long else SPACES.sub(" ", text).strip()


def identifier(text: str) -> str:
    """`17850.0` is the number 17850, and full-width digits are digits."""
    text = half_width(text)
    head, dot, tail = text.partition(".")
    return head if dot and head.isdecimal() and tail and not tail.strip("0") else text


def decimal_exact(value: int | float) -> Decimal:
    """A spreadsheet's number as the decimal it shows (15 digits)."""
    return Decimal(value) if isinstance(value, int) else Decimal(format(value, ".15g"))
