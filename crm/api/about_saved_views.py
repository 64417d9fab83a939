"""What the OpenAPI document says of saved views."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crm.api.about import UUID_TEXT, query, the_id
from crm.api.openapi import Answer, Operation
from crm.api.schemas import Schema, in_list, shape
from crm.core.saved_views import COLOURS, ICONS

GIVEN: dict[str, Schema] = {
    "name": {"type": "string", "maxLength": 80},
    "icon": {"type": "string", "enum": list(ICONS)},
    "colour": {"type": "string", "enum": list(COLOURS)},
    "look": {"type": "string", "enum": ["table", "board", "calendar"]},
    "sharing": {"type": "string", "enum": ["private", "team", "everyone"]},
    "filters": {"type": "object", "additionalProperties": {"type": "string"}},
    "where": {"type": ["object", "null"]},
    "ordering": {"type": "string", "maxLength": 200},
    "columns": {"type": "array", "items": {"type": "string"}, "maxItems": 60},
    "widths": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 2000}},
    "group_by": {"type": "string", "maxLength": 60},
}
MOMENT: Schema = {"type": "string", "format": "date-time"}
VIEW = shape(
    "SavedView",
    {
        "type": "object",
        "required": ["id", "object", "name", "query", "url"],
        "properties": {
            "id": UUID_TEXT,
            "object": {"type": "string"},
            **GIVEN,
            "owner": {"type": ["string", "null"], "format": "uuid"},
            "query": {"type": "object", "additionalProperties": {"type": "string"}},
            "created_at": MOMENT,
            "updated_at": MOMENT,
            "url": {"type": "string"},
        },
    },
)


def views(method: str) -> Operation:
    """GET and POST of views."""
    if method == "GET":
        return Operation(
            id="views_list",
            summary=_("Saved views"),
            tag="views",
            description=_(
                "One's own, those of one's team, and those for everyone. Send query to the list of the object."
            ),
            parameters=(query("object", {"type": "string"}),),
            answers={200: Answer(_("Saved views"), in_list(VIEW))},
        )
    body: Schema = {
        "type": "object",
        "required": ["object", "name"],
        "additionalProperties": False,
        "properties": {"object": {"type": "string"}, **GIVEN},
    }
    return Operation(
        id="views_create",
        summary=_("Save a view"),
        tag="views",
        description=_(
            "Filters are those of a list's address; a tree stands in where. A program's views are for everyone."
        ),
        body=body,
        answers={201: Answer(_("The view"), VIEW)},
    )


def view(method: str) -> Operation:
    """GET, PATCH and DELETE of one view."""
    if method == "DELETE":
        gone = {204: Answer(_("Gone"))}
        return Operation(
            id="views_delete", summary=_("Forget a view"), tag="views", parameters=(the_id(),), answers=gone
        )
    answers = {200: Answer(_("The view"), VIEW)}
    if method == "GET":
        return Operation(id="views_read", summary=_("One view"), tag="views", parameters=(the_id(),), answers=answers)
    body: Schema = {"type": "object", "additionalProperties": False, "properties": GIVEN}
    return Operation(
        id="views_update", summary=_("Change a view"), tag="views", parameters=(the_id(),), body=body, answers=answers
    )
