"""The numbers that other systems have for records: asked by, taken out, known again, told to receivers."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from crm.automation.models import Delivery, Webhook
from crm.automation.payloads import payload_of
from crm.core.actors import SYSTEM
from crm.core.models import Event, ExternalId
from crm.core.services import Change, records_delete, records_save
from crm.customers.models import Customer
from crm.exchange.services import import_run
from crm.sales.models import Order
from tests.crm.api.asking import sent

CUSTOMERS, ORDERS = "/api/v1/customers", "/api/v1/orders"
PEOPLE = (("Ann Outside", ("shop", "A:1")), ("Bob Outside", ("shop", "B-2")), ("Cy Outside", ("erp", "A:1")))


def people() -> dict[str, UUID]:
    """Three that other systems know, and one that none does."""
    changes = [Change({"name": name, "city": "Out"}, external=outside) for name, outside in PEOPLE]
    saved = records_save(Customer, [*changes, Change({"name": "Dee Outside", "city": "Out"})], actor=SYSTEM).saved
    return {name.partition(" ")[0]: saved[at] for at, name in enumerate([*(one[0] for one in PEOPLE), "Dee"])}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("external_id=shop:A:1", {"Ann"}),
        ("external_id__in=shop:A:1,shop:B-2", {"Ann", "Bob"}),
        ("external_id=shop:", {"Ann", "Bob"}),
        ("external_id__ne=shop:", {"Cy", "Dee"}),
        ("external_id__empty=true", {"Dee"}),
        ("external_id__empty=false", {"Ann", "Bob", "Cy"}),
        ("external_id=shop:B", set()),
    ],
)
def test_a_list_is_narrowed_by_them(tenant: Any, key_client: Any, asked: str, found: set[str]) -> None:
    people()
    answer = key_client().get(f"{CUSTOMERS}/?city=Out&{asked}")
    assert {row["name"].partition(" ")[0] for row in answer.json()["results"]} == found, answer.content


def test_what_points_at_a_record_is_found_by_the_records_number(tenant: Any, key_client: Any) -> None:
    ann, bob = (str(people()[name]) for name in ("Ann", "Bob"))
    orders = [{"customer": pk, "ordered_at": "2026-01-01T00:00:00Z", "number": f"OUT-{pk}"} for pk in (ann, bob)]
    records_save(Order, [Change(values) for values in orders], actor=SYSTEM)
    tree = {"where": {"field": "customer.external_id", "op": "eq", "value": "shop:A:1"}}
    (found,) = sent(key_client().post, f"{ORDERS}/search", tree).json()["results"]
    assert found["customer"]["id"] == ann


@pytest.mark.parametrize("asked", ["external_id=A1", "external_id=:A1", "external_id__in=", "external_id__gt=shop:1"])
def test_a_name_without_a_system_is_refused(tenant: Any, key_client: Any, asked: str) -> None:
    answer = key_client().get(f"{CUSTOMERS}/?{asked}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"][:11]) == (400, "external_id")


def file_of(client: Any, **asked: Any) -> bytes:
    """An export of the four."""
    body = {"object": "customers", "filters": {"city": "Out"}, "format": "csv", **asked}
    job = sent(client.post, "/api/v1/bulk/exports", body)
    assert job.status_code == 201, job.content
    return b"".join(client.get(job.json()["file"]).streaming_content)


def test_files_have_a_column_for_each_system(tenant: Any, key_client: Any) -> None:
    people()
    client = key_client()
    rows = list(csv.DictReader(io.StringIO(file_of(client, fields=["name", "external_id.shop"]).decode("utf-8-sig"))))
    column = "Number in another system: shop"
    assert {row["Name"][:2]: row[column] for row in rows} == {"An": "A:1", "Bo": "B-2", "Cy": "", "De": ""}
    lines = [json.loads(line) for line in file_of(client, format="ndjson").splitlines()]
    assert {line["external_id.erp"] for line in lines} == {"A:1", None}
    body = {"object": "customers", "format": "csv", "fields": ["external_id.nobody"]}
    refused = sent(client.post, "/api/v1/bulk/exports", body)
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, "fields")


def test_a_file_without_our_ids_knows_its_records_by_them(tenant: Any, key_client: Any) -> None:
    known, client = people(), key_client()
    text = file_of(client, fields=["name", "city", "external_id.shop"]).decode("utf-8-sig").replace("Out,", "York,")
    rows = list(csv.reader(io.StringIO(text)))
    without = "\r\n".join(",".join(row[:-1]) for row in rows if row[2])  # the shop's own, our ids cut off
    file = SimpleUploadedFile("back.csv", without.encode())
    job = client.post("/api/v1/bulk/jobs", {"object": "customers", "file": file}).json()
    import_run(UUID(job["id"]))
    account = client.get(job["url"]).json()["account"]
    assert (account["read"], account["created"], account["updated"]) == (2, 0, 2), account
    assert set(Customer.objects.filter(city="York").values_list("pk", flat=True)) == {known["Ann"], known["Bob"]}
    assert ExternalId.objects.filter(object_id__in=known.values()).count() == 3


def test_a_receiver_is_told_which_of_its_own_records_changed(tenant: Any) -> None:
    ann, cy = (people()[name] for name in ("Ann", "Cy"))
    records_delete(Customer, [ann], actor=SYSTEM)
    event = Event.objects.filter(object_id=ann, name="customers.customer.deleted").get()
    body = payload_of(Delivery(event_seq=event.pk, event=event.name), Webhook(), SYSTEM)
    assert json.loads(body or "")["data"]["external_ids"] == [{"source": "shop", "id": "A:1"}]
    assert str(cy) not in str(body)


def test_the_record_page_says_them_quietly(tenant: Any, client_for: Any) -> None:
    known, client = people(), client_for("member")
    side, none = (
        client.get(f"/customers/{known[name]}/tab/related/", HTTP_HX_REQUEST="true").content.decode()
        for name in ("Ann", "Dee")
    )
    assert "A:1" in side
    assert 'id="outside" hx-swap-oob' in side
    assert 'id="outside"' in client.get(f"/customers/{known['Ann']}/").content.decode()
    assert 'id="outside"' not in none


@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_name_that_a_record_has_is_not_given_to_another(tenant: Any, key_client: Any, is_deleted: bool) -> None:
    client, found = key_client(), people()
    path, ann, bob = f"{CUSTOMERS}/ext:shop:A:1", str(found["Ann"]), str(found["Bob"])
    if is_deleted:
        client.delete(f"{CUSTOMERS}/{ann}")
    refused = sent(client.put, path, {"id": bob, "city": "Nowhere"})
    assert (refused.status_code, refused.json()["code"]) == (409, "external_taken"), refused.content
    assert not Customer.objects.filter(city="Nowhere").exists()
    assert sent(client.put, path, {"id": ann, "city": "Here"}).status_code == 200
    assert client.get(path).json()["city"] == "Here"


def test_what_a_get_gave_with_records_beside_it_may_be_sent_back(tenant: Any, key_client: Any) -> None:
    client, ann = key_client(), people()["Ann"]
    for path in (f"{CUSTOMERS}/ext:shop:A:1", f"{CUSTOMERS}/{ann}"):
        read = client.get(f"{path}?include=external_ids").json()
        answer = sent(client.put, path, {**read, "city": "Here"})
        assert (answer.status_code, answer.json().get("city")) == (200, "Here"), answer.content


@pytest.mark.parametrize("name", [("a:b", "1"), (" ", "1"), ("shop", " ")])
def test_a_name_that_could_not_be_asked_for_is_refused(tenant: Any, key_client: Any, name: tuple[str, str]) -> None:
    client, (source, value) = key_client(), name
    path = f"{CUSTOMERS}/ext?{urlencode({'source': source, 'id': value})}"
    put = sent(client.put, path, {"name": "Odd"})
    assert (put.status_code, put.json()["code"]) == (400, "bad_value"), put.content
    row = {"action": "upsert", "external": {"source": source, "id": value}, "values": {"name": "Odd"}}
    batch = sent(client.post, f"{CUSTOMERS}/batch", {"rows": [row]})
    assert (batch.status_code, batch.json()["errors"][0]["pointer"]) == (422, "/rows/0/external"), batch.content
    assert not Customer.objects.filter(name="Odd").exists()
