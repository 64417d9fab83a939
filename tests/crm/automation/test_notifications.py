"""People are told: one line each, in their own language, as they chose; nobody sees another's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail

from crm.automation.models import Notification, NotificationChoice, Rule
from crm.automation.notices import (
    mail_send,
    notices_hear,
    notifications_of,
    notifications_read,
    notify,
    owners,
    unread_count,
    ways_of,
    ways_set,
)
from crm.automation.runs import rule_work
from crm.automation.triggers import rules_hear
from crm.core.actors import SYSTEM
from crm.core.bulk import Fact, events_write
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.team.models import Role, User
from crm.team.services import actor_of_key, api_key_create
from tenants.models import Outbox
from tests.crm.automation.conftest import person

Tell = Callable[..., int]


@pytest.fixture(autouse=True)
def _none(tenant: Any) -> None:
    """Nobody has been told anything."""
    Notification.objects.all().delete()
    NotificationChoice.objects.all().delete()


def user(role: str) -> User:
    """The person of a role."""
    return User.objects.get(email=f"{role}@kith.test")


def lines(role: str) -> list[str]:
    """What a person was told."""
    return [one.text for one in notifications_of(person(role)).order_by("id")]


def test_who_is_given_a_record_by_somebody_else_is_told(told: Tell) -> None:
    owner, member = person("owner"), person("member")
    pk = record_save(Customer, {"name": "Lin Yi", "owner": str(member.id)}, actor=owner)
    record_save(Customer, {"name": "Own", "owner": str(member.id)}, actor=member)
    told(notices_hear)
    assert lines("member") == ["Customer “Lin Yi” was given to you."]
    assert notifications_of(member).get().object_id == pk
    record_save(Customer, {"city": "Wuxi"}, id=pk, actor=owner)
    told(notices_hear)
    assert len(lines("member")) == 1


def test_many_at_once_are_one_line_and_an_import_is_none(told: Tell) -> None:
    owner, member = person("owner"), str(person("member").id)
    for number in range(7):
        record_save(Customer, {"name": f"N{number}", "owner": member}, actor=owner)
        record_save(Customer, {"name": f"I{number}", "owner": member}, actor=owner.by(via="import"))
    told(notices_hear)
    assert lines("member") == ["7 Customers were given to you."]


def test_each_reads_it_in_their_own_language(told: Tell) -> None:
    User.objects.filter(email="member@kith.test").update(language="zh-hans")
    record_save(Customer, {"name": "林一", "owner": str(person("member").id)}, actor=person("owner"))
    told(notices_hear)
    assert lines("member") == ["客户“林一”已分配给您。"]


def test_who_may_not_see_the_noun_is_not_told_its_name(told: Tell) -> None:
    Role.objects.filter(code="member").update(permissions=["activities.*"])
    record_save(Customer, {"name": "Lin Yi", "owner": str(person("member").id)}, actor=person("owner"))
    told(notices_hear)
    assert lines("member") == []


def test_whoever_began_an_import_is_told_when_it_is_finished(told: Tell) -> None:
    name = "exchange.importjob.finished"
    events_write([Fact(name, "exchange.importjob", uuid4(), None, {"filename": "shop.csv"})], person("manager"))
    told(notices_hear)
    assert (lines("manager"), lines("owner")) == (["“shop.csv” is finished."], [])


def test_one_chooses_how_to_hear_of_each_kind(settings: Any) -> None:
    settings.HAS_MAIL = True
    kind = Notification.Kind.RULE
    ways_set(person("owner"), {"rule": "mail", "assigned": "off", "nonsense": "mail", "work": "nonsense"})
    others = dict.fromkeys(("trouble", "work", "mention", "reminder", "mail"), "page")
    assert ways_of(person("owner")) == {"rule": "mail", "assigned": "off"} | others
    notify([user("owner"), user("member")], kind, lambda: "first")
    notify([user("owner")], kind, lambda: "second\nSubject: evil")
    assert notify([user("owner")], Notification.Kind.ASSIGNED, lambda: "never") == 0
    tasks = list(Outbox.objects.filter(task="automation.tasks.notifications_mail").values_list("ids", flat=True))
    assert {row["user"] for row in tasks} == {str(user("owner").pk)}
    assert (mail_send(user("owner").pk), mail_send(user("owner").pk), mail_send(user("member").pk)) == (2, 0, 0)
    (message,) = mail.outbox
    assert (message.to, "first" in message.body, "second" in message.body) == (["owner@kith.test"], True, True)
    assert "2 notifications" in message.subject


@pytest.mark.parametrize("mark", ["\r", "\n", "\r\n", "\x0b", "\u2028"])
def test_no_line_break_in_a_text_holds_up_its_mail(settings: Any, mark: str) -> None:
    settings.HAS_MAIL = True
    ways_set(person("owner"), {"rule": "mail"})
    notify([user("owner")], Notification.Kind.RULE, lambda: f"Call{mark}Bcc: evil@example.com")
    assert mail_send(user("owner").pk) == 1
    (message,) = mail.outbox
    assert message.subject.endswith(": Call Bcc: evil@example.com")
    assert not Notification.objects.filter(mailed_at=None).exists()


def test_without_a_mail_server_nothing_waits_for_one(settings: Any) -> None:
    settings.HAS_MAIL = False
    ways_set(person("owner"), {"rule": "mail"})
    notify([user("owner")], Notification.Kind.RULE, lambda: "x")
    assert not Notification.objects.filter(is_for_mail=True).exists()
    assert (lines("owner"), mail_send(user("owner").pk), mail.outbox) == (["x"], 0, [])


def test_reading_counts_for_oneself_alone() -> None:
    notify([user("owner"), user("member")], Notification.Kind.RULE, lambda: "x")
    notify(owners(), Notification.Kind.RULE, lambda: "y")
    owner, member = person("owner"), person("member")
    theirs = list(notifications_of(member).values_list("pk", flat=True))
    assert notifications_read(owner, theirs) == 0
    assert (unread_count(owner), unread_count(member), unread_count(SYSTEM)) == (2, 1, 0)
    assert notifications_read(owner, list(notifications_of(owner).values_list("pk", flat=True)[:1])) == 1
    assert (unread_count(owner), notifications_read(owner), unread_count(owner)) == (1, 1, 0)
    assert unread_count(member) == 1


def test_who_has_left_is_told_nothing() -> None:
    User.objects.filter(email="member@kith.test").update(is_active=False)
    assert notify([user("member")], Notification.Kind.RULE, lambda: "x") == 0


def test_whoever_made_the_key_hears_of_a_rule_that_a_program_wrote(told: Tell) -> None:
    key, _plain = api_key_create("Shop", actor=person("owner"), scopes=["*"])
    Rule.objects.all().delete()
    values = {"name": "R", "noun": "customers.customer", "trigger": "event", "events": ["customers.customer.created"]}
    values |= {"actions": [{"do": "notify", "to": ["author"], "text": "{name}"}]}
    made = record_save(Rule, values, actor=actor_of_key(key))
    pk = record_save(Customer, {"name": "Lin Yi"}, actor=SYSTEM)
    told(rules_hear)
    rule_work(made)
    (line,) = Notification.objects.filter(object_id=pk, kind="rule")
    assert line.user.email == "owner@kith.test"
