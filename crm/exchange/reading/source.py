"""What a file is, by its content and never by its name."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from crm.exchange.problems import file_refusal
from crm.exchange.reading.delimited import DelimitedTable
from crm.exchange.reading.encoding import by_mark, by_zeros
from crm.exchange.reading.rows import Table
from crm.exchange.reading.workbook import DAMAGED, WorkbookTable

MAX_BYTES = 1 << 30
PIECE = 1 << 20
NOT_TABLES = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "EXE"),
    (b"<!doctype html", "HTML"),
    (b"<html", "HTML"),
    (b"<table", "HTML"),
    (b"<svg", "SVG"),
    (b"<?xml", "XML"),
    (b"{\\rtf", "RTF"),
)


def table_open(stream: BinaryIO) -> Table:
    """Open a seekable binary stream as a table, or refuse it with the reason."""
    head = head_of(stream)
    if not head.strip():
        raise file_refusal("file_empty")
    if head.startswith(b"\x1f\x8b"):
        stream = unpacked(stream)
        head = head_of(stream)
    if head.startswith(b"PK\x03\x04"):
        return WorkbookTable(stream, workbook_format(stream))
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return WorkbookTable(stream, "xls")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower()
    for mark, name in NOT_TABLES:
        if start.startswith(mark.lower()):
            raise file_refusal("file_not_a_table", found=name)
    if not (by_mark(head) or by_zeros(head)) and is_binary(head):
        raise file_refusal("file_not_a_table", found="?")
    return DelimitedTable(stream)


def head_of(stream: BinaryIO) -> bytes:
    """The first bytes."""
    stream.seek(0)
    head = stream.read(1 << 14)
    stream.seek(0)
    return head


def is_binary(head: bytes) -> bool:
    """Control characters that no text has, in number (UTF-16 has zeros, but few others)."""
    odd = sum(head.count(byte) for byte in range(1, 32) if byte not in (9, 10, 11, 12, 13, 27))
    return odd * 20 > len(head)


def unpacked(stream: BinaryIO) -> BinaryIO:
    """A gzip file's content in a nameless temporary file, up to the limit."""
    out = cast(BinaryIO, TemporaryFile())  # noqa: SIM115 - lives as long as the table that reads it
    try:
        with gzip.GzipFile(fileobj=stream) as packed:
            while piece := packed.read(PIECE):
                out.write(piece)
                if out.tell() > MAX_BYTES:
                    raise file_refusal("file_too_large", limit="1 GB")
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise file_refusal("file_damaged") from error
    out.seek(0)
    return out


def workbook_format(stream: BinaryIO) -> str:
    """XLSX by what is inside; other archives are refused by name."""
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
    except DAMAGED as error:
        raise file_refusal("file_damaged") from error
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise file_refusal("file_not_a_table", found="XLSB")
    raise file_refusal("file_not_a_table", found="ODS" if "content.xml" in names else "ZIP")
