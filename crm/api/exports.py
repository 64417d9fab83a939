"""Files out: a list as the caller sees it, made as a job; state, file, cancel."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from crm.api import about_exports as about
from crm.api.bulk import label_of
from crm.api.conditions import is_dry
from crm.api.openapi import Operation
from crm.api.told import ExportForeseen, ExportTold
from crm.api.views import ApiView, object_of
from crm.core.errors import CrmError
from crm.exchange.exporting.asking import Asked
from crm.exchange.exporting.services import (
    MEDIA,
    export_cancel,
    export_count,
    export_find,
    export_open,
    export_percent,
    export_start,
    exports_visible,
    tenant_export_count,
    tenant_export_start,
)
from crm.exchange.models import ExportJob

MOST_JOBS = 100
EVERYTHING, WHOLE = "everything", ("object", "history")
TEXTS = ("object", "format", "search", "ordering", "parts", "headers", "language")
BODY = (*TEXTS, "filters", "where", "fields", "reveal")
EMPTY: dict[str, Any] = {"filters": {}, "where": None, "fields": []}


class Exports(ApiView):
    """Exports: the latest, and a new one."""

    def get(self, request: Request) -> Response:
        """The latest jobs that the caller may see."""
        return Response({"results": [state(job, request) for job in exports_visible(self.actor)[:MOST_JOBS]]})

    def post(self, request: Request) -> Response:
        """Ask for a file; with `dry_run=1` only how many records and which columns it would hold."""
        body = object_of(request)
        if body.get("object") == EVERYTHING:
            return self.everything(request, body)
        asked = asked_of(body)
        if is_dry(request):
            settled, rows = export_count(asked, actor=self.actor)
            columns = list(settled.columns)
            return Response(
                ExportForeseen(object=settled.label, format=settled.format, rows_total=rows, columns=columns)
            )
        job = export_start(asked, actor=self.actor)
        done = job.state != ExportJob.State.QUEUED
        return Response(state(job, request), status=201 if done else 202, headers={"Location": job_url(job, request)})

    def everything(self, request: Request, body: dict[str, Any]) -> Response:
        """An archive of all that the company has, for its owner."""
        errors = [wrong(n, "unknown_field", _("There is no such name here."), WHOLE) for n in body if n not in WHOLE]
        if not isinstance(body.get("history", True), bool):
            errors.append(wrong("history", "type", _("Must be true or false."), ()))
        if errors:
            raise CrmError("bad_value", _("Some of these values cannot be taken."), status=422, errors=errors)
        history = bool(body.get("history", True))
        if is_dry(request):
            rows = tenant_export_count(actor=self.actor, history=history)
            return Response(ExportForeseen(object=EVERYTHING, format=ExportJob.Format.ARCHIVE, rows_total=rows))
        job = tenant_export_start(actor=self.actor, history=history)
        return Response(state(job, request), status=202, headers={"Location": job_url(job, request)})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.exports(method)


class ExportOne(ApiView):
    """One export."""

    def get(self, request: Request, id: Any) -> Response:
        """State and progress."""
        return Response(state(export_find(id, actor=self.actor), request))

    def delete(self, request: Request, id: Any) -> Response:
        """Cancel it, or throw its file away."""
        export_cancel(export_find(id, actor=self.actor), actor=self.actor)
        return Response(status=204)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.export(method)


class ExportFile(ApiView):
    """The file of an export."""

    def get(self, request: Request, id: Any) -> StreamingHttpResponse:
        """A file to download."""
        job = export_find(id, actor=self.actor)
        return StreamingHttpResponse(
            export_open(job, actor=self.actor),
            content_type=MEDIA[job.format][1],
            headers={
                "Content-Disposition": f'attachment; filename="{job.filename}"',
                "X-Content-Type-Options": "nosniff",
            },
        )

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.export_file()


def asked_of(body: dict[str, Any]) -> Asked:
    """The body as what is asked for; names that we do not know, and values of another type, are refused."""
    errors = [wrong(name, "unknown_field", _("There is no such name here."), BODY) for name in body if name not in BODY]
    errors += [wrong(n, "type", _("Must be a text."), ()) for n in TEXTS if not isinstance(body.get(n, ""), str)]
    if not isinstance(body.get("reveal", False), bool):
        errors.append(wrong("reveal", "type", _("Must be true or false."), ()))
    given = {**EMPTY, **body}
    filters, fields = given["filters"], given["fields"]
    if not isinstance(filters, dict) or not all(isinstance(one, str) for one in filters.values()):
        errors.append(wrong("filters", "type", _("Must be an object of texts, as in a list's address."), ()))
    if not isinstance(fields, list) or not all(isinstance(one, str) for one in fields):
        errors.append(wrong("fields", "type", _("Must be a list of texts."), ()))
    if errors:
        raise CrmError("bad_value", _("Some of these values cannot be taken."), status=422, errors=errors)
    params = {**filters, **{name: body[name] for name in ("search", "ordering") if body.get(name)}}
    return Asked(
        label_of(body.get("object", "")),
        body.get("format", "csv"),
        params,
        given["where"],
        tuple(fields),
        body.get("parts", ""),
        body.get("headers", "labels"),
        body.get("language", get_language() or "en"),
        reveals=body.get("reveal", False),
    )


def wrong(name: str, code: str, message: str, allowed: tuple[str, ...]) -> dict[str, Any]:
    """What is wrong with one value of the body."""
    problem = {"pointer": f"/{name}", "code": code, "message": message}
    return {**problem, "allowed": list(allowed)} if allowed else problem


def job_url(job: ExportJob, request: Request) -> str:
    """Where to ask for the job."""
    return str(reverse("api:export", kwargs={"id": job.pk}, request=request))


def state(job: ExportJob, request: Request) -> ExportTold:
    """A job as it is told."""
    done = job.state == ExportJob.State.DONE
    file = str(reverse("api:export-file", kwargs={"id": job.pk}, request=request)) if done else None
    return {
        "id": job.pk,
        "state": job.state,
        "object": job.label or EVERYTHING,
        "format": job.format,
        "filename": job.filename,
        "percent": export_percent(job),
        "rows_done": job.rows_done,
        "rows_total": job.rows_total,
        "size": job.size,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "expires_at": job.expires_at,
        "failure": job.failure,
        "failure_message": str(job.failure_details.get("message", "")),
        "url": job_url(job, request),
        "file": file,
    }
