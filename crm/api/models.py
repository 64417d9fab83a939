"""What the API remembers: the answers that were given under a key, so that a request sent twice has one effect."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class IdempotencyKey(models.Model):
    """One answered POST: written in the transaction of its effect, so there are both or neither."""

    digest = models.BinaryField(unique=True)  # of caller and key: neither is kept in the clear
    fingerprint = models.BinaryField()  # of address and body: another request under the same key is refused
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at"], name="idempotency_key_created")]

    def __str__(self) -> str:
        return f"{self.status} at {self.created_at}"
