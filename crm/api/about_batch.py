"""What the OpenAPI document says of a batch."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crm.api.about import names, operation, query
from crm.api.batch_rows import ACTIONS, MOST_ROWS, MOST_SOURCE, MOST_VALUE, MOST_VERSION
from crm.api.openapi import Answer, Operation
from crm.api.schemas import Schema, ref, shape
from crm.core.registry import Resource

ID: Schema = {"type": "string", "format": "uuid"}
VERSION: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_VERSION}
EXTERNAL = shape(
    "OutsideName",
    {
        "type": "object",
        "required": ["source", "id"],
        "additionalProperties": False,
        "properties": {
            "source": {"type": "string", "minLength": 1, "maxLength": MOST_SOURCE},
            "id": {"type": "string", "minLength": 1, "maxLength": MOST_VALUE},
        },
    },
)
ROW_DONE: Schema = {
    "type": "object",
    "required": ["index", "action", "status"],
    "properties": {
        "index": {"type": "integer"},
        "action": {"type": ["string", "null"], "enum": [*ACTIONS, None]},
        "status": {"type": "integer"},
        "id": {"type": ["string", "null"], "format": "uuid"},
        "version": {"type": ["integer", "null"]},
        "problem": ref("Problem"),
    },
}
RESULTS = shape(
    "BatchDone",
    {
        "type": "object",
        "required": ["results"],
        "properties": {"results": {"type": "array", "items": ROW_DONE}},
    },
)


def row(action: str, values: Schema | None, *needed: str, **more: Schema) -> Schema:
    """One form of a row."""
    given = {"values": values} if values else {}
    return {
        "type": "object",
        "title": action,
        "required": ["action", *given, *needed],
        "additionalProperties": False,
        "properties": {"action": {"type": "string", "const": action}, **given, **more},
    }


PLACES = {"id": ID, "external": EXTERNAL}
GONE_AND_BACK = [
    shape(f"Row{action.title()}By{name.title()}", row(action, None, name, **{name: place}, **more))
    for name, place in PLACES.items()
    for action, more in (("delete", {"version": VERSION}), ("restore", {}))
]


def rows(resource: Resource) -> list[Schema]:
    """Every form of a row: a record is named by its id or by its outside name."""
    full, patch = ref(names(resource)[1]), ref(f"{names(resource)[0]}Patch")
    forms = [row("create", full), row("upsert", patch, "external", external=EXTERNAL, version=VERSION)]
    forms.append(row("update", patch, "id", version=VERSION, **PLACES))  # external is the outside name that it gets
    forms.append(row("update", patch, "external", version=VERSION, external=EXTERNAL))
    return [*forms, *GONE_AND_BACK]


def batching(resource: Resource) -> Operation:
    """POST of a batch."""
    body: Schema = {
        "type": "object",
        "required": ["rows"],
        "additionalProperties": False,
        "properties": {
            "rows": {"type": "array", "minItems": 1, "maxItems": MOST_ROWS, "items": {"oneOf": rows(resource)}}
        },
    }
    text = _(
        "Each row is answered with a status of its own, in the order of asking. mode=atomic (the default): one refused "
        "row refuses all; mode=partial: the good rows are stored. Where nothing was stored the answer is 422. "
        "Rows are deleted first, then restored, then saved; a record may be named by one row only."
    )
    return operation(
        resource,
        "batch",
        _("Many at once"),
        {207: Answer(_("What became of each row"), RESULTS)},
        may=("add", "change", "delete"),
        description=text,
        parameters=(query("mode", {"type": "string", "enum": ["atomic", "partial"]}),),
        body=body,
    )
