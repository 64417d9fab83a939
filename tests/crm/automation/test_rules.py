"""Rules: when this happens, and if that is true, these things are done, once, with the author's rights."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from crm.activities.models import Note, Task
from crm.automation.deliveries import deliveries_send
from crm.automation.dry_runs import rule_try
from crm.automation.models import Delivery, Notification, Rule, RuleRun, RuleStep, Webhook
from crm.automation.runs import rule_work, run_retry, step
from crm.automation.triggers import rules_hear
from crm.core.actors import SYSTEM, Actor
from crm.core.bulk import Fact, events_write
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.registry import registry
from crm.core.services import record_save, records_delete
from crm.core.verbs import verb_run
from crm.customers.models import Customer
from crm.team.models import Role, User
from tenants.context import inside
from tenants.models import Tenant
from tests.crm.automation.conftest import person
from tests.crm.automation.receiver import Receiver

Tell = Callable[..., int]
CREATED = {"trigger": "event", "events": ["customers.customer.created"]}
NOTE = {"do": "create", "noun": "activities.note", "values": {"body": "Hello {name}"}}


@pytest.fixture(autouse=True)
def _alone(tenant: Any) -> None:
    """Only the rules of the test."""
    Rule.objects.all().delete()


def rule(*actions: dict[str, Any], actor: Actor | None = None, **values: Any) -> Rule:
    """A rule on customers, which begins when one is made unless said otherwise."""
    given = {"name": "R", "noun": "customers.customer", "actions": list(actions) or [NOTE], **(values or CREATED)}
    given = given if "trigger" in given else {**CREATED, **given}
    return Rule.objects.get(pk=record_save(Rule, given, actor=actor or person("owner")))


def customer(actor: Actor = SYSTEM, **values: Any) -> UUID:
    """A customer."""
    return record_save(Customer, {"name": "Lin Yi", **values}, actor=actor)


def worked() -> int:
    """Do what is due of all rules."""
    return sum(rule_work(pk) for pk in Rule.objects.values_list("pk", flat=True))


def waited() -> None:
    """Every wait is over."""
    RuleRun.objects.filter(state="waiting").update(due_at=timezone.now() - timedelta(seconds=1))


def run_of(one: Rule) -> RuleRun:
    """The only run."""
    return RuleRun.objects.get(rule=one)


def notes(pk: UUID) -> list[str]:
    """What was written about a record."""
    return list(Note.objects.filter(object_id=pk).order_by("pk").values_list("body", flat=True))


def test_it_does_what_it_says_once_for_each_event(told: Tell) -> None:
    one = rule()
    pk = customer()
    told(rules_hear, rules_hear)
    worked(), worked()
    assert notes(pk) == ["Hello Lin Yi"]
    assert (run_of(one).state, next(s.text for s in RuleStep.objects.filter(run__rule=one))[:15]) == (
        "done", "activities.note",
    )  # fmt: skip
    event = Event.objects.get(name="activities.note.created", object_id=Note.objects.get(object_id=pk).pk)
    assert (event.via, event.actor_kind, event.actor_id) == ("rule", "user", person("owner").id)


def test_conditions_decide_for_whom(told: Tell) -> None:
    rule(**CREATED, conditions={"and": [{"field": "city", "value": "Hangzhou"}, {"field": "tags", "value": "vip"}]})
    good, poor = customer(city="Hangzhou", tags=["vip"]), customer(city="Hangzhou")
    told(rules_hear)
    worked()
    assert (notes(good), notes(poor)) == (["Hello Lin Yi"], [])


def test_every_action_does_its_deed(told: Tell, receiver: Receiver) -> None:
    Webhook.objects.all().delete()
    hook = record_save(Webhook, {"name": "H", "url": receiver.url, "events": ["sales.order.*"]}, actor=person("owner"))
    member = User.objects.get(email="member@kith.test")
    one = rule(
        {"do": "set", "values": {"city": "Suzhou", "tags": ["new", "{city}"]}},
        {"do": "create", "noun": "activities.task", "values": {"title": "Call {name}", "due_at": "{now+7d}"}},
        {"do": "assign", "to": [str(member.pk)]},
        {"do": "notify", "to": ["owner", "author"], "text": "{name} of {city}"},
        {"do": "webhook", "webhook": str(hook)},
        {"do": "stop"},
        NOTE,
    )
    pk = customer(city="Hangzhou")
    told(rules_hear)
    worked()
    stored = Customer.objects.get(pk=pk)
    assert (stored.city, stored.owner_id, notes(pk)) == ("Suzhou", member.pk, [])
    task = Task.objects.get(object_id=pk)
    assert (task.title, task.object_type) == ("Call Lin Yi", "customers.customer")
    assert task.due_at is not None
    assert timedelta(days=6.9) < task.due_at - timezone.now() < timedelta(days=7.1)
    lines = Notification.objects.filter(object_id=pk, kind="rule")
    assert sorted(line.user.email for line in lines) == ["member@kith.test", "owner@kith.test"]
    assert {line.text for line in lines} == {"Lin Yi of Suzhou"}
    deliveries_send(hook)
    (request,) = receiver.requests
    assert (request.data["type"], request.data["data"]["record"]["city"]) == ("automation.rule.fired", "Suzhou")
    assert request.data["data"]["rule"] == {"id": str(one.pk), "name": "R"}
    assert run_of(one).state == "stopped"


def test_it_calls_a_verb(told: Tell) -> None:
    rule({"do": "verb", "verb": "complete", "inputs": {}}, noun="activities.task", trigger="event",
         events=["activities.task.created"])  # fmt: skip
    pk = record_save(Task, {"title": "x"}, actor=SYSTEM)
    told(rules_hear)
    worked()
    assert Task.objects.get(pk=pk).status == "done"


def test_people_take_turns(told: Tell) -> None:
    people = [str(User.objects.get(email=f"{role}@kith.test").pk) for role in ("member", "owner", "manager")]
    rule({"do": "assign", "to": [people[0].upper(), f"{{{people[1]}}}", people[2]]})
    made = [customer() for _ in range(5)]
    told(rules_hear)
    worked()
    owners = [str(Customer.objects.get(pk=pk).owner_id) for pk in made]
    assert owners == [people[0], people[1], people[2], people[0], people[1]]
    User.objects.filter(pk=people[2]).update(is_active=False)
    later = customer()
    told(rules_hear)
    worked()
    assert str(Customer.objects.get(pk=later).owner_id) in people[:2]


def test_a_wait_is_waited_for_and_then_the_conditions_are_asked_again(told: Tell) -> None:
    one = rule({"do": "wait", "days": 7}, NOTE, **CREATED, conditions={"field": "city", "value": "Hangzhou"})
    stays, moves, gone = (customer(city="Hangzhou") for _ in range(3))
    told(rules_hear)
    worked()
    assert notes(stays) == []
    due = RuleRun.objects.filter(rule=one).values_list("due_at", flat=True)
    assert all(timedelta(days=6.9) < at - timezone.now() < timedelta(days=7.1) for at in due)
    record_save(Customer, {"city": "Suzhou"}, id=moves, actor=SYSTEM)
    records_delete(Customer, [gone], actor=SYSTEM)
    waited()
    worked()
    assert (notes(stays), notes(moves), notes(gone)) == (["Hello Lin Yi"], [], [])
    states = dict(RuleRun.objects.filter(rule=one).values_list("object_id", "state"))
    assert states == {stays: "done", moves: "stopped", gone: "stopped"}


@pytest.mark.parametrize(("old", "new", "is_begun"), [
    ("Hangzhou", "Suzhou", True), ("Hangzhou", "Wuxi", False), ("Wuxi", "Suzhou", False),
])  # fmt: skip
def test_a_change_from_and_to_begins_it(old: str, new: str, is_begun: bool, told: Tell) -> None:
    rule(trigger="change", field="city", from_value="Hangzhou", to_value="Suzhou")
    pk = customer(city=old)
    told(rules_hear)
    record_save(Customer, {"city": new}, id=pk, actor=SYSTEM)
    told(rules_hear)
    worked()
    assert len(notes(pk)) == is_begun


@pytest.mark.parametrize(("way", "before", "after", "is_begun"), [
    ("up", 40, 60, True), ("up", 50, 60, False), ("up", 60, 40, False), ("up", None, 50, True),
    ("down", 60, 40, True), ("down", 40, 30, False), ("down", 60, 50, False),
])  # fmt: skip
def test_a_threshold_that_is_passed_begins_it(
    way: str, before: int | None, after: int, is_begun: bool, told: Tell
) -> None:
    rule(trigger="change", field="opening_orders_count", direction=way, threshold=50)
    pk = customer(opening_orders_count=before)
    told()
    record_save(Customer, {"opening_orders_count": after}, id=pk, actor=SYSTEM)
    told(rules_hear)
    worked()
    assert len(notes(pk)) == is_begun


def test_a_risk_level_that_is_crossed_begins_it(told: Tell) -> None:
    rule(trigger="change", field="churn_band", to_value="high")
    up, down = customer(), customer()
    name, label = "customers.customer.band_crossed", "customers.customer"
    events_write([Fact(name, label, up, {"churn_band": "low"}, {"churn_band": "high"}),
                  Fact(name, label, down, {"churn_band": "high"}, {"churn_band": "low"})], SYSTEM)  # fmt: skip
    told(rules_hear)
    worked()
    assert (len(notes(up)), len(notes(down))) == (1, 0)


def test_a_rule_does_not_set_itself_off(told: Tell) -> None:
    one = rule({"do": "set", "values": {"city": "{city}x"}}, trigger="event", events=["customers.customer.*"])
    pk = customer(city="a")
    for _ in range(4):
        told(rules_hear)
        worked()
    assert Customer.objects.get(pk=pk).city == "ax"
    record_save(Customer, {"phone": "+8613800138000"}, id=pk, actor=SYSTEM)  # a person's change begins it anew
    for _ in range(4):
        told(rules_hear)
        worked()
    assert Customer.objects.get(pk=pk).city == "axx"
    assert RuleRun.objects.filter(rule=one).count() == 2


def test_two_rules_that_answer_each_other_end(told: Tell) -> None:
    for name, to in (("city", "a"), ("source", "b")):
        rule({"do": "set", "values": {name: to + "{today}"}}, trigger="event", events=["customers.customer.changed"])
    pk = customer()
    told()
    record_save(Customer, {"phone": "+8613800138000"}, id=pk, actor=SYSTEM)
    for _ in range(6):
        told(rules_hear)
        worked()
    assert RuleRun.objects.count() <= 4
    assert (Customer.objects.get(pk=pk).city[0], worked()) == ("a", 0)


def test_a_chain_over_new_records_ends(told: Tell) -> None:
    rule({"do": "create", "noun": "customers.customer", "values": {"name": "{name}+"}})
    customer(name="a")
    for _ in range(10):
        told(rules_hear)
        worked()
    assert sorted(RuleRun.objects.values_list("depth", "state")) == [
        *((depth, "done") for depth in range(6)), (6, "stopped"),
    ]  # fmt: skip


def test_one_that_runs_too_often_is_switched_off_and_its_author_told(told: Tell, settings: Any) -> None:
    settings.RULE_RUNS_AN_HOUR = 3
    one = rule()
    for _ in range(5):
        customer()
    told(rules_hear)
    one.refresh_from_db()
    assert (one.state, RuleRun.objects.filter(rule=one).count(), worked()) == ("stopped", 3, 0)
    line = Notification.objects.get(kind="trouble", object_id=one.pk)
    assert line.user.email == "owner@kith.test"
    assert "3" in line.text


def test_imports_begin_it_only_where_asked(told: Tell) -> None:
    rule(name="silent"), rule(name="loud", **CREATED, is_for_imports=True)
    customer(SYSTEM.by(via="import"))
    told(rules_hear)
    assert [run.rule.name for run in RuleRun.objects.all()] == ["loud"]


def test_it_has_no_more_rights_than_its_author(told: Tell) -> None:
    manager = person("manager")
    with pytest.raises(CrmError, match="may not do this"):
        rule({"do": "verb", "verb": "retire", "inputs": {}}, {"do": "set", "values": {"city": "x"}},
             actor=person("read-only"))  # fmt: skip
    one = rule({"do": "set", "values": {"city": "x"}}, actor=manager)
    Role.objects.filter(code="manager").update(permissions=["*.view_*"])
    pk = customer(city="a")
    told(rules_hear)
    worked()
    run = run_of(one)
    assert (run.state, Customer.objects.get(pk=pk).city) == ("failed", "a")
    assert "customers.change_customer" in run.error


def test_records_of_others_and_hidden_fields_stay_closed_to_it(told: Tell) -> None:
    Role.objects.filter(code="manager").update(
        reach={"customers.customer": {"see": "own"}}, hidden_fields=["customers.customer.phone"])  # fmt: skip
    manager = person("manager")
    rule(actor=manager)
    mine, theirs = customer(owner=str(manager.id)), customer()
    told(rules_hear)
    worked()
    assert (len(notes(mine)), len(notes(theirs))) == (1, 0)
    for action in ({"do": "notify", "to": ["owner"], "text": "{phone}"}, {"do": "set", "values": {"phone": "1"}}):
        with pytest.raises(CrmError):
            rule(action, actor=manager)


def test_it_stops_when_its_author_leaves(told: Tell) -> None:
    one = rule(actor=person("manager"))
    User.objects.filter(email="manager@kith.test").update(is_active=False)
    pk = customer()
    told(rules_hear)
    worked()
    one.refresh_from_db()
    assert (one.state, notes(pk)) == ("stopped", [])
    assert Notification.objects.filter(kind="trouble", object_id=one.pk, user__email="owner@kith.test").exists()


def test_a_failed_run_says_why_and_goes_on_where_it_failed(told: Tell) -> None:
    one = rule(NOTE, {"do": "set", "values": {"phone": "{name}"}}, NOTE)
    pk = customer(name="x" * 60)
    told(rules_hear)
    worked()
    run = run_of(one)
    assert (run.state, run.position, len(notes(pk))) == ("failed", 1, 1)
    assert [(s.number, s.is_done) for s in RuleStep.objects.filter(run=run)] == [(1, True), (2, False)]
    record_save(Customer, {"name": "13800138000"}, id=pk, actor=SYSTEM)
    run_retry(run)
    worked()
    assert (run_of(one).state, len(notes(pk))) == ("done", 2)


def test_a_dry_run_tells_and_does_nothing(told: Tell) -> None:
    Event.objects.all().delete()
    one = rule(NOTE, **CREATED, conditions={"field": "city", "value": "Hangzhou"})
    good, _poor = customer(city="Hangzhou"), customer()
    before = Event.objects.count()
    found = rule_try(one, actor=person("owner"))
    assert (found.count, found.looked_at, [w.object_id for w in found.shown]) == (1, 2, [good])
    assert found.shown[0].actions == [{"do": "create", "text": "activities.note, body = Hello Lin Yi"}]
    assert (Event.objects.count(), RuleRun.objects.count(), notes(good)) == (before, 0, [])


def test_nothing_crosses_to_another_tenant(told: Tell, other: Tenant, clone: Tenant) -> None:
    one = rule()
    customer()
    told(rules_hear)
    for elsewhere in (other, clone):
        with inside(elsewhere):
            assert rule_work(one.pk) == 0
            assert not RuleRun.objects.filter(rule_id=one.pk).exists()
    assert worked() == 1


def test_a_step_whose_transaction_fell_is_done_again_and_only_once(told: Tell) -> None:
    one = rule(NOTE, NOTE)
    pk = customer()
    told(rules_hear)
    run = run_of(one)
    step(run.pk)
    assert (len(notes(pk)), run_of(one).position) == (1, 1)
    step(run.pk), step(run.pk), step(run.pk)
    assert (len(notes(pk)), run_of(one).state) == (2, "done")


@pytest.mark.parametrize(("values", "field"), [
    ({"noun": "sales.unicorn"}, "noun"), ({"noun": "automation.rule"}, "noun"),
    ({**CREATED, "events": ["sales.order.created"]}, "events"), ({"trigger": "event", "events": ["x"]}, "events"),
    ({"trigger": "change", "field": "password"}, "field"), ({"trigger": "schedule"}, "every"),
    ({"trigger": "change", "field": "city", "threshold": 1}, "direction"),
    ({**CREATED, "conditions": {"field": "password", "value": 1}}, "conditions"),
    ({**CREATED, "actions": []}, "actions"), ({**CREATED, "actions": [{"do": "eval"}]}, "actions"),
    ({**CREATED, "actions": [{"do": ["x"]}]}, "actions"),
    ({**CREATED, "actions": [{"do": "set", "values": {"version": 1}}]}, "actions"),
    ({**CREATED, "actions": [{"do": "set", "values": {"city": "{password}"}}]}, "actions"),
    ({**CREATED, "actions": [{"do": "create", "noun": "x.y", "values": {"a": 1}}]}, "actions"),
    ({**CREATED, "actions": [{"do": "assign", "to": ["nobody"]}]}, "actions"),
    ({**CREATED, "actions": [{"do": "notify", "to": ["owner"], "text": ""}]}, "actions"),
    ({**CREATED, "actions": [{"do": "webhook", "webhook": str(UUID(int=1))}]}, "actions"),
    ({**CREATED, "actions": [{"do": "verb", "verb": "explode"}]}, "actions"),
    ({**CREATED, "actions": [{"do": "wait", "days": 0}]}, "actions"),
    ({**CREATED, "actions": [{"do": "wait", "days": 9999}]}, "actions"),
    ({**CREATED, "actions": [{"do": "stop", "x": 1}]}, "actions"), ({**CREATED, "actions": [1]}, "actions"),
])  # fmt: skip
def test_what_cannot_work_is_refused_at_its_field(values: dict[str, Any], field: str, tenant: Any) -> None:
    given = {"name": "R", "noun": "customers.customer", "actions": [NOTE], **values}
    with pytest.raises(CrmError) as caught:
        record_save(Rule, given, actor=person("owner"))
    errors: Any = caught.value.details["errors"]
    assert {error["pointer"] for error in errors} == {f"/{field}"}
    assert not Rule.objects.exists()


def test_a_paused_rule_begins_nothing(told: Tell) -> None:
    one = rule()
    verb_run(registry.of(Rule), "pause", one.pk, actor=person("owner"), inputs={})
    pk = customer()
    told(rules_hear)
    assert (worked(), notes(pk)) == (0, [])
    verb_run(registry.of(Rule), "resume", one.pk, actor=person("owner"), inputs={})
    later = customer()
    told(rules_hear)
    worked()
    assert (len(notes(pk)), len(notes(later))) == (0, 1)
    assert Delivery.objects.filter(run_id__isnull=False).count() == 0
