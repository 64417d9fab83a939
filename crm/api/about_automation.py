"""What the OpenAPI document says of webhooks' logs, notifications and runs of rules."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crm.api.about import EMPTY_BODY, path, query, the_id
from crm.api.openapi import Answer, Operation
from crm.api.told import (
    DeliveryTold,
    DeliveryWhole,
    NotificationTold,
    ReadTold,
    RunTold,
    RunWhole,
    SecretTold,
)
from crm.api.typed import listed, typed
from crm.automation.dry_runs import Trial

TEXT = {"type": "string"}
UUID_TEXT = {"type": "string", "format": "uuid"}


def deliveries() -> Operation:
    """GET of a webhook's log."""
    asked = (query("state", TEXT), query("event", TEXT), query("before", UUID_TEXT))
    return Operation(
        id="webhook_deliveries",
        summary=_("What was sent, newest first"),
        tag="webhooks",
        answers={200: Answer(_("Deliveries"), listed(DeliveryTold))},
        parameters=(the_id(), *asked),
    )


def delivery() -> Operation:
    """GET of one delivery."""
    return Operation(
        id="webhook_delivery",
        summary=_("One delivery with every try"),
        tag="webhooks",
        answers={200: Answer(_("The delivery"), typed(DeliveryWhole))},
        parameters=(the_id(), path("delivery", UUID_TEXT, _("The id of the delivery"))),
    )


def delivery_again() -> Operation:
    """POST of a replay."""
    return Operation(
        id="webhook_delivery_replay",
        summary=_("Send one delivery once more, under the same webhook-id"),
        tag="webhooks",
        answers={202: Answer(_("The delivery"), typed(DeliveryTold))},
        parameters=(the_id(), path("delivery", UUID_TEXT, _("The id of the delivery"))),
        body=EMPTY_BODY,
    )


def secret() -> Operation:
    """POST that shows the secret."""
    return Operation(
        id="webhook_secret",
        summary=_("The secret, shown once"),
        tag="webhooks",
        answers={200: Answer(_("The secret"), typed(SecretTold))},
        parameters=(the_id(),),
        body=EMPTY_BODY,
    )


def rule_trial() -> Operation:
    """POST of a dry run."""
    days = {"type": "integer", "minimum": 1, "maximum": 90, "default": 30}
    return Operation(
        id="rule_dry_run",
        summary=_("What the rule would have done in the last days"),
        tag="rules",
        answers={200: Answer(_("Runs that would have been"), typed(Trial))},
        parameters=(the_id(),),
        body={"type": "object", "properties": {"days": days}, "additionalProperties": False},
    )


def runs() -> Operation:
    """GET of a rule's log."""
    return Operation(
        id="rule_runs",
        summary=_("What the rule did, newest first"),
        tag="rules",
        answers={200: Answer(_("Runs"), listed(RunTold))},
        parameters=(the_id(), query("state", TEXT), query("before", UUID_TEXT)),
    )


def run() -> Operation:
    """GET of one run."""
    return Operation(
        id="rule_run",
        summary=_("One run with every step"),
        tag="rules",
        answers={200: Answer(_("The run"), typed(RunWhole))},
        parameters=(the_id(), path("run", UUID_TEXT, _("The id of the run"))),
    )


def run_again() -> Operation:
    """POST of a retry."""
    return Operation(
        id="rule_run_retry",
        summary=_("Go on with a failed run at the action that failed"),
        tag="rules",
        answers={202: Answer(_("The run"), typed(RunTold))},
        parameters=(the_id(), path("run", UUID_TEXT, _("The id of the run"))),
        body=EMPTY_BODY,
    )


def notifications() -> Operation:
    """GET of one's own."""
    return Operation(
        id="notifications_list",
        summary=_("What you were told, newest first"),
        tag="tenant",
        answers={200: Answer(_("Notifications"), listed(NotificationTold))},
        parameters=(query("unread", TEXT), query("before", UUID_TEXT)),
    )


def notifications_read() -> Operation:
    """POST that marks as read."""
    ids = {"type": "array", "items": UUID_TEXT, "maxItems": 1000}
    return Operation(
        id="notifications_read",
        summary=_("Mark as read: those named, or all"),
        tag="tenant",
        answers={200: Answer(_("How many"), typed(ReadTold))},
        body={"type": "object", "properties": {"ids": ids}, "additionalProperties": False},
    )
