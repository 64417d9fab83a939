"""Deliveries: made beside the feed of events, sent when due, tried again for three days, then given up."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone

from crm.automation.authors import author_of
from crm.automation.matching import Event, events_matching
from crm.automation.models import Attempt, Delivery, RuleRun, Webhook
from crm.automation.payloads import payload_of
from crm.automation.secrets import headers_of
from crm.automation.states import webhook_switch_off
from crm.core.errors import CrmError
from crm.core.outbound import Answer, Unreachable, post
from tenants.tasks import enqueue

State = Delivery.State
TASK, TURN_SECONDS, KEPT_BYTES = "automation.tasks.webhook_send", 20, 2048
LONGEST_QUIET = 60  # times the first pause between two tries: five minutes
LISTENING = (Webhook.State.ACTIVE, Webhook.State.PAUSED)


def webhooks_hear(events: Sequence[Event]) -> None:
    """The consumer of the feed: a delivery for each webhook that an event concerns, in the feed's own transaction."""
    for webhook in Webhook.objects.filter(deleted_at=None, state__in=LISTENING).order_by("pk"):
        deliveries_make(webhook, events)


def deliveries_make(webhook: Webhook, events: Iterable[Event]) -> int:
    """The deliveries of what concerns this webhook; one event is one delivery, however often it is heard."""
    try:
        author = author_of(webhook)
        chosen = events_matching(webhook.events, webhook.conditions, author, events)
    except CrmError as refusal:  # the author is gone, or may no longer ask for what the conditions name
        webhook_switch_off(webhook, Webhook.State.PAUSED, str(refusal.message))
        return 0
    made = [
        Delivery(
            webhook=webhook,
            event_seq=event["seq"],
            event=event["name"],
            object_type=event["object_type"],
            object_id=event["object_id"],
            due_at=timezone.now(),
        )
        for event in chosen
    ]
    if made:
        Delivery.objects.bulk_create(made, ignore_conflicts=True)
        enqueue(TASK, webhook=webhook.pk)
    return len(made)


# Sending


def deliveries_send(webhook_id: UUID, seconds: float = TURN_SECONDS) -> int:
    """Send what is due to one webhook, one after the other; after a while others have their turn."""
    sent, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        claimed = claim(webhook_id)
        if claimed is None:
            return sent
        send(*claimed)
        sent += 1
    enqueue(TASK, webhook=webhook_id)
    return sent


def claim(webhook_id: UUID) -> tuple[Webhook, Delivery] | None:
    """Take the next due delivery for as long as a lease; what was tried most goes first, so that a dead one ends."""
    now = timezone.now()
    with transaction.atomic():
        webhook = Webhook.objects.filter(pk=webhook_id, deleted_at=None, state=Webhook.State.ACTIVE).first()
        if webhook is None or (webhook.quiet_until and webhook.quiet_until > now):
            return None
        own = Delivery.objects.filter(webhook=webhook)
        due = Q(state=State.WAITING, due_at__lte=now) | Q(state=State.SENDING, lease_until__lt=now)
        taken = own.filter(due).order_by("-tries", "due_at", "id").select_for_update(skip_locked=True).first()
        if taken is None:
            if end := own.filter(state=State.SENDING).aggregate(end=Min("lease_until"))["end"]:
                enqueue(TASK, at=end, webhook=webhook_id)  # if its worker died, somebody must come back
            return None
        taken.tries, taken.state = taken.tries + 1, State.SENDING
        taken.lease_until = now + timedelta(seconds=settings.LEASE_SECONDS)
        taken.save(update_fields=["tries", "state", "lease_until"])
    return webhook, taken


def send(webhook: Webhook, delivery: Delivery) -> None:
    """One try, outside any transaction; then what became of it."""
    began = time.monotonic()
    outcome: Answer | Unreachable
    try:
        body = payload_of(delivery, webhook, author_of(webhook))
        if body is None:
            raise Unreachable("event_gone", "")
        headers = headers_of(webhook, message_id(delivery), body, timezone.now())
        outcome = post(
            webhook.url, body.encode(), {**headers, "Content-Type": "application/json", "User-Agent": "Kith"}
        )
    except Unreachable as error:
        outcome = error
    except CrmError as refusal:
        webhook_switch_off(webhook, Webhook.State.PAUSED, str(refusal.message))
        outcome = Unreachable("author", str(refusal.message))
    record(webhook, delivery, outcome, int((time.monotonic() - began) * 1000))


def message_id(delivery: Delivery) -> str:
    """The same for every try and replay of one delivery: by it a receiver knows what it has done already."""
    return f"msg_{delivery.pk.hex}"


def record(webhook: Webhook, delivery: Delivery, outcome: Answer | Unreachable, milliseconds: int) -> None:
    """Keep the try, and decide what follows: done, again later, or no more."""
    with transaction.atomic():
        mine = Delivery.objects.filter(pk=delivery.pk, state=State.SENDING, tries=delivery.tries)
        if not mine.select_for_update().exists():
            return  # the lease ran out, and somebody else has taken it
        Attempt.objects.create(
            delivery=delivery, number=delivery.tries, milliseconds=milliseconds, **attempt_values(outcome)
        )
        if isinstance(outcome, Answer) and 200 <= outcome.status < 300:
            mine.update(state=State.DELIVERED, finished_at=timezone.now(), lease_until=None)
            quiet = {"failures_count": 0, "quiet_until": None}
            Webhook.objects.filter(pk=webhook.pk).update(delivered_at=timezone.now(), **quiet)
        else:
            failed(webhook, delivery, outcome)


def attempt_values(outcome: Answer | Unreachable) -> dict[str, Any]:
    """What is kept of a try."""
    if isinstance(outcome, Answer):
        return {"status": outcome.status, "response": text_of(outcome.body)}
    return {"error": outcome.code, "response": outcome.message}


def text_of(body: bytes) -> str:
    """The beginning of an answer as text that can be stored."""
    return body[:KEPT_BYTES].decode("utf-8", "replace").replace("\x00", "")


def failed(webhook: Webhook, delivery: Delivery, outcome: Answer | Unreachable) -> None:
    """After a failed try: the next one by the timetable; after the last the webhook is switched off."""
    row, now = Delivery.objects.filter(pk=delivery.pk), timezone.now()
    is_gone = isinstance(outcome, Answer) and outcome.status == 410
    pauses = settings.WEBHOOK_PAUSES
    is_hopeless = isinstance(outcome, Unreachable) and outcome.code == "event_gone"
    is_private = isinstance(outcome, Unreachable) and outcome.code == "not_public"  # no later try will be let through
    if is_gone or is_hopeless or is_private or delivery.tries > len(pauses):
        row.update(state=State.FAILED, finished_at=now, lease_until=None)
        if not is_hopeless:
            webhook_switch_off(webhook, Webhook.State.GONE if is_gone else Webhook.State.FAILING, reason_of(outcome))
        return
    pause = float(pauses[delivery.tries - 1]) * random.uniform(0.9, 1.1)  # noqa: S311 -- so that not all come at once
    due = now + timedelta(seconds=pause)
    row.update(state=State.WAITING, due_at=due, lease_until=None)
    enqueue(TASK, at=due, webhook=webhook.pk)
    if isinstance(outcome, Unreachable) and outcome.code != "author":
        rest(webhook)


def rest(webhook: Webhook) -> None:
    """Nobody answered: no other delivery is tried for a while, so that a dead receiver holds up no worker."""
    first = float(settings.WEBHOOK_PAUSES[0])
    until = timezone.now() + timedelta(seconds=first * min(2**webhook.failures_count, LONGEST_QUIET))
    Webhook.objects.filter(pk=webhook.pk).update(failures_count=webhook.failures_count + 1, quiet_until=until)
    enqueue(TASK, at=until, webhook=webhook.pk)


def reason_of(outcome: Answer | Unreachable) -> str:
    """In a few words."""
    return f"HTTP {outcome.status}" if isinstance(outcome, Answer) else outcome.message


# Again


def delivery_replay(delivery: Delivery) -> None:
    """Send it once more, now, under the same id."""
    again(Delivery.objects.filter(pk=delivery.pk))
    enqueue(TASK, webhook=delivery.webhook_id)


def again(rows: Any) -> int:
    """Due now, with all tries before them."""
    return int(rows.exclude(state=State.SENDING).update(
        state=State.WAITING, tries=0, due_at=timezone.now(), finished_at=None))  # fmt: skip


def fired_make(webhook: Webhook, run: RuleRun) -> Delivery:
    """A delivery of the record that a rule acts on."""
    made = Delivery.objects.create(
        webhook=webhook,
        event="automation.rule.fired",
        object_type=run.object_type,
        object_id=run.object_id,
        run_id=run.pk,
        due_at=timezone.now(),
    )
    enqueue(TASK, webhook=webhook.pk)
    return made


def test_make(webhook: Webhook) -> Delivery:
    """A delivery that tells of nothing."""
    made = Delivery.objects.create(webhook=webhook, event="automation.webhook.test", due_at=timezone.now())
    enqueue(TASK, webhook=webhook.pk)
    return made
