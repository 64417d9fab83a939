"""Workbooks of the old and the rare kinds, written by script."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import xlwt
from xlwt.CompoundDoc import XlsDoc

from tests.crm.exchange.files import archive

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
KIND = b"application/vnd.oasis.opendocument.spreadsheet"
LOCK = 0x2F


def old_book(rows: Iterable[Sequence[Any]], *, merges: Sequence[tuple[int, int, int, int]] = ()) -> xlwt.Workbook:
    """A BIFF workbook; `merges` are (top, bottom, left, right) from 0."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Sheet1")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    firsts = {(top, left) for top, _bottom, left, _right in merges}
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell is not None and (at, column) not in firsts:
                sheet.write(at, column, cell, day if isinstance(cell, date) else xlwt.Style.default_style)
            elif cell is not None:
                bottom, right = next((b, r) for t, b, le, r in merges if (t, le) == (at, column))
                sheet.write_merge(at, bottom, column, right, cell)
    return book


def xls(rows: Iterable[Sequence[Any]], **options: Any) -> io.BytesIO:
    """An XLS file of one sheet."""
    return saved(old_book(rows, **options))


def saved(book: xlwt.Workbook) -> io.BytesIO:
    """A BIFF workbook as a file."""
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


def container(payload: bytes, name: str = "Workbook") -> io.BytesIO:
    """An OLE container around one stream of that name."""
    out = io.BytesIO()
    XlsDoc().save(out, payload)
    old, new = ("Workbook\0".encode("utf-16-le"), f"{name}\0".encode("utf-16-le"))
    data = bytearray(out.getvalue())
    at = data.index(old)
    data[at : at + 64] = new.ljust(64, b"\0")
    data[at + 64 : at + 66] = struct.pack("<H", len(new))
    return io.BytesIO(bytes(data))


def locked_xls() -> io.BytesIO:
    """An XLS file with a password: the record that says so behind the first."""
    payload = old_book([["Name"], ["Ann"]]).get_biff_data()
    first = 4 + struct.unpack_from("<H", payload, 2)[0]
    return container(payload[:first] + struct.pack("<HHHH", LOCK, 4, 0x1234, 0x5678) + payload[first:])


def broken_formulas_xls() -> io.BytesIO:
    """An XLS file with an error for a city, a hidden row and a hidden column."""
    book = old_book([["Name", "City", "Notes"], ["Ann", None, "x"], ["Bob", "Oslo", "y"]])
    sheet = book.get_sheet(0)
    sheet.row(1).set_cell_error(1, 42)
    sheet.row(2).hidden = True
    sheet.col(2).hidden = True
    return saved(book)


def ods(body: str, *, kind: bytes = KIND, manifest: str = "") -> io.BytesIO:
    """An OpenDocument file around the rows of one table."""
    spaces = " ".join(f'xmlns:{name}="{OFFICE}{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Sheet1">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    entry = '<m:file-entry m:full-path="/" m:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    listed = f'<?xml version="1.0"?><m:manifest xmlns:m="{OFFICE}manifest:1.0">{entry}{manifest}</m:manifest>'
    return archive({"mimetype": kind, "META-INF/manifest.xml": listed.encode(), "content.xml": content.encode()})


def ods_row(*cells: str, rows: int = 1, wide: int = 0) -> str:
    """A row of texts, repeated so often; `wide` empty cells behind them, as LibreOffice writes."""
    found = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
    )
    rest = f'<table:table-cell table:number-columns-repeated="{wide}"/>' if wide else ""
    return f'<table:table-row table:number-rows-repeated="{rows}">{found}{rest}</table:table-row>'


def broken_formulas_xlsb() -> io.BytesIO:
    """A binary workbook with an error for a city, a hidden row and a hidden column."""
    error = struct.pack("<II", 1, 0) + bytes([42])
    hidden = record(60, struct.pack("<IIIIH", 2, 2, 0, 0, 1))
    return xlsb([["Name", "City", "Notes"], ["Ann", record(3, error), "x"], ["Bob", "Oslo", "y"]], hidden, hidden_row=2)


def xlsb(
    rows: Sequence[Sequence[str | float | bytes]], before: bytes = b"", hidden_row: int | None = None
) -> io.BytesIO:
    """A binary workbook of one sheet; cells may be records already."""
    space = "http://schemas.openxmlformats.org"
    links = (
        f'<?xml version="1.0"?><Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{space}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    )
    book = record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Sheet1"))
    height, width = len(rows), max(len(row) for row in rows)
    sheet = record(129) + record(148, struct.pack("<IIII", 0, height - 1, 0, width - 1)) + before + record(145)
    for at, row in enumerate(rows):
        sheet += record(0, struct.pack("<I", at) + bytes(7) + bytes([0x10 * (at == hidden_row)]) + bytes(5))
        for column, cell in enumerate(row):
            head = struct.pack("<II", column, 0)
            if isinstance(cell, bytes):
                sheet += cell
            else:
                is_text = isinstance(cell, str)
                sheet += record(6, head + wide(cell)) if is_text else record(5, head + struct.pack("<d", cell))
    members = {"[Content_Types].xml": b"<Types/>", "xl/_rels/workbook.bin.rels": links.encode()}
    members |= {"xl/workbook.bin": book + record(144) + record(132)}
    return archive(members | {"xl/worksheets/sheet1.bin": sheet + record(146) + record(130)})


def record(kind: int, body: bytes = b"") -> bytes:
    """A record of a binary workbook."""
    return number(kind) + number(len(body), more=True) + body


def number(value: int, *, more: bool = False) -> bytes:
    """A kind as one or two bytes, a length as seven bits a byte."""
    if not more:
        return bytes([value]) if value < 128 else bytes([value & 0x7F | 0x80, value >> 7])
    out = bytearray()
    while value > 127:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def wide(text: str) -> bytes:
    """A text with its length."""
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")
