"""Sensitive values are masked for everybody, and shown one by one to who may see them, with a note each time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from crm.core.actors import SYSTEM
from crm.core.models import Event
from crm.core.services import record_save
from crm.customers.models import Customer

JSON = "application/json"
NUMBER, MASKED = "330106199002030010", "•" * 16 + "10"


@pytest.fixture
def customer(tenant: Any) -> UUID:
    """Somebody whose ID document is known."""
    return record_save(Customer, {"name": "Qian", "id_document": NUMBER}, actor=SYSTEM)


def looks(customer: UUID) -> list[dict[str, Any]]:
    """What history holds of those who looked."""
    events = Event.objects.filter(object_id=customer, name="customers.customer.revealed")
    return list(events.values("actor_kind", "via", "before", "after"))


def asked(client: Any, customer: UUID) -> Any:
    """A program asks for the value."""
    return client.post("/api/v1/reveal", {"object": "customers", "id": str(customer), "field": "id_document"}, JSON)


def test_lists_records_and_pages_give_the_mask_to_the_owner_too(customer: UUID, client_for: Any) -> None:
    owner = client_for()
    rows = owner.get("/api/v1/customers/?fields=id_document&search=Qian").json()["results"]
    assert [row["id_document"] for row in rows] == [MASKED]
    assert owner.get(f"/api/v1/customers/{customer}").json()["id_document"] == MASKED
    for page in (f"/customers/{customer}/", "/customers/?fields=name,id_document", f"/customers/{customer}/edit/"):
        assert NUMBER not in owner.get(page).content.decode(), page
    assert owner.get(f"/api/v1/customers/count?id_document={NUMBER}").json()["count"] == 1
    assert looks(customer) == []


def test_who_may_see_it_is_told_and_every_look_is_noted(customer: UUID, key_client: Any, client_for: Any) -> None:
    assert asked(key_client(), customer).json() == {"id": str(customer), "field": "id_document", "value": NUMBER}
    owner = client_for()
    assert "prop-show" in owner.get(f"/customers/{customer}/").content.decode()
    shown = owner.post(f"/customers/{customer}/reveal/id_document/").content.decode()
    assert NUMBER in shown
    assert "prop-show" not in shown
    noted = {"before": None, "after": {"id_document": MASKED}}
    assert looks(customer) == [{"actor_kind": k, "via": v, **noted} for k, v in (("key", "api"), ("user", "page"))]
    record_save(Customer, {"id_document": "4403"}, actor=SYSTEM, id=customer)
    page = owner.get(f"/customers/{customer}/tab/history/").content.decode()
    assert "Looked at: ID document" in page
    assert (MASKED in page, NUMBER in page, "4403" in page) == (True, False, False)
    latest = owner.get(f"/api/v1/customers/{customer}/history").json()["results"][0]
    assert (latest["before"]["id_document"], latest["after"]["id_document"]) == (MASKED, "••••03")


def test_who_may_not_is_refused_and_nothing_is_told_on_trial(customer: UUID, key_client: Any, client_for: Any) -> None:
    member = client_for("member")
    assert member.post(f"/customers/{customer}/reveal/id_document/").status_code == 403
    assert "prop-show" not in member.get(f"/customers/{customer}/").content.decode()
    body = {"object": "customers", "id": str(customer), "field": "id_document"}
    owner = key_client()
    trial = owner.post("/api/v1/reveal?dry_run=1", body, JSON)
    assert (trial.status_code, trial.content) == (204, b"")
    assert owner.post("/api/v1/reveal", {**body, "field": "name"}, JSON).status_code == 400
    assert looks(customer) == []


def test_a_mask_that_comes_back_changes_nothing_and_another_is_refused(customer: UUID, key_client: Any) -> None:
    client = key_client()
    path = f"/api/v1/customers/{customer}"
    assert client.patch(path, {"id_document": MASKED, "city": "Oslo"}, JSON).status_code == 200
    wrong = client.patch(path, {"id_document": "••••99"}, JSON)
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "masked")
    assert client.post("/api/v1/customers/", {"name": "Copy", "id_document": MASKED}, JSON).status_code == 422
    assert Customer.objects.filter(pk=customer, id_document=NUMBER, city="Oslo").exists()
