"""Answers that are kept for repeated requests are forgotten when a person is erased."""

from __future__ import annotations

from uuid import UUID

from crm.api.models import IdempotencyKey


def forget(_found: dict[str, list[UUID]], _words: list[str]) -> None:
    """All of them: whom an answer speaks of is not known. A request repeated after this is done again."""
    IdempotencyKey.objects.all().delete()
