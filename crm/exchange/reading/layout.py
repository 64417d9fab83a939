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
NUMERIC = re.compile(r"[-+(¥$€£￥]*\s*[0-9][0-9.,%万亿元/:\- ]*(?:人|位|名|条|笔|个|户|次|件)?\)?")
NAMED = re.compile(r"[^\W\d_]")
FOOTER = re.compile(
    r"""共\s*[0-9]+\s*(?:条|行|页|笔|人|户|个|项|位).{0,24}
    |(?:数据)?(?:导出|打印|制表|生成|查询|统计|报表|填报|下载|截止|截至)(?:时间|日期|人|人员|单位|机构|部门|员)?\s*:.*
    |(?:审核|复核|经办|经手|制单|填表|负责)(?:人|员)?(?:签字|签名)?\s*:.*
    |第\s*[0-9]+\s*页.*|[0-9]+\s*/\s*[0-9]+\s*页|以下(?:空白|无正文).*|(?:注|备注|说明)\s*:.*
    |page\s+[0-9]+(?:\s*(?:of|/)\s*[0-9]+)?|seite\s+[0-9]+(?:\s+von\s+[0-9]+)?
    |(?:exported|printed|generated|created|downloaded|erstellt)\s+(?:on|at|by|from|am)\b.*
    |(?:report|export)\s+date\s*:.*
    |[0-9][0-9,]*\s+(?:records?|rows?|entries)(?:\s+(?:total|found|in\s+total|exported))?\.?
    |(?:total\s+|number\s+of\s+)?(?:records|rows|entries)\s*:\s*[0-9][0-9,]*|end\s+of\s+(?:report|file|list)\.?
    |[-=_*~]{3,}""",
    re.VERBOSE | re.IGNORECASE,
)
TOTAL_ENDS = ("合计", "小计", "总计", "合計", "小計", "總計")


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
    below = rows[best + 1] if 0 <= best < len(rows) - 1 else ()
    return best + 1 if below and is_second_header(rows[best], below, known) else best


def is_second_header(upper: Sequence[Cell], lower: Sequence[Cell], known: Callable[[str], bool]) -> bool:
    """Whether the row below a header names the columns more closely: "phone" and "mail" below "contact"."""
    above, below = names_of(upper), names_of(lower)
    above += [""] * (len(below) - len(above))
    texts = [text for text in below if text]
    closer = any(text and not above[at] for at, text in enumerate(below))
    hits = sum(1 for text in texts if known(text))
    return closer and hits > 0 and hits * 2 >= len(texts) and not any(is_value(text) for text in texts)


def joined_header(upper: Sequence[Cell], lower: Sequence[Cell]) -> list[str]:
    """The names of the columns where a row above the header helps: it names what the header leaves blank or twice."""
    above, below = names_of(upper), names_of(lower)
    if sum(1 for text in above if text) < 2:
        return below
    if any(not name and text for name, text in zip(below, above, strict=False)):
        below += [""] * (len(above) - len(below))
    group, names = "", list[str]()
    for at, name in enumerate(below):
        group = (above[at] if at < len(above) else "") or group
        twice = bool(name) and below.count(name) > 1 and group != name
        names.append(f"{group} {name}".strip() if twice else name or (above[at] if at < len(above) else ""))
    return names


def names_of(row: Sequence[Cell]) -> list[str]:
    """A row's cells as names, without what is empty at its end."""
    names = [" ".join(shown(cell).split())[:200] for cell in row]
    while names and not names[-1]:
        names.pop()
    return names


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
    if not isinstance(cell, str) or len(cell) > 40 or cell.lstrip()[:1] in ("=", "@", "+"):
        return False
    text = header_key(re.split("[:：]", cell, maxsplit=1)[0])
    return text in TOTALS or (not text.isascii() and text.replace(" ", "").endswith(TOTAL_ENDS))


def is_footer_word(cell: Cell) -> bool:
    """Whether a cell is what printouts and exports write below their tables."""
    return isinstance(cell, str) and len(cell) < 200 and bool(FOOTER.fullmatch(plain_text(cell)))


def plain_text(text: str) -> str:
    """Half-width signs, no space around."""
    return unicodedata.normalize("NFKC", text).strip()


def is_footer(row: Sequence[Cell]) -> bool:
    """A row of such words, with the dates and numbers that they announce."""
    cells = [cell for cell in row if cell not in ("", None) and shown(cell).strip()]
    if not cells or len(cells) > 6 or not is_footer_word(cells[0]):
        return False
    announced = [plain_text(shown(cell)).endswith(":") for cell in cells]
    return all(
        not isinstance(cell, str) or before or is_footer_word(cell) or bool(NUMERIC.fullmatch(cell.strip()))
        for cell, before in zip(cells[1:], announced[:-1], strict=True)
    )


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
