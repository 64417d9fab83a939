"""What tests of automation share: a receiver on loopback, events handed over, and work done, as a worker would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.automation.deliveries import deliveries_send
from crm.automation.models import Delivery, Webhook
from crm.core.actors import Actor
from crm.core.feed import COLUMNS
from crm.core.models import Event
from crm.team.models import User
from crm.team.services import actor_of_user
from tenants.models import Outbox
from tests.crm.automation.receiver import Receiver


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """A receiver that the operator lets be called; tries follow each other quickly, and a call waits a second."""
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.OUTBOUND_SECONDS = 1.0
    with Receiver() as running:
        yield running


@pytest.fixture
def owner(tenant: Any) -> Actor:
    """The owner of tenant A, on a page."""
    return person("owner")


def person(role: str) -> Actor:
    """The person of a role, on a page."""
    return actor_of_user(User.objects.select_related("role").get(email=f"{role}@kith.test"), via="page")


@pytest.fixture
def told(tenant: Any) -> Iterator[Callable[..., int]]:
    """told(hear, …): hand the events of this test to consumers, as the pump does; how many there were."""
    start = Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    Outbox.objects.all().delete()
    state = {"last": start}

    def tell(*consumers: Callable[..., None]) -> int:
        events = list(Event.objects.filter(seq__gt=state["last"]).order_by("seq").values(*COLUMNS))
        if events:
            state["last"] = events[-1]["seq"]
            for consumer in consumers:
                consumer(events)
        return len(events)

    return tell  # type: ignore[return-value]  # a plain function is handed over


def sent() -> int:
    """Send what is due, as workers would."""
    return sum(deliveries_send(pk) for pk in Webhook.objects.order_by("pk").values_list("pk", flat=True))


def later() -> None:
    """All that waits for a later moment is due now."""
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(state="waiting").update(due_at=past)
    Delivery.objects.filter(state="sending").update(lease_until=past)
    Webhook.objects.update(quiet_until=None)
