"""Many records in one call: each row has a status of its own; nothing half is ever stored."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.core.models import Event
from crm.core.registry import Resource, registry
from crm.customers.models import Customer
from crm.team.models import Role
from tests.crm.api.asking import body_of, hashes, made, sent

CUSTOMERS, CUSTOMER = "/api/v1/customers", registry["customers.customer"]
each = pytest.mark.parametrize("noun", list(registry), ids=lambda noun: noun.label)


def create(**values: Any) -> dict[str, Any]:
    """A row that makes a customer."""
    return {"action": "create", "values": {"name": "Ann", **values}}


def statuses(answer: Any) -> list[int]:
    """The status of each row."""
    return [one["status"] for one in answer.json()["results"]]


@each
def test_every_noun_takes_every_action_in_one_call(noun: Resource, tenant: Any, key_client: Any) -> None:
    client, path = key_client(), f"/api/v1/{noun.slug}/batch"
    changed, deleted, gone = made(noun), made(noun), made(noun)
    client.delete(f"/api/v1/{noun.slug}/{gone}")
    title = str(body_of(noun).get(noun.title, "Tea"))  # some make a name of the rest
    again = f"again-{title}" if "@" in title else f"{title} again"
    rows = [
        {"action": "restore", "id": str(gone)},
        {"action": "create", "values": body_of(noun)},
        {"action": "update", "id": str(changed), "version": 1, "values": {noun.title: again}},
        {"action": "upsert", "external": {"source": "erp", "id": f"B/{uuid4()}"}, "values": body_of(noun)},
        {"action": "delete", "id": str(deleted), "version": 1},
    ]
    answer = sent(client.post, f"{path}?mode=partial", {"rows": rows})
    assert (answer.status_code, statuses(answer)) == (207, [200, 201, 200, 201, 200]), answer.content
    results = answer.json()["results"]
    assert [one["index"] for one in results] == [0, 1, 2, 3, 4]
    assert results[2]["version"] == 2
    assert client.get(f"/api/v1/{noun.slug}/{results[1]['id']}").status_code == 200
    assert client.get(f"/api/v1/{noun.slug}/{deleted}").status_code == 404
    assert client.get(f"/api/v1/{noun.slug}/{gone}").status_code == 200
    names = set(Event.objects.filter(request_id=answer["X-Request-Id"]).values_list("name", flat=True))
    assert names == {f"{noun.label}.{word}" for word in ("created", "changed", "deleted", "restored")}


def test_one_bad_row_refuses_all_of_an_atomic_batch(tenant: Any, key_client: Any) -> None:
    client, before = key_client(), hashes()
    rows = [create(), create(email="no address", kind="ghost"), create(name="Bob")]
    answer = sent(client.post, f"{CUSTOMERS}/batch", {"rows": rows})
    assert (answer.status_code, statuses(answer)) == (422, [424, 422, 424])
    assert answer["Content-Type"] == "application/problem+json"
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/rows/1/values/email", "/rows/1/values/kind"}
    assert hashes() == before
    told = sent(client.post, f"{CUSTOMERS}/batch", {"rows": [*rows, {"action": "shoe"}]}).json()["errors"]
    assert {one["pointer"] for one in told} == {"/rows/1/values/email", "/rows/1/values/kind", "/rows/3/action"}
    assert hashes() == before


def test_a_row_that_names_an_unseen_record_from_outside_learns_no_id(
    tenant: Any, key_client: Any, client_for: Any
) -> None:
    sent(key_client().put, f"{CUSTOMERS}/ext:erp:7", {"name": "Ann"})
    Role.objects.filter(code="member").update(reach={"customers.customer": {"see": "own"}})
    row = {"action": "upsert", "external": {"source": "erp", "id": "7"}, "values": {"name": "Bob"}}
    answer = sent(client_for("member").post, f"{CUSTOMERS}/batch?mode=partial", {"rows": [row, create(name="Mine")]})
    assert [(one["status"], one["id"] is None) for one in answer.json()["results"]] == [(404, True), (201, False)]


def test_a_partial_batch_stores_the_good_rows_and_names_the_others(tenant: Any, key_client: Any) -> None:
    client, stale = key_client(), made(CUSTOMER)
    rows = [
        create(name="Good one"),
        create(name=""),
        {"action": "update", "id": str(uuid4()), "values": {"name": "x"}},
        {"action": "update", "id": str(stale), "version": 7, "values": {"name": "Stale"}},
        {"action": "delete", "external": {"source": "erp", "id": "nobody"}},
        {"action": "restore", "id": str(stale)},
        create(name="Good two"),
    ]
    answer = sent(client.post, f"{CUSTOMERS}/batch?mode=partial", {"rows": rows})
    assert (answer.status_code, statuses(answer)) == (207, [201, 422, 404, 409, 404, 409, 201]), answer.content
    problem = answer.json()["results"][3]["problem"]
    assert (problem["code"], problem["version"], problem["errors"][0]["pointer"]) == ("stale", 1, "/rows/3/values/name")
    assert answer.json()["results"][5]["problem"]["code"] == "named_twice"
    assert Customer.objects.filter(name__startswith="Good").count() == 2


def test_a_row_that_cannot_be_understood_is_one_refused_row_of_a_partial_batch(tenant: Any, key_client: Any) -> None:
    client, before = key_client(), hashes()
    rows = [create(name="Good one"), {"action": "explode"}, "no row", {**create(), "colour": "red"}]
    assert sent(client.post, f"{CUSTOMERS}/batch", {"rows": rows}).status_code == 422
    assert hashes() == before
    answer = sent(client.post, f"{CUSTOMERS}/batch?mode=partial", {"rows": rows})
    assert (answer.status_code, statuses(answer)) == (207, [201, 422, 422, 422]), answer.content
    results = answer.json()["results"]
    assert [one["action"] for one in results] == ["create", None, None, "create"]
    pointers = [one["problem"]["errors"][0]["pointer"] for one in results[1:]]
    assert pointers == ["/rows/1/action", "/rows/2/action", "/rows/3/colour"]


def test_a_batch_of_which_nothing_was_stored_is_never_a_success(tenant: Any, key_client: Any) -> None:
    answer = sent(key_client().post, f"{CUSTOMERS}/batch?mode=partial", {"rows": [create(name=""), create(kind="x")]})
    assert (answer.status_code, answer.json()["code"], statuses(answer)) == (422, "batch_refused", [422, 422])


def test_what_a_deleted_record_held_is_free_for_a_new_one(tenant: Any, key_client: Any) -> None:
    client = key_client()
    old = sent(client.post, f"{CUSTOMERS}/", {"name": "Old", "number": "N-1"}).json()
    rows = [create(number="N-1"), {"action": "delete", "id": old["id"]}]
    assert statuses(sent(client.post, f"{CUSTOMERS}/batch", {"rows": rows})) == [201, 200]


def test_a_thousand_rows_cost_as_many_statements_as_ten(tenant: Any, key_client: Any) -> None:
    client, costs = key_client(), []
    for count in (60, 1000):
        rows = [create(name=f"Customer {n}") for n in range(count)]
        with CaptureQueriesContext(connection) as found:
            assert sent(client.post, f"{CUSTOMERS}/batch", {"rows": rows}).status_code == 207
        costs.append(len(found))
    assert costs[1] <= costs[0]


def test_a_batch_on_trial_stores_nothing(tenant: Any, key_client: Any) -> None:
    client, before = key_client(), hashes()
    answer = sent(client.post, f"{CUSTOMERS}/batch?dry_run=1", {"rows": [create(), create(name="Bob")]})
    assert (answer.status_code, statuses(answer)) == (207, [201, 201])
    assert hashes() == before


def test_who_may_not_write_sends_no_batch(tenant: Any, key_client: Any) -> None:
    client, before = key_client("read-only"), hashes()
    for row in (create(), {"action": "delete", "id": str(made(CUSTOMER))}):
        before = hashes()
        assert sent(client.post, f"{CUSTOMERS}/batch?mode=partial", {"rows": [row]}).status_code == 403
        assert hashes() == before


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/rows"),
        ({"rows": []}, "/rows"),
        ({"rows": {}}, "/rows"),
        ({"rows": [create()] * 1001}, "/rows"),
        ({"rows": [create()], "mode": "partial"}, "/mode"),
        ({"rows": [7]}, "/rows/0/action"),
        ({"rows": [{"action": "merge"}]}, "/rows/0/action"),
        ({"rows": [{"action": []}]}, "/rows/0/action"),
        ({"rows": [{"action": "create", "values": []}]}, "/rows/0/values"),
        ({"rows": [{"action": "create", "values": {}, "id": str(uuid4())}]}, "/rows/0/id"),
        ({"rows": [{"action": "update", "values": {}}]}, "/rows/0/id"),
        ({"rows": [{"action": "update", "id": "7", "values": {}}]}, "/rows/0/id"),
        ({"rows": [{"action": "upsert", "values": {}}]}, "/rows/0/external"),
        ({"rows": [{"action": "upsert", "external": {"source": 1, "id": "x"}, "values": {}}]}, "/rows/0/external"),
        ({"rows": [{"action": "delete", "id": str(uuid4()), "version": "1"}]}, "/rows/0/version"),
        ({"rows": [{"action": "delete", "id": str(uuid4()), "version": 2**40}]}, "/rows/0/version"),
    ],
)
def test_a_row_without_sense_is_named_by_its_place(tenant: Any, key_client: Any, body: Any, pointer: str) -> None:
    client, before = key_client(), hashes()
    answer = sent(client.post, f"{CUSTOMERS}/batch", body)
    assert answer.status_code == 422
    assert pointer in [one["pointer"] for one in answer.json()["errors"]]
    assert hashes() == before


def test_an_outside_name_that_two_rows_give_is_the_firsts_alone(tenant: Any, key_client: Any) -> None:
    client, (ann, bob, cy) = key_client(), [made(CUSTOMER) for _ in range(3)]
    dup, two = ({"source": "erp", "id": name} for name in ("dup", "two"))
    rows = [
        create(name="Xena"),
        {"action": "update", "id": str(ann), "external": dup, "values": {}},
        {"action": "update", "id": str(bob), "external": dup, "values": {"city": "Nowhere"}},
        {"action": "upsert", "external": two, "values": {"name": "Yu"}},
        {"action": "update", "id": str(cy), "external": two, "values": {}},
    ]
    answer = sent(client.post, f"{CUSTOMERS}/batch?mode=partial", {"rows": rows})
    assert (answer.status_code, statuses(answer)) == (207, [201, 200, 409, 201, 409]), answer.content
    refused = [one["problem"]["code"] for one in answer.json()["results"] if one["status"] == 409]
    assert refused == ["external_taken", "external_taken"]
    assert client.get(f"{CUSTOMERS}/ext:erp:dup").json()["id"] == str(ann)
    assert client.get(f"{CUSTOMERS}/ext:erp:two").json()["name"] == "Yu"
    assert not Customer.objects.filter(city="Nowhere").exists()
    assert Customer.objects.filter(name="Xena").exists()


def test_a_taken_outside_name_refuses_its_row_though_another_row_means_the_same_record(
    tenant: Any, key_client: Any
) -> None:
    client, (ann, bob) = key_client(), [made(CUSTOMER) for _ in range(2)]
    rows = [{"action": "update", "id": str(ann), "external": {"source": "erp", "id": "held"}, "values": {}}]
    assert sent(client.post, f"{CUSTOMERS}/batch", {"rows": rows}).status_code == 207
    rows = [
        {"action": "update", "id": str(bob), "external": {"source": "erp", "id": one}, "values": {}}
        for one in ("held", "free")
    ]
    answer = sent(client.post, f"{CUSTOMERS}/batch?mode=partial", {"rows": [*rows, create()]})
    assert (answer.status_code, statuses(answer)) == (207, [409, 409, 201]), answer.content
    codes = [one["problem"]["code"] for one in answer.json()["results"][:2]]
    assert codes == ["external_taken", "named_twice"]
