"""Files that we made, for programs, cut or with several systems' numbers: known as ours, whatever was cut off."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.outside import external_ids_give
from crm.core.registry import registry
from crm.core.services import external_ids_find
from crm.customers.models import Customer
from crm.exchange.services import import_analyse, import_start
from crm.sales.models import Order
from tests.crm.exchange.exporting import bytes_of, exported, made
from tests.crm.exchange.running import imported, lines, reported
from tests.crm.exchange.test_exports_round_trip import fill, tables

CUSTOMER, ORDER = "customers.customer", "sales.order"


def without(text: bytes, name: str) -> bytes:
    """A CSV file without one of its columns."""
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline="")))
    at = rows[0].index(name)
    out = io.StringIO()
    csv.writer(out).writerows([row[:at] + row[at + 1 :] for row in rows])
    return out.getvalue().encode()


@pytest.mark.parametrize("label", [CUSTOMER, "sales.product", "customers.contact", ORDER])
def test_our_own_file_for_programs_changes_nothing(tenant: Any, label: str) -> None:
    fill()
    parts = "rows" if registry[label].parts else ""
    text, before = bytes_of(exported(label, format="ndjson", parts=parts)), tables()
    job, account = imported(text, label)
    assert (account.refused, account.created, account.updated) == (0, 0, 0), reported(job)
    empty = [(line.column, line.code) for line in lines(job) if not line.value]
    assert empty == []
    assert account.read == len(text.splitlines())
    assert tables() == before


def test_what_stands_inside_of_a_record_is_told_to_be_left_out(tenant: Any) -> None:
    fill()
    text = bytes_of(exported(ORDER, format="ndjson", parts="rows"))
    notices = import_analyse(
        import_start(io.BytesIO(text), label=ORDER, actor=SYSTEM, filename="orders"), actor=SYSTEM
    ).notices
    assert any("lines" in notice for notice in notices), notices


@pytest.mark.parametrize(("headers", "name"), [("labels", "Kith ID"), ("names", "kith_id")])
def test_our_file_without_our_ids_writes_nothing_reckoned_into_notes(tenant: Any, headers: str, name: str) -> None:
    made(CUSTOMER, name="Lin Yi", number="R-1", phone="+8613800138000", email="lin@shop.example", notes="tea")
    text, before = without(bytes_of(exported(CUSTOMER, headers=headers)), name), tables()
    _job, account = imported(text)
    assert (account.created, account.updated, account.refused) == (0, 0, 0)
    assert tables() == before


def test_a_column_named_id_of_another_program_is_not_taken_for_ours(tenant: Any) -> None:
    imported(b"id,name,Created\n7,Ann Lee,yesterday\n")
    ann = Customer.objects.get(name="Ann Lee")
    assert ann.notes == "Created: yesterday"


def test_of_several_systems_the_one_that_knows_the_records_is_taken_and_the_others_are_told(tenant: Any) -> None:
    here = made(CUSTOMER, name="Ann Lee", number="", phone="", email="")
    external_ids_give(CUSTOMER, {here: ("shop", "555")})
    text = b"name,external_id.erp,external_id.shop\nAnn L. Lee,9,555\n"
    job = import_start(io.BytesIO(text), label=CUSTOMER, actor=SYSTEM, filename="people")
    notices = import_analyse(job, actor=SYSTEM).notices
    assert any("external_id.erp" in notice for notice in notices), notices
    _job, account = imported(text, source="shop")
    assert (account.created, account.updated) == (0, 1)
    assert external_ids_find(CUSTOMER, "shop", ["555"]) == {"555": here}


@pytest.mark.parametrize(
    ("column", "value", "nobody"),
    [
        ("other_emails", "ann2@shop.example", "nobody@shop.example"),
        ("other_phones", "+8613900139000", "+8613900139999"),
    ],
)
def test_an_order_finds_its_customer_by_a_further_address_or_number(
    tenant: Any, column: str, value: str, nobody: str
) -> None:
    ann = made(CUSTOMER, name="Ann", email="ann@shop.example", phone="+8613800138000", **{column: [value]})
    made(CUSTOMER, name="Bob", email="bob@shop.example", phone="", number="")
    key = "Customer: E-mail" if "mail" in column else "Customer: Phone"
    text = f"Number,{key}\nN-1,{value}\nN-2,{nobody}\n".encode()
    job, _account = imported(text, ORDER)
    assert Order.objects.get(number="N-1").customer_id == ann
    assert [row for row, _code, outcome in reported(job) if outcome == "refused"] == [3]
