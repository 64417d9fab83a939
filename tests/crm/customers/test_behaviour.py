"""Behaviour events: thousands at once, each once, refusals row by row, gone when the person is."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from crm.core.actors import SYSTEM
from crm.core.privacy import person_erase
from crm.core.registry import registry
from crm.core.services import record_save
from crm.customers.behaviour import behaviour_forget_old
from crm.customers.models import BehaviourEvent, Customer
from crm.team.models import Role
from tests.crm.api.asking import sent

PLACE = "/api/v1/behaviour-events"
CUSTOMERS = registry["customers.customer"]


def customer(**values: Any) -> Any:
    """The id of a customer."""
    return record_save(Customer, {"name": "Visits a lot", **values}, actor=SYSTEM)


def event(of: Any, key: str, **values: Any) -> dict[str, Any]:
    """One event as a shop sends it."""
    return {
        "customer": str(of),
        "kind": "visit",
        "happened_at": "2026-03-05T14:00:00Z",
        "source": "web",
        "key": key,
        **values,
    }


def test_what_comes_twice_is_stored_once(tenant: Any, key_client: Any) -> None:
    one, client = customer(), key_client()
    rows = [event(one, f"v-{n}", subject="/tea/\tgreen\n", value="12.5") for n in range(3)]
    first = sent(client.post, PLACE, [*rows, rows[0]]).json()
    assert first == {"received": 4, "stored": 3, "repeated": 1, "refused": []}
    again = sent(client.post, PLACE, {"rows": [*rows, event(one, "v-9")]}).json()
    assert again == {"received": 4, "stored": 1, "repeated": 3, "refused": []}
    stored = BehaviourEvent.objects.filter(customer=one).order_by("pk")
    assert [row.key for row in stored] == ["v-0", "v-1", "v-2", "v-9"]
    assert stored[0].subject == "/tea/\tgreen\n"


def test_the_customer_is_named_by_id_by_outside_name_or_by_number(tenant: Any, key_client: Any) -> None:
    client = key_client()
    answer = sent(client.put, "/api/v1/customers/ext:shop:77", {"name": "Named", "number": "N-77"})
    rows = [event(None, key, **named) for key, named in
            (("a", {"customer_ext": "shop:77"}), ("b", {"customer_number": "N-77"}))]  # fmt: skip
    for row in rows:
        del row["customer"]
    assert sent(client.post, PLACE, rows).json()["stored"] == 2
    assert {str(row.customer_id) for row in BehaviourEvent.objects.filter(key__in="ab")} == {answer.json()["id"]}


def test_rows_that_cannot_be_taken_are_named_and_the_others_are_stored(tenant: Any, key_client: Any) -> None:
    one, bad = (
        customer(),
        [
            {"customer": "00000000-0000-7000-8000-000000000000"},
            {"kind": "sneeze"},
            {"happened_at": "soon"},
            {"happened_at": "2190-01-01T00:00:00Z"},
            {"source": ""},
            {"value": "NaN"},
            {"subject": "x" * 201},
            {"mood": "good"},
        ],
    )
    rows = [event(one, "good"), *(event(one, f"bad-{n}", **values) for n, values in enumerate(bad)), "text"]
    answer = sent(key_client().post, PLACE, rows)
    assert (answer.status_code, answer.json()["stored"]) == (207, 1)
    named = {row["row"]: row["field"] for row in answer.json()["refused"]}
    fields = ["customer", "kind", "happened_at", "happened_at", "source", "value", "subject", "mood", ""]
    assert named == dict(enumerate(fields, start=1))
    [told] = sent(key_client().post, PLACE, [{"kind": "ghost", "mood": "good", "value": "NaN"}]).json()["refused"]
    wrong = {error["field"] for error in told["errors"]}
    assert wrong == {"customer", "kind", "happened_at", "value", "source", "key", "mood"}


def test_lines_of_json_are_taken_too_and_too_many_are_not(tenant: Any, key_client: Any) -> None:
    one, client = customer(), key_client()
    lines = "\n".join(json.dumps(event(one, f"l-{n}")) for n in range(2))
    answer = client.post(PLACE, lines, content_type="application/x-ndjson")
    assert answer.json()["stored"] == 2
    many = sent(client.post, PLACE, [{}] * 10_001)
    assert many.status_code == 422


@pytest.mark.parametrize("role", ["read-only", "member"])
def test_who_may_only_read_adds_nothing(tenant: Any, key_client: Any, role: str) -> None:
    one = customer()
    answer = sent(key_client(role).post, PLACE, [event(one, "k")])
    assert (answer.status_code == 200) is (role == "member")
    assert BehaviourEvent.objects.filter(customer=one).count() == (role == "member")


def test_another_companys_customer_is_out_of_reach(tenant: Any, other: Any, key_client: Any) -> None:
    one = customer()
    answer = sent(key_client(tenant=other).post, PLACE, [event(one, "theirs")])
    assert [row["field"] for row in answer.json()["refused"]] == ["customer"]


def test_the_page_and_the_api_sum_it_up(tenant: Any, key_client: Any, client_for: Any) -> None:
    one, now = customer(), timezone.now()
    rows = [
        event(one, f"s-{n}", happened_at=(now - timedelta(days=days)).isoformat()) for n, days in enumerate([1, 90])
    ]
    sent(key_client().post, PLACE, rows)
    (row,) = key_client().get(f"/api/v1/customers/{one}/behaviour").json()["rows"]
    assert (row["kind"], row["month"], row["year"]) == ("visit", 1, 2)
    assert "aside-behaviour" in client_for("member").get(f"/customers/{one}/tab/related/").content.decode()


def test_it_goes_with_the_person_and_with_time(tenant: Any, key_client: Any) -> None:
    one, kept = customer(), customer()
    old = event(kept, "old", happened_at="2001-01-01T00:00:00Z")
    sent(key_client().post, PLACE, [event(one, "gone"), event(kept, "stays"), old])
    person_erase(CUSTOMERS, one, actor=SYSTEM, reason="asked for it")
    behaviour_forget_old(timezone.now())
    assert list(BehaviourEvent.objects.filter(customer__in=[one, kept]).values_list("key", flat=True)) == ["stays"]


def test_what_a_customer_did_is_noted_by_hand(tenant: Any, client_for: Any, key_client: Any) -> None:
    one = customer()
    BehaviourEvent.objects.all().delete()
    client, page = client_for("member"), f"/customers/{one}/observe/"
    assert 'name="happened_at"' in client.get(page).content.decode()
    assert client.post(page, {"kind": "visit", "subject": "Fair in Oslo", "channel": ""}).status_code == 302
    assert "Visit" in client.get(f"/customers/{one}/").content.decode()
    address, later = f"/api/v1/customers/{one}/observe", "2099-01-01T00:00:00Z"
    for body, status in (({"kind": "visit", "happened_at": later}, 422), ({"kind": "no such"}, 422)):
        assert key_client().post(address, body, content_type="application/json").status_code == status
    assert client_for("read-only").post(page, {"kind": "visit"}).status_code == 403
    (event,) = BehaviourEvent.objects.all()
    assert (event.kind, event.subject, event.source) == ("visit", "Fair in Oslo", "form")


FILE = """Shop log of March,,,,
Customer,When,Event,Page,Value
F-1,5.3.2026 14:00,浏览,/tea/green,12.5
mira@file.example,2026-03-06,Visit,/,
139 1234 5678,14.3.2026,,/cups,
F-1,5.3.2026 14:00,浏览,/tea/green,12.5
nobody@file.example,2026-03-06,Visit,/,
F-1,soon,Visit,/,
F-1,2026-03-06,flight,/,
twins@file.example,2026-03-06,Visit,/,
"""


def dropped(client: Any, text: str, **more: Any) -> Any:
    """What the page says after a file was dropped on it."""
    file = SimpleUploadedFile("log.csv", text.encode())
    return client.post("/imports/behaviour/", {"file": file, **more})


def test_a_file_of_events_is_taken_line_by_line_and_once(tenant: Any, client_for: Any) -> None:
    tenant.region, tenant.time_zone = "CN", "Asia/Shanghai"
    tenant.save()
    one, two = customer(number="F-1"), customer(name="Mira", email="mira@file.example")
    three = customer(name="Rings", phone="+8613912345678")
    for n in range(2):
        customer(name=f"Twin {n}", email="twins@file.example")
    client = client_for("owner")
    assert "/imports/behaviour/" in client.get("/imports/new/").content.decode()
    told = dropped(client, FILE, kind="login").content.decode()
    assert "4 stored, 0 here already, 4 refused" in told
    for row, said in ((7, "nobody@file.example"), (8, "happened_at"), (9, "flight"), (10, "twins@file.example")):
        assert said in told.split(f'class="num">{row}</th>')[1].split("</tr>")[0]
    kept = [(row.customer_id, row.kind, row.subject) for row in BehaviourEvent.objects.order_by("pk").reverse()[:4]]
    assert sorted(kept, key=str) == sorted(
        [(one, "view", "/tea/green")] * 2 + [(two, "visit", "/"), (three, "login", "/cups")], key=str
    )
    first = BehaviourEvent.objects.filter(customer=one).first()
    assert first is not None
    assert (first.happened_at.isoformat(), first.value) == ("2026-03-05T06:00:00+00:00", Decimal("12.5"))
    assert "0 stored, 4 here already, 4 refused" in dropped(client, FILE, kind="login").content.decode()


def test_who_may_not_note_behaviour_cannot_drop_a_file_of_it(tenant: Any, client_for: Any) -> None:
    customer(number="F-1")
    before = BehaviourEvent.objects.count()
    assert dropped(client_for("read-only"), FILE).status_code == 403
    assert "/imports/behaviour/" not in client_for("read-only").get("/imports/").content.decode()
    assert dropped(client_for("owner"), "Name,Colour\nAnna,red\n").status_code == 422
    assert BehaviourEvent.objects.count() == before
    Role.objects.filter(code="member").update(hidden_fields=["customers.customer.number"])
    told = dropped(client_for("member"), "Customer,When\nF-1,2026-03-06\n").content.decode()
    assert ("0 stored" in told, BehaviourEvent.objects.count()) == (True, before)
