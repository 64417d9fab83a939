"""What is due: one's own open work whose day has come, the longest overdue first, done in place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from crm.core.actors import Actor
from crm.core.permissions import is_hidden
from crm.core.reading import list_query, page_read
from crm.core.registry import Resource, registry
from crm.ui.pages import PageRequest, page, part

FEW, DONE = 8, "complete"


@dataclass(frozen=True)
class Due:
    """One line: what, about what, why it stands here."""

    resource: Resource
    row: dict[str, Any]
    at: datetime
    about: dict[str, Any] | None
    may_finish: bool

    @property
    def reason(self) -> str:
        """Why it stands here, in one line."""
        days = (timezone.localdate() - timezone.localtime(self.at).date()).days
        if days <= 0:
            return _("Due today")
        return ngettext("Overdue by %(n)s day", "Overdue by %(n)s days", days) % {"n": days}


def due_of(resource: Resource, actor: Actor) -> list[Due]:
    """The open records of a noun that come due for this person."""
    moments = resource.follow_up
    if moments is None or moments.planned not in resource.sortable or DONE not in resource.verb_names:
        return []
    done, at = moments.done, moments.planned
    if not actor.may(resource.permission("view")) or is_hidden(resource, done, actor) or is_hidden(resource, at, actor):
        return []
    asked = {f"{done}__empty": "true", f"{at}__lte": "today", "owner": "me", "ordering": at}
    fields = [resource.title, at, *(["object_id"] if "object_id" in resource.specs else [])]
    found = page_read(list_query(resource, asked, actor=actor, fields=fields), size=FEW)
    may_finish = actor.may(resource.verb_names[DONE].permission(resource))
    return [Due(resource, row, row[at], row.get("object_id"), may_finish) for row in found.rows if row[at]]


@require_GET
@page
def due(request: PageRequest) -> HttpResponse:
    """The lines, over all nouns whose work comes due; nothing where nothing is due."""
    found = [one for resource in registry for one in due_of(resource, request.actor)]
    found.sort(key=lambda one: one.at)
    return part(request, "ui/parts/due.html", {"items": found[:FEW]})
