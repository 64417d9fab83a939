"""Related records beside rows: both directions, capped, counted, under the caller's rights, without N+1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.core.actors import SYSTEM
from crm.core.including import MOST_RELATED, MOST_RELATIONS, relations_of
from crm.core.registry import Resource, registry
from crm.core.services import Change, records_save
from crm.customers.models import Customer
from crm.sales.models import Order
from crm.team.models import Role, User
from tests.counting import COUNTED
from tests.crm.api.asking import hashes, made, sent

CUSTOMERS, ORDERS = "/api/v1/customers", "/api/v1/orders"
RELATED = [noun for noun in registry if relations_of(noun.label)]


def batched(names: Iterable[str], size: int) -> list[list[str]]:
    """The names, at most so many at once."""
    left = list(names)
    return [left[n : n + size] for n in range(0, len(left), size)]


def customers(count: int, orders: int) -> list[str]:
    """So many customers with so many orders each."""
    saved = records_save(Customer, [Change({"name": f"Buyer {n}"}) for n in range(count)], actor=SYSTEM).saved
    rows = [Change({"number": f"I-{pk}-{n}", "customer": pk}) for pk in saved.values() for n in range(orders)]
    records_save(Order, rows, actor=SYSTEM)
    return [str(pk) for pk in saved.values()]


def statements(client: Any, path: str) -> int:
    """Statements of a warm request."""
    client.get(path)
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return sum(query["sql"].lstrip("( ").upper().startswith(COUNTED) for query in found.captured_queries)


@pytest.mark.parametrize("noun", RELATED, ids=lambda noun: noun.label)
def test_every_relation_of_every_noun_can_be_included(noun: Resource, tenant: Any, key_client: Any) -> None:
    client, pk = key_client(), made(noun)
    for names in batched(relations_of(noun.label), MOST_RELATIONS):
        asked = ",".join(names)
        listed = client.get(f"/api/v1/{noun.slug}/?include={asked}&page_size=5")
        assert listed.status_code == 200, listed.content
        assert all(set(row["included"]) == set(names) for row in listed.json()["results"])
        one = client.get(f"/api/v1/{noun.slug}/{pk}?include={asked}")
        assert set(one.json()["included"]) == set(names)
        found = sent(client.post, f"/api/v1/{noun.slug}/search", {"include": names, "page_size": 5})
        assert found.json()["results"] == listed.json()["results"]


def test_what_points_here_is_counted_and_capped(tenant: Any, key_client: Any) -> None:
    client, (many, few) = key_client(), customers(2, 3)
    rows = [Change({"number": f"M-{n}", "customer": many}) for n in range(MOST_RELATED)]
    records_save(Order, rows, actor=SYSTEM)
    path = f"{CUSTOMERS}/?include=orders&fields=name,orders.number&id__in={many},{few}"
    found = {row["id"]: row["included"]["orders"] for row in client.get(path).json()["results"]}
    assert (found[many]["count"], len(found[many]["results"])) == (MOST_RELATED + 3, MOST_RELATED)
    assert (found[few]["count"], len(found[few]["results"])) == (3, 3)
    assert set(found[few]["results"][0]) == {"id", "number"}
    assert all(one["number"].startswith(f"I-{few}") for one in found[few]["results"])


def test_a_link_is_included_as_the_record_it_points_at(tenant: Any, key_client: Any) -> None:
    client, (customer,) = key_client(), customers(1, 1)
    records_save(Order, [Change({"number": "walk-in"})], actor=SYSTEM)
    rows = client.get(f"{ORDERS}/?include=customer&fields=number,customer.name").json()["results"]
    found = {row["number"]: row["included"]["customer"] for row in rows}
    assert found[f"I-{customer}-0"] == {"id": customer, "name": "Buyer 0"}
    assert found["walk-in"] is None


def test_it_costs_one_statement_a_relation_however_many_rows(tenant: Any, key_client: Any) -> None:
    client = key_client()
    customers(2, 1)
    path = f"{CUSTOMERS}/?ordering=name&include=orders,notes,parent&fields=name"
    alone, few = statements(client, f"{CUSTOMERS}/?ordering=name&fields=name"), statements(client, path)
    customers(30, 4)
    assert statements(client, path) == few <= alone + 4


def test_nobody_is_shown_related_records_that_are_not_theirs_to_see(
    tenant: Any, key_client: Any, client_for: Any
) -> None:
    (customer,) = customers(1, 2)
    for scopes in (["customers.view_customer"],):
        refused = key_client(scopes=scopes).get(f"{CUSTOMERS}/?include=orders")
        assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, "include")
        assert "orders" not in refused.json()["errors"][0]["allowed"]
    role = Role.objects.get(code="member")
    Role.objects.filter(pk=role.pk).update(reach={"sales.order": {"see": "own"}}, hidden_fields=["sales.order.notes"])
    mine = Order.objects.filter(customer_id=customer)[0]
    Order.objects.filter(pk=mine.pk).update(owner=User.objects.get(role=role))
    seen = client_for("member").get(f"{CUSTOMERS}/{customer}?include=orders").json()["included"]["orders"]
    assert (seen["count"], [one["id"] for one in seen["results"]]) == (1, [str(mine.pk)])
    assert "notes" not in seen["results"][0]
    hidden = client_for("member").get(f"{CUSTOMERS}/?include=orders&fields=orders.notes")
    assert hidden.status_code == 400


@pytest.mark.parametrize(
    "query",
    ["include=ghosts", "include=orders.lines", "fields=orders.number", "include=orders&fields=orders.ghost",
     "include=orders&fields=notes.body", "include=" + ",".join(relations_of("customers.customer")) + ",owner"],
)  # fmt: skip
def test_what_is_no_relation_is_refused_by_name(tenant: Any, key_client: Any, query: str) -> None:
    answer = key_client().get(f"{CUSTOMERS}/?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] in {"include", "fields"}


@pytest.mark.parametrize("noun", list(registry), ids=lambda noun: noun.label)
def test_what_a_get_gave_may_be_sent_back(noun: Resource, tenant: Any, key_client: Any) -> None:
    client, pk = key_client(), made(noun)
    for path in (f"/api/v1/{noun.slug}/{pk}",):
        body = client.get(path).json()
        for method in (client.put, client.patch):
            before = {key: value for key, value in hashes().items() if key != "core.event"}
            answer = sent(method, path, body)
            assert answer.status_code == 200, answer.content
            assert answer.json() == body
            assert {key: value for key, value in hashes().items() if key != "core.event"} == before
        changed = sent(client.put, path, {**body, "created_at": "2001-01-01T00:00:00Z"})
        assert (changed.status_code, changed.json()["errors"][0]["pointer"]) == (422, "/created_at")
        stale = sent(client.put, path, {**body, "version": body["version"] + 1})
        assert (stale.status_code, stale.json()["code"]) == (409, "stale")


def test_a_value_that_came_masked_goes_back_masked_and_stays(tenant: Any, key_client: Any) -> None:
    scopes = ["customers.view_customer", "customers.change_customer"]
    client = key_client(scopes=scopes)
    [pk] = records_save(Customer, [Change({"name": "Ann", "id_document": "AB1234"})], actor=SYSTEM).saved.values()
    body = client.get(f"{CUSTOMERS}/{pk}").json()
    assert body["id_document"] == "••••34"
    assert sent(client.put, f"{CUSTOMERS}/{pk}", {**body, "city": "Oslo"}).status_code == 200
    stored = Customer.objects.get(pk=pk)
    assert (stored.id_document, stored.city) == ("AB1234", "Oslo")


def test_what_has_not_changed_is_not_sent_again(tenant: Any, key_client: Any) -> None:
    client, pk = key_client(), made(registry["customers.customer"])
    path = f"{CUSTOMERS}/{pk}"
    tag = client.get(path)["ETag"]
    same = client.get(path, HTTP_IF_NONE_MATCH=tag)
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
    assert client.get(path, HTTP_IF_NONE_MATCH='"x", W/' + tag).status_code == 304
    sent(client.patch, path, {"city": "Bergen"})
    assert client.get(path, HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_scores_are_sent_though_nobody_wrote(tenant: Any, key_client: Any) -> None:
    client, pk = key_client(), made(registry["customers.customer"])
    path = f"{CUSTOMERS}/{pk}"
    tag = client.get(path)["ETag"]
    Customer.objects.filter(pk=pk).update(churn_probability=0.5, scored_at="2026-06-01T00:00:00Z")
    for query in ("", "?fields=churn_probability"):
        fresh = client.get(path + query, HTTP_IF_NONE_MATCH=tag)
        assert (fresh.status_code, fresh.json()["churn_probability"]) == (200, 0.5)
        assert client.get(path + query, HTTP_IF_NONE_MATCH=fresh["ETag"]).status_code == 304
    assert sent(client.patch, path, {"city": "Oslo"}, HTTP_IF_MATCH=fresh["ETag"]).status_code == 200


@pytest.mark.parametrize("query", ["city__in=", "city__not_in=", "city__in=Oslo,", "tags=", "tags__in=", "kind__in=,"])
def test_an_empty_list_is_refused_and_never_silent(tenant: Any, key_client: Any, query: str) -> None:
    answer = key_client().get(f"{CUSTOMERS}/?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_value")


def test_the_numbers_of_other_systems_are_told_and_given(tenant: Any, key_client: Any) -> None:
    client, path = key_client(), f"{CUSTOMERS}/batch"
    one, two = customers(2, 0)
    named = {"action": "update", "id": one, "external": {"source": "erp", "id": "I-99"}, "values": {}}
    done = client.post(path, {"rows": [named]}, content_type="application/json")
    assert (done.status_code, done.json()["results"][0]["status"]) == (207, 200), done.content
    given = client.put(f"{CUSTOMERS}/ext:shop:I-7", {"id": one, "city": "York"}, content_type="application/json")
    assert (given.status_code, given.json()["id"], given.json()["city"]) == (200, one, "York")
    found = client.get(f"{CUSTOMERS}/ext:erp:I-99?include=external_ids").json()
    both = [{"source": "erp", "id": "I-99"}, {"source": "shop", "id": "I-7"}]
    assert (found["id"], found["included"]) == (one, {"external_ids": both})
    listed = client.get(f"{CUSTOMERS}/?id__in={one},{two}&fields=name&include=external_ids").json()["results"]
    assert {row["id"]: len(row["included"]["external_ids"]) for row in listed} == {one: 2, two: 0}
    before = hashes()
    other = {**named, "id": two, "values": {"city": "Leeds"}}
    refused = client.post(path, {"rows": [other]}, content_type="application/json")
    assert (refused.status_code, "external_taken" in refused.content.decode()) == (422, True), refused.content
    body = {"id": two, "city": "Leeds"}
    answer = client.put(f"{CUSTOMERS}/ext:erp:I-99", body, content_type="application/json")
    assert answer.status_code in (409, 422), answer.content
    assert hashes() == before
