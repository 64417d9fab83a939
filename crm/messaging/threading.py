"""Which thread a message belongs to, and what a thread is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q
from django.db.models.functions import Lower

from crm.core.actors import SYSTEM, Actor
from crm.core.deleting import records_delete
from crm.core.further import listed
from crm.core.registry import registry
from crm.core.services import record_write
from crm.messaging.models import Message, Thread

About = tuple[str, UUID]


def people_find(addresses: Sequence[str]) -> dict[str, About]:
    """Whose these addresses are: customers before their contacts before leads, the eldest of each."""
    found: dict[str, About] = {}
    for resource in (one for one in registry if one.subject and one.mailed):
        for name in resource.mailed:
            rows = resource.model._default_manager.filter(deleted_at=None)
            own = rows.alias(small=Lower(name)).filter(small__in=list(addresses)).order_by("pk")
            for address, pk in own.values_list(Lower(name), "pk"):
                found.setdefault(address, (resource.label, pk))
            if other := resource.further.get(name):
                for pk, held in rows.filter(listed(other, addresses)).order_by("pk").values_list("pk", other):
                    for address in set(held).intersection(addresses):
                        found.setdefault(address, (resource.label, pk))
    return found


def threads_find(own_id: str, references: Iterable[str]) -> list[Thread]:
    """The threads that a message ties together: of those it answers, of those that answer it or the same ones."""
    ids = [own_id, *references]
    near = Q(message_id__in=ids) | Q(references__overlap=ids)
    held = Message.objects.filter(near, thread__isnull=False).values("thread")
    return list(Thread.objects.filter(pk__in=held, deleted_at=None).order_by("created_at", "pk"))


def thread_for(own_id: str, references: Sequence[str], subject: str, about: About | None, actor: Actor) -> Thread:
    """The one thread of a message: the eldest it ties together, which takes in the others; or a new one."""
    found = threads_find(own_id, references)
    if not found:
        values: dict[str, Any] = {"subject": subject or "—"}
        if about:
            values |= {"object_type": about[0], "object_id": about[1]}
        return Thread.objects.get(pk=record_write(Thread, values, actor=actor))
    eldest, others = found[0], found[1:]
    for other in others:
        for message in Message.objects.filter(thread=other):
            record_write(Message, {"thread": eldest.pk}, actor=SYSTEM, record=message)
        records_delete(Thread, [other.pk], actor=SYSTEM)
    if about and eldest.object_id is None:
        record_write(Thread, {"object_type": about[0], "object_id": about[1]}, actor=SYSTEM, record=eldest)
        eldest.refresh_from_db()
    return eldest


def thread_refresh(thread_id: UUID, actor: Actor) -> None:
    """Count its messages, and see whose turn it is."""
    thread = Thread.objects.get(pk=thread_id)
    rows = Message.objects.filter(thread=thread, deleted_at=None).exclude(state=Message.State.DRAFT)
    facts = rows.aggregate(count=Count("pk"), last=Max("sent_at"))
    last = rows.order_by("-sent_at", "-pk").values_list("direction", flat=True).first()
    latest: datetime | None = facts["last"]
    Thread.objects.filter(pk=thread_id).update(messages_count=facts["count"], last_at=latest)  # counted: no change
    if latest and (thread.last_at is None or latest > thread.last_at or thread.messages_count == 0):
        state = Thread.State.WAITING if last == Message.Direction.IN else Thread.State.ANSWERED
        record_write(Thread, {"state": state.value}, actor=actor, record=thread)
