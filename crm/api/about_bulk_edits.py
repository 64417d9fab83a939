"""What the OpenAPI document says of changes of many records."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crm.api.about import EMPTY_BODY, FREE, UUID_TEXT, operation, the_id
from crm.api.openapi import Answer, Operation
from crm.api.schemas import Schema, ref, shape
from crm.api.told import BulkEditForeseen, BulkEditTold, BulkEditWhole
from crm.api.typed import listed, typed
from crm.core.registry import Resource

JOB = typed(BulkEditTold)
WORDS: Schema = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
BODY = shape(
    "BulkEditAsked",
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "ids": {"type": "array", "items": UUID_TEXT},
            "filters": {"type": "object", "additionalProperties": {"type": "string"}},
            "where": ref("Where"),
            "search": {"type": "string"},
            "all": {"type": "boolean", "const": True},
            "values": FREE,
            "add": WORDS,
            "remove": WORDS,
            "verb": {"type": "string"},
            "inputs": FREE,
            "delete": {"type": "boolean", "const": True},
        },
    },
)


def bulk_edit(resource: Resource) -> Operation:
    """POST of a change of many."""
    text = _(
        "Which records: ids, or filters, where and search as in a list, or all. What is done: values are set, words "
        "added to a list or removed from it, an action with its inputs, or delete. Up to 500 records are changed at "
        "once, more by a worker; each is judged for itself with your rights. With dry_run=1 the first thousand are "
        "tried."
    )
    answers = {
        200: Answer(_("With dry_run=1: how many would change, and why others not"), typed(BulkEditForeseen)),
        201: Answer(_("Done"), JOB),
        202: Answer(_("Started"), JOB),
    }
    may = ("change", "delete", *(verb.name for verb in resource.verbs))
    return operation(resource, "bulk_edit", _("Change many records"), answers, may=may, description=text, body=BODY)


def bulk_edits() -> Operation:
    """GET of the jobs."""
    answers = {200: Answer(_("Changes of many records"), listed(BulkEditTold))}
    return Operation(id="bulk_edits_list", summary=_("Changes of many records"), tag="bulk", answers=answers)


def bulk_edit_one() -> Operation:
    """GET of one job."""
    answers = {200: Answer(_("The change"), typed(BulkEditWhole))}
    return Operation(
        id="bulk_edits_read", summary=_("State and progress"), tag="bulk", parameters=(the_id(),), answers=answers
    )


def bulk_edit_undo() -> Operation:
    """POST of an undo."""
    return Operation(
        id="bulk_edits_undo",
        summary=_("Undo a change of many records"),
        tag="bulk",
        description=_("For seven days. Records that somebody has changed since stay as they are."),
        parameters=(the_id(),),
        body=EMPTY_BODY,
        answers={200: Answer(_("Taken back"), JOB), 202: Answer(_("Started"), JOB)},
    )
