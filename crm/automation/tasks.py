"""The work that webhooks ask for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from crm.automation.deliveries import deliveries_send
from crm.automation.services import replay_since
from tenants.tasks import tenant_task


@tenant_task(name="automation.tasks.webhook_send", queue="outbound", minutes=2)
def webhook_send(webhook: str) -> int:
    """Send what is due to one webhook."""
    return deliveries_send(UUID(webhook))


@tenant_task(name="automation.tasks.webhook_replay", queue="interactive")
def webhook_replay_task(webhook: str, since: str) -> int:
    """Make due again what was not delivered since a moment."""
    return replay_since(UUID(webhook), datetime.fromisoformat(since))
