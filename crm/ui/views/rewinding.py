"""What was: a value or a record given back from its history, and the deleted records of a noun."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.registry import Resource
from crm.core.rewinding import KEPT, record_rewind, records_deleted
from crm.ui.addresses import record_address
from crm.ui.pages import PageRequest, go, page, show, toast_later
from crm.ui.people import names_of, who
from crm.ui.views.forms import version_of

SHOWN = 100


@require_POST
@page
def rewind(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """Give back one value, or the whole record as it was before an event."""
    event, name = str(request.POST.get("event", "")), str(request.POST.get("field", ""))
    if not event.isdecimal() or len(event) > 18:
        raise CrmError("not_found", _("There is no such moment in the history of this record."), status=404)
    fields = [name] if name else None
    given = record_rewind(
        resource, record_id, int(event), actor=request.actor, fields=fields, version=version_of(request)
    )
    labels = {spec.name: str(spec.label) for spec in resource.specs.values()}
    labels |= {one.name: str(one.label) for one in resource.parts}
    text = ", ".join(labels.get(one, one) for one in given)
    toast_later(request, _("Given back: %(fields)s") % {"fields": text})
    return go(request, record_address(resource.label, record_id))


@require_GET
@page
def deleted(request: PageRequest, resource: Resource) -> HttpResponse:
    """What was deleted: by whom, when, and how long it is kept."""
    rows = list(records_deleted(resource, request.actor).values("id", "deleted_at", resource.title)[:SHOWN])
    events = Event.objects.filter(object_id__in=[row["id"] for row in rows], name=f"{resource.label}.deleted")
    last = {event.object_id: event for event in events.order_by("seq")}
    names = names_of(one.actor_id for one in last.values() if one.actor_id and one.actor_kind == "user")
    shown = [
        {
            "id": row["id"],
            "title": str(row[resource.title] or _("(no name)")),
            "at": row["deleted_at"],
            "until": row["deleted_at"] + KEPT,
            "by": who(last[row["id"]], names) if row["id"] in last else "",
        }
        for row in rows
    ]
    context = {"resource": resource, "rows": shown, "back": reverse("ui:list", args=[resource]), "most": SHOWN}
    return show(request, "ui/deleted.html", context)
