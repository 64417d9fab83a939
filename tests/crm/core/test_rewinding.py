"""Back to what was: values and records from their history, deleted records within thirty days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from crm.core.actors import SYSTEM
from crm.core.models import Event
from crm.core.rewinding import deleted_purge
from crm.core.services import record_save, records_delete
from crm.customers.models import Customer
from crm.sales.models import Order
from crm.team.models import Role
from tests.crm.api.asking import hashes, sent
from tests.examples import EXAMPLES


@pytest.fixture
def moved(tenant: Any) -> UUID:
    """A customer who has lived in three towns and changed her number once."""
    pk = record_save(Customer, {"name": "Lin Yi", "city": "Hangzhou", "number": "L-1", "tags": ["a"]}, actor=SYSTEM)
    record_save(Customer, {"city": "Rome", "tags": ["a", "b"]}, actor=SYSTEM, id=pk)
    record_save(Customer, {"city": "Oslo", "number": "L-2"}, actor=SYSTEM, id=pk)
    return pk


def events(pk: UUID) -> list[int]:
    """The record's events, in order."""
    return list(Event.objects.filter(object_id=pk).order_by("seq").values_list("seq", flat=True))


def test_one_value_comes_back_and_the_others_stay(moved: UUID, client_for: Any) -> None:
    client, seq = client_for("owner"), events(moved)
    page = client.get(f"/customers/{moved}/tab/history/", HTTP_HX_REQUEST="true").content.decode()
    assert page.count("Restore this value") == 4
    given = {"event": str(seq[1]), "field": "city", "version": "3"}
    assert client.post(f"/customers/{moved}/rewind/", given).status_code == 302
    customer = Customer.objects.get(pk=moved)
    assert (customer.city, customer.number, customer.tags) == ("Hangzhou", "L-2", ["a", "b"])
    assert client.post(f"/customers/{moved}/rewind/", given).status_code == 409


def test_a_record_goes_back_to_before_a_change_and_forth_again(moved: UUID, key_client: Any) -> None:
    program, seq = key_client("owner"), events(moved)
    told = sent(program.post, f"/api/v1/customers/{moved}/rewind/", {"event": seq[1]}).json()
    assert (told["city"], told["number"], told["tags"]) == ("Hangzhou", "L-1", ["a"])
    history = program.get(f"/api/v1/customers/{moved}/history/").json()["results"]
    assert [one["event"] for one in history[1:]] == seq[::-1]
    told = sent(program.post, f"/api/v1/customers/{moved}/rewind/", {"event": history[0]["event"]}).json()
    assert (told["city"], told["number"], told["tags"]) == ("Oslo", "L-2", ["a", "b"])


def test_lines_come_back_too(tenant: Any, key_client: Any) -> None:
    values = EXAMPLES["sales.order"]()
    pk = record_save(Order, values, actor=SYSTEM)
    record_save(Order, {"lines": []}, actor=SYSTEM, id=pk)
    assert sent(key_client("owner").post, f"/api/v1/orders/{pk}/rewind/", {"event": events(pk)[1]}).status_code == 200
    assert Order.objects.get(pk=pk).lines.count() == 1


def test_what_one_may_not_write_or_see_does_not_come_back(moved: UUID, key_client: Any) -> None:
    seq = events(moved)
    Role.objects.filter(code="member").update(hidden_fields=["customers.customer.city"])
    program = key_client("member", scopes=["*.view_*", "*.change_*"])
    Role.objects.filter(code="read-only").update(hidden_fields=["customers.customer.city"])
    reader = key_client("read-only")
    before = hashes()
    strange = {"event": seq[1], "fields": ["nonsense"]}
    for body in ({"event": 1}, {"event": "x"}, strange, {}, {"event": seq[1], "a": 1}):
        assert sent(program.post, f"/api/v1/customers/{moved}/rewind/", body).status_code in (400, 404)
    assert sent(reader.post, f"/api/v1/customers/{moved}/rewind/", {"event": seq[1]}).status_code == 403
    assert reader.get(f"/api/v1/customers/{moved}/history/").status_code == 200
    assert hashes() == before


def test_deleted_ones_are_listed_brought_back_and_a_collision_is_named(tenant: Any, client_for: Any) -> None:
    pk, clash = (record_save(Customer, {"name": name, "number": name}, actor=SYSTEM) for name in ("Gone", "Clash"))
    client = client_for("owner")
    client.post(f"/customers/{pk}/delete/", {"version": "1"})
    records_delete(Customer, [clash], actor=SYSTEM)
    record_save(Customer, {"name": "New", "number": "Clash"}, actor=SYSTEM)
    page = client.get("/customers/deleted/").content.decode()
    assert all(word in page for word in ("Gone", "Clash", "Kith"))
    refused = client.post("/customers/restore/", {"id": [str(pk), str(clash)]})
    assert (refused.status_code, "number" in refused.content.decode()) == (409, True)
    assert client.post("/customers/restore/", {"id": str(pk)}).status_code == 302
    assert "Gone" not in client.get("/customers/deleted/").content.decode()
    assert client_for("read-only").get("/customers/deleted/").status_code == 403


def test_after_thirty_days_it_is_gone_unless_others_point_at_it(tenant: Any) -> None:
    old, fresh = (record_save(Customer, {"name": name}, actor=SYSTEM) for name in ("Old", "Fresh"))
    order = Order.objects.get(pk=record_save(Order, EXAMPLES["sales.order"](), actor=SYSTEM))
    held = order.customer_id
    records_delete(Customer, [old, fresh, held], actor=SYSTEM)
    Customer.objects.filter(pk__in=[old, held]).update(deleted_at=timezone.now() - timedelta(days=31))
    assert deleted_purge(timezone.now()) >= 1
    assert set(Customer.objects.filter(pk__in=[old, fresh, held]).values_list("pk", flat=True)) == {fresh, held}
    assert Order.objects.filter(pk=order.pk).exists()
