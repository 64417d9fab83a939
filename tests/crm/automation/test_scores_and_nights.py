"""Scores that pass a threshold begin rules; nights remove what was kept long enough."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from analytics.storage import scores_write
from crm.automation.keeping import tidy
from crm.automation.models import Delivery, Notification, Rule, RuleRun, Webhook
from crm.automation.triggers import rules_hear
from crm.core.actors import SYSTEM
from crm.core.models import Event
from crm.core.services import record_save
from crm.customers.models import Customer
from tests.crm.automation.conftest import person

ACTIONS = [{"do": "notify", "to": ["author"], "text": "{name}"}]


def scored(pk: UUID, **values: Any) -> None:
    """A night's scores of one customer."""
    scores_write([(pk, values)], scored_at=timezone.now(), features_at=timezone.now())


def rule(**values: Any) -> Rule:
    """A rule on a customer's number."""
    given = {"name": "R", "noun": "customers.customer", "trigger": "change", "actions": ACTIONS, **values}
    return Rule.objects.get(pk=record_save(Rule, given, actor=person("owner")))


@pytest.fixture
def customer(tenant: Any) -> UUID:
    """One whose scores are known."""
    Rule.objects.all().delete()
    pk = record_save(Customer, {"name": "Lin"}, actor=SYSTEM)
    scored(pk, churn_probability=0.2, clv_predicted=Decimal(100))
    return pk


def test_a_score_that_passes_a_threshold_begins_a_rule_and_others_make_no_noise(
    customer: UUID, told: Callable[..., int]
) -> None:
    up = rule(field="churn_probability", threshold=0.5, direction="up")
    down = rule(field="clv_predicted", threshold=80, direction="down")
    told()
    scored(customer, churn_probability=0.4, clv_predicted=Decimal(90))
    assert told(rules_hear) == 0
    scored(customer, churn_probability=0.6, clv_predicted=Decimal(70))
    assert told(rules_hear) == 1
    event = Event.objects.get(name="customers.customer.score_crossed", object_id=customer)
    assert (event.before, event.after) == (
        {"churn_probability": 0.4, "clv_predicted": "90.0000"}, {"churn_probability": 0.6, "clv_predicted": "70.0000"},
    )  # fmt: skip
    assert sorted(RuleRun.objects.values_list("rule_id", flat=True)) == sorted([up.pk, down.pk])
    scored(customer, churn_probability=0.7, clv_predicted=Decimal(60))
    assert told(rules_hear) == 0


def test_no_rule_no_event(customer: UUID, told: Callable[..., int]) -> None:
    told()
    scored(customer, churn_probability=0.9, clv_predicted=Decimal(1))
    assert told(rules_hear) == 0


def test_a_night_removes_what_is_over_and_old_and_nothing_else(tenant: Any) -> None:
    for model in (Delivery, RuleRun, Notification):
        model._default_manager.all().delete()  # type: ignore[attr-defined]  # each has one
    now = timezone.now()
    hook = Webhook.objects.values_list("pk", flat=True)[0]
    a_rule, user = Rule.objects.values_list("pk", flat=True)[0], person("owner").id
    assert user is not None
    for days in (1, 31, 91):
        at = now - timedelta(days=days)
        for state in ("delivered", "waiting"):
            Delivery.objects.create(webhook_id=hook, event=f"{days}", state=state, created_at=at)
        for state in ("done", "waiting"):
            values = {"cause": f"{days}{state}", "object_type": "x.y", "object_id": hook, "state": state}
            RuleRun.objects.create(rule_id=a_rule, created_at=at, **values)
        Notification.objects.create(user_id=user, kind="rule", text=f"{days}", created_at=at)
    assert tidy(now) == 2 + 1 + 1
    assert sorted(Delivery.objects.values_list("event", "state")) == [
        ("1", "delivered"), ("1", "waiting"), ("31", "waiting"), ("91", "waiting"),
    ]  # fmt: skip
    assert RuleRun.objects.filter(state="waiting").count() == 3
    assert sorted(Notification.objects.values_list("text", flat=True)) == ["1", "31"]
