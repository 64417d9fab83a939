"""Calls and meetings: planned, held, and shown at everyone who takes part."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from crm.activities.models import Call, Meeting, Note
from crm.activities.services import meeting_cancel, meeting_hold, meeting_reopen
from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.services import record_save
from crm.customers.models import Contact, Customer
from tests.examples import EXAMPLES


@pytest.fixture
def customer(tenant: Any) -> UUID:
    """A customer without any history."""
    values = {"name": "Orchid Teas", "email": "Buyer@Orchid.example", "phone": "+8613800138000"}
    return record_save(Customer, values, actor=SYSTEM)


def meeting(**values: Any) -> Meeting:
    return Meeting.objects.get(pk=record_save(Meeting, EXAMPLES["activities.meeting"]() | values, actor=SYSTEM))


def timeline(client: Any, slug: str, pk: UUID, query: str = "") -> str:
    answer = client.get(f"/{slug}/{pk}/tab/timeline/{query}")
    assert answer.status_code == 200, answer.content[:500]
    return str(answer.content.decode())


def test_a_meeting_ends_after_half_an_hour_and_never_before_it_begins(tenant: Any) -> None:
    stored = meeting(ends_at=None)
    assert stored.ends_at == stored.starts_at + timedelta(minutes=30)
    with pytest.raises(CrmError) as refused:
        record_save(Meeting, {"ends_at": "2026-01-02T09:59:00Z"}, actor=SYSTEM, id=stored.pk)
    assert refused.value.details["errors"][0]["pointer"] == "/ends_at"
    stored.refresh_from_db()
    assert stored.version == 1


def test_a_meeting_is_held_once_and_keeps_what_came_of_it(tenant: Any) -> None:
    stored = meeting()
    meeting_hold(stored, actor=SYSTEM, outcome="They order 40 kg.")
    stored.refresh_from_db()
    assert (stored.status, stored.outcome) == ("held", "They order 40 kg.")
    with pytest.raises(CrmError) as refused:
        meeting_cancel(stored, actor=SYSTEM)
    assert refused.value.status == 409
    meeting_reopen(stored, actor=SYSTEM)
    stored.refresh_from_db()
    assert stored.status == "planned"
    names = Event.objects.filter(object_id=stored.pk).order_by("seq").values_list("name", flat=True)
    assert [name.rpartition(".")[2] for name in names] == ["created", "hold", "reopen"]


def test_who_may_only_read_calls_nothing_off(tenant: Any, key_client: Any) -> None:
    stored = meeting()
    path = f"/api/v1/meetings/{stored.pk}/cancel"
    assert key_client("read-only").post(path, {}, content_type="application/json").status_code == 403
    stored.refresh_from_db()
    assert stored.status == "planned"
    assert key_client("member").post(path, {}, content_type="application/json").status_code == 200
    stored.refresh_from_db()
    assert stored.status == "cancelled"


def test_a_meeting_is_shown_at_everyone_who_takes_part(tenant: Any, client_for: Any, customer: UUID) -> None:
    contact = record_save(
        Contact, {"name": "Wei", "customer": str(customer), "email": "wei@orchid.example"}, actor=SYSTEM
    )
    alone = record_save(Contact, {"name": "Bo", "customer": str(customer), "email": "bo@orchid.example"}, actor=SYSTEM)
    meeting(title="Harvest talk", attendees=["WEI@orchid.example", "buyer@orchid.example"])
    client = client_for("owner")
    assert "Harvest talk" in timeline(client, "contacts", contact)
    assert "Harvest talk" in timeline(client, "customers", customer)
    assert "Harvest talk" not in timeline(client, "contacts", alone)


def test_the_composer_offers_each_kind_with_what_is_known(tenant: Any, client_for: Any, customer: UUID) -> None:
    client = client_for("owner")
    page = client.get(f"/customers/{customer}/note/").content.decode()
    for label in ("activities.note", "activities.task", "activities.call", "activities.meeting"):
        assert f'value="{label}"' in page
    assert "buyer@orchid.example" in page
    assert client_for("read-only").get(f"/customers/{customer}/note/").content.decode().count("<form") == 0


def test_what_is_written_above_the_timeline_stands_in_it(tenant: Any, client_for: Any, customer: UUID) -> None:
    client = client_for("member")
    sent = {"noun": "activities.call", "title": "Asked for prices", "outcome": "reached", "called_at": ""}
    answer = client.post(f"/customers/{customer}/note/", sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Asked for prices" in answer.content.decode()
    call = Call.objects.get(title="Asked for prices")
    assert (call.object_id, call.object_type) == (customer, "customers.customer")
    assert call.owner is not None
    assert call.owner.email == "member@kith.test"
    before = Meeting.objects.count()
    sent = {
        "noun": "activities.meeting",
        "title": "Too late",
        "starts_at": "2026-05-02T10:00",
        "ends_at": "2026-05-01T10:00",
    }
    assert client.post(f"/customers/{customer}/note/", sent, headers={"HX-Request": "true"}).status_code == 422
    assert client.post(f"/customers/{customer}/note/", {"noun": "sales.order"}).status_code == 404
    assert Meeting.objects.count() == before


def test_the_timeline_is_narrowed_searched_and_lengthened(tenant: Any, client_for: Any, customer: UUID) -> None:
    about = {"object_type": "customers.customer", "object_id": str(customer)}
    for at in range(40):
        record_save(Note, {"body": f"Remark {at:02}", **about}, actor=SYSTEM)
    soon = (timezone.now() + timedelta(days=2)).isoformat()
    meeting(title="Contract talk", starts_at=soon, ends_at=None, **about)
    client = client_for("owner")
    page = timeline(client, "customers", customer)
    assert page.index("Contract talk") < page.index("Remark 39")
    assert "Coming up" in page
    assert "Remark 39" in page
    assert "Remark 02" not in page
    assert "Remark 02" in timeline(client, "customers", customer, "?most=60")
    only = timeline(client, "customers", customer, "?kind=activities.meeting")
    assert "Contract talk" in only
    assert "Remark" not in only
    found = timeline(client, "customers", customer, "?search=contract")
    assert "Contract talk" in found
    assert "Remark" not in found
    changes = timeline(client, "customers", customer, "?kind=changes")
    assert "Created" in changes
    assert "Contract talk" not in changes
    assert client.get(f"/customers/{customer}/tab/timeline/?kind=sales.nothing").status_code == 404
