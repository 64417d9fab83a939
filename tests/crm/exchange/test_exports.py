"""Files out: the list as it is seen, the asker's rights, cells that no spreadsheet computes, large ones in chunks."""

from __future__ import annotations

import datetime
import io
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.registry import Resource, registry
from crm.core.services import Change, records_save
from crm.customers.models import Customer
from crm.exchange.exporting.asking import Asked
from crm.exchange.exporting.neutral import neutralised, restored
from crm.exchange.exporting.services import export_cancel, export_open, export_run, export_start, exports_expire
from crm.exchange.models import ExportJob, ExportPiece
from crm.exchange.tasks import exports_purge_task
from tenants.context import inside
from tenants.models import Outbox, Tenant
from tenants.tasks import work_off
from tests.crm.exchange.exporting import CUSTOMER, bytes_of, exported, made, person, table_of

FORMATS = ("csv", "xlsx", "ndjson")
each_format = pytest.mark.parametrize("format", FORMATS)
FORMULAS = (
    "=1+1",
    "+cmd",
    "-cmd",
    "@SUM(A1)",
    "\t=1+1",
    "\rx",
    "  =1+1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff@x",
    "\u3000=1",
    "\uff1d1+1",
    "\uff0bcmd",
    "\uff0dcmd",
    "\uff20x",
    "\u2060\u200d=1",
    "|cmd",
    "%0A=1",
    "\u22121+cmd",
    "'=1",
    "''=1",
    '=HYPERLINK("http://x")',
    "-2+3+cmd|' /C calc'!A0",
)
HARMLESS = ("", "Ada", "-5", "+8613800138000", "-12.50", "+86 138-0013-8000", "1e-5", "-1,234.5", "it's", "'tis", "a=b")


@pytest.mark.parametrize("text", FORMULAS)
def test_every_form_of_a_formula_becomes_text_and_comes_back(text: str) -> None:
    assert neutralised(text).startswith("'")
    assert restored(neutralised(text)) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_numbers_phones_and_words_stay_as_they_are(text: str) -> None:
    assert neutralised(text) == restored(text) == text


@pytest.mark.parametrize("text", ["a;=1+1", "a\n=1", "x\t@y", "a;'=1", "a\r\n\uff1d1"])
def test_a_cell_that_begins_within_ours_under_another_separator_is_text_too(text: str) -> None:
    assert neutralised(text) != text
    assert restored(neutralised(text)) == text


@each_format
def test_hostile_values_are_cells_and_nothing_else(tenant: Any, format: str) -> None:
    names = [text for text in FORMULAS if text.strip() == text and "\r" not in text]
    records_save(Customer, [Change({"name": name, "city": "Hostile"}) for name in names], actor=SYSTEM)
    job = exported(format=format, params={"city": "Hostile"}, columns=("name",))
    key = "name" if format == "ndjson" else "Name"
    found = {row[key] for row in table_of(job)}
    assert found == {neutralised(name) if format == "csv" else name for name in names}
    if format == "xlsx":
        cells = [cell for row in load_workbook(io.BytesIO(bytes_of(job))).active.iter_rows(min_row=2) for cell in row]
        assert {cell.data_type for cell in cells} == {"s"}
        assert all(cell.quotePrefix for cell in cells)


def test_the_list_is_what_is_seen_filter_search_order_and_columns(tenant: Any) -> None:
    for name, city in (("Bo Seen", "Seen"), ("Ann Seen", "Seen"), ("Cy Unseen", "Elsewhere")):
        made(CUSTOMER, name=name, city=city)
    params = {"city": "Seen", "search": "seen", "ordering": "-name"}
    rows = table_of(exported(params=params, columns=("city", "name")))
    assert [list(row)[:2] for row in rows] == [["City", "Name"]] * 2
    assert [row["Name"] for row in rows] == ["Bo Seen", "Ann Seen"]


@each_format
def test_values_are_typed_as_the_format_can(tenant: Any, format: str) -> None:
    at = datetime.datetime(2026, 3, 5, 12, 30, tzinfo=ZoneInfo("UTC"))
    customer = made(CUSTOMER, name="Typed", number="T-1", born_on="1990-02-03", phone="+8613800138000")
    made("sales.order", number="T-100", customer=str(customer), ordered_at=at.isoformat(), currency="EUR")
    order = table_of(exported("sales.order", format=format, params={"number": "T-100"}, headers="names"))[0]
    person_row = table_of(exported(format=format, params={"number": "T-1"}, headers="names"))[0]
    assert person_row["phone"] == "+8613800138000"
    if format == "ndjson":
        assert (order["amount"], order["ordered_at"]) == ("25.0000", "2026-03-05T12:30:00Z")
        assert order["customer"]["title"] == "Typed"
        assert person_row["born_on"] == "1990-02-03"
        return
    assert (order["customer"], order["customer.number"], order["currency"]) == ("Typed", "T-1", "EUR")
    if format == "csv":
        assert (order["amount"], order["ordered_at"]) == ("25.00", "2026-03-05 12:30:00")
        assert person_row["born_on"] == "1990-02-03"
    else:
        assert (order["amount"], order["ordered_at"]) == (25, at.replace(tzinfo=None))
        assert person_row["born_on"] == datetime.datetime.combine(datetime.date(1990, 2, 3), datetime.time())


def test_money_brings_its_currency_along(tenant: Any) -> None:
    made("sales.product", name="Priced", sku="PR-1")
    rows = table_of(exported("sales.product", params={"sku": "PR-1"}, columns=("name", "unit_price")))
    assert (rows[0]["Price"], rows[0]["Currency"]) == ("12.50", "EUR")
    rows = table_of(exported(columns=("name", "clv_predicted")))
    assert any(header.endswith("(USD)") for header in rows[0])


def test_headers_are_in_the_asked_language(tenant: Any) -> None:
    chinese, english = (list(table_of(exported(language=code))[0]) for code in ("zh-hans", "en"))
    assert "姓名" in chinese or "名称" in chinese
    assert "Name" in english


def test_lines_come_one_a_row_on_a_sheet_of_their_own_or_inside_their_record(tenant: Any) -> None:
    made(
        "sales.order", number="L-1", lines=[{"quantity": q, "unit_price": "2", "description": f"d{q}"} for q in (1, 2)]
    )
    params = {"number": "L-1"}
    rows = table_of(exported("sales.order", params=params, parts="rows"))
    assert [(row["Order number"], row["Quantity"], row["Description"]) for row in rows] == [
        ("L-1", "1", "d1"),
        ("L-1", "2", "d2"),
    ]
    job = exported("sales.order", params=params, parts="sheet", format="xlsx")
    assert len(table_of(job)) == 1
    assert [(row["Order number"], row["Quantity"]) for row in table_of(job, sheet=1)] == [("L-1", 1), ("L-1", 2)]
    record = table_of(exported("sales.order", params=params, parts="rows", format="ndjson"))[0]
    assert [line["description"] for line in record["lines"]] == ["d1", "d2"]


@each_format
@pytest.mark.parametrize("noun", list(registry), ids=lambda noun: noun.label)
def test_every_noun_can_be_exported(noun: Resource, format: str, tenant: Any) -> None:
    made(noun.label)
    job = exported(noun.label, format=format)
    assert job.rows_done == job.rows_total == len(table_of(job)) > 0


@each_format
def test_a_hidden_field_is_in_no_file(tenant: Any, format: str) -> None:
    made(CUSTOMER, name="Hides", notes="canary4711")
    actor = person("member", hidden_fields=["customers.customer.notes"])
    assert b"canary4711" not in content(exported(actor=actor, format=format), actor)
    assert b"canary4711" in content(exported(actor=person("owner"), format=format), person("owner"))
    with pytest.raises(CrmError, match="notes"):
        export_start(Asked(CUSTOMER, format, columns=("name", "notes")), actor=actor)
    with pytest.raises(CrmError, match="notes"):
        export_start(Asked(CUSTOMER, format, params={"notes": "canary4711"}), actor=actor)


def content(job: ExportJob, actor: Any) -> bytes:
    """What the file says: a workbook's cells, since its bytes are compressed."""
    return repr(table_of(job, actor)).encode() if job.format == "xlsx" else bytes_of(job, actor)


@each_format
def test_who_sees_only_their_own_exports_only_their_own(tenant: Any, format: str) -> None:
    actor = person("member", reach={CUSTOMER: {"see": "own"}})
    made(CUSTOMER, name="Mine canary1", owner=str(actor.id))
    made(CUSTOMER, name="Not mine canary2")
    job = exported(actor=actor, format=format)
    assert job.rows_done == 1
    assert b"canary1" in content(job, actor)
    assert b"canary2" not in content(job, actor)


@each_format
def test_sensitive_values_are_in_full_for_who_may_see_them_and_asks(tenant: Any, format: str) -> None:
    made(CUSTOMER, name="Sensitive", id_document="330106199002030010")
    manager = person("manager")
    for asks in (False, True):
        job = exported(actor=manager, format=format, reveals=asks)
        assert (b"330106199002030010" in content(job, manager)) is asks
    assert Event.objects.filter(object_id=job.pk, after__reveals=True).exists()
    with pytest.raises(CrmError, match="reveal_customer"):
        exported(actor=person("member"), format=format, reveals=True)


def test_rights_are_those_of_the_moment_when_it_runs(tenant: Any) -> None:
    made(CUSTOMER, name="Later", notes="canary4712")
    actor = person("member")
    job = export_start(Asked(CUSTOMER, "csv"), actor=actor, background=True)
    changed = person("member", hidden_fields=["customers.customer.notes"])
    assert export_run(job.pk).state == ExportJob.State.DONE
    job.refresh_from_db()
    assert b"canary4712" not in bytes_of(job, changed)


def test_who_lost_the_right_meanwhile_gets_nothing(tenant: Any) -> None:
    actor = person("member")
    queued = export_start(Asked(CUSTOMER, "csv"), actor=actor, background=True)
    done = exported(actor=actor)
    assert bytes_of(done, actor)
    reading_only = person("member", permissions=["*.view_*"])
    assert export_run(queued.pk).failure == "forbidden"
    with pytest.raises(CrmError, match="export_customer"):
        export_open(done, actor=reading_only)


def test_a_file_that_holds_more_than_one_may_see_now_is_not_handed_out(tenant: Any) -> None:
    mine, owners = exported(actor=person("member")), exported(actor=person("owner"))
    for role, job in (("member", mine), ("manager", owners)):
        assert bytes_of(job, person(role))
        with pytest.raises(CrmError) as refused:
            export_open(job, actor=person(role, hidden_fields=["customers.customer.notes"]))
        assert refused.value.code == "rights_changed"


@each_format
def test_many_rows_come_in_chunks_each_once(tenant: Any, format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.exchange.exporting.running.CHUNK", 7)
    changes = [Change({"name": f"Many {n % 5}", "number": f"C-{n:03}", "city": "Chunk"}) for n in range(30)]
    records_save(Customer, changes, actor=SYSTEM)
    job = exported(format=format, params={"city": "Chunk", "ordering": "clv_predicted"}, headers="names")
    assert (job.chunks_done, job.rows_done) == (5, 30)
    assert sorted(row["number"] for row in table_of(job)) == [f"C-{n:03}" for n in range(30)]


def test_a_large_one_is_left_to_a_worker(tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.exchange.exporting.services.AT_ONCE", 0)
    job = export_start(Asked(CUSTOMER, "csv"), actor=person("owner"))
    assert job.state == ExportJob.State.QUEUED
    assert Outbox.objects.get(task="crm.exchange.tasks.export_run", ids={"job_id": str(job.pk)}).queue == "bulk"
    assert work_off("crm.exchange.tasks.export_run") == 1
    job.refresh_from_db()
    assert job.state == ExportJob.State.DONE


def test_a_cancelled_one_stops_and_leaves_no_bytes(tenant: Any) -> None:
    actor = person("owner")
    job = export_start(Asked(CUSTOMER, "csv"), actor=actor, background=True)
    export_cancel(job, actor=actor)
    assert export_run(job.pk).state == ExportJob.State.CANCELLED
    assert ExportPiece.objects.filter(job=job).count() == 0
    with pytest.raises(CrmError, match="not finished"):
        export_open(job, actor=actor)


def test_files_go_after_seven_days_in_every_tenant(committed: Tenant, other: Tenant) -> None:
    jobs = {}
    for tenant in (committed, other):
        with inside(tenant):
            jobs[tenant.pk] = [exported(), exported()]
            ExportJob.objects.filter(pk=jobs[tenant.pk][0].pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    assert exports_purge_task() >= 2
    for tenant in (committed, other):
        with inside(tenant):
            old, young = (ExportJob.objects.get(pk=job.pk) for job in jobs[tenant.pk])
            assert (old.state, young.state) == ("expired", "done")
            assert [ExportPiece.objects.filter(job=job).exists() for job in (old, young)] == [False, True]
            assert exports_expire() == 0
