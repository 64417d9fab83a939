"""Records that became one are taken apart again as if nothing had been."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from crm.activities.models import Note
from crm.core.actors import SYSTEM
from crm.core.alike import groups, likely
from crm.core.customising.services import custom_field_create
from crm.core.errors import CrmError
from crm.core.merging import merge_undo, pair_part, records_merge, successor
from crm.core.models import Event, ExternalId, Merge
from crm.core.registry import registry
from crm.core.services import record_save
from crm.customers.models import Contact, Customer, ListMember, Relationship, StaticList
from crm.sales.models import Deal, Order
from tenants.models import Tenant
from tests.rows import tenant_models

CUSTOMERS = registry["customers.customer"]
UNTOLD = {"version", "updated_at"}
LEFT_OUT = {"core.event", "core.merge"}


def everything() -> dict[str, str]:
    """A digest of each table of the tenant, without versions, dates of change and history."""
    found = {}
    for model in tenant_models():
        label, names = model._meta.label_lower, [f.column for f in model._meta.concrete_fields if f.name not in UNTOLD]
        if label in LEFT_OUT:
            continue
        columns = ", ".join(f'"{name}"::text' for name in names)
        rows = f'SELECT row({columns})::text AS r FROM "{model._meta.db_table}"'  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT md5(coalesce(string_agg(r, '|' ORDER BY r), '')) FROM ({rows}) AS rows")  # noqa: S608
            found[label] = cursor.fetchone()[0]
    return found


def customer(name: str, **values: Any) -> UUID:
    """A customer."""
    return record_save(Customer, {"name": name, **values}, actor=SYSTEM)


@pytest.fixture
def twins(tenant: Tenant) -> tuple[UUID, UUID]:
    """Two who are one, each with all that points at a customer."""
    custom_field_create(
        "sales.product", actor=SYSTEM, label_text="Made for", kind="link", target="customers.customer"
    )
    one = customer("Zhang Wei", email="zhang@wei.test", tags=["vip"], number="T-1")
    two = customer("张伟", email="zhang@wei.test", phone="+8613812345678", city="Hangzhou", tags=["gold"], number="T-2")
    both = StaticList.objects.create(name="Both", object_type="customers.customer")
    for pk, word in ((one, "a"), (two, "b")):
        record_save(Contact, {"name": f"Contact {word}", "customer": pk}, actor=SYSTEM)
        record_save(Order, {"number": f"T-{word}", "customer": pk, "ordered_at": "2026-01-01T00:00:00Z"}, actor=SYSTEM)
        record_save(Note, {"body": word, "object_type": "customers.customer", "object_id": pk}, actor=SYSTEM)
        customer(f"Child of {word}", kind="company", parent=pk)
        ListMember.objects.create(list=both, object_id=pk)
        alone = StaticList.objects.create(name=word, object_type="customers.customer")
        ListMember.objects.create(list=alone, object_id=pk)
        ExternalId.objects.create(object_type="customers.customer", source="shop", value=word, object_id=pk)
    return one, two


def test_what_pointed_at_the_other_points_at_the_one_that_stays(twins: tuple[UUID, UUID]) -> None:
    one, two = twins
    merge = records_merge(CUSTOMERS, twins, actor=SYSTEM)
    kept = Customer.objects.get(pk=one)
    assert (kept.name, kept.city, kept.phone, kept.number) == ("Zhang Wei", "Hangzhou", "+8613812345678", "T-1")
    assert kept.tags == ["vip", "gold"]
    assert Customer.objects.get(pk=two).deleted_at is not None
    assert set(Contact.objects.filter(customer=one).values_list("name", flat=True)) >= {"Contact a", "Contact b"}
    assert Order.objects.filter(customer=one, number__in=["T-a", "T-b"]).count() == 2
    assert Note.objects.filter(object_id=one).count() == 2
    assert Customer.objects.filter(parent=one).count() == 2
    assert ListMember.objects.filter(object_id=one).count() == 3
    assert set(ExternalId.objects.filter(object_id=one).values_list("value", flat=True)) == {"a", "b"}
    assert successor(CUSTOMERS, two) == one
    told = Event.objects.filter(name="customers.customer.merged", object_id=one).get()
    assert told.after == {"merge": str(merge.pk), "records": [str(two)], "names": ["张伟"]}


def test_a_merge_taken_back_leaves_every_row_and_link_as_it_was(twins: tuple[UUID, UUID]) -> None:
    before = everything()
    merge = records_merge(CUSTOMERS, twins, actor=SYSTEM, take={"name": twins[1], "number": twins[1]})
    assert Customer.objects.get(pk=twins[0]).number == "T-2"
    changed = {label for label, digest in everything().items() if digest != before[label]}
    assert changed >= {"customers.customer", "customers.contact", "sales.order", "activities.note", "core.externalid"}
    merge_undo(merge.pk, actor=SYSTEM)
    after = everything()
    assert {label for label in after if after[label] != before[label]} == set()
    assert successor(CUSTOMERS, twins[1]) is None


def test_what_was_changed_after_a_merge_stays_when_it_is_taken_back(twins: tuple[UUID, UUID]) -> None:
    one, two = twins
    merge = records_merge(CUSTOMERS, twins, actor=SYSTEM)
    record_save(Customer, {"city": "Suzhou"}, id=one, actor=SYSTEM)
    moved = Order.objects.get(number="T-b")
    elsewhere = customer("Somebody else")
    record_save(Order, {"customer": elsewhere}, id=moved.pk, actor=SYSTEM)
    merge_undo(merge.pk, actor=SYSTEM)
    assert Customer.objects.get(pk=one).city == "Suzhou"
    assert Customer.objects.get(pk=two).deleted_at is None
    assert Order.objects.get(number="T-b").customer_id == elsewhere
    assert Contact.objects.get(name="Contact b").customer_id == two


def test_a_merge_is_taken_back_once_and_the_later_one_first(twins: tuple[UUID, UUID]) -> None:
    third = customer("Zhang Wei 3")
    first = records_merge(CUSTOMERS, twins, actor=SYSTEM)
    second = records_merge(CUSTOMERS, [third, twins[0]], actor=SYSTEM)
    assert successor(CUSTOMERS, twins[1]) == third
    with pytest.raises(CrmError, match="later merge"):
        merge_undo(first.pk, actor=SYSTEM)
    merge_undo(second.pk, actor=SYSTEM)
    merge_undo(first.pk, actor=SYSTEM)
    with pytest.raises(CrmError, match="taken back already"):
        merge_undo(first.pk, actor=SYSTEM)
    assert Customer.objects.filter(pk__in=[*twins, third], deleted_at=None).count() == 3


def test_samples_and_strangers_are_not_merged_and_nothing_changes(twins: tuple[UUID, UUID]) -> None:
    before = everything()
    Customer.objects.filter(pk=twins[1]).update(is_sample=True)
    with pytest.raises(CrmError, match="do not mix"):
        records_merge(CUSTOMERS, twins, actor=SYSTEM)
    Customer.objects.filter(pk=twins[1]).update(is_sample=False)
    with pytest.raises(CrmError, match="Choose 2"):
        records_merge(CUSTOMERS, [twins[0], twins[0]], actor=SYSTEM)
    with pytest.raises(CrmError, match="no such record"):
        records_merge(CUSTOMERS, [twins[0], UUID(int=7)], actor=SYSTEM)
    with pytest.raises(CrmError, match="no field"):
        records_merge(CUSTOMERS, twins, actor=SYSTEM, take={"churn_band": twins[1]})
    assert everything() == before
    assert not Merge.objects.filter(kept_id=twins[0]).exists()


def test_a_company_is_not_merged_with_what_stands_above_it_by_way_of_a_third(tenant: Tenant) -> None:
    top = customer("Top", kind="company")
    middle = customer("Middle", kind="company", parent=top)
    low = customer("Low", kind="company", parent=middle)
    with pytest.raises(CrmError, match="stands above"):
        records_merge(CUSTOMERS, [low, top], actor=SYSTEM)
    records_merge(CUSTOMERS, [middle, top], actor=SYSTEM)
    assert Customer.objects.get(pk=middle).parent_id is None


SMITHERS = {"name": "Jonathan Smithers", "city": "Leeds"}
PAIRS: list[tuple[dict[str, str], dict[str, str], str, list[str]]] = [
    ({"name": "Bo", "email": "BO@x.test"}, {"name": "Robert", "email": "bo@x.test"}, "likely", ["same_value"]),
    (
        {"name": "Zhang Wei", "phone": "+8613812345670"},
        {"name": "张伟", "phone": "+8613812345670"},
        "certain",
        ["same_value", "same_sound"],
    ),
    ({"name": "Acme GmbH", "city": "Bonn"}, {"name": "ACME", "city": "bonn"}, "likely", ["same_name", "same_value"]),
    ({"name": "章伟"}, {"name": "张伟"}, "possible", ["same_sound"]),
    ({"name": "zhangwei"}, {"name": "张伟"}, "possible", ["same_sound"]),
    ({"name": "Shanghai Zhangwei Maoyi"}, {"name": "上海张伟贸易有限公司"}, "possible", ["same_sound"]),
    ({"name": "上海張偉貿易"}, {"name": "上海张伟贸易有限公司"}, "possible", ["same_sound"]),
    (SMITHERS, {"name": "Jonathon Smithers", "city": "Leeds"}, "possible", ["near_name", "same_value"]),
    (
        {"name": "北京星辰科技有限公司", "city": "北京"},
        {"name": "星辰科技", "city": "北京"},
        "possible",
        ["near_name", "same_value"],
    ),
]


@pytest.mark.parametrize(("mine", "theirs", "certainty", "codes"), PAIRS)
def test_it_says_why_two_look_alike(
    tenant: Tenant, mine: dict[str, Any], theirs: dict[str, Any], certainty: str, codes: list[str]
) -> None:
    pk = customer(**theirs)
    found = {one.id: one for one in likely(CUSTOMERS, mine, actor=SYSTEM)}
    assert pk in found
    assert found[pk].certainty == certainty
    assert [reason.code for reason in found[pk].reasons] == codes


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"name": "Anna Berg"}, {"name": "Anna Bach", "city": "Oslo"}),
        ({"name": "Jonathan Smithers"}, {"name": "Jonathon Smithers"}),
        ({"name": "Ann", "email": ""}, {"name": "Bob", "email": ""}),
    ],
)
def test_what_only_resembles_is_left_alone(tenant: Tenant, mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    pk = customer(**theirs)
    assert pk not in {one.id for one in likely(CUSTOMERS, mine, actor=SYSTEM)}


def test_what_somebody_told_apart_is_not_shown_again(twins: tuple[UUID, UUID]) -> None:
    one, two = twins

    def shown() -> tuple[bool, bool]:
        values = {"name": "Zhang Wei", "email": "zhang@wei.test"}
        alone = two in {found.id for found in likely(CUSTOMERS, values, actor=SYSTEM, besides=one)}
        return alone, any({one, two} <= {row["id"] for row in group.rows} for group in groups(CUSTOMERS, actor=SYSTEM))

    assert shown() == (True, True)
    pair_part(CUSTOMERS, two, one, actor=SYSTEM)
    pair_part(CUSTOMERS, one, two, actor=SYSTEM)
    assert shown() == (False, False)


def test_a_deal_is_no_person() -> None:
    with pytest.raises(CrmError, match="no duplicates"):
        likely(registry.of(Deal), {"name": "x"}, actor=SYSTEM)


def test_who_were_married_are_not_married_to_themselves_and_are_again_once_taken_apart(tenant: Tenant) -> None:
    one, two, friend = customer("Ada"), customer("Ada L."), customer("Ben")
    for customers in ((one, two), (two, one), (two, friend)):
        kind = "friend" if friend in customers else "spouse"
        record_save(Relationship, {"customer": customers[0], "other": customers[1], "kind": kind}, actor=SYSTEM)
    was = everything()
    merge = records_merge(CUSTOMERS, [one, two], actor=SYSTEM)
    ties = Relationship.objects.filter(deleted_at=None, customer__in=[one, two])
    assert list(ties.values_list("customer_id", "other_id", "kind")) == [(one, friend, "friend")]
    merge_undo(merge.pk, actor=SYSTEM)
    assert everything() == was


def test_the_timeline_says_with_whom_and_takes_apart_again(tenant: Tenant, client_for: Any) -> None:
    one, two = customer("Ada"), customer("Ada Lovelace")
    merge = records_merge(CUSTOMERS, [one, two], actor=SYSTEM)
    owner, reader, address = client_for("owner"), client_for("read-only"), f"/merges/{merge.pk}/undo/"
    for part in ("timeline", "history"):
        page = owner.get(f"/customers/{one}/tab/{part}/", HTTP_HX_REQUEST="true").content.decode()
        assert ("Merged" in page, "Ada Lovelace" in page, address in page) == (True, True, True), part
        page = reader.get(f"/customers/{one}/tab/{part}/", HTTP_HX_REQUEST="true").content.decode()
        assert ("Merged" in page, address in page) == (True, False), part
    merge_undo(merge.pk, actor=SYSTEM)
    page = owner.get(f"/customers/{one}/tab/timeline/", HTTP_HX_REQUEST="true").content.decode()
    assert ("Taken apart" in page, address in page) == (True, False)
