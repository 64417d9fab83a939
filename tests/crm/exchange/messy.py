"""Three files as a shop, a bank branch and a travel agency send them, each with what must become of every cell."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import openpyxl

from tests.crm.exchange.formats import xls

TODAY = date(2026, 3, 1)
PEOPLE = 120
LAST_ZH, FIRST_ZH = "王李张刘陈杨赵黄周吴徐孙", ["伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇", "杰", "娟"]
LAST_EN, FIRST_EN = ["Okafor", "Moreau", "Tanaka", "Rossi", "Novak"], ["Ada", "Grace", "Alan", "Linus", "Mary", "Tim"]


@dataclass
class Expected:
    """What one row must become: values by field, texts in the notes, columns whose loss is reported."""

    row: int
    values: dict[str, Any]
    noted: list[str] = field(default_factory=list)
    reported: set[str] = field(default_factory=set)


@dataclass
class Messy:
    """A file, what its rows must become, and what is no record in it (row → code)."""

    name: str
    content: bytes
    people: list[Expected] = field(default_factory=list)
    apart: dict[int, str] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    merged: set[int] = field(default_factory=set)


def bought(dice: random.Random) -> date:
    """Some day of the last year and a half."""
    return TODAY - timedelta(days=dice.randint(1, 540))


def shop() -> Messy:
    """XLSX: notes on the first sheet; a title, headers in two rows, phones as numbers, a double, errors, totals."""
    dice, made = random.Random(7), Messy("Customers main shop.xlsx", b"")
    book = openpyxl.Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "Read me"
    cover.append(["Please do not change column order!"])
    sheet = book.create_sheet("Customers")
    sheet.append(["Acorn Supplies: customers 2026"])
    sheet.merge_cells("A1:J1")
    sheet.append(["Member no", "Name", "Contact", None, "City", "Buying", None, None, "Favourite colour", "Old code"])
    sheet.append([None, None, "Mobile", "E-mail", None, "Orders", "Total spent", "Last order", None, None])
    for columns in ("C2:D2", "F2:H2", "A2:A3", "B2:B3", "E2:E3", "I2:I3", "J2:J3"):
        sheet.merge_cells(columns)
    made.apart |= {1: "title_row"}
    for n in range(PEOPLE):
        shop_row(made, sheet, dice, n)
    row = sheet.max_row + 1
    sheet.append(["M1003", "Twice", 12025550003, None, None, None, None, None, None, None])
    made.merged.add(row)
    sheet.append([None, None, 12025559999, "nobody@example.com", "Boston", 1, 10, None, None, None])
    made.refused[row + 1] = "required"
    sheet.append(["Subtotal", None, None, None, None, 900, "88,000.00", None, None, None])
    sheet.append(["Total", None, None, None, None, 900, "88,000.00", None, None, None])
    sheet.append([f"{PEOPLE + 2} records"])
    made.apart |= {row + 2: "total_row", row + 3: "total_row", row + 4: "footer_row"}
    sheet.column_dimensions["J"].hidden = True
    out = io.BytesIO()
    book.save(out)
    made.content = out.getvalue()
    return made


def shop_row(made: Messy, sheet: Any, dice: random.Random, n: int) -> None:
    """One customer of the shop."""
    spent, orders, day = dice.randint(50, 9000), dice.randint(1, 20), bought(dice)
    name = f"{dice.choice(FIRST_EN)} {dice.choice(LAST_EN)}"
    written = [spent, f"${spent:,}.00", f"{spent:,}"][n % 3]
    when: Any = [day, day.strftime("%d %B %Y"), (day - date(1899, 12, 30)).days][n % 3]
    values = {"number": f"M{1000 + n}", "name": name, "phone": f"+1202555{n:04}", "email": f"person{n}@example.com"}
    values |= {"city": ["Boston", "Austin"][n % 2], "opening_orders_count": orders, "opening_last_order_on": day}
    values |= {"opening_spend": Decimal(spent)}
    cells = [f"M{1000 + n}", name, 12025550000 + n, f" Person{n}@Example.com", values["city"], orders, written, when]
    wanted = Expected(sheet.max_row + 1, values, ["Favourite colour: red", f"Old code: X-{n}"])
    if n == 11:
        cells[2], values["phone"] = "1.20256E+10", ""
        wanted.reported.add("Mobile")
    if n == 13:
        cells[6], values["opening_spend"] = "#N/A", None
        wanted.reported.add("Total spent")
    if n == 17:
        cells[3], values["email"] = "no mail", ""
        wanted.reported.add("E-mail")
    sheet.append([*cells, "red", f"X-{n}"])
    if n == 13:
        sheet.cell(sheet.max_row, 7).data_type = "e"
    made.people.append(wanted)


DAYS: tuple[Callable[[date], str], ...] = (
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: day.strftime("%Y%m%d"),
    lambda day: f"{day.year}/{day.month}/{day.day}",
)


def bank() -> Messy:
    """GB18030 with tabs: ids that a spreadsheet has ruined, amounts in 万, dates in three forms, printed footers."""
    dice, made = random.Random(11), Messy("网点客户清单.csv", b"")
    lines = [
        "城东支行客户清单",
        "客户号\t客户姓名\t证件号码\t手机号码\t性别\t出生日期\t累计交易额\t交易笔数\t最近交易日期\t风险等级",
    ]
    made.apart |= {1: "title_row"}
    for n in range(PEOPLE):
        lines.append(bank_row(made, dice, n, len(lines) + 1))
        if n == 59:
            lines += [lines[1], "第 1 页 共 2 页"]
            made.apart |= {len(lines) - 1: "repeated_header", len(lines): "footer_row"}
    lines += ["合计\t\t\t\t\t\t356.2万\t1,260\t\t", f"共 {PEOPLE} 条记录", "导出时间：2026-03-01 17:20\t\t制表人：周敏"]
    made.apart |= {len(lines) - 2: "total_row", len(lines) - 1: "footer_row", len(lines): "footer_row"}
    made.content = ("\r\n".join(lines) + "\r\n").encode("gb18030")
    return made


def bank_row(made: Messy, dice: random.Random, n: int, row: int) -> str:
    """One customer of the branch."""
    name = {5: "𠮷田健", 6: "䶮小明"}.get(n, f"{LAST_ZH[n % 12]}{FIRST_ZH[(n * 5) % 12]}{FIRST_ZH[n // 12]}")
    born, day = date(1950, 1, 1) + timedelta(days=dice.randint(0, 18_000)), bought(dice)
    amount = Decimal(dice.randint(10, 90)) / 10 * 10_000 if n % 2 else Decimal(dice.randint(100, 9000))
    written = f"{(amount / 10_000).normalize()}万" if n % 2 else f"¥{amount:,}.00"
    ruined = ["3.20106E+17", "320106198001010000"][n % 2]
    phone, card = 13800000000 + n, f"62220{n:05}"
    sex, times = [("男", "male"), ("女", "female")][n % 2], dice.randint(1, 60)
    values = {
        "number": card,
        "name": name,
        "id_document": "",
        "phone": f"+86{phone}",
        "gender": sex[1],
        "born_on": born,
    }
    values |= {"opening_spend": amount, "opening_orders_count": times, "opening_last_order_on": day}
    shown = [f"{phone}.0", f"{phone}", f"{str(phone)[:3]} {str(phone)[3:7]} {str(phone)[7:]}"][n % 3]
    if n == 21:
        shown, values["phone"] = "1.38E+10", ""
    wanted = Expected(row, values, [f"风险等级: R{n % 5 + 1}"], {"证件号码"} | ({"手机号码"} if n == 21 else set()))
    made.people.append(wanted)
    cells = [card, name, ruined, shown, sex[0], DAYS[n % 3](born), written, str(times), DAYS[(n + 1) % 3](day)]
    return "\t".join([*cells, f"R{n % 5 + 1}"])


def travel() -> Messy:
    """XLS: families under one phone that stands once in merged cells, passports, sums of each group."""
    dice, made = random.Random(13), Messy("老客户.xls", b"")
    rows: list[list[Any]] = [["春风旅行社老客户名单"], []]
    rows.append(
        ["姓名", "手机", "护照号", "性别", "出生日期", "出行次数", "累计团费", "最近出行日期", "标签", "喜欢的目的地"]
    )
    made.apart |= {1: "title_row"}
    merges = [(0, 0, 0, 9)]
    for family in range(PEOPLE // 3):
        top = len(rows)
        for member in range(3):
            rows.append(travel_row(made, dice, family, member, len(rows) + 1))
        merges.append((top, top + 2, 1, 1))
        if family % 20 == 19:
            rows.append(["小计", None, None, None, None, 60, "12.5万", None, None, None])
            made.apart[len(rows)] = "total_row"
    rows += [["合计", None, None, None, None, 240, "25万", None, None, None], ["制表人：", "吴洋"]]
    made.apart |= {len(rows) - 1: "total_row", len(rows): "footer_row"}
    made.content = xls(rows, merges=merges).getvalue()
    return made


def travel_row(made: Messy, dice: random.Random, family: int, member: int, row: int) -> list[Any]:
    """One traveller."""
    name = f"{LAST_ZH[family % 12]}{FIRST_ZH[(family + member) % 12]}{FIRST_ZH[(family // 12 + member * 3) % 12]}"
    born, day = date(1955, 1, 1) + timedelta(days=dice.randint(0, 18_000)), bought(dice)
    phone, trips, paid = 13900000000 + family, dice.randint(1, 9), dice.randint(20, 400) * 100
    passport, wishes = f"E{family:03}{member:05}", ["海岛", "自驾", "亲子"][: member + 1]
    values = {"name": name, "phone": f"+86{phone}", "id_document": passport, "gender": ["male", "female"][member % 2]}
    values |= {"born_on": born, "opening_orders_count": trips, "opening_spend": Decimal(paid)}
    values |= {"opening_last_order_on": day, "tags": wishes}
    made.people.append(Expected(row, values, ["喜欢的目的地: 云南"], {"phone shared"} if member else set()))
    when: Any = day if family % 2 else DAYS[member](day)
    written = [paid, f"¥{paid:,}", f"{paid / 10_000:g}万"][member]
    sex, first = ["男", "女"][member % 2], phone if member == 0 else None
    return [name, first, passport, sex, DAYS[0](born), trips, written, when, "、".join(wishes), "云南"]


FILES: dict[str, Callable[[], Messy]] = {"shop": shop, "bank": bank, "travel": travel}
