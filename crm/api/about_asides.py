"""What the OpenAPI document says of what is known beside records: small tables, behaviour, consent."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from crm.api.about import FREE, UUID_TEXT, operation, query, the_id
from crm.api.openapi import Answer, Operation
from crm.api.schemas import Schema
from crm.core.registry import Aside, Resource
from crm.customers.behaviour import KINDS, MOST
from crm.customers.models import ConsentChannel, ConsentPurpose

ROWS: Schema = {
    "type": "object",
    "required": ["id", "rows"],
    "properties": {"id": UUID_TEXT, "rows": {"type": "array", "items": FREE}},
}
EVENT: Schema = {
    "type": "object",
    "required": ["kind", "happened_at", "source", "key"],
    "properties": {
        "customer": UUID_TEXT,
        "customer_ext": {"type": "string"},
        "customer_number": {"type": "string"},
        "kind": {"type": "string", "enum": sorted(KINDS)},
        "happened_at": {"type": "string", "format": "date-time"},
        "subject": {"type": "string", "maxLength": 200},
        "channel": {"type": "string", "maxLength": 40},
        "value": {"type": ["string", "number", "null"]},
        "source": {"type": "string", "minLength": 1, "maxLength": 40},
        "key": {"type": "string", "minLength": 1, "maxLength": 120},
    },
}
WRONG: Schema = {"field": {"type": "string"}, "message": {"type": "string"}}
ONE_WRONG: Schema = {"type": "object", "required": ["field", "message"], "properties": WRONG}
TAKEN: Schema = {
    "type": "object",
    "required": ["received", "stored", "repeated", "refused"],
    "properties": {
        **{name: {"type": "integer"} for name in ("received", "stored", "repeated")},
        "refused": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["row", "field", "message", "errors"],
                "properties": {"row": {"type": "integer"}, **WRONG, "errors": {"type": "array", "items": ONE_WRONG}},
            },
        },
    },
}
HELD: Schema = {
    "type": "object",
    "required": ["customer", "purpose", "channel", "is_given"],
    "properties": {
        "customer": UUID_TEXT,
        "purpose": {"type": "string"},
        "channel": {"type": "string"},
        "is_given": {"type": "boolean"},
    },
}


def aside(resource: Resource, one: Aside) -> Operation:
    """GET of a small table of a record."""
    answers = {200: Answer(str(one.label), ROWS)}
    return operation(resource, one.name, str(one.label), answers, may=("view",), parameters=(the_id(),))


def behaviour() -> Operation:
    """POST of behaviour events."""
    body: dict[str, Any] = {
        "type": "object",
        "required": ["rows"],
        "properties": {"rows": {"type": "array", "minItems": 1, "maxItems": MOST, "items": EVENT}},
        "additionalProperties": False,
    }
    return Operation(
        id="behaviour_take",
        summary=_("Take behaviour events"),
        tag="tenant",
        answers={200: Answer(_("All taken"), TAKEN), 207: Answer(_("Some were refused"), TAKEN)},
        description=_(
            "Up to 10,000 at once: an object with rows, a bare list, or NDJSON (application/x-ndjson). The customer is "
            "named by id, by outside name (shop:4711) or by member number. What was stored before, by source and key, "
            "is counted as repeated."
        ),
        body=body,
    )


def consents_check() -> Operation:
    """GET of whether somebody may be reached."""
    return Operation(
        id="consents_check",
        summary=_("Whether somebody has agreed"),
        tag="tenant",
        answers={200: Answer(_("As the ledger stands today"), HELD)},
        parameters=(
            query("customer", UUID_TEXT, needed=True),
            query("purpose", {"type": "string", "enum": list(ConsentPurpose.values)}, needed=True),
            query("channel", {"type": "string", "enum": list(ConsentChannel.values)}),
        ),
    )
