"""Files that we made, for programs, cut or with several systems' numbers: known as ours, whatever was cut off."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.models import ExternalId
from crm.core.outside import external_ids_give
from crm.core.registry import registry
from crm.core.takeback import records_remove
from crm.customers.models import Customer
from crm.exchange.services import import_analyse, import_start, import_undo
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


def test_our_file_of_few_fields_for_programs_brings_our_ids_as_another_systems(tenant: Any) -> None:
    ann = made(CUSTOMER, name="Ann Lee", number="", email="ann@shop.example")
    text = bytes_of(exported(CUSTOMER, format="ndjson", columns=("name", "email"), params={"name": "Ann Lee"}))
    records_remove(Customer, [ann], actor=SYSTEM)
    imported(text, source="kith")
    again = Customer.objects.get(name="Ann Lee")
    assert (again.number, external_ids_of(CUSTOMER)["kith", str(ann)]) == ("", again.pk)


@pytest.mark.parametrize("headers", ["labels", "names"])
def test_an_order_without_lines_comes_back_without_one(tenant: Any, headers: str) -> None:
    bare = made(ORDER, number="N-1", lines=[])
    full = made(ORDER, number="N-2")
    text, before = bytes_of(exported(ORDER, parts="rows", headers=headers)), tables()
    _job, account = imported(text, ORDER)
    assert (account.created, account.updated, account.refused) == (0, 0, 0)
    assert tables() == before
    counts = {order.pk: order.lines.count() for order in Order.objects.filter(pk__in=[bare, full])}
    assert (counts[bare], counts[full] > 0) == (0, True)


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


def test_numbers_of_several_systems_are_all_kept_and_go_back_with_the_undo(tenant: Any) -> None:
    ann = made(CUSTOMER, name="Ann Lee", number="", phone="", email="")
    bob = made(CUSTOMER, name="Bob Ray", number="", phone="", email="bob@shop.example")
    external_ids_give(CUSTOMER, {ann: ("shop", "555"), bob: ("till", "7")})
    text = (
        b"name,email,external_id.erp,external_id.shop,external_id.till\n"
        b'Ann L. Lee,,9,555,7\nCarl Poe,carl@shop.example,10,"556, 557",\nBob Ray,bob@shop.example,11,,\n'
    )
    before = external_ids_of(CUSTOMER)
    job, account = imported(text)
    assert (account.created, account.updated) == (1, 2)
    carl = Customer.objects.get(name="Carl Poe").pk
    new = {("erp", "9"): ann, ("erp", "10"): carl, ("shop", "556"): carl, ("shop", "557"): carl, ("erp", "11"): bob}
    assert external_ids_of(CUSTOMER) == before | new
    assert reported(job) == [(2, "number_taken", "left_out")]
    assert imported(text)[1].unchanged == 3
    import_undo(job, actor=SYSTEM, background=False)
    assert external_ids_of(CUSTOMER) == before


def test_our_file_with_several_systems_numbers_comes_whole_into_another_company(tenant: Any) -> None:
    ann, bob = (made(CUSTOMER, name=name, number="", phone="", email="") for name in ("Ann Lee", "Bob Ray"))
    external_ids_give(CUSTOMER, {ann: ("shop", "555"), bob: ("till", "7")})
    external_ids_give(CUSTOMER, {ann: ("erp", "9")})
    text, before = bytes_of(exported(CUSTOMER, headers="names")), set(external_ids_of(CUSTOMER))
    records_remove(Customer, [ann, bob], actor=SYSTEM)
    _job, account = imported(text)
    assert (account.created, account.refused) == (2, 0)
    assert set(external_ids_of(CUSTOMER)) >= before


def test_a_file_without_names_is_called_by_its_keys_or_by_its_rows(tenant: Any) -> None:
    imported(b"customerID,churn\n7590-VHVEG,No\n5575-GNVDE,Yes\n")
    assert set(Customer.objects.filter(number__contains="-").values_list("name", "number")) >= {
        ("7590-VHVEG", "7590-VHVEG"),
        ("5575-GNVDE", "5575-GNVDE"),
    }
    text = b"tenure,total_charges\n1,29.85\n34,1889.5\n"
    with pytest.raises(CrmError) as refused:
        imported(text)
    assert refused.value.code == "required_target"
    imported(text, constants={"name": "Telco {row}"})
    assert dict(Customer.objects.filter(name__startswith="Telco").values_list("name", "notes")) == {
        "Telco 2": "tenure: 1\ntotal_charges: 29.85",
        "Telco 3": "tenure: 34\ntotal_charges: 1889.5",
    }


def external_ids_of(label: str) -> dict[tuple[str, str], Any]:
    """All that other systems call records of a noun."""
    rows = ExternalId.objects.filter(object_type=label).values_list("source", "value", "object_id")
    return {(source, value): pk for source, value, pk in rows}


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
