"""People are reminded of what is due, and told where they are named; once, and only of what they may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from crm.activities.models import Meeting, Note, Task
from crm.activities.services import task_complete
from crm.automation.models import Notification
from crm.automation.notices import notices_hear, notifications_of
from crm.automation.reminders import TASK, remind, reminders_hear
from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.team.models import Role, User
from tenants.models import Outbox
from tests.crm.automation.conftest import person

Tell = Callable[..., int]


def user(role: str) -> User:
    return User.objects.get(email=f"{role}@kith.test")


def lines(role: str) -> list[str]:
    return [one.text for one in notifications_of(person(role)).order_by("id")]


def asked() -> list[Outbox]:
    return list(Outbox.objects.filter(task=TASK).order_by("pk"))


def due(row: Outbox) -> int:
    """Do what a row of the outbox asks, as the worker does."""
    return remind(row.ids["noun"], UUID(row.ids["record"]), datetime.fromisoformat(row.ids["due"]))


@pytest.fixture(autouse=True)
def _none(tenant: Any) -> None:
    Notification.objects.all().delete()


def test_a_task_is_remembered_when_it_is_due_and_only_once(told: Tell) -> None:
    at = timezone.now() + timedelta(minutes=30)
    values = {"title": "Call back", "due_at": at.isoformat(), "remind_minutes": 30, "owner": str(user("member").pk)}
    pk = record_save(Task, values, actor=SYSTEM)
    told(reminders_hear)
    (row,) = asked()
    assert row.send_after == at - timedelta(minutes=30)
    assert due(row) == 1
    assert due(row) == 0
    assert [line.partition(": ")[2] for line in lines("member")] == ["Call back"]
    assert lines("owner") == []
    assert Notification.objects.get().object_id == pk


def test_a_task_that_was_moved_or_done_is_not_remembered_at_its_old_moment(told: Tell) -> None:
    at = timezone.now() + timedelta(hours=3)
    pk = record_save(Task, {"title": "A", "due_at": at.isoformat(), "owner": str(user("member").pk)}, actor=SYSTEM)
    told(reminders_hear)
    record_save(Task, {"due_at": (at + timedelta(days=1)).isoformat()}, actor=SYSTEM, id=pk)
    told(reminders_hear)
    old, new = asked()
    assert due(old) == 0
    task_complete(Task.objects.get(pk=pk), actor=SYSTEM)
    assert due(new) == 0
    assert lines("member") == []


def test_what_is_long_past_or_wants_no_reminder_asks_for_none(told: Tell) -> None:
    owner = str(user("member").pk)
    record_save(Task, {"title": "Old", "due_at": "2020-01-01T10:00:00Z", "owner": owner}, actor=SYSTEM)
    soon = (timezone.now() + timedelta(hours=3)).isoformat()
    record_save(Task, {"title": "Quiet", "due_at": soon, "remind_minutes": None, "owner": owner}, actor=SYSTEM)
    told(reminders_hear)
    assert asked() == []


def test_everybody_in_a_meeting_is_reminded_who_may_see_it(told: Tell) -> None:
    at = timezone.now() + timedelta(hours=3)
    people = ["owner@kith.test", "read-only@kith.test", "guest@mill.example"]
    values = {"title": "Tasting", "starts_at": at.isoformat(), "attendees": people, "owner": str(user("member").pk)}
    record_save(Meeting, values, actor=SYSTEM)
    Role.objects.filter(code="read-only").update(permissions=["customers.*"])
    told(reminders_hear)
    (row,) = asked()
    assert due(row) == 2
    assert lines("read-only") == []
    assert len(lines("owner")) == len(lines("member")) == 1


def test_who_is_named_in_a_note_is_told_once_and_led_to_what_it_is_about(told: Tell) -> None:
    User.objects.filter(pk=user("manager").pk).update(name="Ada Byron")
    customer = record_save(Customer, {"name": "Mill"}, actor=SYSTEM)
    values = {"body": "@ada byron please look", "object_type": "customers.customer", "object_id": str(customer)}
    pk = record_save(Note, values, actor=person("member"))
    told(notices_hear)
    assert lines("manager") == [f"{user('member')} mentioned you: @ada byron please look"]
    assert Notification.objects.get(user=user("manager")).object_id == customer
    record_save(Note, {"body": "@Ada Byron please look, and @owner@kith.test, @member@kith.test"},
                actor=person("member"), id=pk)  # fmt: skip
    told(notices_hear)
    assert len(lines("manager")) == 1
    assert len(lines("owner")) == 1
    assert lines("member") == []


def test_who_may_not_see_the_record_is_not_told_of_it(told: Tell) -> None:
    customer = record_save(Customer, {"name": "Mill"}, actor=SYSTEM)
    values = {"body": "@manager@kith.test", "object_type": "customers.customer", "object_id": str(customer)}
    Role.objects.filter(code="manager").update(reach={"customers.customer": {"see": "own"}})
    record_save(Note, values, actor=person("member"))
    told(notices_hear)
    assert lines("manager") == []
