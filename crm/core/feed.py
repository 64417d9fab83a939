"""The feed of events in the order of commits: nothing is missed, nothing comes twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.db.models.fields.tuple_lookups import TupleGreaterThan

from crm.core.fields import OldestOpenTransaction
from crm.core.models import Event, FeedCursor

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


# The feed that programs read: thirty days of it

KEPT = timedelta(days=30)
FLOOR = "floor"  # the FeedCursor up to which events have left the feed; history keeps them
Place = tuple[int, int]


def feed_end() -> Place:
    """Where the feed ends at this moment: whatever commits from now on comes behind it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0]), 0


def feed_floor() -> Place:
    """Behind which place events are still in the feed."""
    return FeedCursor.objects.filter(consumer=FLOOR).values_list("tx", "seq").first() or (0, 0)


def feed_page(where: Q, *, after: Place, end: Place, limit: int) -> list[dict[str, Any]]:
    """The first events of a kind between two places; nothing can still be written between them."""
    rows = Event.objects.filter(where, TupleGreaterThan((F("tx"), F("seq")), after), tx__lt=end[0])
    return list(rows.order_by("tx", "seq").values(*COLUMNS)[:limit])


def feed_shorten(before: datetime) -> Place:
    """Move the floor to the first event that is not older than `before`; nothing is deleted."""
    floor, end = feed_floor(), feed_end()
    behind = Event.objects.filter(TupleGreaterThan((F("tx"), F("seq")), floor), tx__lt=end[0])
    first = behind.filter(at__gte=before).order_by("tx", "seq").values_list("tx", "seq").first()
    place = (first[0], first[1] - 1) if first else end
    FeedCursor.objects.update_or_create(consumer=FLOOR, defaults={"tx": place[0], "seq": place[1]})
    return place
