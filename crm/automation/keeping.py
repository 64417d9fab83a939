"""How long logs are kept: deliveries for thirty days, runs and notifications for ninety."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.automation.models import Delivery, Notification, RuleRun

DELIVERIES, RUNS, NOTIFICATIONS = timedelta(days=30), timedelta(days=90), timedelta(days=90)


def tidy(now: datetime) -> int:
    """Remove what is over and old enough; what still waits stays, however old."""
    old = (
        Delivery.objects.filter(created_at__lt=now - DELIVERIES, state__in=["delivered", "failed"]),
        RuleRun.objects.filter(created_at__lt=now - RUNS).exclude(state="waiting"),
        Notification.objects.filter(created_at__lt=now - NOTIFICATIONS),
    )
    return sum(rows.delete()[0] for rows in old)
