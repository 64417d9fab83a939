"""What the OpenAPI document says of the endpoints that belong to no noun."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crm.api.about import EMPTY_BODY, FREE, path, query, the_id
from crm.api.openapi import Answer, Operation
from crm.api.schemas import Schema

JOB: Schema = {
    "type": "object",
    "required": ["id", "state", "percent"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "state": {"type": "string"},
        "percent": {"type": "integer"},
        "object": {"type": "string"},
        "account": {"type": "object"},
        "url": {"type": "string"},
    },
}
UPLOAD: Schema = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "object": {"type": "string"},
        "template": {"type": "string"},
        "choices": {"type": "string"},
    },
}


def told(id: str, summary: str, tag: str = "tenant", text: str = "") -> Operation:
    """An operation that answers a plain object."""
    return Operation(id=id, summary=summary, tag=tag, answers={200: Answer(summary, FREE)}, description=text)


def schemas() -> Operation:
    """GET of the nouns."""
    return told("schema_list", _("Objects that you may see"))


def schema_one() -> Operation:
    """GET of one noun."""
    parameters = (path("object", {"type": "string"}, _("customers or customers.customer")),)
    answers = {200: Answer(_("Fields, parts and actions"), FREE)}
    return Operation(
        id="schema_read", summary=_("What you may read and write"), tag="tenant", answers=answers, parameters=parameters
    )


def me() -> Operation:
    """GET of the caller."""
    return told("me", _("Who you are"))


def models() -> Operation:
    """GET of the models."""
    return told("models_list", _("Prediction models and their quality"))


def jobs(method: str) -> Operation:
    """GET and POST of imports."""
    if method == "GET":
        return told("imports_list", _("Imports"), "bulk")
    text = _("A CSV or XLSX file. Columns are matched by their headers; send choices to settle them yourself.")
    return Operation(
        id="imports_start",
        summary=_("Import a file"),
        tag="bulk",
        answers={202: Answer(_("Started"), JOB)},
        description=text,
        body=UPLOAD,
        body_media="multipart/form-data",
    )


def job() -> Operation:
    """GET of an import."""
    return Operation(
        id="imports_read",
        summary=_("State and progress"),
        tag="bulk",
        answers={200: Answer(_("The import"), JOB)},
        parameters=(the_id(),),
    )


def job_report() -> Operation:
    """GET of an import's report."""
    paging = (
        query("start", {"type": "integer", "minimum": 0}),
        query("limit", {"type": "integer", "minimum": 0, "maximum": 1000}),
        query("outcome", {"type": "string"}),
    )
    return Operation(
        id="imports_report",
        summary=_("What was reported, row by row"),
        tag="bulk",
        answers={200: Answer(_("Lines"), FREE)},
        parameters=(the_id(), *paging),
    )


def job_corrected() -> Operation:
    """GET of the refused rows."""
    return Operation(
        id="imports_refused",
        summary=_("The refused rows as CSV"),
        tag="bulk",
        answers={200: Answer(_("A CSV file"))},
        parameters=(the_id(),),
    )


def job_undo() -> Operation:
    """POST of an undo."""
    return Operation(
        id="imports_undo",
        summary=_("Undo an import"),
        tag="bulk",
        answers={200: Answer(_("The import"), JOB)},
        parameters=(the_id(),),
        body=EMPTY_BODY,
    )
