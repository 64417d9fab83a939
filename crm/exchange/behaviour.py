"""Behaviour events out of a file: whose each line is, what it was and when; the same file again adds nothing."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import override

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import is_hidden, permit, visible
from crm.core.phones import phone_normal
from crm.core.registry import registry
from crm.customers.behaviour import CUSTOMER, MOST, PERMISSION, behaviour_take, uuid_of
from crm.customers.models import BehaviourEvent, Customer
from crm.exchange.cleaning.dates import DAY_FIRST, day_month_order, moment_of
from crm.exchange.reading.layout import LOOK_AT, header_key, header_row
from crm.exchange.reading.rows import Cell, shown
from crm.exchange.reading.source import table_open
from tenants.context import current

MOST_ROWS, MOST_TOLD = 50_000, 200
SOURCE = "file"  # of lines that name none
WHO, WHAT, WHEN = "customer", "kind", "happened_at"
HEADERS = {
    WHO: (
        *("customer", "customer id", "customer number", "member", "member number", "number", "client", "user"),
        *("user id", "email", "e mail", "mail", "phone", "mobile", "telephone"),
        *("客户", "客户编号", "会员号", "会员", "用户", "邮箱", "电子邮箱", "手机", "手机号", "电话"),
    ),
    WHEN: ("when", "date", "time", "moment", "day", "happened at", "timestamp", "日期", "时间", "发生时间"),
    WHAT: ("kind", "what", "event", "event type", "type", "action", "行为", "类型", "事件", "事件类型", "行为类型"),
    "subject": ("subject", "page", "url", "product", "campaign", "item", "title", "页面", "产品", "商品", "活动"),
    "channel": ("channel", "渠道"),
    "value": ("value", "amount", "金额", "数值"),
    "source": ("source", "system", "来源"),
    "key": ("key", "event id", "id", "编号", "事件编号", "流水号"),
}
KINDS = {  # beside the labels, what shops and apps write
    "visit": ("session", "访问", "到访"),
    "view": ("page view", "pageview", "product view", "浏览", "查看"),
    "cart": ("add to cart", "basket", "加购", "加入购物车"),
    "app_open": ("app open", "open app", "启动", "打开应用"),
    "call": ("phone call", "来电", "致电"),
    "response": ("click", "response", "reply", "点击", "响应"),
    "login": ("log in", "sign in", "signin", "登录"),
    "download": ("下载",),
}
WORDS = {word: name for name, words in HEADERS.items() for word in words}
TEXTS = ("subject", "channel", "value", "source", "key")
Line = dict[str, Any]
Cells = tuple[int, list[Cell]]


@dataclass
class Loaded:
    """What became of the lines of a file; of those refused the first are told one by one."""

    received: int = 0
    stored: int = 0
    repeated: int = 0
    refused: int = 0
    told: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, row: int, message: str) -> None:
        """Why a line was not taken."""
        self.refused += 1
        if len(self.told) < MOST_TOLD:
            self.told.append((row, message))


def behaviour_load(stream: BinaryIO, kind: str, *, actor: Actor) -> Loaded:
    """Store what a file tells; `kind` is what it was where the file does not say."""
    permit(actor, PERMISSION)
    columns, rows = table_read(stream)
    reader, loaded = Reader(columns, kind, rows), Loaded(received=len(rows))
    for some in (rows[at : at + MOST] for at in range(0, len(rows), MOST)):
        known, lines = customers_known(reader, some, actor), list[tuple[int, Line]]()
        for number, cells in some:
            texts = reader.who(cells)
            if found := next((known[text] for text in texts if known.get(text)), None):
                lines.append((number, reader.line(cells, found)))
            else:
                loaded.refuse(number, told_of(texts, known))
        if lines:
            taken = behaviour_take([line for _number, line in lines], actor=actor)
            loaded.stored, loaded.repeated = loaded.stored + taken.stored, loaded.repeated + taken.repeated
            for one in taken.refused:
                loaded.refuse(lines[one["row"]][0], f"{one['field']}: {one['message']}")
    loaded.told.sort()
    return loaded


def told_of(texts: Sequence[str], known: dict[str, str]) -> str:
    """Why nobody is found."""
    if not texts:
        return _("Names no customer.")
    if any(text in known for text in texts):
        return _("More than one customer has %(value)s.") % {"value": texts[0][:80]}
    return _("There is no customer %(value)s.") % {"value": texts[0][:80]}


def table_read(stream: BinaryIO) -> tuple[dict[str, list[int]], list[Cells]]:
    """Which columns hold what, and the rows below the header."""
    read = table_open(stream).rows()
    rows = [(number, cells) for number, cells in islice(read, MOST_ROWS + LOOK_AT + 1) if isinstance(cells, list)]
    at = header_row([cells for _number, cells in rows[:LOOK_AT]], lambda text: header_key(text) in WORDS)
    columns: dict[str, list[int]] = {}
    for place, cell in enumerate(rows[at][1] if at >= 0 else []):
        if name := WORDS.get(header_key(shown(cell))):
            columns.setdefault(name, []).append(place)
    if WHO not in columns or WHEN not in columns:
        text = _("The first row must name the columns: one says whose it is (number, e-mail or phone), one says when.")
        raise CrmError("no_header", text, status=422)
    found = [(number, cells) for number, cells in rows[at + 1 :] if any(shown(cell).strip() for cell in cells)]
    if not found or len(found) > MOST_ROWS:
        text = _("A file may have 1 to %(limit)s lines; send more of them in parts, or by program.")
        raise CrmError("too_many", text % {"limit": MOST_ROWS}, status=422)
    return columns, found


def kind_words() -> dict[str, str]:
    """Every word for what it was, in both languages."""
    found = {word: value for value, words in KINDS.items() for word in words}
    found |= {value: value for value in BehaviourEvent.Kind.values}
    for language in ("en", "zh-hans"):
        with override(language):
            found |= {str(label).casefold(): str(value) for value, label in BehaviourEvent.Kind.choices}
    return found


class Reader:
    """Reads one line after another; the order of day and month is judged over the whole column."""

    def __init__(self, columns: dict[str, list[int]], kind: str, rows: Sequence[Cells]) -> None:
        self.columns, self.kind, self.words = columns, kind, kind_words()
        self.same: Counter[str] = Counter()
        self.zone, self.region = ZoneInfo(current().time_zone), current().region
        texts = (cell for _number, cells in rows if isinstance(cell := self.cell(cells, WHEN), str))
        self.order = day_month_order(texts)[0] or DAY_FIRST

    def cell(self, cells: list[Cell], name: str) -> Cell:
        """What stands in the first column of that name."""
        at = self.columns.get(name, [len(cells)])[0]
        return cells[at] if at < len(cells) else None

    def who(self, cells: list[Cell]) -> list[str]:
        """What may name the customer, in the order of the columns."""
        return [text for at in self.columns[WHO] if at < len(cells) and (text := shown(cells[at]).strip()[:254])]

    def line(self, cells: list[Cell], customer: str) -> Line:
        """A line as programs send it."""
        what = shown(self.cell(cells, WHAT)).strip()
        line: Line = {WHO: customer, WHAT: self.words.get(what.casefold(), what) or self.kind}
        line[WHEN] = self.moment(self.cell(cells, WHEN))
        line |= {name: text for name in TEXTS if (text := shown(self.cell(cells, name)).strip())}
        line.setdefault("source", SOURCE)
        if "key" not in line:  # the same line again is the same event; twice in one file it happened twice
            said = hashlib.sha256("\x1f".join(str(line.get(name, "")) for name in (WHO, WHAT, WHEN, *TEXTS)).encode())
            key = said.hexdigest()[:48]
            self.same[key] += 1
            line["key"] = f"{key}-{self.same[key]}"
        return line

    def moment(self, cell: Cell) -> str:
        """When it was, in the company's own time zone unless the file says another."""
        try:
            found = moment_of(cell, self.order)
        except (OverflowError, ValueError):
            found = None
        if found is None:
            return shown(cell)
        return (found if found.tzinfo else datetime.combine(found.date(), found.time(), self.zone)).isoformat()


def customers_known(reader: Reader, rows: Iterable[Cells], actor: Actor) -> dict[str, str]:
    """The customers that lines name: by id, number, e-mail or phone; a name that several have is nobody's."""
    texts = {text for _number, cells in rows for text in reader.who(cells)}
    plain = [text for text in texts if "@" not in text]
    asked: list[tuple[str, Iterable[tuple[Any, str]]]] = [
        ("pk", ((pk, text) for text in plain if (pk := uuid_of(text)))),
        ("number", ((text, text) for text in plain)),
        ("email", ((text.lower(), text) for text in texts if "@" in text)),
        ("phone", ((phone_normal(text, reader.region), text) for text in plain)),
    ]
    found: dict[str, str] = {}
    for name, pairs in asked:
        if name == "pk" or not is_hidden(registry[CUSTOMER], name, actor):
            found = named(name, pairs, actor) | found
    return found


def named(name: str, pairs: Iterable[tuple[Any, str]], actor: Actor) -> dict[str, str]:
    """Texts with the customer that each names; empty where several have that value."""
    values: dict[Any, list[str]] = defaultdict(list)
    for value, text in pairs:
        values[value].append(text)
    if not values:
        return {}
    found: dict[str, str] = {}
    rows = visible(Customer, actor).filter(**{f"{name}__any_of": list(values)}).order_by("pk")
    for value, pk in rows.values_list(name, "pk"):
        for text in values[value]:
            found[text] = "" if text in found else str(pk)
    return found
