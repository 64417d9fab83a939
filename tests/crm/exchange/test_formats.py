"""Every kind of file that people keep their customers in, and what stands around a table."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any, BinaryIO

import pytest

from crm.core.actors import SYSTEM
from crm.core.registry import registry
from crm.exchange.reading.source import table_open
from crm.exchange.services import import_analyse, import_start
from tenants.models import Tenant
from tests.crm.exchange.files import archive, workbook
from tests.crm.exchange.formats import broken_formulas_xls, broken_formulas_xlsb, ods, ods_row, xls, xlsb
from tests.crm.exchange.running import imported, reported

CUSTOMERS = registry["customers.customer"].model
ROWS = [["Name", "City"], ["Ann", "Oslo"], ["Bob", "Rome"]]
BOOKS = {
    "xls": lambda: xls(ROWS),
    "ods": lambda: ods("".join(ods_row(*row, wide=16_382) for row in ROWS) + ods_row(rows=1_000_000, wide=16_384)),
    "xlsb": lambda: xlsb(ROWS),
    "xlsx": lambda: workbook(ROWS),
    "xlsm": lambda: with_macro(workbook(ROWS)),
}


def with_macro(book: io.BytesIO) -> io.BytesIO:
    """A workbook with a macro in it."""
    with zipfile.ZipFile(book) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    return archive({**members, "xl/vbaProject.bin": b'Sub Auto_Open()\nShell "calc"\nEnd Sub'})


def city(name: str) -> str:
    """Where somebody lives."""
    return str(CUSTOMERS._default_manager.get(name=name, deleted_at=None).city)


@pytest.mark.parametrize("kind", BOOKS)
def test_every_kind_of_workbook_is_read(tenant: Tenant, kind: str) -> None:
    file = BOOKS[kind]()
    assert table_open(file).format == kind
    _job, account = imported(file)
    assert (account.read, account.created) == (2, 2)
    assert (city("Ann"), city("Bob")) == ("Oslo", "Rome")


def test_an_old_workbook_keeps_dates_places_and_merged_cells(tenant: Tenant) -> None:
    rows = [[None, "Name", "Birthday", "City"], [None, "Ann", date(1990, 3, 5), "Oslo"], [None, "Bob", 33302, None]]
    table = table_open(xls([[], *rows], merges=[(2, 3, 3, 3)]))
    assert [(number, cells) for number, cells in table.rows(0)] == [
        (1, []),
        (2, ["", "Name", "Birthday", "City"]),
        (3, ["", "Ann", date(1990, 3, 5), "Oslo"]),
        (4, ["", "Bob", 33302, "Oslo"]),
    ]


@pytest.mark.parametrize("book", [broken_formulas_xls, broken_formulas_xlsb])
def test_errors_of_an_old_workbook_are_reported_and_what_it_hides_is_read_and_said(tenant: Tenant, book: Any) -> None:
    job, account = imported(book())
    assert (account.read, account.created) == (2, 2)
    assert reported(job) == [(2, "excel_error", "left_out")]
    found = table_open(book()).sheets[0]
    assert (found.hidden_rows, found.hidden_columns) == (1, (2,))


def test_a_first_object_that_cannot_be_read_costs_its_own_row(tenant: Tenant) -> None:
    rows = b'{"name":"\\ud800"}\n{"name":"Ann","city":"Oslo"}\n{"name":"Bob","city":"Rome"}\n'
    job, account = imported(rows)
    assert (account.read, account.created, account.refused) == (3, 2, 1)
    assert (city("Ann"), city("Bob")) == ("Oslo", "Rome")
    assert [row for row, _code, _what in reported(job)] == [1]


def test_formulas_that_were_never_computed_are_reported(tenant: Tenant) -> None:
    job, account = imported(workbook([["Name", "City", "Notes"], ["Ann", '="Os"&"lo"', "x"], ["Bob", "Rome", "=1/0"]]))
    assert (account.read, account.created) == (2, 2)
    assert reported(job) == [(2, "formula_empty", "left_out"), (3, "formula_empty", "left_out")]


def test_an_archive_of_one_file_is_that_file(tenant: Tenant) -> None:
    file = archive({"a/客户.csv": b"Name,City\nAnn,Oslo\n", "__MACOSX/._x": b"\x00"})
    assert imported(file)[1].created == 1
    inner = archive({"list.xlsx": workbook([["Name", "City"], ["Bob", "Rome"]]).getvalue()})
    assert imported(inner)[1].created == 1
    assert (city("Ann"), city("Bob")) == ("Oslo", "Rome")


def test_what_stands_below_and_between_the_rows_is_recognised_and_said(tenant: Tenant) -> None:
    text = (
        "会员名单,,\n姓名,城市,累计消费\n张伟,上海,100\n上海小计,,100\n第 1 页 共 2 页,,\n"
        "姓名,城市,累计消费\n李娜,北京,50\n"
        "合计：2人,,150\n共 2 条记录,,\n导出时间：,2024-03-05 10:00,\n制表人：王芳,,\nPage 2 of 2,,\n"
    )
    job, account = imported(text.encode())
    assert (account.read, account.created, account.skipped) == (10, 2, 8)
    assert [found[:2] for found in reported(job)] == [
        (1, "title_row"),
        (4, "total_row"),
        (5, "footer_row"),
        (6, "repeated_header"),
        (8, "total_row"),
        (9, "footer_row"),
        (10, "footer_row"),
        (11, "footer_row"),
        (12, "footer_row"),
    ]


def test_people_whose_names_look_like_footers_stay(tenant: Tenant) -> None:
    _job, account = imported("Name,City\nPage Turner,Oslo\nTotal Wine Ltd,Rome\n共和,上海\n小计划,北京\n".encode())
    assert account.created == 4


def test_a_header_of_two_rows_is_one(tenant: Tenant) -> None:
    head = [["姓名", "联系方式", "", "消费", ""], ["", "手机", "邮箱", "订单数", "累计消费"]]
    job = import_start(
        workbook([["名单"], *head, ["张伟", "13800138000", "z@x.cn", 3, 900]]),
        label="customers.customer",
        actor=SYSTEM,
        filename="a",
    )
    found = import_analyse(job, actor=SYSTEM)
    assert found.header_row == 3
    assert [c.header for c in found.columns] == ["姓名", "手机", "邮箱", "订单数", "累计消费"]
    assert [c.target for c in found.columns] == ["name", "phone", "email", "opening_orders_count", "opening_spend"]
    assert (found.rows, found.preview[0].row) == (1, 4)


@pytest.mark.parametrize(
    ("text", "encoding", "chosen", "name"),
    [
        ("名前,市\n山田太郎,東京\nさくら,大阪\n", "cp932", "", "山田太郎"),
        ("姓名,城市\n陳怡君,臺北\n", "big5", "big5", "陳怡君"),
        ("Name;City\nMüller;Köln\n", "cp1252", "cp1252", "Müller"),
        ("姓名,城市\n张伟,上海\n", "utf-16-le", "utf-16", "张伟"),
    ],
)
def test_an_encoding_is_found_or_believed(text: str, encoding: str, chosen: str, name: str) -> None:
    table = table_open(io.BytesIO(text.encode(encoding)), chosen)
    assert [row[1] for row in table.rows()][1] == [name, text.splitlines()[1].replace(";", ",").split(",")[1]]


def test_a_separator_is_believed(tenant: Tenant) -> None:
    stream: BinaryIO = io.BytesIO(b"a,b;c\n1,2;3\n")
    assert [row for _n, row in table_open(stream, "", ";").rows()] == [["a,b", "c"], ["1,2", "3"]]
    assert [row for _n, row in table_open(stream, "", ",").rows()] == [["a", "b;c"], ["1", "2;3"]]
