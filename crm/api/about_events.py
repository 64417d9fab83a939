"""What the OpenAPI document says of the change feed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crm.api.about import query
from crm.api.openapi import Answer, Operation
from crm.api.schemas import EXTERNAL_ID, Schema
from crm.core.including import OUTSIDE

ID: Schema = {"type": ["string", "null"], "format": "uuid"}
VALUES: Schema = {"type": ["object", "null"]}
EVENT: Schema = {
    "type": "object",
    "required": ["cursor", "at", "name", "object", "actor", "via", "request_id", "before", "after"],
    "properties": {
        "cursor": {"type": "string"},
        "at": {"type": "string", "format": "date-time"},
        "name": {"type": "string"},
        "object": {
            "type": "object",
            "required": ["type", "id"],
            "properties": {
                "type": {"type": "string"},
                "id": {"type": "string", "format": "uuid"},
                OUTSIDE: {"type": "array", "items": EXTERNAL_ID},
            },
        },
        "actor": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "id": ID}},
        "via": {"type": "string"},
        "request_id": {"type": "string"},
        "before": VALUES,
        "after": VALUES,
    },
}
FEED: Schema = {
    "type": "object",
    "required": ["results", "next", "has_more"],
    "properties": {
        "results": {"type": "array", "items": EVENT},
        "next": {"type": "string"},
        "has_more": {"type": "boolean"},
    },
}


def events() -> Operation:
    """GET of the feed."""
    text = _(
        "Events in the order of commits, without gaps: keep next, and send it as after. Without after the feed begins "
        "thirty days ago; after=now begins with what comes. An event appears when every transaction that was open "
        "before it has ended, so long-running writers hold the feed back; nothing is ever skipped. "
        "A cursor older than thirty days is refused with 410."
    )
    types = _("Names with commas, * for any part: sales.order.*,*.created")
    what = _("customers, customers.customer, or one record: customers.customer:<id>")
    return Operation(
        id="events",
        summary=_("What happened"),
        tag="tenant",
        answers={200: Answer(_("Events and the next cursor"), FEED)},
        description=text,
        parameters=(
            query("after", {"type": "string", "pattern": r"^([0-9]{1,18}\.[0-9]{1,18}|now)$"}, _("From next, or now.")),
            query("types", {"type": "string", "maxLength": 1000}, types),
            query("object", {"type": "string", "maxLength": 100}, what),
            query("include", {"type": "string", "enum": [OUTSIDE]}, _("How other systems call the record.")),
            query("page_size", {"type": "integer", "minimum": 1, "maximum": 1000}),
        ),
    )
