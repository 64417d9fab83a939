"""What the API tidies up at night, tenant by tenant."""

from __future__ import annotations

from datetime import datetime

from django.db.models.functions import Now

from crm.api.models import IdempotencyKey
from crm.api.once import KEPT
from crm.core.feed import KEPT as FEED_KEPT
from crm.core.feed import feed_shorten


def forget_old_keys() -> int:
    """Delete the answers that were kept for a day; they have not counted since."""
    return IdempotencyKey.objects.filter(created_at__lt=Now() - KEPT).delete()[0]


def night_job(as_of: datetime) -> None:
    """Called for each tenant once a night: old keys go, old events leave the feed and stay in history."""
    forget_old_keys()
    feed_shorten(as_of - FEED_KEPT)
