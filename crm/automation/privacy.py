"""What webhooks, rules and notifications left behind about a person is forgotten."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from crm.automation.models import Attempt, Notification, RuleRun, RuleStep


def forget(found: dict[str, list[UUID]], words: list[str]) -> None:
    """Answers of receivers, what rules said they did, and notices; what was sent was never kept."""
    everyone = [pk for ids in found.values() for pk in ids]
    Attempt.objects.filter(delivery__object_id__in=everyone).update(response="")
    RuleRun.objects.filter(object_id__in=everyone).update(error="")
    RuleStep.objects.filter(run__object_id__in=everyone).update(text="")
    named = Q(object_id__in=everyone)
    for word in words:
        named |= Q(text__icontains=word)
    Notification.objects.filter(named).delete()
