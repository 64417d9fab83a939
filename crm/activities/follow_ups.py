"""Follow-ups: what notes, tasks and other activities say of the records that they are about.

The two days are counted from other records, like a score: they bump no version and write no fact of their own, for a
person who adds a note must not make the form stale that another has open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, Q, QuerySet
from django.utils import timezone

from crm.activities.followed import Followed
from crm.core.registry import FollowUp, Resource, registry
from tenants.context import current

FIELDS = ("last_follow_up_at", "next_follow_up_on")
CHUNK = 1000
Found = dict[str, set[UUID]]  # by label


def kinds() -> list[Resource]:
    """The nouns that are follow-ups."""
    return [resource for resource in registry if resource.follow_up]


def rows_of(kind: Resource) -> QuerySet[Any]:
    """All records of a noun that is about others."""
    return kind.model._default_manager.all()


def follow_ups_hear(events: Sequence[Mapping[str, Any]]) -> None:
    """Count anew for the records that changed activities are about, or were about before."""
    told: dict[str, dict[UUID, list[Mapping[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    touched: Found = defaultdict(set)
    known = {resource.label for resource in kinds()}
    for event in events:
        if event["object_type"] in known:
            told[event["object_type"]][event["object_id"]].append(event["before"] or {})
    for label, some in told.items():
        about = rows_of(registry[label]).filter(pk__in=list(some))
        for pk, noun, object_id in about.values_list("pk", "object_type", "object_id"):
            touched[noun].add(object_id)
            for before in some[pk]:
                if before.get("object_id"):
                    touched[before.get("object_type") or noun].add(UUID(before["object_id"]))
    for label, pks in touched.items():
        follow_ups_count(label, pks)


def follow_ups_count(label: str, ids: Iterable[UUID]) -> int:
    """Write the days of these records of one noun where they differ; how many did."""
    resource = registry.get(label)
    if resource is None or not issubclass(resource.model, Followed):
        return 0
    wanted = set(ids)
    last, coming = counted(label, wanted)
    differing = []
    for record in resource.model._default_manager.filter(pk__in=wanted).only(*FIELDS):
        now = (last.get(record.pk), coming.get(record.pk))
        if (record.last_follow_up_at, record.next_follow_up_on) != now:
            record.last_follow_up_at, record.next_follow_up_on = now
            differing.append(record)
    resource.model._default_manager.bulk_update(differing, FIELDS, batch_size=500)
    return len(differing)


def follow_ups_fill() -> int:
    """Count anew for every record that some activity is about: those from before the days were kept, and those whose
    planned day has passed; how many differed."""
    count = 0
    for resource in registry:
        if issubclass(resource.model, Followed):
            about = [rows_of(kind).filter(object_type=resource.label, deleted_at__isnull=True) for kind in kinds()]
            known = (rows.order_by().values_list("object_id", flat=True).distinct() for rows in about)
            ids = sorted({pk for some in known for pk in some})
            chunks = (ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK))
            count += sum(follow_ups_count(resource.label, chunk) for chunk in chunks)
    return count


def counted(label: str, ids: set[UUID]) -> tuple[dict[UUID, datetime], dict[UUID, date]]:
    """The latest follow-up of each record, and the earliest that is planned."""
    last: dict[UUID, datetime] = {}
    coming: dict[UUID, date] = {}
    now, zone = timezone.now(), ZoneInfo(current().time_zone)
    for kind in kinds():
        how = kind.follow_up or FollowUp("created_at")
        done, planned = how.done, how.planned
        about = rows_of(kind).filter(how.where, object_type=label, object_id__in=ids, deleted_at__isnull=True)
        rows = about.order_by().values("object_id")
        for pk, at in rows.annotate(at=Max(done, filter=Q(**{f"{done}__lte": now}))).values_list("object_id", "at"):
            if at is not None:
                last[pk] = max(at, last.get(pk, at))
        if planned:
            is_open = Q(**{f"{done}__isnull": True}) if done != planned else Q(**{f"{planned}__gt": now})
            for pk, at in rows.annotate(at=Min(planned, filter=is_open)).values_list("object_id", "at"):
                if at is not None:
                    day = at.astimezone(zone).date()
                    coming[pk] = min(day, coming.get(pk, day))
    return last, coming
