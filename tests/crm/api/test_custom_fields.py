"""A tenant's own fields by the API: declared, described, written, asked for; who may, and who sees them."""

from __future__ import annotations

from typing import Any

import pytest

from crm.core.models import CustomField, Event
from crm.customers.models import Customer
from tenants.context import inside
from tests.crm.api.asking import hashes, sent

FIELD = {"object": "customers", "label": "VIP level", "kind": "choice", "choices": ["Gold", "Silver"]}


def made(client: Any, **more: Any) -> Any:
    """A field, made by the API."""
    answer = sent(client.post, "/api/v1/fields", {**FIELD, **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_field_is_made_and_then_part_of_its_noun_everywhere(tenant: Any, key_client: Any) -> None:
    client = key_client()
    field = made(client)
    assert (field["name"], [one["value"] for one in field["choices"]]) == ("x_vip_level", ["gold", "silver"])
    one = sent(client.post, "/api/v1/customers/", {"name": "Ann", "x_vip_level": "gold"})
    assert (one.status_code, one.json()["x_vip_level"]) == (201, "gold"), one.content
    listed = client.get("/api/v1/customers/?x_vip_level=gold&fields=name,x_vip_level").json()["results"]
    assert [(row["name"], row["x_vip_level"]) for row in listed] == [("Ann", "gold")]
    tree = {"where": {"not": {"field": "x_vip_level", "op": "is_empty", "value": True}}}
    assert len(sent(client.post, "/api/v1/customers/search", tree).json()["results"]) == 1
    described = {one["name"]: one for one in client.get("/api/v1/schema/customers").json()["fields"]}
    assert (described["x_vip_level"]["label"], described["x_vip_level"]["custom"]) == ("VIP level", field["id"])
    document = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    assert document["CustomerInput"]["properties"]["x_vip_level"]["enum"] == ["gold", "silver", None]
    event = Event.objects.get(name="core.customfield.created")
    assert (str(event.object_id), event.via, event.after["label"]) == (field["id"], "api", "VIP level")


def test_a_field_is_changed_retired_and_brought_back(tenant: Any, key_client: Any) -> None:
    client = key_client()
    field = made(client)
    path = f"/api/v1/fields/{field['id']}"
    pk = sent(client.post, "/api/v1/customers/", {"name": "Ann", "x_vip_level": "silver"}).json()["id"]
    changed = sent(client.patch, path, {"label": "Rank", "choices": [{"value": "gold", "label": "Oro"}, "Bronze"]})
    assert changed.status_code == 200, changed.content
    assert [(c["value"], c["label"], c["retired"]) for c in changed.json()["choices"]] == [
        ("gold", "Oro", False),
        ("bronze", "Bronze", False),
        ("silver", "Silver", True),
    ]
    assert client.get(f"/api/v1/customers/{pk}").json()["x_vip_level"] == "silver"
    refused = sent(client.post, "/api/v1/customers/", {"name": "Bob", "x_vip_level": "silver"})
    assert refused.json()["errors"][0]["allowed"] == ["gold", "bronze"]
    assert sent(client.patch, f"/api/v1/customers/{pk}", {"x_vip_level": "silver", "city": "Rome"}).status_code == 200
    assert sent(client.post, f"{path}/retire", {}).status_code == 200
    assert client.get("/api/v1/fields?object=customers").json()["results"] == []
    assert len(client.get("/api/v1/fields?object=customers&retired=1").json()["results"]) == 1
    assert client.get("/api/v1/customers/?x_vip_level=gold").json()["code"] == "retired_field"
    refused = sent(client.patch, f"/api/v1/customers/{pk}", {"x_vip_level": "gold"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "retired_field")
    assert sent(client.post, f"{path}/restore", {}).status_code == 200
    assert client.get(f"/api/v1/customers/{pk}").json()["x_vip_level"] == "silver"


@pytest.mark.parametrize(("role", "status"), [("owner", 201), ("manager", 201), ("member", 403), ("read-only", 403)])
def test_owners_and_managers_declare_fields(tenant: Any, key_client: Any, role: str, status: int) -> None:
    field = made(key_client(), label="Before")
    client = key_client(role)
    before = hashes()
    answers = [
        sent(client.post, "/api/v1/fields", FIELD),
        sent(client.patch, f"/api/v1/fields/{field['id']}", {"label": "Other"}),
        sent(client.post, f"/api/v1/fields/{field['id']}/retire", {}),
        sent(client.post, f"/api/v1/fields/{field['id']}/restore", {}),
    ]
    assert [answer.status_code for answer in answers] == ([status] + [200 if status == 201 else 403] * 3)
    assert (hashes() == before) is (status == 403)
    assert client.get(f"/api/v1/fields/{field['id']}").status_code == 200


def test_problems_come_all_at_once_with_pointers(tenant: Any, key_client: Any) -> None:
    client, before = key_client(), hashes()
    body = {"object": "customers", "label": "", "kind": "link", "choices": ["a"], "currency": "EUR", "name": "vip"}
    answer = sent(client.post, "/api/v1/fields", body)
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["errors"]} == {
        "/label",
        "/target",
        "/choices",
        "/currency",
        "/name",
    }
    assert sent(client.post, "/api/v1/fields", {**FIELD, "object": "wars"}).json()["errors"][0]["pointer"] == "/object"
    assert sent(client.post, "/api/v1/fields", {**FIELD, "color": 1}).json()["errors"][0]["pointer"] == "/color"
    assert sent(client.post, "/api/v1/fields", {**FIELD, "kind": "poem"}).json()["errors"][0]["allowed"]
    assert hashes() == before


def test_a_dry_run_of_each_write_keeps_nothing(tenant: Any, key_client: Any) -> None:
    client = key_client()
    field = made(client)
    before, path = hashes(), f"/api/v1/fields/{field['id']}"
    answers = [
        sent(client.post, "/api/v1/fields?dry_run=1", {**FIELD, "label": "Other"}),
        sent(client.patch, f"{path}?dry_run=1", {"label": "Other"}),
        sent(client.post, f"{path}/retire?dry_run=1", {}),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert hashes() == before
    assert "x_other" not in client.get("/api/v1/customers/?page_size=1").json()["results"][0]
    assert "x_vip_level" in client.get("/api/v1/customers/?page_size=1").json()["results"][0]


def test_fields_are_seen_in_their_own_tenant_only(tenant: Any, other: Any, clone: Any, key_client: Any) -> None:
    field = made(key_client())
    for there in (other, clone):
        client = key_client(tenant=there)
        assert client.get(f"/api/v1/fields/{field['id']}").status_code == 404
        assert client.get("/api/v1/fields?object=customers").json()["results"] == []
        assert client.get("/api/v1/customers/?x_vip_level=gold").json()["code"] == "unknown_filter"
        assert "x_vip_level" not in client.get("/api/v1/openapi.json").content.decode()
        assert sent(client.post, "/api/v1/customers/", {"name": "B", "x_vip_level": "gold"}).status_code == 422
        with inside(there):
            assert not CustomField.objects.filter(name="x_vip_level").exists()
    assert key_client().get("/api/v1/customers/?x_vip_level=gold").status_code == 200


@pytest.mark.parametrize("value", [1e25, -(2.0**53), "1e300", 10**15 * 10])
def test_a_number_that_json_would_give_back_too_large_is_refused(tenant: Any, key_client: Any, value: Any) -> None:
    client = key_client()
    made(client, label="Share", kind="percent", choices=None)
    before = hashes()
    refused = sent(client.post, "/api/v1/customers/", {"name": "Ann", "x_share": value})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/x_share"), refused.content
    assert hashes() == before
    taken = sent(client.post, "/api/v1/customers/", {"name": "Ann", "x_share": 2.0**53 - 1})
    assert (taken.status_code, taken.json()["x_share"]) == (201, 2.0**53 - 1)


def test_a_number_that_was_stored_too_large_still_answers(tenant: Any, key_client: Any) -> None:
    client = key_client()
    key = CustomField.objects.get(pk=made(client, label="Share", kind="percent", choices=None)["id"]).key
    pk = sent(client.post, "/api/v1/customers/", {"name": "Ann", "x_share": 0.5}).json()["id"]
    Customer.objects.filter(pk=pk).update(custom={key: 10**25})
    assert client.get(f"/api/v1/customers/{pk}").json()["x_share"] == 1e25
    assert client.get("/api/v1/customers/?name=Ann&fields=x_share").json()["results"][0]["x_share"] == 1e25
