"""What keeps the service's own house: schemas that stand ready, tables that do not grow for ever, a feed that flows."""
import logging
from datetime import timedelta

from django.core.cache import cache
from django.db import connection
from django.db.models.functions import Now

from tenants.database.columns import OldestOpenTransaction
from tenants.models import NightRun, Outbox, Wakeup
from tenants.ready import kind_fill, pool_fill
from tenants.tasks import service_task

log = logging.getLogger(__name__)
HELD_BACK = timedelta(minutes=1)
OUTBOX_KEPT, NIGHTS_KEPT = timedelta(days=7), timedelta(days=90)


@service_task(name="tenants.upkeep.pool")
def pool(sample: str = "") -> None:
    """Sign-up only claims: make as many schemas ready as are wanted; or one of the kind that somebody waits for."""
    if not sample:
        pool_fill()
        return
    try:
        kind_fill(sample, 1)
    finally:
        cache.delete(asked_key(sample))


def asked_key(sample: str) -> str:
    """Where it is noted that a schema of this kind is being made, so that many who wait ask once."""
    return f"asked:{sample}"


@service_task(name="tenants.upkeep.tidy")
def tidy() -> int:
    """Forget messages that were done long ago, and the nights of last quarter."""
    messages, _ = Outbox.objects.filter(finished_at__lt=Now() - OUTBOX_KEPT).delete()
    nights, _ = NightRun.objects.filter(created_at__lt=Now() - NIGHTS_KEPT).delete()
    return messages + nights


@service_task(name="tenants.upkeep.watch")
def watch() -> int:
    """Name the open transaction that has held back all events for more than a minute. How many wake-ups wait."""
    waiting = Wakeup.objects.filter(tx__gte=OldestOpenTransaction(), not_before__lt=Now() - HELD_BACK).count()
    if waiting:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid, datname, application_name, (now() - xact_start)::text, left(query, 200)"
                " FROM pg_stat_activity WHERE backend_xid IS NOT NULL ORDER BY backend_xid::text::bigint LIMIT 1")
            log.error("%s wake-ups wait for the oldest open transaction: %s", waiting, cursor.fetchone())
    return waiting
