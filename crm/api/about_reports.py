"""What the OpenAPI document says of reports."""

from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter

from analytics.models import SavedReport
from analytics.reports.asking import MOST_LINES, MOST_MEASURES, MOST_ROWS
from analytics.reports.dashboards import MOST_PLACES, WIDTHS
from analytics.reports.grouping import PERIODS
from analytics.reports.measuring import OF
from analytics.reports.narrowing import PERIODS as NAMED_PERIODS
from crm.api.about import FREE, path, query
from crm.api.openapi import Answer, Operation
from crm.api.schemas import Schema, in_list, shape

GROUPING: Schema = {
    "type": "object",
    "required": ["field"],
    "additionalProperties": False,
    "properties": {"field": {"type": "string"}, "by": {"type": "string", "enum": list(PERIODS)}},
}
MEASURE: Schema = {
    "type": "object",
    "required": ["of"],
    "additionalProperties": False,
    "properties": {
        "of": {"type": "string", "enum": list(OF)},
        "field": {"type": "string"},
        "name": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,49}$"},
        "label": {"type": "string", "maxLength": 120},
        "where": {"type": ["object", "null"]},
        "among": {"type": ["object", "null"]},
    },
}
ASKED: Schema = {
    "type": "object",
    "required": ["object"],
    "additionalProperties": False,
    "properties": {
        "object": {"type": "string"},
        "part": {"type": ["string", "null"], "maxLength": 60},
        "rows": {"type": "array", "items": GROUPING, "maxItems": MOST_ROWS},
        "column": {**GROUPING, "type": ["object", "null"]},
        "measures": {"type": "array", "items": MEASURE, "maxItems": MOST_MEASURES},
        "where": {"type": ["object", "null"]},
        "ordering": {"type": "string", "maxLength": 80},
        "limit": {"type": "integer", "minimum": 1, "maximum": MOST_LINES},
        "samples": {"type": ["boolean", "null"]},
    },
}
CELLS: Schema = {"type": "object", "properties": {"values": FREE, "records": FREE}}
ROW: Schema = {
    "type": "object",
    "required": ["title", "cells", "total"],
    "properties": {
        "key": {"type": ["string", "boolean", "null"]},
        "title": {"type": "string"},
        "depth": {"type": "integer"},
        "is_others": {"type": "boolean"},
        "cells": {"type": "array", "items": CELLS},
        "total": CELLS,
    },
}
ANSWER: Schema = {
    "type": "object",
    "required": ["object", "columns", "measures", "rows", "total"],
    "properties": {
        "object": {"type": "string"},
        "is_sample": {"type": "boolean"},
        "rows_by": {"type": "array", "items": FREE},
        "column_by": {"type": ["object", "null"]},
        "measures": {"type": "array", "items": FREE},
        "columns": {"type": "array", "items": FREE},
        "rows": {"type": "array", "items": ROW},
        "total": ROW,
    },
}


def running() -> Operation:
    """POST of a report."""
    return Operation(
        id="reports_run",
        summary=_("Run a report"),
        tag="reports",
        description=_(
            "Up to two groupings in rows and one in a column, by fields of the object or of a record that it points at "
            "(customer.industry, owner.team), days by period. Measures count, add up, average, or tell a share: of the "
            "records of among, those that meet where. Every cell has the address of its records. Amounts are those in "
            "your own currency. With a part (lines of orders) its rows are counted in place of records, also by what "
            "they point at (lines.product.category). Sample data is told only where samples says so, or where there is "
            "nothing else."
        ),
        body=ASKED,
        answers={200: Answer(_("The answer"), ANSWER)},
    )


KEPT: dict[str, Schema] = {
    "name": {"type": "string", "maxLength": 80},
    "sharing": {"type": "string", "enum": ["private", "team", "everyone"]},
}
GIVEN: dict[str, Schema] = {
    **KEPT,
    "chart": {"type": "string", "enum": list(SavedReport.Chart.values)},
    "day": {"type": "string", "maxLength": 60},
    "definition": ASKED,
}
TOLD: dict[str, Schema] = {
    "id": {"type": "string"},
    "is_ready": {"type": "boolean"},
    "owner": {"type": ["string", "null"], "format": "uuid"},
    "url": {"type": "string"},
}
REPORT = shape(
    "Report",
    {
        "type": "object",
        "required": ["id", "name", "object", "definition", "url", "answer"],
        "properties": {**GIVEN, **TOLD, "object": {"type": "string"}, "answer": {"type": "string"}},
    },
)
PLACE: Schema = {
    "type": "object",
    "required": ["report"],
    "additionalProperties": False,
    "properties": {"report": {"type": "string"}, "width": {"type": "integer", "enum": list(WIDTHS)}},
}
PLACES: Schema = {"type": "array", "items": PLACE, "maxItems": MOST_PLACES}
STANDING: Schema = {
    "type": "object",
    "required": ["report", "name", "width", "answer"],
    "properties": {
        "report": {"type": "string"},
        "name": {"type": "string"},
        "width": {"type": "integer"},
        "answer": {"type": "string"},
    },
}
BOARD = shape(
    "Dashboard",
    {
        "type": "object",
        "required": ["id", "name", "places", "url"],
        "properties": {**KEPT, **TOLD, "places": {"type": "array", "items": STANDING}},
    },
)


def body_of(properties: dict[str, Schema], *required: str) -> Schema:
    """A body of these names and no others."""
    return {"type": "object", "required": list(required), "additionalProperties": False, "properties": properties}


def the_report() -> OpenApiParameter:
    """Which report."""
    return path("report", {"type": "string"}, _("The id of a saved report, or the name of a ready one: orders."))


def the_dashboard() -> OpenApiParameter:
    """Which dashboard."""
    return path("dashboard", {"type": "string"}, _("The id of a dashboard, or the name of the ready one: sales."))


def reports(method: str) -> Operation:
    """GET and POST of reports."""
    if method == "GET":
        return Operation(
            id="reports_list",
            summary=_("Reports"),
            tag="reports",
            description=_("Saved ones that the caller sees, then the ready ones; answer leads to the figures."),
            parameters=(query("object", {"type": "string"}),),
            answers={200: Answer(_("Reports"), in_list(REPORT))},
        )
    return Operation(
        id="reports_create",
        summary=_("Save a report"),
        tag="reports",
        description=_("What could not be answered is refused. A program's reports are for everyone."),
        body=body_of(GIVEN, "name", "definition"),
        answers={201: Answer(_("The report"), REPORT)},
    )


def report(method: str) -> Operation:
    """GET, PATCH and DELETE of one report."""
    given, answers = (the_report(),), {200: Answer(_("The report"), REPORT)}
    if method == "GET":
        return Operation("reports_read", _("One report"), "reports", answers, parameters=given)
    if method == "PATCH":
        body = body_of(GIVEN)
        return Operation("reports_update", _("Change a report"), "reports", answers, parameters=given, body=body)
    return Operation("reports_delete", _("Forget a report"), "reports", {204: Answer(_("Gone"))}, parameters=given)


def answering() -> Operation:
    """GET of what a report says."""
    words = ", ".join(name for name, _label in NAMED_PERIODS)
    period = query("period", {"type": "string"}, _("%(words)s, or 2026-01-01..2026-03-31.") % {"words": words})
    owner = query("owner", {"type": "string"}, _("A person's id, or me."))
    return Operation(
        id="reports_answer",
        summary=_("The figures of a report"),
        tag="reports",
        description=_(
            "As running its definition, narrowed as a dashboard does it: dates are about the day that the report names."
        ),
        parameters=(the_report(), period, owner),
        answers={200: Answer(_("The answer"), ANSWER)},
    )


def dashboards(method: str) -> Operation:
    """GET and POST of dashboards."""
    if method == "GET":
        answers = {200: Answer(_("Dashboards"), in_list(BOARD))}
        return Operation("dashboards_list", _("Dashboards"), "reports", answers)
    return Operation(
        id="dashboards_create",
        summary=_("Make a dashboard"),
        tag="reports",
        description=_("Like another one (like), with the reports of places, or empty."),
        body=body_of({**KEPT, "places": PLACES, "like": {"type": ["string", "null"]}}, "name"),
        answers={201: Answer(_("The dashboard"), BOARD)},
    )


def dashboard(method: str) -> Operation:
    """GET, PATCH and DELETE of one dashboard."""
    given, answers = (the_dashboard(),), {200: Answer(_("The dashboard"), BOARD)}
    if method == "GET":
        return Operation("dashboards_read", _("One dashboard"), "reports", answers, parameters=given)
    if method == "PATCH":
        return Operation(
            id="dashboards_update",
            summary=_("Change a dashboard"),
            tag="reports",
            description=_("Places are set as a whole, in the order in which they stand."),
            parameters=given,
            body=body_of({**KEPT, "places": PLACES}),
            answers=answers,
        )
    gone = {204: Answer(_("Gone"))}
    return Operation("dashboards_delete", _("Forget a dashboard"), "reports", gone, parameters=given)
