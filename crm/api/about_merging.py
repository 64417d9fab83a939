"""What the OpenAPI document says of duplicates and merges."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crm.api.about import EMPTY_BODY, UUID_TEXT, if_match, names, operation, the_id
from crm.api.openapi import Answer, Operation
from crm.api.schemas import Schema, ref, shape
from crm.core.registry import Resource

ALIKE = shape(
    "Alike",
    {
        "type": "object",
        "required": ["results"],
        "properties": {
            "results": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "title", "certainty", "reasons"],
                    "properties": {
                        "id": UUID_TEXT,
                        "title": {"type": "string"},
                        "certainty": {"type": "string", "enum": ["certain", "likely", "possible"]},
                        "reasons": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "required": ["code", "field", "message"],
                                "properties": {
                                    "code": {
                                        "type": "string",
                                        "enum": ["same_value", "same_name", "same_sound", "near_name"],
                                    },
                                    "field": {"type": "string"},
                                    "message": {"type": "string"},
                                },
                            },
                        },
                    },
                },
            }
        },
    },
)


def looking(resource: Resource) -> Operation:
    """POST of values."""
    text = _(
        "Compared are normalised e-mails, telephones and numbers, and names as they are read: without accents and "
        "legal forms, Chinese by pinyin. To have doubles refused while creating, add ?duplicates=refuse there."
    )
    return operation(
        resource,
        "duplicates",
        _("What looks like this"),
        {200: Answer(_("The surest first, with reasons"), ALIKE)},
        may=("view",),
        description=text,
        body=ref(f"{names(resource)[0]}Patch"),
    )


def resembling(resource: Resource) -> Operation:
    """GET of a record's duplicates."""
    return operation(
        resource,
        "resembling",
        _("What looks like this record"),
        {200: Answer(_("The surest first, with reasons"), ALIKE)},
        may=("view",),
        parameters=(the_id(),),
    )


def merging(resource: Resource) -> Operation:
    """POST of a merge."""
    text = _(
        "The others are deleted and everything that points at them points here. Empty values are filled from them, "
        "lists are joined; take names the record whose value of a field counts. A merge can be taken back."
    )
    done: Schema = {
        "type": "object",
        "required": ["merge", "record"],
        "properties": {"merge": UUID_TEXT, "record": ref(names(resource)[0])},
    }
    return operation(
        resource,
        "merge",
        _("Merge others into this record"),
        {200: Answer(_("The record, and the merge to take back"), done)},
        may=("merge",),
        description=text,
        parameters=(the_id(), if_match()),
        body={
            "type": "object",
            "required": ["with"],
            "properties": {
                "with": {"type": "array", "items": UUID_TEXT, "minItems": 1, "maxItems": 20},
                "take": {"type": "object", "additionalProperties": UUID_TEXT},
            },
            "additionalProperties": False,
        },
    )


def undoing() -> Operation:
    """POST that takes a merge back."""
    done: Schema = {
        "type": "object",
        "required": ["merge", "object", "kept", "restored"],
        "properties": {
            "merge": UUID_TEXT,
            "object": {"type": "string"},
            "kept": UUID_TEXT,
            "restored": {"type": "array", "items": UUID_TEXT},
        },
    }
    return Operation(
        id="merges_undo",
        summary=_("Take a merge back"),
        tag="tenant",
        answers={200: Answer(_("What is as it was"), done)},
        description=_("Values, links and the others as they were; what was changed since stays as it is now."),
        parameters=(the_id(),),
        body=EMPTY_BODY,
    )
