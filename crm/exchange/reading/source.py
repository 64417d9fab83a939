"""What a file is, by its content and never by its name."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from os import SEEK_END
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from crm.exchange.problems import file_refusal
from crm.exchange.reading.apart import ApartTable
from crm.exchange.reading.delimited import DelimitedTable
from crm.exchange.reading.encoding import by_mark, by_zeros
from crm.exchange.reading.guarding import DAMAGED, MAX_RATIO, RATIO_FROM, guard
from crm.exchange.reading.html import HtmlTable
from crm.exchange.reading.ndjson import NdjsonTable, is_ndjson, lines_of_array
from crm.exchange.reading.rows import Table
from crm.exchange.reading.workbook import WorkbookTable

MAX_BYTES = 1 << 30
PIECE = 1 << 20
GZIP, ZIP, OLD = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
EMPTY_ZIP = b"PK\x05\x06"
MOST_OLD = 128 << 20
WORKBOOKS = {"xl/workbook.xml": "xlsx", "xl/workbook.bin": "xlsb", "content.xml": "ods"}
OLD_KINDS = (
    ("EncryptedPackage", "locked"),
    ("Workbook", ""),
    ("WordDocument", "DOC"),
    ("PowerPoint Document", "PPT"),
    ("__substg1.0", "MSG"),
    ("__nameid_version1.0", "MSG"),
)
NOT_TABLES = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "EXE"),
    (b"<svg", "SVG"),
    (b"<?xml", "XML"),
    (b"{\\rtf", "RTF"),
)


PAGES = (b"<!doctype html", b"<html", b"<table", b"<meta", b"<style", b"<head")


def table_open(stream: BinaryIO, encoding: str = "", delimiter: str = "") -> Table:
    """Open a seekable binary stream as a table, or refuse it with the reason; the file says what it does not say."""
    head = head_of(stream)
    if not head.strip() or head.startswith(EMPTY_ZIP):
        raise file_refusal("file_empty")
    if head.startswith(GZIP):
        stream = unpacked(stream)
    elif head.startswith(ZIP) and (member := only_member(stream)):
        stream = extracted(stream, member)
    head = head_of(stream)
    if head.startswith(ZIP):
        format = workbook_format(stream)
        return WorkbookTable(stream, format) if format in ("xlsx", "xlsm") else ApartTable(guarded(stream), format)
    if head.startswith(OLD):
        check_old(stream)
        return ApartTable(stream, "xls")
    if head.startswith(GZIP):
        raise file_refusal("file_nested")
    return text_open(stream, head, encoding, delimiter)


def text_open(stream: BinaryIO, head: bytes, encoding: str, delimiter: str) -> Table:
    """A file of text: a web page with a table, objects of JSON, or lines of cells."""
    if is_page(head):
        return HtmlTable(stream)
    check_text(head)
    if (lines := lines_of_array(stream, head)) is not None:
        return NdjsonTable(lines)
    return NdjsonTable(stream) if is_ndjson(head) else DelimitedTable(stream, encoding, delimiter)


def is_page(head: bytes) -> bool:
    """Whether it is a web page: shops call one a workbook, and its table is meant."""
    text = head.decode("utf-16", "ignore").encode() if head.startswith((b"\xff\xfe", b"\xfe\xff")) else head
    return text.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower().startswith(PAGES)


def check_text(head: bytes) -> None:
    """Refuse what is known to be something else, and bytes that are no text."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower()
    for mark, name in NOT_TABLES:
        if start.startswith(mark.lower()):
            raise file_refusal("file_not_a_table", found=name)
    if not head.strip():
        raise file_refusal("file_empty")
    if not (by_mark(head) or by_zeros(head)) and is_binary(head):
        raise file_refusal("file_not_a_table", found="?")


def check_old(stream: BinaryIO) -> None:
    """An OLE container is a workbook, an encrypted one, or another program's document."""
    text = stream.read(MOST_OLD)
    stream.seek(0)
    for name, word in OLD_KINDS:
        if name.encode("utf-16-le") in text:
            if word == "locked":
                raise file_refusal("file_locked")
            if word:
                raise file_refusal("file_not_a_table", found=word)
            return


def guarded(stream: BinaryIO) -> BinaryIO:
    """The stream, if nothing in the archive is a danger."""
    guard(stream)
    stream.seek(0)
    return stream


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
    size = stream.seek(0, SEEK_END)
    stream.seek(0)
    try:
        with gzip.GzipFile(fileobj=stream) as packed:
            while piece := packed.read(PIECE):
                out.write(piece)
                if out.tell() > RATIO_FROM and out.tell() > MAX_RATIO * size:
                    raise file_refusal("file_bomb")
                if out.tell() > MAX_BYTES:
                    raise file_refusal("file_too_large", limit="1 GB")
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise file_refusal("file_damaged") from error
    out.seek(0)
    return out


def members_of(stream: BinaryIO) -> list[zipfile.ZipInfo]:
    """The files of an archive, without what operating systems add."""
    try:
        with zipfile.ZipFile(stream) as archive:
            found = [m for m in archive.infolist() if not m.is_dir()]
    except DAMAGED as error:
        raise file_refusal("file_damaged") from error
    return [m for m in found if not m.filename.startswith("__MACOSX/") and not m.filename.endswith(".DS_Store")]


def only_member(stream: BinaryIO) -> zipfile.ZipInfo | None:
    """The one file of an archive that is no workbook itself."""
    members = members_of(stream)
    names = {m.filename for m in members}
    if names & set(WORKBOOKS) or "[Content_Types].xml" in names:
        return None
    if not members:
        raise file_refusal("file_empty")
    if len(members) > 1:
        raise file_refusal("file_several", count=len(members))
    return members[0]


def extracted(stream: BinaryIO, member: zipfile.ZipInfo) -> BinaryIO:
    """The one file of an archive as a nameless temporary file; its directory is not believed."""
    if member.flag_bits & 1:
        raise file_refusal("file_locked")
    out = cast(BinaryIO, TemporaryFile())  # noqa: SIM115 - lives as long as the table that reads it
    try:
        with zipfile.ZipFile(stream) as archive, archive.open(member) as packed:
            while piece := packed.read(PIECE):
                out.write(piece)
                if out.tell() > RATIO_FROM and out.tell() > MAX_RATIO * max(member.compress_size, 1):
                    raise file_refusal("file_bomb")
                if out.tell() > MAX_BYTES:
                    raise file_refusal("file_too_large", limit="1 GB")
    except DAMAGED as error:
        raise file_refusal("file_damaged") from error
    out.seek(0)
    if head_of(out).startswith(ZIP) and not {m.filename for m in members_of(out)} & set(WORKBOOKS):
        raise file_refusal("file_nested")
    return out


def workbook_format(stream: BinaryIO) -> str:
    """Which kind of workbook an archive is, by what is inside; others are refused by name."""
    names = {m.filename for m in members_of(stream)}
    if "xl/vbaProject.bin" in names and "xl/workbook.xml" in names:
        return "xlsm"
    format = next((kind for name, kind in WORKBOOKS.items() if name in names), "")
    if format == "ods" and not is_ods(stream):
        raise file_refusal("file_not_a_table", found="OpenDocument")
    if not format:
        raise file_refusal("file_not_a_table", found="DOCX" if "word/document.xml" in names else "ZIP")
    return format


def is_ods(stream: BinaryIO) -> bool:
    """Whether an OpenDocument archive is a spreadsheet; an encrypted one is refused."""
    try:
        with zipfile.ZipFile(stream) as archive:
            kind = archive.read("mimetype")
            manifest = archive.read("META-INF/manifest.xml")
    except (*DAMAGED, KeyError) as error:
        raise file_refusal("file_damaged") from error
    if b"encryption-data" in manifest:
        raise file_refusal("file_locked")
    return b"spreadsheet" in kind
