"""Schedules keep the company's own time, also on days when its clock changes; moments are given, none is waited for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from crm.activities.models import Note
from crm.automation.models import Rule, RuleRun
from crm.automation.runs import rule_work
from crm.automation.schedules import next_moment
from crm.automation.triggers import rules_hear, tick
from crm.core.actors import SYSTEM
from crm.core.services import record_save, records_delete
from crm.customers.models import Customer
from tenants.context import current
from tenants.models import Outbox
from tests.crm.automation.conftest import person

BERLIN, SHANGHAI, NEW_YORK = (ZoneInfo(name) for name in ("Europe/Berlin", "Asia/Shanghai", "America/New_York"))
NOTE = {"do": "create", "noun": "activities.note", "values": {"body": "Hello {name}"}}


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    """A local time."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(("every", "values", "after", "wanted", "zone"), [
    ("day", {"time_of_day": "09:00"}, "2026-06-01T08:59", "2026-06-01T09:00", BERLIN),
    ("day", {"time_of_day": "09:00"}, "2026-06-01T09:00", "2026-06-02T09:00", BERLIN),
    ("day", {"time_of_day": "00:00"}, "2026-06-01T23:59", "2026-06-02T00:00", SHANGHAI),
    ("day", {}, "2026-06-01T10:00", "2026-06-02T09:00", SHANGHAI),
    ("week", {"weekday": 1, "time_of_day": "08:00"}, "2026-06-01T09:00", "2026-06-08T08:00", BERLIN),
    ("week", {"weekday": 7, "time_of_day": "08:00"}, "2026-06-01T09:00", "2026-06-07T08:00", BERLIN),
    ("month", {"month_day": 31, "time_of_day": "08:00"}, "2026-02-01T00:00", "2026-02-28T08:00", BERLIN),
    ("month", {"month_day": 31, "time_of_day": "08:00"}, "2028-02-01T00:00", "2028-02-29T08:00", BERLIN),
    ("month", {"month_day": 15, "time_of_day": "08:00"}, "2026-12-15T08:00", "2027-01-15T08:00", NEW_YORK),
    # The clock goes forward: 02:30 is not there on 29 March in Berlin, and it is held at 03:30
    ("day", {"time_of_day": "02:30"}, "2026-03-28T12:00", "2026-03-29T03:30", BERLIN),
    ("day", {"time_of_day": "02:30"}, "2026-03-29T03:30", "2026-03-30T02:30", BERLIN),
    ("day", {"time_of_day": "02:30"}, "2026-03-07T12:00", "2026-03-08T03:30", NEW_YORK),
    # A morning on both days is the same local hour, though 23 or 25 hours later
    ("day", {"time_of_day": "09:00"}, "2026-03-28T09:00", "2026-03-29T09:00", BERLIN),
    ("day", {"time_of_day": "09:00"}, "2026-10-24T09:00", "2026-10-25T09:00", BERLIN),
])  # fmt: skip
def test_the_next_moment(every: str, values: dict[str, Any], after: str, wanted: str, zone: ZoneInfo) -> None:
    rule = Rule(trigger="schedule", every=every, **values)
    assert next_moment(rule, at(after, zone), zone) == at(wanted, zone).astimezone(UTC)


def test_an_hour_that_comes_twice_counts_once() -> None:
    rule = Rule(trigger="schedule", every="day", time_of_day="02:30")
    first = next_moment(rule, at("2026-10-24T12:00"), BERLIN)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_moment(rule, first, BERLIN) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_hours_are_hours_whatever_the_clock_does() -> None:
    rule = Rule(trigger="schedule", every="hours", hours=6)
    assert next_moment(rule, at("2026-03-28T23:00").astimezone(UTC), BERLIN) == at("2026-03-29T06:00").astimezone(UTC)


@pytest.fixture
def daily(told: Callable[..., int]) -> Rule:
    """A rule of each morning for customers in Wuxi, armed as the pump does it."""
    Rule.objects.all().delete()
    values = {"name": "R", "noun": "customers.customer", "trigger": "schedule", "every": "day", "time_of_day": "09:00",
              "conditions": {"field": "city", "value": "Wuxi"}, "actions": [NOTE]}  # fmt: skip
    pk = record_save(Rule, values, actor=person("owner"))
    told(rules_hear)
    return Rule.objects.get(pk=pk)


def test_it_is_armed_when_it_is_made_and_asks_for_its_moment(daily: Rule) -> None:
    assert daily.next_at is not None
    local = daily.next_at.astimezone(ZoneInfo(current().time_zone))
    assert (local.hour, local.minute) == (9, 0)
    assert timedelta() < daily.next_at - timezone.now() <= timedelta(days=1)
    row = Outbox.objects.get(task="automation.tasks.rule_tick")
    assert row.send_after == daily.next_at


def test_its_moment_begins_a_run_for_each_record_that_meets_the_conditions_once(daily: Rule) -> None:
    here = record_save(Customer, {"name": "A", "city": "Wuxi"}, actor=SYSTEM)
    record_save(Customer, {"name": "B", "city": "Suzhou"}, actor=SYSTEM)
    gone = record_save(Customer, {"name": "C", "city": "Wuxi"}, actor=SYSTEM)
    records_delete(Customer, [gone], actor=SYSTEM)
    assert daily.next_at is not None
    due = daily.next_at
    assert tick(daily.pk, due, now=due) == 1
    assert tick(daily.pk, due, now=due) == 0  # the message came again
    rule_work(daily.pk)
    assert list(Note.objects.filter(object_id=here).values_list("body", flat=True)) == ["Hello A"]
    daily.refresh_from_db()
    assert daily.next_at == due + timedelta(days=1)
    assert tick(daily.pk, daily.next_at, now=daily.next_at) == 1  # and the next day again


def test_mornings_that_were_missed_are_made_good_once(daily: Rule) -> None:
    record_save(Customer, {"name": "A", "city": "Wuxi"}, actor=SYSTEM)
    assert daily.next_at is not None
    late = daily.next_at + timedelta(days=3, hours=5)
    assert tick(daily.pk, daily.next_at, now=late) == 1
    daily.refresh_from_db()
    assert daily.next_at is not None
    assert late < daily.next_at <= late + timedelta(days=1)


def test_a_changed_schedule_forgets_its_old_moment(daily: Rule, told: Callable[..., int]) -> None:
    old = daily.next_at
    assert old is not None
    record_save(Rule, {"time_of_day": "17:15"}, id=daily.pk, actor=person("owner"))
    told(rules_hear)
    daily.refresh_from_db()
    assert daily.next_at != old
    assert tick(daily.pk, old, now=old) == 0
    assert not RuleRun.objects.filter(rule=daily).exists()
