"""The filter builder: groups of conditions, a list that shows them, an address that says them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.utils import timezone

from crm.automation.models import Webhook
from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.sales.models import AssignmentRule, Deal
from crm.team.models import Role, User

GROUPS = {
    "w-0-join": "and", "w-0-in": "",
    "w-1-in": "0", "w-1-field": "city", "w-1-op": "contains", "w-1-value": "Hang",
    "w-2-in": "0", "w-2-join": "or",
    "w-3-in": "2", "w-3-field": "name", "w-3-op": "starts", "w-3-value": "Ada",
    "w-4-in": "2", "w-4-field": "owner", "w-4-op": "me",
}  # fmt: skip


def customer(name: str, **values: Any) -> str:
    """A customer in Hangzhou."""
    return str(record_save(Customer, {"name": name, "city": "Hangzhou", **values}, actor=SYSTEM))


def shown(client: Any, address: str) -> str:
    """A page that opens."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.content[:500]
    return str(answer.content.decode())


def test_groups_of_conditions_become_an_address_and_are_found_again(tenant: Any, client_for: Any) -> None:
    me = User.objects.get(email="owner@kith.test")
    people = {"Ada One": {}, "Bea Two": {"owner": me.pk}, "Cai Three": {}, "Ada Far": {"city": "Rome"}}
    for name, values in people.items():
        customer(name, **values)
    client = client_for("owner")
    address = client.post("/customers/filter/?ordering=name", GROUPS)["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert (asked["city__contains"], asked["ordering"]) == ("Hang", "name")
    assert json.loads(asked["where"]) == {
        "or": [{"field": "name", "op": "starts", "value": "Ada"}, {"field": "owner", "op": "eq", "value": "me"}]
    }
    page = shown(client, address)
    assert [name in page for name in ("Ada One", "Bea Two", "Cai Three", "Ada Far")] == [True, True, False, False]
    assert "Owner is me" in page
    builder = shown(client, f"/customers/filter/?{urlsplit(address).query}")
    assert builder.count('class="b-group') == 2
    assert 'value="Hang"' in builder


def test_the_builder_grows_and_shrinks_and_stores_nothing(tenant: Any, client_for: Any) -> None:
    client = client_for("read-only")

    def pressed(do: str, **more: str) -> Any:
        return client.post("/customers/builder/", {**GROUPS, **more, "do": do}).context["builder"].root

    assert len(pressed("add:0").inside) == 3
    assert [node.join for node in pressed("group:2").inside[1].inside] == ["", "", "and"]
    assert len(pressed("drop:2").inside) == 1
    changed = pressed("field:1", **{"w-1-field": "created_at"}).inside[0]
    assert (changed.op, changed.entry.text) == ("last", "")


def test_days_move_with_the_calendar(tenant: Any, client_for: Any) -> None:
    new, old = customer("Nina New"), customer("Olga Old")
    Customer.objects.filter(pk=old).update(created_at=timezone.now() - timedelta(days=40))
    client = client_for("owner")
    page = shown(client, "/customers/?created_at__between=-30d,today")
    assert (new in page, old in page) == (True, False)
    assert "30 days ago" in page
    page = shown(client, "/customers/?created_at__lt=-1m")
    assert (new in page, old in page) == (False, True)
    assert new in shown(client, "/customers/?created_at=today")
    assert client.get("/customers/?created_at=-9999y").status_code == 400


def test_what_is_hidden_is_neither_offered_nor_understood(tenant: Any, client_for: Any) -> None:
    Role.objects.filter(code="member").update(hidden_fields=["customers.customer.city"])
    client = client_for("member")
    assert 'value="city"' not in shown(client, "/customers/filter/")
    assert 'value="city"' in shown(client_for("owner"), "/customers/filter/")
    answer = client.post("/customers/filter/", GROUPS)
    assert answer.status_code == 422
    assert client.get("/customers/?where=%7B%22field%22%3A%22city%22%2C%22value%22%3A%22x%22%7D").status_code == 400


def test_what_a_program_wrote_is_carried_along(tenant: Any, client_for: Any) -> None:
    tree = {"not": {"field": "city", "op": "eq", "value": "Rome"}}
    client = client_for("owner")
    page = shown(client, f"/customers/filter/?where={json.dumps(tree)}")
    assert "not (City is Rome)" in page
    kept = {"w-0-join": "and", "w-1-in": "0", "w-1-kept": json.dumps(tree)}
    address = client.post("/customers/filter/", kept)["Location"]
    assert json.loads(parse_qs(urlsplit(address).query)["where"][0]) == tree
    assert client.get("/customers/?where={").status_code == 400
    assert client.get("/customers/?where=[1]").status_code == 400


def test_a_program_asks_with_the_same_words(tenant: Any, client_for: Any, key_client: Any) -> None:
    new = customer("Nina New")
    tree = {"or": [{"field": "name", "op": "eq", "value": "Nina New"}, {"field": "city", "op": "eq", "value": "Rome"}]}
    program = key_client("owner")
    found = program.get("/api/v1/customers/", {"where": json.dumps(tree), "created_at__gte": "-1d"}).json()["results"]
    assert [one["id"] for one in found] == [new]
    assert program.get("/api/v1/customers/", {"owner": "me"}).status_code == 400


TOWNS = {
    "built": "1", "w-0-in": "", "w-0-join": "or",
    "w-1-in": "0", "w-1-field": "city", "w-1-op": "contains", "w-1-value": "乌镇 & Co",
    "w-2-in": "0", "w-2-field": "country", "w-2-op": "eq", "w-2-value": "NO",
}  # fmt: skip


def test_who_gets_what_is_written_in_the_builder_and_decides(tenant: Any, client_for: Any) -> None:
    client, owner = client_for("owner"), User.objects.get(email="owner@kith.test")
    rule = {"name": "Towns", "assigns": "customers.customer", "way": "person", "person": str(owner.pk), "position": "1"}
    assert client.post("/assignment-rules/new/", {**rule, **TOWNS, "is_active": "true"}).status_code == 302
    stored = AssignmentRule.objects.get(name="Towns")
    assert '"contains","value":"乌镇 %26 Co"' in stored.conditions
    page = client.get(f"/assignment-rules/{stored.pk}/edit/").content.decode()
    assert 'value="乌镇 &amp; Co"' in page
    made = [record_save(Customer, {"name": "A", **one}, actor=SYSTEM) for one in ({"country": "NO"}, {"city": "Rome"})]
    assert [Customer.objects.get(pk=pk).owner_id for pk in made] == [owner.pk, None]


def test_a_territory_s_groups_hold_for_deals_of_its_customers(tenant: Any, client_for: Any) -> None:
    client, owner = client_for("owner"), User.objects.get(email="owner@kith.test")
    given = {"name": "North", "position": "1", "person": str(owner.pk), "is_active": "true"}
    assert client.post("/territories/new/", {**given, **TOWNS}).status_code == 302
    rule = {"name": "By territory", "assigns": "sales.deal", "way": "territory", "conditions": "", "is_active": True}
    record_save(AssignmentRule, rule, actor=SYSTEM)
    towns = [record_save(Customer, {"name": "A", **one}, actor=SYSTEM) for one in ({"country": "NO"}, {"city": "Rome"})]
    deals = [record_save(Deal, {"name": "D", "customer": pk}, actor=SYSTEM) for pk in towns]
    assert [Deal.objects.get(pk=pk).owner_id for pk in deals] == [owner.pk, None]


def test_another_noun_brings_its_own_fields_and_saves_nothing(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    sent = {"name": "R", "assigns": "sales.deal", "built": "1", "refresh": ""}
    page = client.post("/assignment-rules/new/", sent).content.decode()
    assert '<option value="closed_on"' in page
    assert '<option value="churn_band"' not in page.split("customer.")[0]
    assert not AssignmentRule.objects.filter(name="R").exists()


def test_conditions_are_read_as_sentences_and_written_in_the_builder_only(tenant: Any, client_for: Any) -> None:
    client, owner = client_for("owner"), User.objects.get(email="owner@kith.test")
    asked = f"country=NO&owner={owner.pk}"
    values = {"name": "North", "assigns": "customers.customer", "way": "person", "person": str(owner.pk)}
    rule = record_save(AssignmentRule, {**values, "conditions": "city=Oslo"}, actor=SYSTEM)
    record_save(AssignmentRule, {"conditions": asked}, id=rule, actor=SYSTEM)
    said = f"Country is Norway and Owner is {owner}"
    at = f"/assignment-rules/{rule}"
    for address in ("/assignment-rules/", "/assignment-rules/?fields=name,conditions", f"{at}/", f"{at}/tab/peek/"):
        page = shown(client, address)
        assert said in page, address
        assert "country=NO" not in page
    history = shown(client, f"{at}/tab/history/")
    assert "City is Oslo" in history
    assert said in history
    page = shown(client, f"{at}/")
    assert f"{at}/field/name/" in page
    assert f"{at}/field/conditions/" not in page
    assert client.get(f"{at}/field/name/").status_code == 200
    assert client.get(f"{at}/field/conditions/").status_code == 404
    assert 'data-f="conditions"' not in shown(client, "/assignment-rules/")
    hook = {"name": "H", "url": "https://hooks.example.com/", "events": ["sales.deal.*"]}
    record_save(Webhook, {**hook, "conditions": {"field": "currency", "value": "EUR"}}, actor=SYSTEM)
    assert "Currency is EUR" in shown(client, "/webhooks/?fields=name,conditions")
