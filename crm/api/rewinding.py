"""Back to what was: a record, or some fields of it, as they stood before an event."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about
from crm.api.openapi import Operation
from crm.api.records import written
from crm.api.views import ResourceView, object_of
from crm.core.errors import CrmError
from crm.core.rewinding import record_history, record_rewind


class RecordHistory(ResourceView):
    """What happened to a record."""

    def get(self, request: Request, id: UUID) -> Response:
        """The latest two hundred events, the newest first."""
        return Response({"results": record_history(self.resource, id, actor=self.actor)})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.history(self.resource)


class RecordRewind(ResourceView):
    """Undo an event of a record, and all that came after it."""

    def post(self, request: Request, id: UUID) -> Response:
        """The values of before, judged like any change."""
        body = object_of(request)
        event, fields = body.get("event"), body.get("fields")
        is_number = isinstance(event, int) and not isinstance(event, bool) and 0 < event < 2**63
        is_list = fields is None or (isinstance(fields, list) and all(isinstance(one, str) for one in fields))
        if body.keys() - {"event", "fields"} or not is_number or not is_list:
            raise CrmError("bad_value", _("Send event, a number of the history, and perhaps fields, a list of names."))
        given: Any = event
        record_rewind(self.resource, id, given, actor=self.actor, fields=fields)
        return written(self.resource, id, self.actor)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.rewinding(self.resource)
