"""Reminders: asked for when a record is saved, and said if it is then still so; nobody goes through all records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm.automation.matching import Event
from crm.automation.mentions import may_see
from crm.automation.models import Notification
from crm.automation.notices import notify
from crm.core.registry import Reminder, Resource, registry
from crm.team.models import User
from crm.team.services import actor_of_user
from tenants.tasks import enqueue

TASK = "automation.tasks.remind"
LATE = timedelta(hours=1)  # what is longer ago needs no reminder: it is overdue


def reminders_hear(events: Sequence[Event]) -> None:
    """The consumer of the feed: what was saved and lies ahead is asked for at its moment."""
    wanted: dict[str, set[UUID]] = defaultdict(set)
    for event in events:
        resource = registry.get(event["object_type"])
        if resource is not None and resource.reminder and event["after"]:
            wanted[resource.label].add(event["object_id"])
    for label, ids in wanted.items():
        for row in rows_waiting(registry[label], ids):
            if (due := due_of(registry[label], row)) and due > timezone.now() - LATE:
                enqueue(TASK, at=due, noun=label, record=row["pk"], due=due.isoformat())


def reminder_of(resource: Resource) -> Reminder:
    """What the noun says of its reminders."""
    if resource.reminder is None:
        raise LookupError(f"{resource.label} has no reminder")
    return resource.reminder


def rows_waiting(resource: Resource, ids: Iterable[UUID]) -> list[dict[str, Any]]:
    """Those of these records that are still to be done."""
    told = reminder_of(resource)
    rows = resource.model._default_manager.filter(
        pk__in=list(ids), deleted_at=None, is_sample=False, **{told.state: told.waiting}
    )
    names = (told.at, told.minutes, resource.title, "owner", *([resource.addressed] if resource.addressed else []))
    return [dict(row) for row in rows.select_for_update().values("pk", *names)]


def due_of(resource: Resource, row: dict[str, Any]) -> datetime | None:
    """The moment of the reminder, if one is wanted."""
    told = reminder_of(resource)
    at, minutes = row[told.at], row[told.minutes]
    return at - timedelta(minutes=minutes) if at is not None and minutes is not None else None


def remind(label: str, record_id: UUID, due: datetime) -> int:
    """Say it, if it is still to be done and its moment is still this one; nobody is told twice of one moment."""
    resource = registry.get(label)
    rows = rows_waiting(resource, [record_id]) if resource and resource.reminder else []
    if resource is None or not rows or due_of(resource, rows[0]) != due:
        return 0
    row, told = rows[0], reminder_of(resource)
    about = {"object_type": label, "object_id": record_id}
    kind = Notification.Kind.REMINDER
    heard = Notification.objects.filter(**about, kind=kind, created_at__gte=due).values_list("user_id", flat=True)
    people = [user for user in concerned(resource, row) if user.pk not in set(heard)]
    title, at = str(row[resource.title])[:120], row[told.at]

    def say() -> str:
        return _("%(when)s: %(title)s") % {"when": date_format(timezone.localtime(at), "H:i"), "title": title}

    return notify(people, kind, say, about=(label, record_id))


def concerned(resource: Resource, row: dict[str, Any]) -> list[User]:
    """Its owner, and the colleagues among those who take part, as far as they may see it."""
    addresses = [str(one).lower() for one in (row.get(resource.addressed) or [])] if resource.addressed else []
    users = User.objects.filter(Q(pk=row["owner"]) | Q(email__in=addresses), is_active=True).select_related("role")
    return [user for user in users if may_see(resource, row["pk"], actor_of_user(user, via="job"))]
