"""New records that nobody owns are given out by rules: by form, API and import alike, each with its reason."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.services import Change, record_save, records_save
from crm.customers.models import Customer
from crm.sales.models import AssignmentRule, Deal, Lead, Territory
from crm.team.models import Role, Team, User
from tests.crm.exchange.running import imported


@pytest.fixture
def team(tenant: Any) -> Any:
    """Three who take turns, one of whom has left."""
    made, role = record_save(Team, {"name": "Inside"}, actor=SYSTEM), Role.objects.get(code="member")
    for name in ("Ann", "Bob", "Cem"):
        User.objects.create(name=name, role=role, team_id=made, is_active=name != "Cem")
    return made


def rule(**values: Any) -> Any:
    """A rule in use."""
    return record_save(AssignmentRule, {"name": "Rule", "assigns": "sales.lead", **values}, actor=SYSTEM)


def leads(*values: dict[str, Any]) -> list[str]:
    """New leads; whose they are."""
    outcome = records_save(Lead, [Change({"name": "L", **one}) for one in values], actor=SYSTEM)
    ids = [outcome.saved[at] for at in range(len(values))]
    names = dict(Lead.objects.filter(pk__in=ids).values_list("pk", "owner__name"))
    return [names[pk] for pk in ids]


def person(name: str) -> Any:
    """Somebody's id."""
    return User.objects.get(name=name).pk


def test_leads_go_round_and_the_next_batch_goes_on_where_the_last_ended(team: Any) -> None:
    rule(way="turns", team=team)
    assert leads({}, {}, {}) == ["Ann", "Bob", "Ann"]
    assert leads({}) == ["Bob"]


def test_whoever_has_the_fewest_gets_the_next(team: Any) -> None:
    rule(way="load", team=team)
    records_save(Lead, [Change({"name": "L", "owner": person("Ann")}) for _ in range(3)], actor=SYSTEM)
    assert Counter(leads(*({} for _ in range(5)))) == {"Bob": 4, "Ann": 1}


def test_the_first_rule_that_fits_decides_and_an_owner_stays(team: Any) -> None:
    rule(way="person", person=person("Ann"), conditions="country=NO", position=1)
    rule(way="person", person=person("Bob"), conditions="industry__in=Food,Tea&amount__gte=100", position=2)
    given = (
        {"country": "NO"},
        {"industry": "Tea", "amount": 100},
        {"industry": "Tea"},
        {"country": "NO", "owner": person("Bob")},
    )
    assert leads(*given) == ["Ann", "Bob", None, "Bob"]


def test_the_reason_stands_in_the_history_and_the_version_is_the_first(team: Any, client_for: Any) -> None:
    rule(name="Norway", way="person", person=person("Ann"))
    pk = record_save(Lead, {"name": "Ola"}, actor=SYSTEM)
    told = Event.objects.get(object_id=pk, name="sales.lead.assigned")
    assert told.after == {"owner": str(person("Ann")), "reason": "Rule “Norway”: One person"}
    assert Lead.objects.get(pk=pk).version == 1
    assert client_for("owner").get(f"/leads/{pk}/").status_code == 200


def test_territories_speak_of_the_customer_for_leads_customers_and_deals(team: Any) -> None:
    for place, (name, conditions) in enumerate((("Ann", "country=NO"), ("Bob", "city=Oslo")), 1):
        values = {"name": f"Of {name}", "position": place, "conditions": conditions, "person": person(name)}
        record_save(Territory, values, actor=SYSTEM)
    record_save(Territory, {"name": "Rest", "position": 9, "team": team, "conditions": "tax_id=7"}, actor=SYSTEM)
    for noun in AssignmentRule.Noun.values:
        rule(assigns=noun, way="territory")
    assert leads({"city": "Oslo"}, {"country": "NO", "city": "Oslo"}, {"city": "Rome"}) == ["Bob", "Ann", None]
    customer = record_save(Customer, {"name": "Ola", "country": "NO"}, actor=SYSTEM)
    assert Customer.objects.get(pk=customer).owner_id == person("Ann")
    deal = record_save(Deal, {"name": "D", "customer": customer}, actor=SYSTEM)
    assert Deal.objects.get(pk=deal).owner_id == person("Ann")


def test_what_has_nobody_or_somebody_who_has_left_leaves_it_to_the_next(team: Any) -> None:
    for place, values in enumerate(({}, {"person": person("Cem")}, {"person": person("Ann")}), 1):
        given = {"name": f"Norway {place}", "position": place, "conditions": "country=NO", **values}
        record_save(Territory, given, actor=SYSTEM)
    rule(way="territory", position=1)
    rule(way="person", person=person("Cem"), position=2)
    rule(way="person", person=person("Bob"), position=3)
    assert leads({"country": "NO"}, {"country": "DE"}) == ["Ann", "Bob"]


def test_an_import_is_given_out_and_its_undo_is_not_hindered(team: Any) -> None:
    rule(assigns="customers.customer", way="turns", team=team)
    job, account = imported(b"name,city\nAva One,Oslo\nBea Two,Oslo\nCy Three,Rome\n")
    assert account.created == 3
    owners = Customer.objects.filter(name__in=["Ava One", "Bea Two", "Cy Three"]).values_list("owner__name", flat=True)
    assert Counter(owners) == {"Ann": 2, "Bob": 1}
    assert job.records["customers.customer"]["created"] == 3


def test_the_form_leaves_the_owner_open_where_rules_decide(team: Any, client_for: Any) -> None:
    client = client_for("manager")
    me = str(User.objects.get(email="manager@kith.test").pk)
    assert me in client.get("/leads/new/").content.decode().partition('name="owner"')[2][:600]
    rule(way="person", person=person("Ann"))
    assert me not in client.get("/leads/new/").content.decode().partition('name="owner"')[2][:600]
    assert client.post("/leads/new/", {"name": "Ola", "owner": ""}).status_code == 302
    assert Lead.objects.get(name="Ola").owner_id == person("Ann")


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"conditions": "colour=red"}, "/conditions"),
        ({"way": "turns"}, "/team"),
        ({"way": "person"}, "/person"),
    ],
)
def test_a_rule_that_could_not_work_is_refused(team: Any, values: dict[str, Any], pointer: str) -> None:
    with pytest.raises(CrmError) as refused:
        rule(**values)
    assert pointer in [one["pointer"] for one in refused.value.details["errors"]]
    assert not AssignmentRule.objects.filter(name="Rule").exists()


def test_only_whoever_arranges_teams_makes_rules(team: Any, client_for: Any) -> None:
    form = {"name": "Mine", "assigns": "sales.lead", "way": "person", "person": str(person("Ann")), "position": "1"}
    assert client_for("member").post("/assignment-rules/new/", form).status_code == 403
    assert not AssignmentRule.objects.filter(name="Mine").exists()
    assert client_for("owner").post("/assignment-rules/new/", form).status_code == 302
    assert AssignmentRule.objects.filter(name="Mine").exists()
