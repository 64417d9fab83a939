"""Saved reports and those of the first day, by program: listed, kept, changed, forgotten, answered."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from analytics.reports.answering import report_answer
from analytics.reports.asking import noun_of, report_read
from analytics.reports.keeping import (
    Opened,
    opened_saved,
    ready_open,
    report_delete,
    report_open,
    report_own,
    report_save,
    reports_open,
)
from analytics.reports.narrowing import ALL, days_of, narrowed
from crm.api import about_reports as about
from crm.api.openapi import Operation
from crm.api.reports import told as told_answer
from crm.api.views import ApiView, object_of
from crm.core.permissions import permit

NOUN = "savedreport"


class SavedReports(ApiView):
    """The reports that the caller can open."""

    parameters: ClassVar[dict[str, frozenset[str]]] = {"GET": frozenset({"object"})}

    def get(self, request: Request) -> Response:
        """Saved ones, then those of the first day."""
        permit(self.actor, f"analytics.view_{NOUN}")
        wanted = request.query_params.get("object", "")
        found = [*map(opened_saved, reports_open(self.actor)), *ready_open(self.actor)]
        if wanted:
            found = [one for one in found if one.noun is noun_of(wanted)]
        return Response({"results": [told(one, request) for one in found]})

    def post(self, request: Request) -> Response:
        """A new one."""
        permit(self.actor, f"analytics.add_{NOUN}")
        opened = opened_saved(report_save(object_of(request), actor=self.actor))
        return Response(told(opened, request), status=201, headers={"Location": url_of(opened.key, request)})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.reports(method)


class SavedReportOne(ApiView):
    """One report, by its id or by the name of one of the first day."""

    def get(self, request: Request, report: str) -> Response:
        """As it is."""
        return Response(told(opened_for(self, report), request))

    def patch(self, request: Request, report: str) -> Response:
        """Change what is named."""
        permit(self.actor, f"analytics.change_{NOUN}")
        saved = report_own(report, self.actor)
        return Response(told(opened_saved(report_save(object_of(request), actor=self.actor, id=saved.pk)), request))

    def delete(self, request: Request, report: str) -> Response:
        """Forget it."""
        permit(self.actor, f"analytics.delete_{NOUN}")
        report_delete(report_own(report, self.actor).pk, actor=self.actor)
        return Response(status=204)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.report(method)


class SavedReportAnswer(ApiView):
    """What a report says today, of some days and some people where it is asked so."""

    parameters: ClassVar[dict[str, frozenset[str]]] = {"GET": frozenset({"period", "owner"})}

    def get(self, request: Request, report: str) -> Response:
        """The answer, as of a report that is run by its definition."""
        opened, asked = opened_for(self, report), request.query_params
        days = days_of(asked.get("period") or ALL)
        definition = narrowed(opened, days, asked.get("owner", ""), self.actor)
        return Response(told_answer(report_answer(report_read(definition, actor=self.actor)), request))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.answering()


def opened_for(view: ApiView, report: str) -> Opened:
    """The report that an address names, of records that the caller may see."""
    permit(view.actor, f"analytics.view_{NOUN}")
    opened = report_open(report, actor=view.actor)
    permit(view.actor, opened.noun.permission("view"))
    return opened


def url_of(key: str, request: Request) -> str:
    """Where a report is."""
    return str(reverse("api:report", kwargs={"report": key}, request=request))


def told(opened: Opened, request: Request) -> dict[str, Any]:
    """A report as it is told; those of the first day belong to nobody and are for everyone."""
    saved = opened.saved
    return {
        "id": opened.key,
        "name": opened.name,
        "object": opened.noun.slug,
        "chart": opened.chart,
        "day": opened.day,
        "definition": opened.definition,
        "is_ready": saved is None,
        "sharing": saved.sharing if saved else "everyone",
        "owner": saved.owner_id if saved else None,
        "created_at": saved.created_at if saved else None,
        "updated_at": saved.updated_at if saved else None,
        "url": url_of(opened.key, request),
        "answer": reverse("api:report-answer", kwargs={"report": opened.key}, request=request),
    }
