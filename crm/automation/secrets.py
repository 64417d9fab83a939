"""The secrets of webhooks: derived from the installation's key, so that no table holds them."""

from __future__ import annotations

import base64
from datetime import datetime

from django.utils import timezone
from standardwebhooks import Webhook as Signer

from crm.automation.models import Webhook
from tenants.signing import keyed_digest

OVERLAP_HOURS = 24


def secret_of(webhook: Webhook, generation: int | None = None) -> str:
    """The secret of a generation, in the form that receivers are given."""
    name = f"{webhook.pk}:{webhook.generation if generation is None else generation}"
    return "whsec_" + base64.b64encode(bytes.fromhex(keyed_digest(name, purpose="webhook-secret"))).decode()


def headers_of(webhook: Webhook, message_id: str, body: str, moment: datetime) -> dict[str, str]:
    """The three headers of Standard Webhooks; during a rotation both secrets sign."""
    secrets = [secret_of(webhook)]
    if webhook.previous_until and webhook.previous_until > timezone.now():
        secrets.append(secret_of(webhook, webhook.generation - 1))
    signatures = [Signer(secret).sign(message_id, moment, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
