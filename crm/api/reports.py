"""Reports by program: a question about the records of any noun, answered with rows, columns and cells."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from analytics.reports.answering import Answer, Cells, Row, report_answer
from analytics.reports.asking import report_read
from analytics.reports.grouping import Grouping
from crm.api import about_reports as about
from crm.api.figures import address
from crm.api.openapi import Operation
from crm.api.views import ApiView, object_of


class ReportRun(ApiView):
    """Any report, by its definition."""

    only_reads = True

    def post(self, request: Request) -> Response:
        """The answer."""
        report = report_read(object_of(request), actor=self.actor)
        return Response(told(report_answer(report), request))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.running()


def told(answer: Answer, request: Request) -> dict[str, Any]:
    """The whole answer; `total` is all records together."""
    report = answer.report
    return {
        "object": report.resource.slug,
        "is_sample": answer.is_sample,
        "rows_by": [by(one) for one in report.rows],
        "column_by": by(report.column) if report.column else None,
        "measures": [{"name": one.name, "label": one.label, "kind": one.kind} for one in report.measures],
        "columns": [{"key": one.key, "title": one.title, "is_others": one.is_others} for one in answer.columns],
        "rows": [row(one, request) for one in answer.rows],
        "total": row(answer.total, request),
    }


def by(one: Grouping) -> dict[str, str]:
    """A grouping."""
    return {"field": one.name, "label": one.label, "by": one.by}


def row(one: Row, request: Request) -> dict[str, Any]:
    """A row: a cell for each column, and the row as a whole."""
    return {
        "key": one.key,
        "title": one.title,
        "depth": one.depth,
        "is_others": one.is_others,
        "cells": [cells(each, request) for each in one.cells],
        "total": cells(one.total, request),
    }


def cells(found: Cells, request: Request) -> dict[str, Any]:
    """The figures by measure, and beside them the addresses of the records behind each."""
    return {
        "values": {name: cell.value for name, cell in found.items()},
        "records": {name: address(cell.behind, request) for name, cell in found.items()},
    }
