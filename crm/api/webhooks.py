"""The log of a webhook, sending again, and its secret; all else of webhooks is as of any noun."""

from __future__ import annotations

from datetime import UTC
from typing import ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about_automation as about
from crm.api.openapi import Operation
from crm.api.told import AttemptTold, DeliveryTold, DeliveryWhole, SecretTold
from crm.api.views import ApiView, nothing_in
from crm.automation.deliveries import message_id
from crm.automation.models import Delivery
from crm.automation.services import deliveries_of, delivery_find, delivery_send_again, secret_show, webhook_find
from crm.core.errors import CrmError

PAGE, STATES = 100, tuple(Delivery.State.values)


class Deliveries(ApiView):
    """The log of a webhook."""

    parameters: ClassVar[dict[str, frozenset[str]]] = {"GET": frozenset({"state", "event", "before"})}

    def get(self, request: Request, id: UUID) -> Response:
        """The newest first, a hundred at a time; `before` takes the last id of a page."""
        query = request.query_params
        state, before = query.get("state", ""), query.get("before", "")
        if state and state not in STATES:
            raise CrmError("bad_value", _("There is no such state."), parameter="state", allowed=STATES)
        webhook = webhook_find(id, actor=self.actor)
        rows = deliveries_of(webhook, state=state, event=query.get("event", ""), before=id_of(before))
        return Response({"results": [delivery_row(row) for row in rows[:PAGE]]})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.deliveries()


class DeliveryOne(ApiView):
    """One delivery with its tries."""

    def get(self, request: Request, id: UUID, delivery: str) -> Response:
        """What was answered, each time."""
        found = delivery_find(webhook_find(id, actor=self.actor), UUID(delivery))
        tries = found.attempts.order_by("pk").values("number", "at", "milliseconds", "status", "error", "response")
        whole: DeliveryWhole = {**delivery_row(found), "attempts": [AttemptTold(**one) for one in tries]}
        return Response(whole)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.delivery()


class DeliveryAgain(ApiView):
    """Send one delivery once more."""

    def post(self, request: Request, id: UUID, delivery: str) -> Response:
        """Under the same id, so that a receiver that has it already can tell."""
        nothing_in(request)
        webhook = webhook_find(id, actor=self.actor)
        return Response(delivery_row(delivery_send_again(webhook, UUID(delivery), actor=self.actor)), status=202)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.delivery_again()


class Secret(ApiView):
    """The secret, once."""

    tells_secret = True

    def post(self, request: Request, id: UUID) -> Response:
        """Shown the first time only; the verb rotate makes a new one."""
        nothing_in(request)
        return Response(SecretTold(secret=secret_show(id, actor=self.actor)))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.secret()


def id_of(text: str) -> UUID | None:
    """The id in a parameter."""
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise CrmError("bad_value", _("Must be the id of a delivery."), parameter="before") from error


def delivery_row(row: Delivery) -> DeliveryTold:
    """A delivery as it is told."""
    return {
        "id": row.pk,
        "webhook_id": message_id(row),
        "event": row.event,
        "object": row.object_type,
        "object_id": row.object_id,
        "state": row.state,
        "tries": row.tries,
        "created_at": row.created_at,
        "due_at": row.due_at.astimezone(UTC) if row.state == Delivery.State.WAITING else None,
        "finished_at": row.finished_at,
    }
