"""The work that webhooks, notifications and rules ask for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from crm.automation.deliveries import deliveries_send
from crm.automation.keeping import tidy
from crm.automation.notices import mail_send
from crm.automation.reminders import TASK as REMIND
from crm.automation.reminders import remind
from crm.automation.runs import rule_work
from crm.automation.services import replay_since
from crm.automation.triggers import tick
from tenants.tasks import tenant_task


@tenant_task(name="automation.tasks.webhook_send", queue="outbound", minutes=2)
def webhook_send(webhook: str) -> int:
    """Send what is due to one webhook."""
    return deliveries_send(UUID(webhook))


@tenant_task(name="automation.tasks.webhook_replay", queue="interactive")
def webhook_replay_task(webhook: str, since: str) -> int:
    """Make due again what was not delivered since a moment."""
    return replay_since(UUID(webhook), datetime.fromisoformat(since))


@tenant_task(name="automation.tasks.notifications_mail", queue="outbound", minutes=2)
def notifications_mail(user: str) -> int:
    """One mail with what waits for one person."""
    return mail_send(UUID(user))


@tenant_task(name="automation.tasks.rule_work", queue="interactive", minutes=5)
def rule_work_task(rule: str) -> int:
    """Do what is due of one rule."""
    return rule_work(UUID(rule))


@tenant_task(name="automation.tasks.rule_tick", queue="interactive", atomic=True, minutes=5)
def rule_tick(rule: str, due: str) -> int:
    """A moment of a schedule has come."""
    return tick(UUID(rule), datetime.fromisoformat(due))


@tenant_task(name=REMIND, queue="interactive", atomic=True, minutes=3)
def remind_task(noun: str, record: str, due: str) -> int:
    """The moment of a reminder has come."""
    return remind(noun, UUID(record), datetime.fromisoformat(due))


def night_job(as_of: datetime) -> None:
    """The night of one tenant: what is kept long enough goes."""
    tidy(as_of)
