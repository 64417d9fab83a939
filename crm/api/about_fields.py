"""What the OpenAPI document says of a tenant's own fields."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter

from crm.api.about import EMPTY_BODY, path, query
from crm.api.openapi import Answer, Operation
from crm.api.schemas import Schema, ref
from crm.core.customising.judging import LENGTHS, LONGEST_NAME, LONGEST_VALUE, MOST_CHOICES
from crm.core.models import CustomField

TAG = "fields"
KINDS: Schema = {"type": "string", "enum": sorted(CustomField.Kind.values)}
FLAG: Schema = {"type": "boolean"}
LINE: Schema = {"type": "string", "maxLength": LENGTHS["label"], "minLength": 1}
HELP: Schema = {"type": "string", "maxLength": LENGTHS["help"]}
VALUE: Schema = {"type": "string", "maxLength": LONGEST_VALUE, "minLength": 1}
CHOICE: Schema = {
    "type": "object",
    "properties": {"value": VALUE, "label": LINE, "retired": FLAG},
    "required": ["value", "label", "retired"],
}
CHOICES: Schema = {
    "type": "array",
    "maxItems": MOST_CHOICES,
    "items": {
        "anyOf": [
            LINE,
            {
                "type": "object",
                "required": ["label"],
                "properties": {"value": {**VALUE, "type": ["string", "null"]}, "label": LINE, "retired": FLAG},
            },
        ]
    },
}
MARKS: dict[str, Schema] = {"required": FLAG, "personal": FLAG, "sensitive": FLAG, "searchable": FLAG}
CHANGED: dict[str, Schema] = {
    "label": LINE,
    "kind": KINDS,
    "target": {"type": "string"},
    "help": HELP,
    "choices": CHOICES,
    "currency": {"type": "string"},
    **MARKS,
}
MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}
OR_NONE: Schema = {"type": ["string", "null"]}
ANSWERED: Schema = {
    "type": "object",
    "required": ["id", "object", "name", "label", "kind", "choices", *MARKS],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "object": {"type": "string"},
        "name": {"type": "string", "maxLength": LONGEST_NAME},
        "label": LINE,
        "kind": KINDS,
        "choices": {"type": "array", "items": CHOICE},
        "target": OR_NONE,
        "currency": OR_NONE,
        "help": {"type": "string"},
        "position": {"type": "integer"},
        **MARKS,
        "values": {"type": "integer"},
        "indexed": FLAG,
        "indexed_at": MOMENT,
        "retired_at": MOMENT,
    },
}
MADE: Schema = {
    "type": "object",
    "required": ["object", "label", "kind"],
    "additionalProperties": False,
    "properties": {
        "object": {"type": "string"},
        "name": {"type": "string", "maxLength": LONGEST_NAME},
        **CHANGED,
    },
}
COMPONENTS = {"CustomField": ANSWERED}


def of_fields() -> dict[str, Schema]:
    """What the operations of this file refer to."""
    return COMPONENTS


def the_field() -> tuple[OpenApiParameter]:
    """The field's id in the path."""
    return (path("field_id", {"type": "string", "format": "uuid"}),)


def an_operation(id: str, summary: str, status: int = 200, text: str = "", **more: Any) -> Operation:
    """An operation that answers a field."""
    answers = {status: Answer(summary, ref("CustomField"))}
    return Operation(id=id, summary=summary, tag=TAG, answers=answers, description=text, components=of_fields, **more)


def listing() -> Operation:
    """GET of all."""
    answer: Schema = {
        "type": "object",
        "required": ["results"],
        "properties": {"results": {"type": "array", "items": ref("CustomField")}},
    }
    parameters = (
        query("object", {"type": "string"}, _("customers or customers.customer")),
        query("retired", {"type": "string", "enum": ["0", "1"]}, _("1: those out of use, too.")),
    )
    return Operation(
        id="fields_list",
        summary=_("Your own fields"),
        tag=TAG,
        answers={200: Answer(_("Your own fields"), answer)},
        parameters=parameters,
        components=of_fields,
    )


def creation() -> Operation:
    """POST of a new one."""
    text = _(
        "Records have it at once, under a name that begins with x_. Choices are labels, or values with labels; money "
        "has a currency, a link a target."
    )
    return an_operation("fields_create", _("Add a field"), 201, text, body=MADE)


def one(method: str) -> Operation:
    """GET, PATCH and DELETE of one."""
    if method == "GET":
        return an_operation("fields_read", _("One of your own fields"), parameters=the_field())
    if method == "DELETE":
        text = _("Only a retired field; its values go, too. Name how many records keep one, as you read it.")
        values = query("values", {"type": "integer", "minimum": 0}, _("How many records keep a value."))
        gone = {204: Answer(_("Deleted for good"))}
        parameters = (*the_field(), values)
        return Operation("fields_purge", _("Delete a field for good"), TAG, gone, text, parameters)
    body: Schema = {"type": "object", "additionalProperties": False, "properties": CHANGED}
    text = _(
        "Choices that are left out are retired: records that hold them keep them. "
        "Another kind is taken if every stored value fits it."
    )
    more: dict[str, Any] = {"parameters": the_field(), "body": body}
    return an_operation("fields_change", _("Change a field"), 200, text, **more)


def ordering() -> Operation:
    """POST of the order."""
    answer: Schema = {"type": "object", "properties": {"results": {"type": "array", "items": ref("CustomField")}}}
    body: Schema = {
        "type": "object",
        "required": ["object", "ids"],
        "additionalProperties": False,
        "properties": {
            "object": {"type": "string"},
            "ids": {"type": "array", "items": {"type": "string", "format": "uuid"}},
        },
    }
    answers = {200: Answer(_("Your own fields"), answer)}
    return Operation("fields_order", _("Put fields in order"), TAG, answers, body=body, components=of_fields)


def index(method: str) -> Operation:
    """POST and DELETE of a field's index."""
    if method == "DELETE":
        gone = {204: Answer(_("Lists are no longer sorted by it"))}
        return Operation("fields_index_drop", _("Drop a field's index"), TAG, gone, parameters=the_field())
    text = _("A worker makes it beside other work; lists can be sorted by the field once indexed_at is set.")
    more: dict[str, Any] = {"parameters": the_field(), "body": EMPTY_BODY}
    return an_operation("fields_index_make", _("Make a field's index"), 202, text, **more)


def retiring() -> Operation:
    """POST of the end of its use."""
    text = _("It is no longer shown, asked for or written; records keep its values.")
    more: dict[str, Any] = {"parameters": the_field(), "body": EMPTY_BODY}
    return an_operation("fields_retire", _("Retire a field"), 200, text, **more)


def restoring() -> Operation:
    """POST of its return."""
    more: dict[str, Any] = {"parameters": the_field(), "body": EMPTY_BODY}
    return an_operation("fields_restore", _("Bring a field back"), **more)
