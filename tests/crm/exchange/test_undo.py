"""Undo: tables equal to the byte, what people touched since stays and is named, seven days and no longer."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from crm.core.actors import SYSTEM
from crm.core.customising.services import custom_field_create
from crm.core.models import Event, ExternalId
from crm.core.services import Change, record_save, records_delete, records_save
from crm.customers.models import Contact, Customer
from crm.exchange.analysis import EXTERNAL
from crm.exchange.models import ImportedRecord, ImportJob, ImportPiece
from crm.exchange.services import import_corrected, import_run, import_undo, import_undo_until, imports_purge
from crm.exchange.tasks import purge
from crm.sales.models import Deal, Order, Product
from tenants.context import in_schema, inside
from tenants.models import Tenant
from tests.crm.exchange.running import imported, reported
from tests.crm.exchange.tables import table_hashes

CUSTOMERS = (
    "Member number,Name,Phone,E-mail,City,Tags,Date of birth,ID document,Total spent,Favourite colour\n"
    "U1,Ann Archer,+33 6 12 34 56 78,ann@new.example,Lyon,\"b, a\",1990-02-03,110101199003070011,12.5,blue\n"
    "U2,Bob Baker,0612345679,,Paris,vip,3/4/1985,,,\n"
    "U3,Cid Cole,+33 6 99 99 99 99,cid@x.example,Nice,,,,,red\n"
    "U3,Cid Cole,,,,new,,,,\n"
)


def undone(job: ImportJob) -> dict[str, dict[str, int]]:
    """Undo here and now; what it came to."""
    counts: dict[str, dict[str, int]] = import_undo(job, actor=SYSTEM, background=False).account["undo"]
    return counts


def some_customers() -> list[Any]:
    """Two that the file updates, with everything that an update can change."""
    values: list[dict[str, Any]] = [
        {
            "name": "Ann A.",
            "number": "U1",
            "phone": "+33611111111",
            "email": "ann@old.example",
            "tags": ["a", "b"],
            "born_on": "1980-01-01",
            "id_document": "110101198001010010",
            "notes": "old note",
            "opening_spend": "3.5",
        },
        {"name": "Bob Baker", "number": "U2"},
    ]
    outcome = records_save(Customer, [Change(one) for one in values], actor=SYSTEM)
    return [outcome.saved[0], outcome.saved[1]]


def test_created_and_updated_customers_come_back_to_the_byte(tenant: Tenant) -> None:
    some_customers()
    before = table_hashes()
    job, account = imported(CUSTOMERS.encode())
    assert (account.created, account.updated, account.merged) == (1, 2, 1)
    assert table_hashes()["customers_customer"] != before["customers_customer"]
    assert undone(job) == {"customers.customer": {"deleted": 1, "restored": 2}}
    assert table_hashes() == before


def test_orders_come_back_with_the_lines_they_had(tenant: Tenant) -> None:
    customer = some_customers()[0]
    product = record_save(Product, {"sku": "S1", "name": "Cup", "unit_price": "2"}, actor=SYSTEM)
    lines = [{"product": product, "quantity": "2", "unit_price": "9.99"}, {"description": "Gift", "quantity": "1"}]
    record_save(Order, {"number": "O1", "customer": customer, "lines": lines, "currency": "EUR"}, actor=SYSTEM)
    before = table_hashes()
    rows = ("O1,2024-03-05,U2,S1,5,3", "O1,2024-03-05,U2,S9,1,4", "O2,2024-03-06,U9,S9,1,1")
    text = "\n".join(["Order no,Date,Customer number,SKU,Quantity,Price", *rows])
    job, account = imported(text.encode(), "sales.order", create_links=True)
    assert (account.created, account.updated) == (1, 2)
    order = Order.objects.get(number="O1")
    assert (order.amount, order.customer.number, order.lines.count()) == (Decimal(19), "U2", 2)
    counts = undone(job)
    assert counts["sales.order"] == {"restored": 1, "deleted": 1}
    assert counts["sales.product"] == counts["customers.customer"] == {"deleted": 1}
    assert table_hashes() == before


def test_a_deleted_record_that_the_import_brought_back_is_deleted_again(tenant: Tenant) -> None:
    outcome = records_save(Customer, [Change({"name": "Old", "city": "Rome"}, external=("import", "77"))], actor=SYSTEM)
    records_delete(Customer, [outcome.saved[0]], actor=SYSTEM)
    before = table_hashes()
    job, account = imported(b"External id,Name,City\n77,Old,Bari\n78,New,Como\n", targets={0: EXTERNAL})
    assert (account.updated, account.created) == (1, 1)
    assert Customer.objects.get(pk=outcome.saved[0]).deleted_at is None
    assert ExternalId.objects.filter(source="import", value="78").exists()
    undone(job)
    assert table_hashes() == before


def test_what_someone_touched_since_stays_and_is_reported_by_row(tenant: Tenant) -> None:
    first, second = some_customers()
    job, _account = imported(CUSTOMERS.encode())
    record_save(Customer, {"city": "Brest"}, id=first, actor=SYSTEM)
    third = Customer.objects.get(number="U3")
    record_save(Contact, {"name": "Desk", "customer": third.pk}, actor=SYSTEM)
    assert undone(job) == {"customers.customer": {"changed": 1, "in_use": 1, "restored": 1}}
    assert {(2, "undo_changed", "note"), (4, "undo_in_use", "note")} <= set(reported(job))
    assert Customer.objects.get(pk=first).city == "Brest"
    assert Customer.objects.get(pk=second).city == ""
    assert Customer.objects.filter(pk=third.pk, deleted_at=None).exists()


def test_a_number_that_moved_on_is_not_taken_from_its_new_holder(tenant: Tenant) -> None:
    imported(b"External id,Name,Member number\nz,Zoe,Z1\n", targets={0: EXTERNAL})
    job, account = imported(b"External id,Name,Member number\nz,Zoe,Z2\n", targets={0: EXTERNAL})
    assert account.updated == 1
    record_save(Customer, {"name": "New holder", "number": "Z1"}, actor=SYSTEM)
    assert undone(job) == {"customers.customer": {"taken": 1}}
    assert (2, "undo_taken", "note") in reported(job)
    assert Customer.objects.get(name="Zoe").number == "Z2"


def test_a_branch_goes_before_its_company(tenant: Tenant) -> None:
    before = table_hashes()
    head = imported(b"Member number,Name\nH1,Head\n")[0]
    branch, _account = imported(b"Member number,Name,Parent\nH2,Branch,H1\n", targets={2: "parent.number"})
    assert undone(head) == {"customers.customer": {"in_use": 1}}
    assert undone(branch) == {"customers.customer": {"deleted": 1}}
    assert Customer.objects.filter(number="H1").exists()
    assert table_hashes()["customers_customer"] != before["customers_customer"]


def test_every_record_leaves_one_fact_of_its_going_back(tenant: Tenant) -> None:
    first, _second = some_customers()
    job, _account = imported(CUSTOMERS.encode())
    new = Customer.objects.get(number="U3").pk
    undone(job)
    facts = Event.objects.filter(request_id=str(job.pk)).order_by("seq")
    assert [fact.name for fact in facts.filter(object_id=new)][-1] == "customers.customer.deleted"
    back = facts.filter(object_id=first).last()
    assert back is not None
    assert (back.before["city"], back.after["city"]) == ("Lyon", "")
    assert "110101198001010010" not in str(back.after)


def test_after_seven_days_it_is_refused_in_words_and_what_it_kept_is_gone(tenant: Tenant) -> None:
    some_customers()
    job, _account = imported(CUSTOMERS.encode())
    fresh, _account = imported(b"Name\nFresh\n")
    assert import_undo_until(job) is not None
    ImportJob.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=7, minutes=1))
    job.refresh_from_db()
    before = table_hashes(())
    assert import_undo_until(job) is None
    with pytest.raises(Exception, match="7 days"):
        import_undo(job, actor=SYSTEM, background=False)
    assert imports_purge() == 1
    assert not ImportPiece.objects.filter(job=job).exists()
    assert not ImportedRecord.objects.filter(job=job).exclude(before=None).exists()
    assert ImportPiece.objects.filter(job=fresh).exists()
    job.refresh_from_db()
    with pytest.raises(Exception, match="is gone"):
        list(import_corrected(job))
    with pytest.raises(Exception, match="7 days"):
        import_undo(job, actor=SYSTEM, background=False)
    assert table_hashes(()) == before
    assert imports_purge() == 0


def test_a_file_that_was_never_imported_goes_with_its_job(tenant: Tenant) -> None:
    job, _account = imported(b"Name\nFresh\n")
    old = timezone.now() - timedelta(days=8)
    ImportJob.objects.filter(pk=job.pk).update(state=ImportJob.State.UPLOADED, finished_at=None, created_at=old)
    assert imports_purge() == 1
    assert not ImportJob.objects.filter(pk=job.pk).exists()


def test_the_timetable_purges_every_tenant(committed: Tenant) -> None:
    with inside(committed):
        job, _account = imported(b"Name\nFresh\n")
        ImportJob.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=8))
    with in_schema():
        assert purge() == 1
    with inside(committed):
        assert ImportJob.objects.get(pk=job.pk).purged_at


def test_an_undo_that_is_asked_for_again_does_nothing_more(tenant: Tenant) -> None:
    job, _account = imported(CUSTOMERS.encode())
    undone(job)
    before = table_hashes(())
    with pytest.raises(Exception, match="only once"):
        import_undo(job, actor=SYSTEM, background=False)
    assert import_run(job.pk).state == ImportJob.State.UNDONE
    assert table_hashes(()) == before


def test_an_own_link_to_a_record_keeps_it_and_hinders_no_other(tenant: Tenant) -> None:
    field = custom_field_create(
        "sales.deal", actor=SYSTEM, label_text="Referrer", kind="link", target="customers.customer"
    )
    job, _account = imported(CUSTOMERS.encode())
    held = Customer.objects.get(number="U3").pk
    record_save(Deal, {"name": "Big", field.name: held}, actor=SYSTEM)
    assert undone(job) == {"customers.customer": {"deleted": 2, "in_use": 1}}
    assert Customer.objects.filter(pk=held).exists()


def test_many_that_somebody_has_changed_since_stay_and_each_is_named(tenant: Tenant) -> None:
    lines = "".join(f"M{n},Many {n},Oldtown\n" for n in range(120))
    job, _account = imported(f"Member number,Name,City\n{lines}".encode())
    touched = [one.pk for one in Customer.objects.filter(number__startswith="M", name__startswith="Many")[:70]]
    records_save(Customer, [Change({"city": "Newtown"}, id=pk) for pk in touched], actor=SYSTEM)
    assert undone(job) == {"customers.customer": {"deleted": 50, "changed": 70}}
    left = Customer.objects.filter(name__startswith="Many", deleted_at=None)
    assert {(one.pk, one.city) for one in left} == {(pk, "Newtown") for pk in touched}
    assert [code for _row, code, _outcome in reported(job)] == ["undo_changed"] * 70


def test_what_a_second_try_changed_goes_back_as_well(tenant: Tenant) -> None:
    some_customers()
    before = table_hashes()
    lines = "U1,Anna,Lyon,Nowhere/At all\nU2,Bob Baker,Nice,Europe/Paris\nU4,Dee,Metz,Nowhere/Else\n"
    job, account = imported(f"Member number,Name,City,Time zone\n{lines}".encode())
    assert (account.created, account.updated) == (1, 2)
    assert [row for row, code, _outcome in reported(job) if code == "refused"] == [2, 4]
    assert Customer.objects.filter(number="U1", name="Anna", city="Lyon", time_zone="").exists()
    assert undone(job) == {"customers.customer": {"deleted": 1, "restored": 2}}
    assert table_hashes() == before
