"""Switching off by ourselves what fails or has lost its author: a fact like any other, and somebody is told."""

from __future__ import annotations

from crm.automation.models import Webhook
from crm.core.actors import SYSTEM
from crm.core.bulk import Fact, events_write, rows_update


def webhook_switch_off(webhook: Webhook, state: Webhook.State, reason: str) -> None:
    """No further deliveries until a person resumes it; those that wait stay."""
    changed = Webhook.objects.select_for_update().filter(pk=webhook.pk, state=Webhook.State.ACTIVE)
    if not changed.exists():
        return
    rows_update(Webhook, [(webhook.pk, {"state": state.value})])
    label = Webhook._meta.label_lower
    before, after = {"state": Webhook.State.ACTIVE.value}, {"state": state.value, "reason": reason[:200]}
    events_write([Fact(f"{label}.switched_off", label, webhook.pk, before, after)], SYSTEM)
