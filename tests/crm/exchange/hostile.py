"""Hostile and odd files, written by script: how each is made, and exactly what must become of it."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

import openpyxl

from tests.crm.exchange.files import archive, bomb, raw_workbook, sheet_xml, text_row, workbook
from tests.crm.exchange.formats import container, locked_xls, ods, ods_row, xls, xlsb

LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>'
GOOD = [["Name", "City"], ["Ann", "Oslo"], ["Bob", "Rome"]]
PLAIN = b"Name,City\nAnn,Oslo\nBob,Rome\n"
Made = BinaryIO | bytes


@dataclass(frozen=True)
class Stored:
    """The account of a file that is read: rows by what became of them, and every code that is reported, how often."""

    read: int
    created: int
    merged: int = 0
    refused: int = 0
    skipped: int = 0
    blank: int = 0
    codes: Mapping[str, int] = field(default_factory=dict)


def lying_archive() -> BinaryIO:
    """A workbook whose zip directory says that the sheet is small."""
    source = raw_workbook(sheet_xml(text_row(1, "Name") + text_row(2, "Ann"))).getvalue()
    at = source.rindex(b"PK\x01\x02", 0, source.index(b"xl/worksheets/sheet1.xml", source.index(b"PK\x01\x02")))
    return io.BytesIO(source[: at + 24] + (7).to_bytes(4, "little") + source[at + 28 :])


def encrypted_archive() -> BinaryIO:
    """A zip whose one member says that it is encrypted."""
    data = bytearray(archive({"list.csv": PLAIN}).getvalue())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    return io.BytesIO(bytes(data))


def swollen_archive() -> BinaryIO:
    """A zip of a hundred megabytes of one letter."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("list.csv", "w") as member:
        member.write(b"Name\n")
        for _ in range(100):
            member.write(b"a" * (1 << 20))
    out.seek(0)
    return out


def wide_sheet() -> BinaryIO:
    """A sheet as wide as a sheet can be."""
    cells = "".join(f'<c r="{openpyxl.utils.get_column_letter(n)}1"><v>{n}</v></c>' for n in range(1, 16_385))
    return raw_workbook(sheet_xml(f'<row r="1">{cells}</row>'))


def utf16_sheet() -> BinaryIO:
    """A sheet in UTF-16, where a search for bytes would find no document type."""
    return raw_workbook(sheet_xml(text_row(1, "&j;"), before=LAUGHS).decode().encode("utf-16"))


def hidden_things() -> BinaryIO:
    """A cover sheet that is hidden, a row and a column that are hidden."""
    book = openpyxl.load_workbook(workbook([*GOOD, ["Cid", "Bern"]]))
    cover = book.create_sheet("Old", 0)
    cover.append(["Name", "City", "Phone", "Email"])
    cover.append(["Nobody", "Nowhere"])
    cover.sheet_state = "hidden"
    sheet = book.worksheets[1]
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    return saved(book)


def errors_and_formulas() -> BinaryIO:
    """Errors where values should be, and formulas that nobody computed."""
    book = openpyxl.load_workbook(workbook([*GOOD, ["=A1&A2", "x"], ["Dan", "=1/0"]]))
    cell = book.worksheets[0]["B2"]
    cell.value, cell.data_type = "#REF!", "e"
    return saved(book)


def saved(book: openpyxl.Workbook) -> BinaryIO:
    """A workbook as a file."""
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


def text(*lines: str, encoding: str = "utf-8") -> bytes:
    """Lines of a text file."""
    return "".join(f"{line}\n" for line in lines).encode(encoding)


REFUSED: dict[str, tuple[Callable[[], Made], str]] = {
    "nothing": (lambda: b"", "file_empty"),
    "only space": (lambda: b"  \n\n", "file_empty"),
    "an archive of nothing": (lambda: archive({}), "file_empty"),
    "a gzip of nothing": (lambda: gzip.compress(b""), "file_empty"),
    "a PDF": (lambda: b"%PDF-1.7\n%...", "file_not_a_table"),
    "a picture called customers.csv": (lambda: b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "file_not_a_table"),
    "a photograph": (lambda: b"\xff\xd8\xff\xe0" + b"\x00" * 50, "file_not_a_table"),
    "a program": (lambda: b"MZ\x90\x00" + b"\x00" * 90, "file_not_a_table"),
    "a program for another system": (lambda: b"\x7fELF" + b"\x01" * 90, "file_not_a_table"),
    "a web page called customers.xls": (lambda: b"<html><p>Ann<table></table></html>", "file_not_a_table"),
    "a web page behind a mark": (lambda: b"\xef\xbb\xbf <!DOCTYPE html><p>Ann", "file_not_a_table"),
    "a drawing": (lambda: b'<svg onload="alert(1)">', "file_not_a_table"),
    "XML": (lambda: b'<?xml version="1.0"?><a/>', "file_not_a_table"),
    "a letter": (lambda: b"{\\rtf1 Ann}", "file_not_a_table"),
    "a letter of another program": (lambda: container(b"x" * 5000, "WordDocument"), "file_not_a_table"),
    "a letter in XML": (
        lambda: archive({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}),
        "file_not_a_table",
    ),
    "an open letter": (lambda: ods("", kind=b"application/vnd.oasis.opendocument.text"), "file_not_a_table"),
    "another archive": (lambda: b"Rar!\x1a\x07\x00" + b"\x00" * 50, "file_not_a_table"),
    "bytes": (lambda: bytes(range(256)) * 9, "file_not_a_table"),
    "several files": (lambda: archive({"a.csv": PLAIN, "b.csv": PLAIN}), "file_several"),
    "an archive in an archive": (
        lambda: archive({"a.zip": archive({"b.zip": archive({"c.csv": PLAIN}).getvalue()}).getvalue()}),
        "file_nested",
    ),
    "a gzip in a gzip": (lambda: gzip.compress(gzip.compress(PLAIN)), "file_nested"),
    "half an archive": (lambda: workbook(GOOD).getvalue()[:900], "file_damaged"),
    "a gzip bomb": (lambda: gzip.compress(b"Name\n" + b"x" * (30 << 20), 9), "file_bomb"),
    "half a gzip": (lambda: gzip.compress(b"Name\nAnn\n" * 999)[:-30], "file_damaged"),
    "half an old workbook": (
        lambda: xls([["Name", "City"], *[["Ann", "x" * 99]] * 200]).getvalue()[:9000],
        "file_damaged",
    ),
    "an old program's garbage": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "file_damaged"),
    "a directory that lies": (lying_archive, "file_damaged"),
    "rows without end": (lambda: ods(ods_row("Name") + ods_row("x" * 1000, rows=1_048_575)), "file_bomb"),
    "an old workbook with a password": (locked_xls, "file_locked"),
    "a workbook with a password": (lambda: container(b"x" * 5000, "EncryptedPackage"), "file_locked"),
    "an archive with a password": (encrypted_archive, "file_locked"),
    "an open workbook with a password": (
        lambda: ods("", manifest='<m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry>'),
        "file_locked",
    ),
    "a billion laughs": (lambda: raw_workbook(sheet_xml(text_row(1, "&j;"), before=LAUGHS)), "file_unsafe"),
    "a billion laughs in UTF-16": (utf16_sheet, "file_unsafe"),
    "a file of the server's": (lambda: raw_workbook(sheet_xml(text_row(1, "&xxe;"), before=OUTSIDE)), "file_unsafe"),
    "a bomb": (lambda: bomb(60), "file_bomb"),
    "a bomb of text": (swollen_archive, "file_bomb"),
    "an old workbook's far corner": (lambda: xls([["Name"], *[[]] * 65_533, [*[None] * 255, "x"]]), "file_bomb"),
    "a cell at the end of the world": (
        lambda: raw_workbook(sheet_xml('<row r="1"><c r="XFD1"><v>1</v></c></row>')),
        "file_too_wide",
    ),
    "sixteen thousand columns": (wide_sheet, "file_too_wide"),
    "ten thousand columns of text": (lambda: text(",".join(f"C{n}" for n in range(10_000)), "x"), "file_too_wide"),
    "an open workbook of sixteen thousand columns": (
        lambda: ods(ods_row("Name", "City") + ods_row(*["x"] * 16_000)),
        "file_too_wide",
    ),
    "a sheet that stops in the middle": (
        lambda: raw_workbook(sheet_xml(text_row(1, "Name") + '<row r="2"><c r="A2" t="inlineStr"><is>')[:-40]),
        "file_damaged",
    ),
    "a header and nothing else": (lambda: b"Name,City\n", "file_no_rows"),
    "an empty workbook": (lambda: workbook([]), "file_no_rows"),
    "one cell": (lambda: b"Name\n", "file_no_rows"),
    "columns without a name": (lambda: text("City,Country", "Oslo,NO", "Rome,IT"), "required_target"),
}
STORED: dict[str, tuple[Callable[[], Made], Stored]] = {
    "only totals": (lambda: text("Name,Amount", "Total,5"), Stored(1, 0, skipped=1, codes={"total_row": 1})),
    "a plain file": (lambda: PLAIN, Stored(2, 2)),
    "addresses alone": (lambda: text("a@b.cn,13800138000", "c@d.cn,13900139000"), Stored(2, 2)),
    "a workbook called list.csv": (lambda: workbook(GOOD), Stored(2, 2)),
    "a binary workbook": (lambda: xlsb([["Name", "City"], ["Ann", "Oslo"]]), Stored(1, 1)),
    "an open workbook with a million empty rows": (
        lambda: ods(ods_row("Name", "City", wide=9) + ods_row("Ann", "Oslo") + ods_row(rows=1_000_000, wide=16_384)),
        Stored(1, 1),
    ),
    "a million blank rows": (
        lambda: b"Name,City\nAnn,Oslo\n" + b"\n" * 1_000_000 + b"Bob,Rome\n",
        Stored(2, 2, blank=1_000_000),
    ),
    "a dimension that lies": (
        lambda: raw_workbook(sheet_xml(text_row(1, "Name") + text_row(2, "Ann"), dimension="A1:XFD1048576")),
        Stored(1, 1),
    ),
    "a dimension that hides": (
        lambda: raw_workbook(sheet_xml(text_row(1, "Name") + text_row(2, "Ann"), dimension="A1:A1")),
        Stored(1, 1),
    ),
    "cells far apart": (
        lambda: raw_workbook(
            sheet_xml(text_row(1, "Name", "City") + text_row(2, "Ann", "Oslo") + text_row(90_000, "Zoe", "Bern"))
        ),
        Stored(2, 2, blank=89_997),
    ),
    "errors and formulas": (
        errors_and_formulas,
        Stored(4, 3, refused=1, codes={"excel_error": 1, "formula_empty": 2}),
    ),
    "hidden things": (hidden_things, Stored(3, 3)),
    "a quote that is never closed": (
        lambda: text("Name,City", 'Ann,"Oslo', *(f"P{n},Bern" for n in range(5000))),
        Stored(5001, 5000, refused=1, codes={"unclosed_quote": 1}),
    ),
    "quotes inside a text": (lambda: text("Name,City", 'Ann "the boss",Oslo', '"Bob ""B""",Rome'), Stored(2, 2)),
    "line breaks inside quotes": (lambda: text("Name,Notes", 'Ann,"one\ntwo"'), Stored(1, 1)),
    "a cell of 32,767 letters": (lambda: workbook([["Name", "Notes"], ["Ann", "x" * 32_767]]), Stored(1, 1)),
    "a name of 32,767 letters": (
        lambda: workbook([["Name", "City"], ["x" * 32_767, "Oslo"]]),
        Stored(1, 0, refused=1, codes={"too_long": 1}),
    ),
    "a cell of 200,000 letters": (
        lambda: text("Name,City", "Ann," + "x" * 200_000, "Bob,Rome"),
        Stored(2, 1, refused=1, codes={"cell_too_large": 1}),
    ),
    "a line of three megabytes": (
        lambda: text("Name,City", "y" * 3_000_000, "Bob,Rome"),
        Stored(2, 1, refused=1, codes={"line_too_long": 1}),
    ),
    "null characters": (lambda: b"Name,City\nAnn\x00,Os\x00lo\n", Stored(1, 1, codes={"control_removed": 2})),
    "marks of direction": (lambda: text("Name,City", "\u202eAnn\u200f,Oslo\u200e"), Stored(1, 1)),
    "formulas": (lambda: text("Name,City", "=cmd|' /C calc'!A0,@SUM(1)", "+1+1,-2+3"), Stored(2, 2)),
    "scripts": (lambda: text("Name,City", "<script>alert(1)</script>,<img src=x onerror=alert(1)>"), Stored(1, 1)),
    "statements": (lambda: text("Name,City", "Robert'); DROP TABLE customers;--,' OR 1=1 --"), Stored(1, 1)),
    "the same header twice": (lambda: text("Name,City,City", "Ann,Oslo,Bern"), Stored(1, 1)),
    "no header": (
        lambda: text("Ann,ann@x.cn,13800138000", "Bob,bob@x.cn,13900139000", "Cid,cid@x.cn,13700137000"),
        Stored(3, 3),
    ),
    "rows of any length": (
        lambda: text("Name,City", "Ann", "Bob,Rome,left,over", "Cid,Bern,,,"),
        Stored(3, 3, codes={"extra_cells": 1}),
    ),
    "rows without a name": (
        lambda: text("Name,City", ",Oslo", "  ,Rome", "Cid,Bern"),
        Stored(3, 1, refused=2, codes={"required": 2}),
    ),
    "the same row a hundred times": (
        lambda: text("Name,Mail", *["Ann,ann@x.cn"] * 100),
        Stored(100, 1, merged=99, codes={"merged": 99}),
    ),
    "a header again and totals": (
        lambda: text("Name,City,Orders", "Ann,Oslo,3", "Name,City,Orders", "Bob,Rome,2", "Total,,5", "2 records,,"),
        Stored(5, 2, skipped=3, codes={"repeated_header": 1, "total_row": 1, "footer_row": 1}),
    ),
    "a word to a spreadsheet": (
        lambda: text("sep=;", "Name;City", "Ann;Oslo"),
        Stored(1, 1, codes={"title_row": 1}),
    ),
    "line ends of an old machine": (lambda: PLAIN.replace(b"\n", b"\r"), Stored(2, 2)),
    "bars": (lambda: PLAIN.replace(b",", b"|"), Stored(2, 2)),
    "UTF-8 with a mark": (lambda: text("姓名,城市", "张伟,上海", encoding="utf-8-sig"), Stored(1, 1)),
    "UTF-16": (lambda: text("姓名,城市", "张伟,上海", encoding="utf-16"), Stored(1, 1)),
    "UTF-16 without a mark": (lambda: text("姓名,城市", "张伟,上海", "王芳,北京", encoding="utf-16-be"), Stored(2, 2)),
    "UTF-32": (lambda: text("姓名,城市", "张伟,上海", encoding="utf-32"), Stored(1, 1)),
    "GBK": (lambda: text("姓名,城市", "张伟,上海", "欧阳修,成都", encoding="gbk"), Stored(2, 2)),
    "GB18030 beyond GBK": (lambda: text("姓名,城市", "𠮷田,上海", "䶮明,北京", encoding="gb18030"), Stored(2, 2)),
    "Big5": (lambda: text("姓名,城市", "陳怡君,臺北", "林志豪,高雄", encoding="big5"), Stored(2, 2)),
    "Shift-JIS": (lambda: text("名前,city", "さくら,東京", "山田,大阪", encoding="cp932"), Stored(2, 2)),
    "a western code page": (lambda: text("Name;City", "José;Málaga", encoding="cp1252"), Stored(1, 1)),
    "two encodings and garbage": (
        lambda: (
            text("姓名,城市", "张伟,上海", "王芳,北京", "赵敏,西安")
            + "李娜,广州\n".encode("gbk")
            + b"\xff\xff\xfe,\xff\n"
        ),
        Stored(5, 4, refused=1, codes={"encoding": 1}),
    ),
    "half a character": (
        lambda: text("姓名,城市", "张伟,上海", "王芳,北京") + b"\xe6\x9d\xff,x\n",
        Stored(3, 2, refused=1, codes={"encoding": 1}),
    ),
    "numbers that are none": (
        lambda: text("Name,Orders", "Ann,NaN", "Bob,Infinity", "Cid,1E+308", "Dan,-3"),
        Stored(4, 4, codes={"number": 1, "refused": 2}),
    ),
    "digits that were destroyed": (
        lambda: text("Name,Phone,ID card", "Ann,1.38E+10,320106198001010000"),
        Stored(1, 1, codes={"digits_lost": 2}),
    ),
    "a workbook in an archive": (lambda: archive({"a/list.xlsx": workbook(GOOD).getvalue()}), Stored(2, 2)),
    "a file of one row, gzipped": (lambda: gzip.compress(b"Name\nAnn"), Stored(1, 1)),
}
