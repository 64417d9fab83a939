"""Switching off by ourselves what fails or has lost its author: a fact like any other, and people are told."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crm.automation.models import Authored, Notification, Rule, Webhook
from crm.automation.notices import notify, owners
from crm.core.actors import SYSTEM
from crm.core.bulk import Fact, events_write, rows_update
from crm.team.models import User


def webhook_switch_off(webhook: Webhook, state: Webhook.State, reason: str) -> None:
    """No further deliveries until a person resumes it; those that wait stay."""
    switch_off(webhook, state.value, reason)


def rule_stop(rule: Rule, reason: str) -> None:
    """No further runs until a person resumes it; those that wait stay."""
    switch_off(rule, Rule.State.STOPPED.value, reason)


def switch_off(record: Webhook | Rule, state: str, reason: str) -> None:
    """Write it down as a fact, and tell the author and the owners, once."""
    model = type(record)
    if not model._default_manager.select_for_update().filter(pk=record.pk, state="active").exists():
        return
    rows_update(model, [(record.pk, {"state": state})])
    label = model._meta.label_lower
    after = {"state": state, "reason": reason[:200]}
    events_write([Fact(f"{label}.switched_off", label, record.pk, {"state": "active"}, after)], SYSTEM)
    notify(
        {user.pk: user for user in (*owners(), *authors(record))}.values(),
        Notification.Kind.TROUBLE,
        lambda: _("“%(name)s” was switched off: %(reason)s") % {"name": record.name, "reason": reason[:160]},
        about=(label, record.pk),
    )


def authors(record: Authored) -> list[User]:
    """The author, if it is a person who is still there."""
    return list(User.objects.filter(pk__in=[record.actor_id or record.pk], is_active=True))
