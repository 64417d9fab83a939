"""What the OpenAPI document says of webhooks' logs, notifications and runs of rules."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crm.api.about import EMPTY_BODY, FREE, path, query, the_id
from crm.api.openapi import Answer, Operation

TEXT = {"type": "string"}
UUID_TEXT = {"type": "string", "format": "uuid"}


def deliveries() -> Operation:
    """GET of a webhook's log."""
    asked = (query("state", TEXT), query("event", TEXT), query("before", UUID_TEXT))
    return Operation(
        id="webhook_deliveries",
        summary=_("What was sent, newest first"),
        tag="webhooks",
        answers={200: Answer(_("Deliveries"), FREE)},
        parameters=(the_id(), *asked),
    )


def delivery() -> Operation:
    """GET of one delivery."""
    return Operation(
        id="webhook_delivery",
        summary=_("One delivery with every try"),
        tag="webhooks",
        answers={200: Answer(_("The delivery"), FREE)},
        parameters=(the_id(), path("delivery", UUID_TEXT, _("The id of the delivery"))),
    )


def delivery_again() -> Operation:
    """POST of a replay."""
    return Operation(
        id="webhook_delivery_replay",
        summary=_("Send one delivery once more, under the same webhook-id"),
        tag="webhooks",
        answers={202: Answer(_("The delivery"), FREE)},
        parameters=(the_id(), path("delivery", UUID_TEXT, _("The id of the delivery"))),
        body=EMPTY_BODY,
    )


def secret() -> Operation:
    """POST that shows the secret."""
    return Operation(
        id="webhook_secret",
        summary=_("The secret, shown once"),
        tag="webhooks",
        answers={200: Answer(_("The secret"), FREE)},
        parameters=(the_id(),),
        body=EMPTY_BODY,
    )
