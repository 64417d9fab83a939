"""What the OpenAPI document says of reports."""

from __future__ import annotations

from django.utils.translation import gettext as _

from analytics.reports.asking import MOST_LINES, MOST_MEASURES, MOST_ROWS
from analytics.reports.grouping import PERIODS
from analytics.reports.measuring import OF
from crm.api.about import FREE
from crm.api.openapi import Answer, Operation
from crm.api.schemas import Schema

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
            "your own currency. Sample data is told only where samples says so, or where there is nothing else."
        ),
        body=ASKED,
        answers={200: Answer(_("The answer"), ANSWER)},
    )
