"""What the OpenAPI document says of exports."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crm.api.about import the_id
from crm.api.openapi import Answer, Operation
from crm.api.schemas import Schema
from crm.api.told import ExportForeseen, ExportTold
from crm.api.typed import listed, typed

EXPORT = typed(ExportTold)
ASKED: Schema = {
    "type": "object",
    "required": ["object"],
    "additionalProperties": False,
    "properties": {
        "object": {"type": "string"},
        "format": {"type": "string", "enum": ["csv", "xlsx", "ndjson"], "default": "csv"},
        "filters": {"type": "object", "additionalProperties": {"type": "string"}},
        "where": {"type": ["object", "null"]},
        "search": {"type": "string"},
        "ordering": {"type": "string"},
        "fields": {"type": "array", "items": {"type": "string"}},
        "parts": {"type": "string", "enum": ["", "rows", "sheet"]},
        "history": {"type": "boolean"},
        "headers": {"type": "string", "enum": ["labels", "names"]},
        "language": {"type": "string", "enum": ["en", "zh-hans"]},
        "reveal": {"type": "boolean", "default": False},
    },
}


def exports(method: str) -> Operation:
    """GET and POST of exports."""
    if method == "GET":
        answers = {200: Answer(_("Exports"), listed(ExportTold))}
        return Operation(id="exports_list", summary=_("Exports"), tag="bulk", answers=answers)
    text = _(
        "What a list shows, as a file: the same filters, search, ordering and fields, with your own permissions at the "
        "moment when it is made. Up to 2,000 records are ready at once; more are made by a worker. "
        'The object "everything" is an archive of all that the company has, with or without its history; '
        "only the owner may ask for it."
    )
    return Operation(
        id="exports_start",
        summary=_("Export a list"),
        tag="bulk",
        description=text,
        body=ASKED,
        answers={
            200: Answer(_("With dry_run=1: how many records, which columns"), typed(ExportForeseen)),
            201: Answer(_("Ready"), EXPORT),
            202: Answer(_("Started"), EXPORT),
        },
    )


def export(method: str) -> Operation:
    """GET and DELETE of one export."""
    if method == "DELETE":
        return Operation(
            id="exports_cancel",
            summary=_("Cancel an export, or throw its file away"),
            tag="bulk",
            parameters=(the_id(),),
            answers={204: Answer(_("Gone"))},
        )
    return Operation(
        id="exports_read",
        summary=_("State and progress"),
        tag="bulk",
        parameters=(the_id(),),
        answers={200: Answer(_("The export"), EXPORT)},
    )


def export_file() -> Operation:
    """GET of the file."""
    return Operation(
        id="exports_file",
        summary=_("The file of an export"),
        tag="bulk",
        parameters=(the_id(),),
        answers={200: Answer(_("A CSV, XLSX or NDJSON file"))},
    )
