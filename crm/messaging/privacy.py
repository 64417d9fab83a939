"""Mail from and to a person is forgotten with the person."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count

from crm.activities.models import File
from crm.core.models import Event
from crm.core.privacy import addresses_known
from crm.messaging.models import Message, Suppression, Thread


def forget(found: dict[str, list[UUID]], words: list[str]) -> None:
    """Every message that names one of their addresses, with its files and what history says of it."""
    gone = sorted(addresses_known(found))
    if not gone:
        return
    messages = list(Message.objects.filter(addresses__overlap=gone).values_list("pk", "thread"))
    ids, threads = [pk for pk, _thread in messages], {thread for _pk, thread in messages if thread}
    File.objects.filter(object_type="messaging.message", object_id__in=ids).delete()
    Message.objects.filter(pk__in=ids).delete()
    Event.objects.filter(object_id__in=[*ids, *threads]).update(before=None, after=None)
    Thread.objects.filter(pk__in=threads).alias(left=Count("messages")).filter(left=0).delete()
    Suppression.objects.filter(address__in=gone).delete()
