"""Duplicates and merges by program."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from crm.core.actors import SYSTEM
from crm.core.models import Merge
from crm.core.services import record_save
from crm.customers.models import Contact, Customer
from crm.team.models import Role, User
from crm.team.services import actor_of_user, api_key_create
from tests.crm.api.asking import hashes

SCOPES = ["customers.view_customer", "customers.add_customer"]
ANN = {"name": "Ann Lee", "email": "ann@lee.test"}


def two() -> tuple[str, str]:
    """Two customers who are one; the second has a contact."""
    one = record_save(Customer, ANN, actor=SYSTEM)
    other = record_save(Customer, {**ANN, "name": "Anne Lee", "city": "Leeds"}, actor=SYSTEM)
    record_save(Contact, {"name": "Bo", "customer": other}, actor=SYSTEM)
    return str(one), str(other)


def post(client: Any, address: str, body: Any, **headers: str) -> Any:
    """A JSON body to an address of the API."""
    return client.post(f"/api/v1/{address}", body, content_type="application/json", headers=headers or None)


def test_what_looks_alike_is_told_with_reasons_before_it_is_made(tenant: Any, key_client: Any) -> None:
    one, other = two()
    found = post(key_client("read-only"), "customers/duplicates", ANN).json()["results"]
    assert {row["id"]: row["certainty"] for row in found} == {one: "certain", other: "certain"}
    assert found[0]["reasons"][0] == {"code": "same_value", "field": "email", "message": "the same e-mail"}
    again = key_client().get(f"/api/v1/customers/{one}/duplicates").json()["results"]
    assert [row["id"] for row in again] == [other]


def test_a_phone_and_an_address_are_known_however_they_are_typed(tenant: Any, key_client: Any, client_for: Any) -> None:
    client = key_client()
    told = {"name": "Qian Duo", "email": "QIAN@Example.com", "phone": "+1 212 555 0147"}
    made = post(client, "customers", told).json()
    assert (made["email"], made["phone"]) == ("qian@example.com", "+12125550147")
    for typed in ({"phone": "212 555 0147"}, {"phone": "(212) 555-0147"}, {"email": "Qian@EXAMPLE.com"}):
        assert [row["id"] for row in post(client, "customers/duplicates", typed).json()["results"]] == [made["id"]]
        assert "Qian Duo" in client_for().get("/customers/alike/", typed).content.decode()
    assert post(client, "customers/duplicates", {"phone": "212 555 0148"}).json()["results"] == []
    twin = post(client, "customers", {"name": "Q. Duo", "email": "qian@Example.COM"}).json()
    found = client.get(f"/api/v1/customers/{twin['id']}/duplicates").json()["results"]
    assert [row["id"] for row in found] == [made["id"]]


def test_doubles_are_refused_only_where_that_is_asked_for(tenant: Any, key_client: Any) -> None:
    one, other = two()
    client, before = key_client(), hashes()
    refused = post(client, "customers?duplicates=refuse", ANN)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:kith:problem:duplicate")
    assert {row["id"] for row in refused.json()["duplicates"]} == {one, other}
    assert post(client, "customers?duplicates=perhaps", ANN).status_code == 400
    assert hashes() == before
    assert post(client, "customers?duplicates=refuse", {"name": "Somebody new"}).status_code == 201
    assert post(client, "customers?duplicates=allow", {"name": "Ann Lee"}).status_code == 201


def test_who_makes_a_double_is_told_of_the_others_in_a_header(tenant: Any, key_client: Any) -> None:
    one, other = two()
    client = key_client()
    made = post(client, "customers", ANN)
    told = set(made["Likely-Duplicates"].split(", "))
    assert (made.status_code, told) == (201, {f"{one};certain", f"{other};certain"})
    assert "Likely-Duplicates" not in post(client, "customers?duplicates=allow", ANN)
    assert "Likely-Duplicates" not in post(client, "customers", {"name": "Somebody new"})
    assert post(client, "customers", {"name": 5, "email": ["a"], "other_phones": 7}).status_code == 422


def test_a_merge_is_answered_with_the_record_and_is_taken_back(tenant: Any, key_client: Any) -> None:
    one, other = two()
    client = key_client()
    answer = post(client, f"customers/{one}/merge", {"with": [other], "take": {"name": other}})
    assert answer.status_code == 200, answer.content
    assert {name: answer.json()["record"][name] for name in ("id", "name", "city")} == {
        "id": one, "name": "Anne Lee", "city": "Leeds",
    }  # fmt: skip
    assert str(Contact.objects.get(name="Bo").customer_id) == one
    assert client.get(f"/api/v1/customers/{other}/").status_code == 404
    back = post(client, f"merges/{answer.json()['merge']}/undo", {})
    assert back.json() == {"merge": answer.json()["merge"], "object": "customers", "kept": one, "restored": [other]}
    assert client.get(f"/api/v1/customers/{one}/").json()["name"] == "Ann Lee"
    assert str(Contact.objects.get(name="Bo").customer_id) == other
    assert post(client, f"merges/{answer.json()['merge']}/undo", {}).status_code == 409


def test_a_merge_that_may_not_be_or_cannot_be_changes_nothing(tenant: Any, key_client: Any) -> None:
    one, other = two()
    client, reader = key_client(), key_client("read-only")
    before = hashes()
    assert post(reader, f"customers/{one}/merge", {"with": [other]}).status_code == 403
    for body in ({}, {"with": []}, {"with": "x"}, {"with": [other], "take": []}, {"with": [other], "more": 1}):
        assert post(client, f"customers/{one}/merge", body).status_code == 422, body
    stale = post(client, f"customers/{one}/merge", {"with": [other]}, If_Match='"7"')
    assert stale.status_code == 412
    assert hashes() == before
    assert not Merge.objects.filter(kept_id=one).exists()


def test_another_company_cannot_take_a_merge_back(tenant: Any, other: Any, key_client: Any) -> None:
    one, two_ = two()
    merge = post(key_client(), f"customers/{one}/merge", {"with": [two_]}).json()["merge"]
    assert post(key_client(tenant=other), f"merges/{merge}/undo", {}).status_code == 404
    assert post(key_client(tenant=other), f"customers/{one}/merge", {"with": [two_]}).status_code == 404
    assert post(key_client(), f"merges/{merge}/undo", {}).status_code == 200


def test_who_asks_for_a_record_that_was_merged_away_is_told_where_it_went(tenant: Any, key_client: Any) -> None:
    one, other = two()
    client = key_client()
    post(client, f"customers/{one}/merge", {"with": [other]})
    gone = client.get(f"/api/v1/customers/{other}")
    assert (gone.status_code, gone.json()["merged_into"]) == (404, one)
    assert "merged_into" not in client.get(f"/api/v1/customers/{uuid4()}").json()


def test_an_owner_may_be_named_by_an_e_mail_address(tenant: Any, key_client: Any) -> None:
    client = key_client()
    made = post(client, "customers", {"name": "Owned", "owner": "MEMBER@kith.test"})
    assert Customer.objects.get(pk=made.json()["id"]).owner == User.objects.get(email="member@kith.test")
    refused = post(client, "customers", {"name": "Owned", "owner": "nobody@kith.test"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/owner")
    assert Customer.objects.filter(name="Owned").count() == 1


def test_a_key_of_whoever_reaches_only_their_own_makes_records_of_theirs(tenant: Any, key_client: Any) -> None:
    member = User.objects.select_related("role").get(email="member@kith.test")
    _key, plain = api_key_create("Own", actor=actor_of_user(member, via="page"), scopes=SCOPES)
    client, key = key_client(), {"Authorization": f"Bearer {plain}"}
    unowned = post(client, "customers", {"name": "For all"}, **key).json()["id"]
    assert Customer.objects.get(pk=unowned).owner is None
    Role.objects.filter(code="member").update(reach={"customers.customer": {"see": "own"}})
    mine = post(client, "customers", {"name": "Mine"}, **key).json()["id"]
    assert Customer.objects.get(pk=mine).owner == member
    assert [row["id"] for row in client.get("/api/v1/customers", headers=key).json()["results"]] == [mine]
