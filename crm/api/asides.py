"""What is known of records beside their fields, behaviour on its way in, and whether somebody may be reached."""

from __future__ import annotations

from typing import IO, Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about_asides
from crm.api.openapi import Operation
from crm.api.parsers import JsonParser, body_read, json_read
from crm.api.views import ApiView, ResourceView
from crm.core.errors import CrmError
from crm.core.permissions import permit, visible
from crm.core.registry import Aside
from crm.customers.behaviour import MOST, behaviour_take
from crm.customers.services.consents import consent_check


class RecordAside(ResourceView):
    """One of the small tables that belong to a record."""

    aside: Aside = None  # type: ignore[assignment]  # given by as_view()

    def get(self, request: Request, id: UUID) -> Response:
        """Its rows."""
        permit(self.actor, self.resource.permission("view"))
        if not visible(self.resource.model, self.actor).filter(pk=id).exists():
            raise CrmError("not_found", _("There is no such record."), status=404)
        return Response({"id": id, "rows": list(self.aside.read(id, self.actor))})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about_asides.aside(self.resource, self.aside)


class LinesParser(BaseParser):
    """`application/x-ndjson`: one JSON object a line."""

    media_type = "application/x-ndjson"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        """The values of all lines."""
        lines = [line for line in body_read(stream).splitlines() if line.strip()]
        if len(lines) > MOST:
            raise CrmError("bad_value", _("Send between 1 and %(limit)s events.") % {"limit": MOST}, status=422)
        return [json_read(line) for line in lines]


class Behaviour(ApiView):
    """What customers did, thousands at once."""

    parser_classes = [JsonParser, LinesParser]

    def post(self, request: Request) -> Response:
        """Take a list of events, or an object with `rows`; the answer says which were new and which were refused."""
        body = request.data
        lines = body.get("rows") if isinstance(body, dict) and body.keys() == {"rows"} else body
        if not isinstance(lines, list):
            raise CrmError("bad_request", _("The body must be a list of events, or an object with rows."))
        taken = behaviour_take(lines, actor=self.actor)
        return Response(
            {
                "received": taken.received,
                "stored": taken.stored,
                "repeated": taken.repeated,
                "refused": taken.refused,
            },
            status=207 if taken.refused else 200,
        )

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about_asides.behaviour()


class ConsentCheck(ApiView):
    """Whether somebody may be reached for a purpose by a channel."""

    parameters: ClassVar[dict[str, frozenset[str]]] = {"GET": frozenset({"customer", "purpose", "channel"})}

    def get(self, request: Request) -> Response:
        """As the ledger stands today."""
        given = {name: request.query_params.get(name, "") for name in ("customer", "purpose", "channel")}
        try:
            customer = UUID(given["customer"])
        except ValueError as error:
            raise CrmError("bad_value", _("Must be the id of a record."), parameter="customer") from error
        purpose, channel = given["purpose"], given["channel"] or "any"
        held = consent_check(customer, purpose=purpose, channel=channel, actor=self.actor)
        return Response({"customer": customer, "purpose": purpose, "channel": channel, "is_given": held})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about_asides.consents_check()
