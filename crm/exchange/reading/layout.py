"""Where the table stands in the sheet: the header below a title, and the rows that are no records."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from crm.exchange.reading.rows import Cell, shown

LOOK_AT = 40
TOTALS = frozenset(
    {
        "合计",
        "总计",
        "小计",
        "总数",
        "汇总",
        "总合计",
        "本页合计",
        "累计",
        "共计",
        "合計",
        "總計",
        "小計",
        "total",
        "totals",
        "sum",
        "subtotal",
        "sub total",
        "grand total",
        "total sum",
        "sum total",
        "gesamt",
        "summe",
    }
)
NUMERIC = re.compile(r"[-+(¥$€£￥]*\s*[0-9][0-9.,%万亿元/:\- ]*\)?")
NAMED = re.compile(r"[^\W\d_]")


@lru_cache(maxsize=4096)
def header_key(text: str) -> str:
    """The form in which headers are compared: no case, no marks, no brackets' content, camel case split."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", text))
    text = re.sub(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】|（[^）]*）", " ", text).casefold()
    return re.sub(r"[^\w]+|_+", " ", text).strip()


def header_row(rows: Sequence[Sequence[Cell]], known: Callable[[str], bool]) -> int:
    """Index of the header among the first rows, -1 when the data begins without one."""
    width = max((filled(row) for row in rows[:LOOK_AT]), default=0)
    best, best_score = -1, 0.0
    for at, row in enumerate(rows[:LOOK_AT]):
        score = header_score(row, width, known)
        if score > best_score:
            best, best_score = at, score
    return best


def header_score(row: Sequence[Cell], width: int, known: Callable[[str], bool]) -> float:
    """How much a row looks like a header: many different names, none of them a value; zero when it is none."""
    texts = [shown(cell).strip() for cell in row]
    texts = [text for text in texts if text]
    hits = sum(1 for text in texts if known(text))
    if not texts or len(texts) < min(2, width) or (not hits and len(texts) * 2 < width):
        return 0.0
    values = sum(1 for text in texts if is_value(text))
    if hits * 2 < len(texts) and values * 3 > len(texts):
        return 0.0
    different = len({text.casefold() for text in texts}) / len(texts)
    return (hits * 3 + len(texts) - values * 2) * different / width


def is_value(text: str) -> bool:
    """Whether a text is data rather than the name of a column."""
    return bool(NUMERIC.fullmatch(text)) or "@" in text or len(text) > 60 or not NAMED.search(text)


def filled(row: Sequence[Cell]) -> int:
    """How many cells hold something."""
    return sum(1 for cell in row if cell not in ("", None))


def is_blank(row: Sequence[Cell]) -> bool:
    """Whether no cell holds anything but space."""
    return not any(cell is not None and (not isinstance(cell, str) or cell.strip()) for cell in row)


def is_total_word(cell: Cell) -> bool:
    """Whether a cell is one of the words that begin a row of totals."""
    if not isinstance(cell, str) or len(cell) > 40:
        return False
    text = header_key(re.split("[:：]", cell, maxsplit=1)[0])
    return text in TOTALS or (not text.isascii() and text.replace(" ", "") in TOTALS)


def is_total(row: Sequence[Cell]) -> bool:
    """A row that begins with a total word and otherwise holds only numbers."""
    cells = [cell for cell in row if cell not in ("", None) and shown(cell).strip()]
    if not cells or not is_total_word(cells[0]):
        return False
    return all(
        is_total_word(cell) or not isinstance(cell, str) or bool(NUMERIC.fullmatch(cell.strip())) for cell in cells[1:]
    )


def is_header_again(row: Sequence[Cell], header: Sequence[str]) -> bool:
    """The header repeated between the rows, as printouts do."""
    pairs = [(shown(cell).strip(), name) for cell, name in zip(row, header, strict=False) if shown(cell).strip()]
    return len(pairs) >= min(2, len(header)) and all(text == name for text, name in pairs)
