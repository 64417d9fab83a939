"""Back to what was: a value, or a whole record, as it stood before an event; deleted records, and their end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.deletion import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.models import Event, ExternalId, Record
from crm.core.permissions import masked, parts_shown, parts_writable, permit, readable, values_shown, within, writable
from crm.core.pointing import pointers
from crm.core.reading import record_read
from crm.core.registry import Resource, registry
from crm.core.services import record_save

KEPT, CHUNK, MOST_EVENTS, MOST_SHOWN = timedelta(days=30), 500, 5000, 200


def rewindable(resource: Resource, actor: Actor) -> list[str]:
    """What can be given back: what the actor may write and history holds whole."""
    fields = [one.name for one in writable(resource, actor) if not one.sensitive]
    return [*fields, *(part.name for part in parts_writable(resource, actor))]


class Past(TypedDict):
    """One event of a record's history."""

    event: int
    at: datetime
    name: str
    actor_kind: str
    actor_id: UUID | None
    via: str
    request_id: str
    before: dict[str, Any]
    after: dict[str, Any]


def record_history(resource: Resource, id: UUID, *, actor: Actor) -> list[Past]:
    """The latest events of a record, as far as the actor may read its fields; of sensitive values the mask."""
    record_read(resource, id, actor=actor, fields=[resource.title], deleted=True)
    fields = readable(resource, actor)
    shown = {*(one.name for one in fields), *(one.name for one in parts_shown(resource, actor))}
    sensitive = {one.name for one in fields if one.sensitive}
    rows = Event.objects.filter(object_type=resource.label, object_id=id).order_by("-seq")[:MOST_SHOWN]

    def seen(values: dict[str, Any] | None) -> dict[str, Any]:
        told = {name: one for name, one in values_shown(resource, values or {}, actor).items() if name in shown}
        return told | {name: masked(str(told[name])) for name in sensitive & told.keys() if told[name]}

    return [
        {
            "event": row.seq,
            "at": row.at,
            "name": row.name,
            "actor_kind": row.actor_kind,
            "actor_id": row.actor_id,
            "via": row.via,
            "request_id": row.request_id,
            "before": seen(row.before),
            "after": seen(row.after),
        }
        for row in rows
    ]


def values_before(resource: Resource, id: UUID, event: int, actor: Actor) -> dict[str, Any]:
    """The values that have changed since, as they stood before the event."""
    events = Event.objects.filter(object_type=resource.label, object_id=id, seq__gte=event).order_by("-seq")
    found = list(events.values_list("seq", "before")[:MOST_EVENTS])
    if not found or found[-1][0] != event:
        raise CrmError("not_found", _("There is no such moment in the history of this record."), status=404)
    held = set(rewindable(resource, actor))
    values: dict[str, Any] = {}
    parts = {part.name for part in resource.parts}
    for _seq, before in found:
        named = {name: one for name, one in values_shown(resource, before or {}, actor).items() if name in held}
        values |= {name: value for name, value in named.items() if name not in parts or isinstance(value, list)}
    return values


def record_rewind(
    resource: Resource,
    id: UUID,
    event: int,
    *,
    actor: Actor,
    fields: Sequence[str] | None = None,
    version: int | None = None,
) -> list[str]:
    """Give a record, or some fields of it, the values of before an event: judged like any change. What differs now."""
    permit(actor, resource.permission("change"))
    stored = record_read(resource, id, actor=actor)
    values = values_before(resource, id, event, actor)
    if fields is not None:
        if unknown := [name for name in fields if name not in values]:
            message = _("There is no field %(name)s.") % {"name": unknown[0][:80]}
            raise CrmError("unknown_field", message, field=unknown[0][:80], allowed=sorted(values))
        values = {name: values[name] for name in fields}
    if not values:
        raise CrmError("conflict", _("Nothing that you may change has changed since."), status=409)
    record_save(resource.model, values, actor=actor, id=id, version=version or stored["version"])
    return list(values)


def records_deleted(resource: Resource, actor: Actor) -> QuerySet[Record]:
    """The deleted records that the actor may bring back, the latest first."""
    permit(actor, resource.permission("delete"))
    rows = resource.model._default_manager.filter(deleted_at__isnull=False).order_by("-deleted_at", "-id")
    return within(rows, actor)


def deleted_purge(as_of: datetime) -> int:
    """Remove what was deleted thirty days ago for good, but for what others still point at. How many records."""
    count = 0
    for resource in registry:
        rows = resource.model._default_manager.filter(deleted_at__lt=as_of - KEPT).order_by("pk")
        ids, after = list(rows.values_list("pk", flat=True)[:CHUNK]), None
        while ids:
            after = ids[-1]
            count += purge_some(resource, set(ids))
            ids = list(rows.filter(pk__gt=after).values_list("pk", flat=True)[:CHUNK])
    return count


def purge_some(resource: Resource, ids: set[UUID]) -> int:
    """Remove those of a noun that nothing points at."""
    used = {pointed for pointer in pointers(resource.label) for _pk, pointed in pointer.pairs(ids)}
    for other in registry:
        for part in other.parts:
            for name, spec in part.specs.items():
                if spec.target == resource.label:
                    lines = part.model._default_manager.filter(**{f"{name}__any_of": list(ids)})
                    used |= set(lines.values_list(name, flat=True))
    free = ids - used
    try:
        with transaction.atomic():
            ExternalId.objects.filter(object_type=resource.label, object_id__in=free).delete()
            resource.model._default_manager.filter(pk__in=free).delete()
    except ProtectedError:  # a table that is no noun holds on to one of them: they stay until it lets go
        return 0
    return len(free)


def night_job(as_of: datetime) -> None:
    """Called for each tenant once a night."""
    deleted_purge(min(as_of, timezone.now()))
