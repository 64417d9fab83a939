"""Files as people and enemies send them, written by script."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import openpyxl

HEADER = ["姓名", "手机号", "邮箱", "会员号", "城市", "性别", "生日", "累计消费", "喜欢的颜色"]


def workbook(rows: Iterable[Sequence[Any]], *, merge: str = "") -> io.BytesIO:
    """An XLSX file of one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if merge:
        sheet.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


def messy_workbook() -> io.BytesIO:
    """A shop owner's list: a title over the header, phones as numbers, duplicates, an unknown column, totals."""
    return workbook(
        [
            ["2024年客户名单"],
            [],
            HEADER,
            ["张伟", 13800138000.0, "zw@example.com", "V001", "上海", "男", "1990年3月5日", "1.2万", "红"],
            [
                "王芳",
                "\uff11\uff13\uff19\uff10\uff10\uff11\uff13\uff19\uff10\uff10\uff10",
                "wf@example.com",
                "V002",
                "北京",
                "女",
                33302,
                "¥3,500.00",
                "蓝",
            ],
            ["李娜", "13700137000/010-12345678", "", "V003", "深圳", "女", date(1985, 12, 1), 800, None],
            ["张伟", "13800138000", "", "", "", "", "", "", "红"],
            [],
            HEADER,
            ["赵六", "1.38E+10", "not-an-address", "V004", "广州", "?", "1990-02-30", "abc", ""],
            ["", 13600136000, "", "V005", "杭州", "", "", "", "绿"],
            ["陈静", 13800138000.0, "", "", "成都", "女", "", "", ""],
            ["孙强", 13500135000, "sq@example.com", "V006", "南京", "男", "1979/7/8", "(120)", "黄"],
            ["合计", "", "", "", "", "", "", 99999, ""],
        ],
        merge="A1:I1",
    )


def archive(members: dict[str, bytes]) -> io.BytesIO:
    """A zip of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    out.seek(0)
    return out


def sheet_xml(body: str, *, before: str = "", dimension: str = "A1:B2") -> bytes:
    """The XML of one sheet."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<worksheet xmlns="{space}"><dimension ref="{dimension}"/>'
        f"<sheetData>{body}</sheetData></worksheet>"
    ).encode()


def raw_workbook(sheet: bytes) -> io.BytesIO:
    """An XLSX file around one hand-made sheet."""
    source = io.BytesIO()
    book = openpyxl.Workbook()
    book.save(source)
    members = {}
    with zipfile.ZipFile(source) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    return archive({**members, "xl/worksheets/sheet1.xml": sheet})


def text_row(number: int, *cells: str) -> str:
    """A row of inline texts."""
    found = (f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>' for at, cell in enumerate(cells))
    return f'<row r="{number}">{"".join(found)}</row>'


def bomb(megabytes: int) -> io.BytesIO:
    """A workbook with one cell of that size, a thousandth of it packed; written in pieces."""
    head, tail = sheet_xml(text_row(1, "~")).split(b"~")
    out = io.BytesIO()
    with zipfile.ZipFile(raw_workbook(b"")) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in packed.namelist():
            if name == "xl/worksheets/sheet1.xml":
                with made.open(name, "w") as member:
                    member.write(head)
                    for _ in range(megabytes):
                        member.write(b"x" * (1 << 20))
                    member.write(tail)
            else:
                made.writestr(name, packed.read(name))
    out.seek(0)
    return out
