"""Addresses with codes, relationships from both sides, lists by hand, holdings with an end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.customers.models import Address, Customer, ListMember, Relationship, StaticList
from crm.customers.regions import region_code
from crm.sales.models import Holding
from crm.team.models import Role, User
from crm.team.services import actor_of_user

LISTS = registry["customers.staticlist"]


def customer(name: str = "Somebody", **values: Any) -> Any:
    """The id of a customer."""
    return record_save(Customer, {"name": name, **values}, actor=SYSTEM)


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (("CN", "浙江省", "杭州市", "西湖区"), "330106"),
        (("CN", "浙江", "杭州", "西湖"), "330106"),
        (("", "北京市", "北京市", "海淀区"), "110108"),
        (("CN", "", "上海", "浦东新区"), "310115"),
        (("CN", "广东省", "深圳市", ""), "440300"),
        (("CN", "内蒙古自治区", "呼和浩特市", "新城区"), "150102"),
        (("CN", "江苏省", "南京市", "玄武区"), "320102"),
        (("CN", "", "杭州市", "鼓楼区"), "330100"),
        (("CN", "Zhejiang", "Hangzhou", ""), ""),
        (("DE", "Bayern", "München", ""), ""),
        (("CN", "", "", ""), ""),
    ],
)
def test_the_words_of_an_address_lead_to_its_code(place: tuple[str, str, str, str], code: str) -> None:
    assert region_code(*place) == code


def test_a_customer_has_several_addresses_and_each_keeps_its_code(tenant: Any) -> None:
    one = customer()
    place = {"customer": one, "street": "文三路 90 号", "province": "浙江省", "city": "杭州市", "country": "CN"}
    for kind in ("billing", "shipping"):
        record_save(Address, {**place, "kind": kind, "district": "西湖区"}, actor=SYSTEM)
    assert set(Address.objects.filter(customer=one).values_list("kind", "region_code")) == {
        ("billing", "330106"),
        ("shipping", "330106"),
    }


def test_a_relationship_is_told_from_both_sides(tenant: Any, client_for: Any) -> None:
    mother, child = customer("Wang Li"), customer("Wang Bo")
    pk = record_save(Relationship, {"customer": mother, "kind": "parent", "other": child}, actor=SYSTEM)
    tie = Relationship.objects.get(pk=pk)
    assert (tie.reciprocal, tie.name) == ("child", "Wang Li · Wang Bo")
    client = client_for("owner")
    for one in (mother, child):
        assert str(pk) in client.get(f"/customers/{one}/tab/related/").content.decode()
    record_save(Relationship, {"kind": "friend"}, actor=SYSTEM, id=pk)
    tie.refresh_from_db()
    assert tie.reciprocal == "friend"
    with pytest.raises(CrmError) as told:
        record_save(Relationship, {"other": mother}, actor=SYSTEM, id=pk)
    assert told.value.details["errors"] == [
        {"pointer": "/other", "code": "circle", "message": "Nobody is tied to themselves: choose somebody else."}
    ]
    with pytest.raises(CrmError) as again:
        record_save(Relationship, {"customer": mother, "kind": "friend", "other": child}, actor=SYSTEM)
    assert "Customer, " in again.value.details["errors"][0]["message"]  # which values together, for they are several


def a_list(noun: str = "customers.customer") -> Any:
    """The id of an empty list."""
    return record_save(StaticList, {"name": "Call this week", "object_type": noun}, actor=SYSTEM)


def test_a_list_is_a_filter_for_the_page_and_the_api(tenant: Any, key_client: Any, client_for: Any) -> None:
    on, off, of = customer("On it"), customer("Off it"), a_list()
    client = key_client()
    for _twice in range(2):
        verb_run(LISTS, "include", of, actor=SYSTEM, inputs={"ids": [str(on)]})
    assert StaticList.objects.get(pk=of).members_count == 1
    found = client.get("/api/v1/customers", {"in_list": str(of)}).json()["results"]
    assert [row["id"] for row in found] == [str(on)]
    others = client.get("/api/v1/customers", {"in_list__ne": str(of), "search": "it"}).json()["results"]
    assert str(off) in {row["id"] for row in others}
    assert str(on) not in {row["id"] for row in others}
    page = client_for("member").get("/customers/", {"in_list": str(of)}).content.decode()
    assert str(on) in page
    assert str(off) not in page
    verb_run(LISTS, "exclude", of, actor=SYSTEM, inputs={"ids": [str(on)]})
    assert client.get("/api/v1/customers", {"in_list": str(of)}).json()["results"] == []
    assert client.get("/api/v1/customers", {"in_list": "x"}).status_code == 400


def test_only_what_is_there_and_of_its_kind_comes_on_a_list(tenant: Any) -> None:
    of, one = a_list("sales.order"), customer()
    with pytest.raises(CrmError) as told:
        verb_run(LISTS, "include", of, actor=SYSTEM, inputs={"ids": [str(one)]})
    assert told.value.code == "not_found"
    assert not ListMember.objects.filter(list=of).exists()
    of = a_list()
    verb_run(LISTS, "include", of, actor=SYSTEM, inputs={"ids": [str(one)]})
    Role.objects.filter(code="member").update(reach={"customers.customer": {"see": "none", "change": "none"}})
    blind = actor_of_user(User.objects.select_related("role").get(email="member@kith.test"), via="api")
    assert verb_run(LISTS, "exclude", of, actor=blind, inputs={"ids": [str(one)]})
    assert ListMember.objects.filter(list=of).exists()
    with pytest.raises(CrmError):
        record_save(StaticList, {"name": "Odd", "object_type": "customers.nothing"}, actor=SYSTEM)


def test_checked_rows_go_on_a_list_that_is_there_or_new(tenant: Any, client_for: Any) -> None:
    one, two, of = customer("Wanted One"), customer("Wanted Two"), a_list()
    client = client_for("member")
    dialog = client.post("/customers/listing/", {"id": [str(one), str(two)]}).content.decode()
    assert "Call this week" in dialog
    client.post("/customers/listing/", {"id": [str(one), str(two)], "list": str(of)})
    client.post("/customers/listing/", {"id": [str(one)], "name": "Brand new"})
    assert set(ListMember.objects.filter(list=of).values_list("object_id", flat=True)) == {one, two}
    assert StaticList.objects.get(name="Brand new").members_count == 1
    client.post("/customers/listing/?search=Wanted", {"all": "1", "name": "All that match"})
    assert StaticList.objects.get(name="All that match").members_count == 2
    form = client.get("/lists/new/").content.decode()
    assert '<option value="customers.customer" selected>Customers</option>' in form
    client.post("/lists/new/", {"name": "By its form", "object_type": "sales.lead"})
    assert StaticList.objects.get(name="By its form").object_type == "sales.lead"
    members = f'href="/customers/?in_list={of}"'
    assert members in client.get(f"/lists/{of}/").content.decode()
    assert 'noun-name">Customer<' in client.get("/lists/").content.decode()
    client.post("/customers/listing/", {"id": [str(one)], "off": str(of)})
    assert set(ListMember.objects.filter(list=of).values_list("object_id", flat=True)) == {two}
    client.post(f"/customers/listing/?list={of}", {"id": [str(one)]})  # what Undo posts
    assert ListMember.objects.filter(list=of).count() == 2
    reader = client_for("read-only")
    assert reader.post("/customers/listing/", {"id": [str(one)], "name": "Not mine"}).status_code == 403
    assert not StaticList.objects.filter(name="Not mine").exists()


def test_what_ends_within_thirty_days_is_a_list(tenant: Any, key_client: Any) -> None:
    one, today = customer(), timezone.localdate()
    ends = {
        days: record_save(
            Holding, {"name": f"Ends in {days}", "customer": one, "ends_on": today + timedelta(days=days)}, actor=SYSTEM
        )
        for days in (-1, 0, 30, 31)
    }
    asked = {"ends_on__between": "today,30d", "customer": str(one)}
    found = {row["id"] for row in key_client().get("/api/v1/holdings", asked).json()["results"]}
    assert found == {str(ends[0]), str(ends[30])}
    with pytest.raises(CrmError) as told:
        record_save(Holding, {"starts_on": today + timedelta(days=40)}, actor=SYSTEM, id=ends[30])
    assert "/ends_on" in str(told.value.details)


def test_the_tree_of_a_company_stands_on_its_page(tenant: Any, key_client: Any, client_for: Any) -> None:
    top = customer("Top", kind="company")
    middle = customer("Middle", kind="company", parent=top)
    customer("Bottom", kind="company", parent=middle)
    rows = key_client().get(f"/api/v1/customers/{middle}/tree").json()["rows"]
    assert [(row["customer"]["title"], row["place"]) for row in rows] == [
        ("Top", "above"),
        ("Middle", "here"),
        ("Bottom", "below"),
    ]
    page = client_for("member").get(f"/customers/{middle}/tab/related/").content.decode()
    assert f'<a href="/customers/{top}/">Top</a>' in page
