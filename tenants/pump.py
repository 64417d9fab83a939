"""The pump, each second: events go to their consumers in the order of commits, and messages not sent are sent."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from tenants.context import inside
from tenants.database.columns import OldestOpenTransaction
from tenants.leases import Contained
from tenants.models import Outbox, Tenant, Wakeup
from tenants.tasks import post, service_task

BATCH, BATCHES = 500, 100  # a tenant with more news than this goes on at the next tick, after the others
MESSAGES = 1000
LOCK = 0x6B697468  # "kith": one pump at a time in a database
PAUSE = timedelta(seconds=10)  # after a consumer's error, longer with each


@service_task(name="tenants.pump.tick")
def tick() -> int:
    """One beat: how many messages were sent and events handed over."""
    if not (news().exists() or due().exists()):
        return 0
    with single() as is_alone:
        return resend() + feed() if is_alone else 0


@contextmanager
def single() -> Iterator[bool]:
    """Hold the advisory lock on a connection of its own; it goes with the connection if this worker dies."""
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            (is_alone,) = cursor.fetchone()
            try:
                yield is_alone
            finally:  # else the pool would hand the lock to whoever gets this connection next
                cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        own.close()


# Messages

def due() -> Any:
    """Messages that were not sent, or sent and not claimed for too long."""
    return Outbox.objects.filter(state=Outbox.State.WAITING, send_after__lte=Now())


def resend() -> int:
    """Send them; one that reaches a worker twice is done once."""
    with transaction.atomic():
        return post(list(due().select_for_update(skip_locked=True).order_by("pk")[:MESSAGES]))


# Events

def news() -> Any:
    """Wake-ups whose events can be read: their transactions and all older ones have ended. A tenant in pause waits."""
    in_pause = Wakeup.objects.filter(not_before__gt=Now()).values("schema_name")
    return Wakeup.objects.filter(tx__lt=OldestOpenTransaction()).exclude(schema_name__in=in_pause)


def feed() -> int:
    """Hand the news of each schema to the consumers, and forget the wake-ups that led there."""
    wakeups: dict[str, list[int]] = defaultdict(list)
    oldest: dict[str, int] = {}
    for key, schema, tx in news().order_by("pk").values_list("pk", "schema_name", "tx")[:10_000]:
        wakeups[schema].append(key)
        oldest[schema] = min(tx, oldest.get(schema, tx))
    tenants = Tenant.objects.filter(schema_name__in=list(wakeups), state=Tenant.State.ACTIVE)
    handed = 0
    for tenant in tenants:
        keys = wakeups.pop(tenant.schema_name)
        with Contained(f"The feed of {tenant.slug}") as outcome:
            count, is_drained, outcome.error = feed_tenant(tenant, oldest[tenant.schema_name])
            handed += count
            if is_drained and not outcome.error:
                Wakeup.objects.filter(pk__in=keys).delete()
        if outcome.error:
            pause(keys, outcome.error)
    # What is not active has nothing to hand on; its cursors stay, and the first change after its return wakes it.
    Wakeup.objects.filter(pk__in=[key for keys in wakeups.values() for key in keys]).delete()
    return handed


def pause(keys: list[int], error: str) -> None:
    """Nothing is skipped: the same events come again, after 10 s, 20 s … 10 minutes."""
    tries = Wakeup.objects.filter(pk__in=keys).order_by("-tries").values_list("tries", flat=True).first() or 0
    longer = min(PAUSE * 2 ** min(tries, 10), timedelta(minutes=10))
    Wakeup.objects.filter(pk__in=keys).update(tries=F("tries") + 1, not_before=Now() + longer, error=error)


def feed_tenant(tenant: Tenant, news_tx: int) -> tuple[int, bool, str]:
    """All consumers of one tenant, each at its own pace: how many events, whether none is left, and what went wrong.

    A consumer that is new begins with the oldest news that nobody has read: what happened before is not its own.
    """
    handed, is_drained, errors = 0, True, []
    with inside(tenant):
        for name, path in settings.EVENT_CONSUMERS.items():
            with Contained(f"The consumer {name} of {tenant.slug}") as outcome:
                count, is_dry = feed_consumer(name, import_string(path), news_tx)
                handed, is_drained = handed + count, is_drained and is_dry
            errors += [outcome.error] if outcome.error else []
    return handed, is_drained, "\n".join(errors)


def feed_consumer(name: str, consumer: Callable[[Sequence[dict[str, Any]]], None], news_tx: int) -> tuple[int, bool]:
    """Batch after batch until nothing is left, or until the others should have their turn."""
    handed = 0
    for _ in range(BATCHES):
        count = feed_batch(name, consumer, news_tx)
        handed += count
        if count < BATCH:
            return handed, True
    return handed, False


def feed_batch(name: str, consumer: Callable[[Sequence[dict[str, Any]]], None], news_tx: int) -> int:
    """The next events; what the consumer writes and how far it has come are one transaction."""
    cursors = apps.get_model(settings.FEED_CURSOR)._default_manager
    with transaction.atomic():
        cursor, _ = cursors.select_for_update().get_or_create(consumer=name, defaults={"tx": news_tx})
        events: list[dict[str, Any]] = import_string(settings.FEED_READ)((cursor.tx, cursor.seq), BATCH)
        if events:
            consumer(events)
            cursors.filter(consumer=name).update(tx=events[-1]["tx"], seq=events[-1]["seq"])
    return len(events)
