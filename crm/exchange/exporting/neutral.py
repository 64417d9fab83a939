"""Cells that a spreadsheet would take for formulas, made texts by a quote before them; and the same texts back again.

Two mistakes of the usual recipe are avoided. White space and marks that nobody sees may stand before the sign, and the
sign may be full-width. And a program that splits at another separator, or at line ends, sees a cell begin in the
middle of ours. A number or a telephone number with its sign stays what it is.
"""

from __future__ import annotations

import re

UNSEEN = (
    r"\s\x00-\x20\x7f-\xa0\xad\u115f\u1160\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    r"\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
SIGNS = r"=+\-@|%\uff1d\uff0b\uff0d\uff20\uff5c\uff05\ufe62\ufe63\ufe66\ufe6b\u2212\u207a\u207b\u207c"
FORMULA = re.compile(rf"\A'*(?:[{UNSEEN}]*[{SIGNS}]|[\t\r])")
WITHIN = re.compile(r"(?<=[;\t\r\n])(?='*[=@\uff1d\uff20])")
QUOTED = re.compile(rf"\A'(?='*(?:[{UNSEEN}]*[{SIGNS}]|[\t\r]))")
QUOTED_WITHIN = re.compile(r"(?<=[;\t\r\n])'(?='*[=@\uff1d\uff20])")
NUMBER = re.compile(r"\A[+-]?[0-9][0-9 .,()/-]*(?:[eE][+-]?[0-9]{1,3})?(?:x[0-9]{1,8})?%?\Z")


def neutralised(text: str) -> str:
    """The text as no spreadsheet computes it."""
    if not text or NUMBER.match(text):
        return text
    text = WITHIN.sub("'", text)
    return f"'{text}" if FORMULA.match(text) else text


def restored(text: str) -> str:
    """What was neutralised as it was before."""
    if "'" not in text:
        return text
    return QUOTED_WITHIN.sub("", QUOTED.sub("", text))
