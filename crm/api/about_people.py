"""What the OpenAPI document says of people."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crm.api.about import UUID_TEXT, path, query
from crm.api.openapi import Answer, Operation
from crm.api.schemas import Schema, shape
from crm.team.newcomers import FIELDS, MOST
from crm.team.reach import EXTENTS

ID: Schema = {"type": ["string", "null"], "format": "uuid"}
TEXT: Schema = {"type": ["string", "null"], "maxLength": 254}
PERSON = shape("PersonTold", {
    "type": "object",
    "required": ["id", "name", "email", "role", "team", "is_active", "last_login_at"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string"},
        "email": {"type": ["string", "null"]},
        "role": {"type": "string"},
        "team": {"type": ["object", "null"], "properties": {"id": ID, "name": {"type": "string"}}},
        "is_active": {"type": "boolean"},
        "last_login_at": {"type": ["string", "null"], "format": "date-time"},
    },
})
ARRIVAL: Schema = {
    "type": "object",
    "required": ["outcome", "id", "message"],
    "properties": {
        "outcome": {"type": "string", "enum": ["added", "known", "refused"]},
        "id": ID,
        "message": {"type": "string"},
    },
}


def listed(item: Schema) -> Schema:
    """A list of them."""
    return {"type": "object", "required": ["results"], "properties": {"results": {"type": "array", "items": item}}}


def people(method: str) -> Operation:
    """GET and POST of people."""
    if method == "GET":
        answers = {200: Answer(_("Who works here"), listed(PERSON))}
        return Operation(id="people_list", summary=_("Who works here"), tag="tenant", answers=answers)
    line: Schema = {"type": "object", "properties": dict.fromkeys(FIELDS, TEXT), "additionalProperties": False}
    body: Schema = {
        "type": "object",
        "required": ["people"],
        "properties": {"people": {"type": "array", "items": line, "minItems": 1, "maxItems": MOST}},
        "additionalProperties": False,
    }
    text = _(
        "Nobody is written to and nobody gets a password: who has an e-mail is handed a link by an owner, who has none "
        "only owns records. Teams are made by name, a manager's team below an office that has several."
    )
    answers = {200: Answer(_("What became of each line"), listed(ARRIVAL))}
    summary = _("Take in people from a list")
    return Operation(id="people_add", summary=summary, tag="tenant", answers=answers, description=text, body=body)


def person(method: str) -> Operation:
    """GET and PATCH of one person."""
    parameters, answers = (path("user_id", UUID_TEXT, _("The person")),), {200: Answer(_("The person"), PERSON)}
    if method == "GET":
        return Operation(id="people_read", summary=_("A person"), tag="tenant", answers=answers, parameters=parameters)
    properties: dict[str, Schema] = {
        "role": {"type": "string", "description": _("The role's code, such as member")},
        "team": ID,
        "is_active": {"type": "boolean", "enum": [True]},
    }
    text = _(
        "Another role, another team (null: none), or the door opened again for who had left. Nobody changes their own "
        "role, gives one that may do more than theirs, or takes the last owner's."
    )
    return Operation(
        id="people_change",
        summary=_("Change somebody's place in the company"),
        tag="tenant",
        answers=answers,
        description=text,
        parameters=parameters,
        body={"type": "object", "properties": properties, "additionalProperties": False},
    )


TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
EXTENT: Schema = {"type": "string", "enum": list(EXTENTS)}
SAID: Schema = {
    "name": {"type": "string", "maxLength": 60},
    "permissions": TEXTS,
    "hidden_fields": TEXTS,
    "fixed_fields": TEXTS,
    "reach": {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": {"see": EXTENT, "change": EXTENT, "rule": {"type": ["object", "null"]}},
        },
    },
}
ROLE = shape(
    "RoleTold", {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}, **SAID}}
)


def roles() -> Operation:
    """GET of the roles."""
    return Operation(id="roles_list", summary=_("Roles"), tag="tenant", answers={200: Answer(_("Roles"), listed(ROLE))})


def role(method: str) -> Operation:
    """GET, PUT and DELETE of one."""
    parameters = (path("role", {"type": "string"}, _("The role's code, such as member")),)
    answers = {200: Answer(_("Role"), ROLE)}
    if method == "GET":
        return Operation(id="roles_read", summary=_("Role"), tag="tenant", answers=answers, parameters=parameters)
    if method == "DELETE":
        return Operation(
            id="roles_delete",
            summary=_("Delete a role that nobody has"),
            tag="tenant",
            answers={204: Answer(_("Gone"))},
            parameters=parameters,
        )
    text = _(
        "Of each noun, which records are seen and changed: all, those of the person's team and of the teams below, "
        "their own, those that meet a rule in the filter language, or none. Hidden fields are not there for the role; "
        "fixed ones are read only. Nobody gives more than they hold."
    )
    return Operation(
        id="roles_save",
        summary=_("Make or change a role"),
        tag="tenant",
        answers=answers,
        description=text,
        parameters=parameters,
        body={"type": "object", "properties": SAID, "additionalProperties": False},
    )


GROUND: Schema = {
    "type": "object",
    "required": ["kind", "holds", "text", "rule"],
    "properties": {
        "kind": {
            "type": "string",
            "enum": ["account", "permission", "all", "own", "team", "rule", "none", "share", "stands"],
        },
        "holds": {"type": "boolean"},
        "text": {"type": "string"},
        "rule": {"type": ["object", "null"]},
    },
}
ACCESS: Schema = {
    "type": "object",
    "required": ["person", "may_see", "may_change", "see", "change", "hidden", "fixed"],
    "properties": {
        "person": {"type": "object"},
        "may_see": {"type": "boolean"},
        "may_change": {"type": "boolean"},
        "see": {"type": "array", "items": GROUND},
        "change": {"type": "array", "items": GROUND},
        "hidden": TEXTS,
        "fixed": TEXTS,
    },
}


def access() -> Operation:
    """GET of why somebody may see a record."""
    text = _(
        "Through which role, owner, team and rule a person sees and changes a record, or why not; about whoever asks, "
        "or, with the permission team.manage_role, about a colleague."
    )
    return Operation(
        id="access_read",
        summary=_("Why somebody may see a record"),
        tag="tenant",
        answers={200: Answer(_("The reasons"), ACCESS)},
        description=text,
        parameters=(
            query("object", {"type": "string"}),
            query("id", UUID_TEXT),
            query("person", UUID_TEXT),
        ),
    )


LEFT: Schema = {
    "type": "object",
    "required": ["id", "is_active", "jobs"],
    "properties": {
        "id": UUID_TEXT,
        "is_active": {"type": "boolean"},
        "jobs": {"type": "array", "items": UUID_TEXT},
    },
}


def leave() -> Operation:
    """POST of somebody who leaves."""
    text = _(
        "Sessions, keys and connected apps end at once. Records go to a colleague (to: an id), to nobody, or stay "
        "(keep); each of the jobs is a bulk change of one kind of record and can be undone."
    )
    return Operation(
        id="people_leave",
        summary=_("Deactivate somebody and hand over their records"),
        tag="tenant",
        answers={200: Answer(_("The door is shut"), LEFT)},
        description=text,
        parameters=(path("user_id", UUID_TEXT, _("The person")),),
        body={
            "type": "object",
            "required": ["to"],
            "properties": {"to": {"type": "string", "description": "id | nobody | keep"}},
            "additionalProperties": False,
        },
    )
