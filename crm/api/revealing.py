"""A masked value in full."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about_shares as about
from crm.api.openapi import Operation
from crm.api.shares import noun_of, uuid_of
from crm.api.views import ApiView, object_of, refused_values
from crm.core.revealing import value_reveal
from crm.team.shares import wrong


class Reveal(ApiView):
    """One field of one record."""

    tells_secret: ClassVar[bool] = True  # the answer is kept nowhere; on trial it says nothing

    def post(self, request: Request) -> Response:
        """The value, noted in the record's history."""
        body = object_of(request)
        refused_values(body, ("object", "id", "field"))
        record_id, name = uuid_of(body, "id"), body.get("field")
        if record_id is None:
            raise wrong("id", _("Must be an id."))
        if not isinstance(name, str):
            raise wrong("field", _("Must be a text."))
        value = value_reveal(noun_of(body.get("object")), record_id, name, actor=self.actor)
        return Response({"id": record_id, "field": name, "value": value})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.reveal()
