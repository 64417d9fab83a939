"""What the OpenAPI document says of the endpoints that belong to no noun."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from analytics.model_cards import ModelPage, VersionCard
from analytics.predictors import PREDICTORS
from analytics.readiness import DataReadiness
from crm.api.about import EMPTY_BODY, path, query, the_id
from crm.api.openapi import Answer, Operation
from crm.api.schemas import Schema
from crm.api.told import (
    CallerTold,
    ForeseenTold,
    JobStarted,
    JobTold,
    NounTold,
    NounWhole,
    RecommendationTold,
    ReportTold,
)
from crm.api.typed import listed, typed
from crm.team.company import FIELDS

JOB = typed(JobTold)
BY_POSITION: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
CHOSEN: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "targets": {**BY_POSITION, "examples": [{"0": "name", "2": "+external", "3": "+skip"}]},
        "answers": {"type": "object", "additionalProperties": {"type": "string", "enum": ["dmy", "mdy"]}},
        "source": {"type": "string", "maxLength": 40, "examples": ["shop"]},
        "mode": {"type": "string", "enum": ["both", "create", "update"]},
        "create_links": {"type": "boolean"},
        "links": {"type": "object", "additionalProperties": {"type": "string", "enum": ["create", "refuse", "empty"]}},
        "values": {"type": "object", "additionalProperties": BY_POSITION},
        "constants": BY_POSITION,
        "kinds": BY_POSITION,
        "sheet": {"type": "integer", "minimum": 0},
        "header_row": {"type": ["integer", "null"], "minimum": 0},
        "encoding": {"type": "string"},
        "delimiter": {"type": "string"},
        "off": {"type": "array", "items": {"type": "string"}},
    },
}
CHOICES: Schema = {"type": "string", "contentMediaType": "application/json", "contentSchema": CHOSEN}
UPLOAD: Schema = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "object": {"type": "string"},
        "template": {"type": "string"},
        "choices": CHOICES,
        "filename": {"type": "string"},
    },
}


def told(id: str, summary: str, schema: Schema, tag: str = "tenant") -> Operation:
    """An operation that asks nothing."""
    return Operation(id=id, summary=summary, tag=tag, answers={200: Answer(summary, schema)})


def schemas() -> Operation:
    """GET of the nouns."""
    return told("schema_list", _("Objects that you may see"), listed(NounTold, "objects"))


def schema_one() -> Operation:
    """GET of one noun."""
    parameters = (path("object", {"type": "string"}, _("customers or customers.customer")),)
    answers = {200: Answer(_("Fields, parts and actions"), typed(NounWhole))}
    return Operation(
        id="schema_read", summary=_("What you may read and write"), tag="tenant", answers=answers, parameters=parameters
    )


def me() -> Operation:
    """GET of the caller."""
    return told("me", _("Who you are"), typed(CallerTold))


COMPANY: Schema = {
    "type": "object",
    "required": list(FIELDS),
    "properties": {name: {"type": "string"} for name in FIELDS},
}


def company(method: str) -> Operation:
    """GET and PATCH of the company."""
    answers = {200: Answer(_("Company"), COMPANY)}
    if method == "GET":
        return Operation(id="company_read", summary=_("Company"), tag="tenant", answers=answers)
    text = _(
        "Industry is shop, bank, travel or other; locale en or zh-hans; region two letters of a country, by which "
        "phone numbers and dates in files are read; currency three letters, changed only until the first amount of "
        "your own is stored; time_zone an IANA name."
    )
    return Operation(
        id="company_change",
        summary=_("Change the company"),
        tag="tenant",
        answers=answers,
        description=text,
        body={"type": "object", "properties": COMPANY["properties"], "additionalProperties": False},
    )


def models() -> Operation:
    """GET of the models."""
    return told("models_list", _("Prediction models and their quality"), typed(ModelPage))


ASKED: Schema = {
    "type": "object",
    "required": ["kind", "state", "progress"],
    "properties": {
        "kind": {"type": "string"},
        "state": {"type": "string"},
        "progress": {"type": "string"},
        "version_id": {"type": "integer"},
        "version": {"type": "string"},
    },
}


def model_card() -> Operation:
    """GET of one version of a model."""
    parameters = (path("version_id", {"type": "integer", "minimum": 1}),)
    answers = {200: Answer(_("The model's card"), typed(VersionCard))}
    return Operation(
        id="models_card", summary=_("The model's card"), tag="tenant", answers=answers, parameters=parameters
    )


def model_verb(verb: str) -> Operation:
    """POST of retrain, activate, rollback."""
    summaries = {
        "retrain": _("Learn a model anew"),
        "activate": _("Use an older version of a model"),
        "rollback": _("Go back to the version before"),
    }
    text = _("A worker carries it out; GET /models tells how far it is.")
    body: Schema = EMPTY_BODY
    if verb == "activate":
        version: Schema = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
        body = {
            "type": "object",
            "required": ["version"],
            "properties": {"version": version},
            "additionalProperties": False,
        }
    return Operation(
        id=f"models_{verb}",
        summary=summaries[verb],
        tag="tenant",
        answers={202: Answer(_("Started"), ASKED)},
        description=text,
        parameters=(path("kind", {"type": "string", "enum": [one.name for one in PREDICTORS]}),),
        body=body,
    )


def data_readiness() -> Operation:
    """GET of the readiness."""
    return told("data_readiness", _("Which models the data unlocks, and what is missing"), typed(DataReadiness))


def recommendation_verb(verb: str) -> Operation:
    """POST of accept, dismiss, undo."""
    summaries = {
        "accept": _("Accept a recommendation"),
        "dismiss": _("Dismiss a recommendation"),
        "undo": _("Take back what was said of a recommendation"),
    }
    body: Schema = EMPTY_BODY
    if verb == "dismiss":
        reason: Schema = {"type": ["string", "null"], "maxLength": 300}
        body = {"type": ["object", "null"], "properties": {"reason": reason}, "additionalProperties": False}
    return Operation(
        id=f"recommendations_{verb}",
        summary=summaries[verb],
        tag="tenant",
        answers={200: Answer(_("The recommendation"), typed(RecommendationTold))},
        parameters=(path("recommendation_id", {"type": "integer", "minimum": 1}),),
        body=body,
    )


def jobs(method: str) -> Operation:
    """GET and POST of imports."""
    if method == "GET":
        answers = {200: Answer(_("Imports"), listed(JobTold))}
        before = (query("before", {"type": "string", "format": "uuid"}, _("The last id of the page before.")),)
        return Operation(id="imports_list", summary=_("Imports"), tag="bulk", answers=answers, parameters=before)
    text = _(
        "A CSV, XLSX or NDJSON file in a form, or CSV or NDJSON as the body itself (Content-Encoding: gzip too), with "
        "object, template, choices and filename in the query. Up to 1 GB; it goes to disk in pieces. "
        "Columns are matched by their headers; choices (JSON) say what shall differ from the proposal, column by "
        "column from 0: targets, answers, values, links, kinds; source names the system whose numbers the external id "
        "column holds. A trial answers the whole of them. What the file leaves open comes as warnings."
    )
    types = {"choices": CHOICES}
    names = ("object", "template", "choices", "filename")
    beside = tuple(query(name, types.get(name, {"type": "string"})) for name in names)
    return Operation(
        id="imports_start",
        summary=_("Import a file"),
        tag="bulk",
        answers={
            200: Answer(_("On trial: what the file would become"), typed(ForeseenTold)),
            202: Answer(_("Started"), typed(JobStarted)),
        },
        description=text,
        parameters=beside,
        body=UPLOAD,
        body_media="multipart/form-data",
        bodies={media: {"type": "string"} for media in ("text/csv", "application/x-ndjson")},
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
        answers={200: Answer(pgettext("file", "Lines"), typed(ReportTold))},
        parameters=(the_id(), *paging),
    )


def job_rows(name: str) -> Operation:
    """GET of the rows that an import refused, stored or did not come to."""
    summaries = {
        "refused": _("The refused rows as CSV, with what to mend"),
        "stored": _("The stored rows as CSV, with their records"),
        "unprocessed": _("The rows that an import did not come to, as CSV"),
    }
    return Operation(
        id=f"imports_{name}",
        summary=summaries[name],
        tag="bulk",
        answers={200: Answer(_("A CSV file"))},
        parameters=(the_id(),),
    )


def job_cancel() -> Operation:
    """POST that stops an import."""
    return Operation(
        id="imports_cancel",
        summary=_("Cancel an import"),
        tag="bulk",
        description=_("One that waits or runs. What it has stored stays and can be undone."),
        answers={200: Answer(_("The import"), JOB)},
        parameters=(the_id(),),
        body=EMPTY_BODY,
    )


def job_revert() -> Operation:
    """POST of a revert."""
    return Operation(
        id="imports_revert",
        summary=_("Undo an import"),
        tag="bulk",
        answers={200: Answer(_("The import"), JOB)},
        parameters=(the_id(),),
        body=EMPTY_BODY,
    )
