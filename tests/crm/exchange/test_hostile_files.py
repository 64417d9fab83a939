"""Files that want to harm, or were made by careless programs: refused by name, or every row stored or reported."""

from __future__ import annotations

import gzip
import io
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.exchange.reading.source import table_open
from tenants.models import Tenant
from tests.crm.exchange.files import archive, bomb, messy_workbook, raw_workbook, sheet_xml, text_row, workbook
from tests.crm.exchange.hostile import REFUSED, STORED
from tests.crm.exchange.running import imported, reported

CUSTOMERS = registry["customers.customer"].model
READER = """
import pathlib, resource, sys, django
django.setup()
from crm.core.errors import CrmError
from crm.exchange.reading.source import table_open
try:
    table = table_open(open(sys.argv[1], "rb"))
    sum(1 for _ in table.rows(0))
except CrmError:
    pass
own = pathlib.Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
print(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


HEAVY = {
    "a far larger bomb": lambda: bomb(380),
    "a line of three hundred megabytes": lambda: b"Name\n" + b"x" * (300 << 20) + b"\nAnn\n",
    "a gzip of a thousand times its size": lambda: gzip.compress(b"Name\n" + b"Ann\n" * (75 << 20), 9),
    **{
        name: (REFUSED[name] if name in REFUSED else STORED[name])[0]
        for name in (
            "a billion laughs",
            "a bomb of text",
            "an old workbook's far corner",
            "rows without end",
            "sixteen thousand columns",
            "ten thousand columns of text",
            "an open workbook of sixteen thousand columns",
            "a million blank rows",
            "cells far apart",
        )
    },
}


@pytest.mark.parametrize("name", HEAVY)
def test_its_memory_stays_small(tmp_path: Path, name: str) -> None:
    made = HEAVY[name]()
    (tmp_path / "file").write_bytes(made if isinstance(made, bytes) else made.read())
    done = subprocess.run([sys.executable, "-c", READER, str(tmp_path / "file")], capture_output=True, check=True)
    own, children = map(int, done.stdout.split())
    assert own + children < 512 * 1024  # kB


def names() -> set[str]:
    """Whom the tenant has."""
    return set(CUSTOMERS._default_manager.filter(deleted_at=None).values_list("name", flat=True))


def test_a_dimension_that_lies_is_not_believed(tenant: Tenant) -> None:
    rows = text_row(1, "Name", "City") + text_row(2, "Ann", "Oslo") + text_row(3, "Bob", "Bergen")
    _job, account = imported(raw_workbook(sheet_xml(rows, dimension="A1:XFD1048576")))
    assert (account.read, account.created, account.blank) == (2, 2, 0)
    rows = text_row(1, "Name", "City") + text_row(2, "Cid", "Oslo") + text_row(3, "Dan", "Bergen")
    _job, account = imported(raw_workbook(sheet_xml(rows, dimension="A1:A1")))
    assert account.created == 2
    assert {"Ann", "Bob", "Cid", "Dan"} <= names()


def test_cells_far_apart_are_read_row_by_row(tenant: Tenant) -> None:
    name = '<c r="A9000" t="inlineStr"><is><t>Zoe</t></is></c>'
    far = f'<row r="9000">{name}<c r="AAA9000" t="inlineStr"><is><t>far</t></is></c></row>'
    sheet = sheet_xml(text_row(1, "Name", "City") + text_row(2, "Ann", "Oslo") + far)
    job, account = imported(raw_workbook(sheet))
    assert (account.read, account.created, account.blank) == (2, 2, 8997)
    assert {"Ann", "Zoe"} <= names()
    assert reported(job) == [(9000, "extra_cells", "note")]


def test_an_unclosed_quote_costs_its_own_row(tenant: Tenant) -> None:
    rows = "".join(f"P{n:04},City\n" for n in range(5000))
    job, account = imported(f'Name,City\nAnn,"Oslo\n{rows}'.encode())
    assert (account.read, account.created, account.refused) == (5001, 5000, 1)
    assert reported(job) == [(2, "unclosed_quote", "refused")]


def test_line_breaks_inside_quotes_are_text(tenant: Tenant) -> None:
    _job, account = imported(b'Name,Notes\nAnn,"one\ntwo, ""three"""\nBob,x\n')
    assert account.created == 2
    assert CUSTOMERS._default_manager.get(name="Ann").notes == 'one\ntwo, "three"'


def test_cells_and_lines_of_any_length_cost_their_own_row(tenant: Tenant) -> None:
    job, account = imported(b"Name,City\nAnn," + b"x" * 200_000 + b"\nBob,Oslo\n" + b"y" * 3_000_000 + b"\nCid,Rome\n")
    assert (account.read, account.created) == (4, 2)
    assert reported(job) == [(2, "cell_too_large", "refused"), (4, "line_too_long", "refused")]


def test_a_text_longer_than_its_field_is_left_out_and_said(tenant: Tenant) -> None:
    job, account = imported(b"Name,City\nAnn," + b"x" * 300 + b"\n")
    assert account.created == 1
    assert reported(job) == [(2, "too_long", "left_out")]
    assert CUSTOMERS._default_manager.get(name="Ann").city == ""


def test_null_characters_are_removed_and_said(tenant: Tenant) -> None:
    job, account = imported(b"Name,City\nAnn\x00,Oslo\nBob,Ro\x00me\n")
    assert account.created == 2
    assert {"Ann", "Bob"} <= names()
    assert reported(job) == [(2, "control_removed", "note"), (3, "control_removed", "note")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_chinese_arrives_in_any_encoding(tenant: Tenant, encoding: str) -> None:
    _job, account = imported("姓名,城市\n张伟,上海\n王芳,北京\n欧阳修,成都\n".encode(encoding))
    assert account.created == 3
    assert {"张伟", "王芳", "欧阳修"} <= names()


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [
        ("姓名,城市\n陳怡君,臺北\n林志豪,高雄\n", "big5", "陳怡君"),
        ("Name;City\nJosé;Málaga\nMüller;Köln\n", "cp1252", "Müller"),
        ("姓名\t城市\n𠮷田\t上海\n䶮明\t北京\n", "gb18030", "𠮷田"),
    ],
)
def test_the_old_encodings_are_told_apart(tenant: Tenant, text: str, encoding: str, name: str) -> None:
    imported(text.encode(encoding))
    assert name in names()


def test_lines_of_two_encodings_are_each_read_in_their_own(tenant: Tenant) -> None:
    data = (
        "姓名,城市\n张伟,上海\n王芳,北京\n赵敏,西安\n".encode() + "李娜,广州\n".encode("gbk") + b"\xff\xff\xfe,\xff\n"
    )
    job, account = imported(data)
    assert (account.created, account.refused) == (4, 1)
    assert "李娜" in names()
    assert reported(job) == [(6, "encoding", "refused")]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tenant: Tenant, mark: str) -> None:
    rows = [["Name", "City", "Country"], ["Ann", "Oslo", "Norway"]]
    _job, account = imported("\n".join(mark.join(row) for row in rows).encode())
    assert account.created == 1
    assert CUSTOMERS._default_manager.get(name="Ann").country == "NO"


def test_cells_beyond_the_header_go_into_notes(tenant: Tenant) -> None:
    job, account = imported(b"Name,City\nAnn,Oslo,left,over\nBob\n")
    assert account.created == 2
    assert reported(job) == [(2, "extra_cells", "note")]
    assert CUSTOMERS._default_manager.get(name="Ann").notes == "left over"


def test_a_file_is_what_it_holds_not_what_it_is_called(tenant: Tenant) -> None:
    _job, account = imported(gzip.compress(b"Name,City\nAnn,Oslo\n"))
    assert account.created == 1
    with zipfile.ZipFile(workbook([["Name"], ["Bob"]])) as packed:
        assert packed.testzip() is None


def test_a_formula_in_a_name_is_a_name(tenant: Tenant) -> None:
    imported(b"Name,City\n=cmd|' /C calc'!A0,Oslo\n<script>alert(1)</script>,Rome\n")
    assert {"=cmd|' /C calc'!A0", "<script>alert(1)</script>"} <= names()


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_is_refused_or_read_and_never_breaks(tenant: Tenant, seed: int) -> None:
    r = random.Random(seed)
    with zipfile.ZipFile(messy_workbook()) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    codes = set()
    for _ in range(60):
        name = r.choice(list(members))
        whole = archive({**members, name: damaged(members[name], r)}).getvalue()
        for data in (whole, damaged(messy_workbook().getvalue(), r), damaged("姓名,电话\n张伟,138\n".encode() * 20, r)):
            try:
                table = table_open(io.BytesIO(data))
                codes.add(bool(sum(1 for _ in table.rows(table.sheets[0].position if table.sheets else 0))))
            except CrmError as refusal:
                codes.add(refusal.code)
    assert {True, "file_damaged"} <= codes


def damaged(data: bytes, r: random.Random) -> bytes:
    """Some bytes changed, taken away or doubled."""
    out = bytearray(data)
    for _ in range(r.randint(1, 9)):
        at = r.randrange(len(out))
        out[at : at + r.choice((0, 1, 1, 20))] = r.randbytes(1) if r.random() < 0.6 else out[at : at + 30]
    return bytes(out or b"x")
