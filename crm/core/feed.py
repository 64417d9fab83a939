"""The feed of events in the order of commits: nothing is missed, nothing comes twice."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.db.models.fields.tuple_lookups import TupleGreaterThan

from crm.core.fields import OldestOpenTransaction
from crm.core.models import Event

COLUMNS = (
    "tx",
    "seq",
    "at",
    "name",
    "object_type",
    "object_id",
    "actor_kind",
    "actor_id",
    "via",
    "request_id",
    "before",
    "after",
)


def feed_read(after: tuple[int, int] | None, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` events that follow the position (tx, seq); rows of transactions that may still commit wait."""
    rows = Event.objects.filter(tx__lt=OldestOpenTransaction()).order_by("tx", "seq")
    if after is not None:
        rows = rows.filter(TupleGreaterThan((F("tx"), F("seq")), after))
    return list(rows.values(*COLUMNS)[:limit])
