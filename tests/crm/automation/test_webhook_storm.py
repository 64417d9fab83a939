"""Fifty webhooks to a receiver that dies, hangs and lies, by real workers of which one is killed."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from crm.automation.models import Delivery, Webhook
from crm.core.actors import SYSTEM
from crm.core.services import record_save
from tenants import pump
from tenants.context import in_schema, inside
from tenants.leases import reap
from tenants.models import Outbox, Tenant, Wakeup
from tests.crm.automation.receiver import Received, Receiver, Response
from tests.gadgets.models import Gadget
from tests.tenants.conftest import Process, until, worker_start, workshop_open

WEBHOOKS, EVENTS = 50, 2
HEAR = {"webhooks": "crm.automation.deliveries.webhooks_hear"}


class Shop:
    """Does what each message says once, by its id, and answers as it pleases: each message has two bad moments."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.effects: list[tuple[str, str]] = []
        self.is_done: set[str] = set()

    def answer(self, request: Received) -> Response | None:
        """Dies before or after the deed, hangs, lies, or says thank you."""
        self.calls[request.id] += 1
        mood = (int(request.id[-2:], 16) + self.calls[request.id]) % 5 if self.calls[request.id] < 3 else 4
        if mood == 0:
            return None  # dies before
        if request.id not in self.is_done:
            self.is_done.add(request.id)
            self.effects.append((request.path, request.data["data"]["id"]))
        if mood == 1:
            return None  # dies after
        if mood == 2:
            time.sleep(0.7)  # says 200, too late
        return (500, {}, b"lie") if mood == 3 else (200, {}, b"")


@pytest.fixture
def workers(django_db_setup: None, django_db_blocker: Any, tmp_path: Path, settings: Any) -> Iterator[list[Process]]:
    """Two workers; this process pumps."""
    settings.EVENT_CONSUMERS, settings.LEASE_SECONDS = HEAR, 3
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with django_db_blocker.unblock(), workshop_open(tmp_path) as start:
        both = [worker_start(start, name, "outbound", "interactive") for name in ("one", "two")]
        for process in both:
            process.await_line(" ready.")
        yield both


def webhooks_make(receiver: Receiver) -> None:
    """Fifty, each with an address of its own."""
    Webhook.objects.all().delete()
    for number in range(WEBHOOKS):
        values = {"name": f"W{number}", "url": f"{receiver.url}/{number}", "events": ["gadgets.gadget.created"]}
        record_save(Webhook, values, actor=SYSTEM)


def gadgets_make() -> list[UUID]:
    """What is told, and between it what is not."""
    made = []
    for number in range(EVENTS):
        made.append(record_save(Gadget, {"name": f"G{number}"}, actor=SYSTEM))
        with transaction.atomic():
            record_save(Gadget, {"name": "never"}, actor=SYSTEM)
            transaction.set_rollback(True)
    return made


def ticked(tenant: Tenant) -> bool:
    """A beat of the clock; whether all is delivered."""
    with in_schema():
        pump.tick()
        reap(Outbox)
    with inside(tenant):
        rows = Delivery.objects.filter(event="gadgets.gadget.created", webhook__name__startswith="W")
        return rows.filter(state="delivered").count() == WEBHOOKS * EVENTS


@pytest.mark.long(25)
def test_each_event_arrives_at_least_once_and_has_its_effect_once(workers: list[Process]) -> None:
    tenant, shop = Tenant.objects.get(schema_name="t_a"), Shop()
    with Receiver(shop.answer) as receiver:
        with inside(tenant):
            Wakeup.objects.all().delete()
            webhooks_make(receiver)
            made = gadgets_make()
        until(lambda: ticked(tenant) or len(receiver.requests) > 40, what="the first calls", seconds=400)
        workers[0].end(signal.SIGKILL)
        receiver.stop()
        time.sleep(0.5)
        receiver.start()
        until(lambda: ticked(tenant), what="all to be delivered", seconds=180)
    wanted = Counter((f"/hooks/{number}", str(pk)) for number in range(WEBHOOKS) for pk in made)
    assert Counter(shop.effects) == wanted
    assert shop.calls.keys() == shop.is_done
    assert sum(shop.calls.values()) > WEBHOOKS * EVENTS * 1.5  # it was as bad as it promised
    connection.set_schema_to_public()
