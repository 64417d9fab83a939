"""What the OpenAPI document says of single records that are shared, and of masked values."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crm.api.about import UUID_TEXT, path, query
from crm.api.about_people import ID, listed
from crm.api.openapi import Answer, Operation
from crm.api.schemas import Schema

DAY: Schema = {"type": ["string", "null"], "format": "date"}
WITH: Schema = {
    "type": "object",
    "required": ["kind", "id", "name"],
    "properties": {
        "kind": {"type": "string", "enum": ["person", "team"]},
        "id": UUID_TEXT,
        "name": {"type": "string"},
    },
}
SHARE: Schema = {
    "type": "object",
    "required": ["id", "object", "record", "with", "may_change", "until", "given_by"],
    "properties": {
        "id": UUID_TEXT,
        "object": {"type": "string"},
        "record": UUID_TEXT,
        "with": WITH,
        "may_change": {"type": "boolean"},
        "until": DAY,
        "given_by": {"type": ["object", "null"], "properties": {"id": ID, "name": {"type": "string"}}},
    },
}


def shares(method: str) -> Operation:
    """GET and POST of shares."""
    if method == "GET":
        return Operation(
            id="shares_list",
            summary=_("To whom a record is shared"),
            tag="tenant",
            answers={200: Answer(_("Those that hold today"), listed(SHARE))},
            parameters=(query("object", {"type": "string"}), query("id", UUID_TEXT)),
        )
    text = _(
        "A record beside what roles reach: to read, or to change, too; until a day or for ever; to a person or to a "
        "team (those in it, those in teams below it, and their managers). It gives no permission and shows no hidden "
        "field. Whoever reaches the record by their own role and holds grant_… of its noun may share it, and lets "
        "others change only what they may change. Sharing again with the same person or team replaces what was said "
        "before."
    )
    body: Schema = {
        "type": "object",
        "required": ["object", "id"],
        "properties": {
            "object": {"type": "string"},
            "id": UUID_TEXT,
            "person": ID,
            "team": ID,
            "may_change": {"type": "boolean"},
            "until": DAY,
        },
        "additionalProperties": False,
    }
    answers = {201: Answer(_("The share"), SHARE)}
    summary = _("Share a record")
    return Operation(id="shares_give", summary=summary, tag="tenant", answers=answers, description=text, body=body)


def share() -> Operation:
    """DELETE of a share."""
    return Operation(
        id="shares_end",
        summary=_("Take a share back"),
        tag="tenant",
        answers={204: Answer(_("It is taken back"))},
        description=_("By whoever shared it, whoever may share the record, and whoever keeps the roles."),
        parameters=(path("id", UUID_TEXT, _("The share")),),
    )


def reveal() -> Operation:
    """POST of a look at a masked value."""
    text = _(
        "Sensitive values are masked in every answer, for everybody. Whoever holds reveal_… of the noun is told one of "
        "them here; the record's history notes who looked and when. On trial nothing is told."
    )
    told: Schema = {
        "type": "object",
        "required": ["id", "field", "value"],
        "properties": {"id": UUID_TEXT, "field": {"type": "string"}, "value": {"type": "string"}},
    }
    body: Schema = {
        "type": "object",
        "required": ["object", "id", "field"],
        "properties": {"object": {"type": "string"}, "id": UUID_TEXT, "field": {"type": "string"}},
        "additionalProperties": False,
    }
    answers = {200: Answer(_("The value"), told), 204: Answer(_("On trial: it could be told"))}
    summary = _("Show a masked value")
    return Operation(id="reveal", summary=summary, tag="tenant", answers=answers, description=text, body=body)
