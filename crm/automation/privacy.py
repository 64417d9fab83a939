"""What webhooks left behind about a person: what receivers answered is forgotten."""

from __future__ import annotations

from uuid import UUID

from crm.automation.models import Attempt


def forget(found: dict[str, list[UUID]], _words: list[str]) -> None:
    """The answers to deliveries about them; what was sent was never kept."""
    everyone = [pk for ids in found.values() for pk in ids]
    Attempt.objects.filter(delivery__object_id__in=everyone).update(response="")
