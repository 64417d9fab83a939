"""Files in, through the import engine: upload, progress, report, undo."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, ClassVar, cast
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from crm.api import about_tenant as about
from crm.api.bytes import is_storable
from crm.api.conditions import is_dry
from crm.api.openapi import Operation
from crm.api.parsers import json_read
from crm.api.told import ForeseenTold, JobStarted, JobTold, ReportTold
from crm.api.uploads import BODIES, UploadParser, said_once
from crm.api.views import ApiView, nothing_in, refused_parameters
from crm.api.webhooks import id_of
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.exchange.laying import import_laid, questions_told, unanswered
from crm.exchange.models import ImportJob, ImportProblem
from crm.exchange.services import (
    import_account,
    import_cancel,
    import_confirm,
    import_corrected,
    import_find,
    import_percent,
    import_problems,
    import_start,
    import_stored,
    import_undo,
    import_unprocessed,
    imports_visible,
)

MOST_JOBS, MOST_LINES = 100, 1000
BESIDE = ("object", "template", "choices", "filename")
UPLOAD_FIELDS = (*BESIDE, "file")
CHOICES: dict[str, type[Any]] = {
    "sheet": int,
    "header_row": int,
    "targets": dict,
    "answers": dict,
    "mode": str,
    "create_links": bool,
    "values": dict,
    "links": dict,
    "source": str,
    "constants": dict,
    "encoding": str,
    "delimiter": str,
    "off": list,
    "kinds": dict,
}
BY_POSITION = ("targets", "answers", "values", "links", "kinds")


class Jobs(ApiView):
    """Imports: the latest, and a new one."""

    parser_classes = (UploadParser, *BODIES)
    parameters: ClassVar[dict[str, frozenset[str]]] = {"GET": frozenset({"before"}), "POST": frozenset(BESIDE)}

    def get(self, request: Request) -> Response:
        """The latest jobs that the caller may see, a hundred at a time; `before` takes the last id of a page."""
        jobs = imports_visible(self.actor).order_by("-pk")
        if before := id_of(request.query_params.get("before", "")):
            jobs = jobs.filter(pk__lt=before)
        return Response({"results": [state(job, request) for job in jobs[:MOST_JOBS]]})

    def post(self, request: Request) -> Response:
        """Take the file, propose or take a mapping, and start."""
        form = said_once(form_of(request), request.query_params.dict(), BESIDE)
        upload = uploaded(form)
        label, choices = label_of(form.get("object", "")), choices_of(form.get("choices", ""))
        job = import_start(
            cast("BinaryIO", upload.file),
            label=label,
            actor=self.actor,
            filename=form.get("filename") or upload.name or "upload",
            template=form.get("template", ""),
        )
        try:
            if is_dry(request):
                return Response(foreseen(job, choices, self.actor))
            analysis, settled = import_laid(job, choices, actor=self.actor)
            with transaction.atomic():
                job = import_confirm(job, settled, actor=self.actor)
                warnings = questions_told(job, analysis, unanswered(analysis, choices))
        except CrmError:
            job.delete()  # nobody can confirm it later: the caller has only this answer
            raise
        started: JobStarted = {**state(job, request), "warnings": warnings}
        return Response(started, status=202, headers={"Location": job_url(job, request)})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.jobs(method)


class JobOne(ApiView):
    """One import."""

    def get(self, request: Request, id: UUID) -> Response:
        """State, progress and account."""
        return Response(state(import_find(id, actor=self.actor), request))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.job()


class JobReport(ApiView):
    """What was reported of an import, row by row."""

    parameters: ClassVar[dict[str, frozenset[str]]] = {"GET": frozenset({"start", "limit", "outcome"})}

    def get(self, request: Request, id: UUID) -> Response:
        """A page of lines: row, column, code, outcome, value, sentence, fix."""
        job = import_find(id, actor=self.actor)
        start, limit = (number(request, name, most) for name, most in (("start", 10**9), ("limit", MOST_LINES)))
        outcome = outcome_of(request.query_params.get("outcome", ""))
        lines = import_problems(job, outcome=outcome, start=start or 0, limit=limit or 100)
        return Response(ReportTold(start=start or 0, results=lines))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.job_report()


class JobRows(ApiView):
    """Rows of an import by what became of them, as a CSV."""

    makes: ClassVar[Callable[[ImportJob], Iterator[bytes]]]
    name: ClassVar[str] = ""

    def get(self, request: Request, id: UUID) -> StreamingHttpResponse:
        """A file to download."""
        job = import_find(id, actor=self.actor)
        return StreamingHttpResponse(
            type(self).makes(job),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{self.name}-{job.pk}.csv"',
                "X-Content-Type-Options": "nosniff",
            },
        )

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.job_rows(self.name)


class JobRefused(JobRows):
    """The refused rows, with what to mend beside them."""

    makes, name = import_corrected, "refused"


class JobStored(JobRows):
    """The stored rows, with their records."""

    makes, name = import_stored, "stored"


class JobUnprocessed(JobRows):
    """The rows that the job has not come to."""

    makes, name = import_unprocessed, "unprocessed"


class JobCancel(ApiView):
    """Stop an import."""

    def post(self, request: Request, id: UUID) -> Response:
        """What it has stored stays, and can be reverted."""
        nothing_in(request)
        return Response(state(import_cancel(import_find(id, actor=self.actor), actor=self.actor), request))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.job_cancel()


class JobRevert(ApiView):
    """Take an import back."""

    def post(self, request: Request, id: UUID) -> Response:
        """What it created and nobody has touched since goes."""
        nothing_in(request)
        job = import_undo(import_find(id, actor=self.actor), actor=self.actor)
        return Response(state(job, request))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.job_revert()


def foreseen(job: ImportJob, choices: Mapping[str, Any], actor: Actor) -> ForeseenTold:
    """What a file would become: how it is read, what each column is taken for, the first rows and the worst."""
    analysis, proposal = import_laid(job, choices, actor=actor)
    import_confirm(job, proposal, actor=actor, background=False)
    return {"object": job.label, "choices": proposal.to_json(), "analysis": analysis}


def form_of(request: Request) -> dict[str, Any]:
    """The form's fields, once it holds nothing else than we know, and no text that cannot be stored."""
    form = dict(request.data.items()) if isinstance(request.data, dict) else {}
    if unknown := sorted(name for name in form if name not in UPLOAD_FIELDS):
        raise refused_parameters("unknown_parameter", unknown, _("The form has no such field."), UPLOAD_FIELDS)
    if odd := [
        name for name, value in form.items() if name != "file" and not (isinstance(value, str) and is_storable(value))
    ]:
        raise refused_parameters("bad_value", odd, _("Must be a text of storable characters."), ())
    return form


def uploaded(form: Mapping[str, Any]) -> UploadedFile[Any]:
    """The file of the form."""
    upload = form.get("file")
    if not isinstance(upload, UploadedFile) or not upload.size:
        raise CrmError(
            "bad_value", _("Send a file: as the body, or in the field named file of a form."), parameter="file"
        )
    if not is_storable(upload.name or ""):
        raise CrmError("bad_value", _("The name of the file holds characters that cannot be stored."), parameter="file")
    return upload


def label_of(name: str) -> str:
    """The noun's label, from its address or its label; "" is for templates that name it themselves."""
    resource = registry.by_slug(name) or registry.get(name)
    if name and resource is None:
        raise CrmError(
            "bad_value", _("There is no such object."), parameter="object", allowed=[one.slug for one in registry]
        )
    return resource.label if resource else ""


def choices_of(text: str) -> dict[str, Any]:
    """What the form's `choices` (JSON) say, each name and type checked; they are laid over the proposal."""
    if not text:
        return {}
    data = json_read(text.encode("utf-8", "surrogatepass"))
    sound = isinstance(data, dict) and all(isinstance(value, CHOICES.get(name, ())) for name, value in data.items())
    maps = [data.get(name, {}) for name in BY_POSITION] if sound else []
    sound = sound and all(isinstance(one, dict) for one in data.get("values", {}).values())
    sound = sound and all(type(data.get(name, 0)) is int and data.get(name, 0) >= 0 for name in ("sheet", "header_row"))
    if not sound or not all(key.isdecimal() and len(key) < 6 for one in maps for key in one):
        raise CrmError(
            "bad_value",
            _("choices must be a JSON object with these names."),
            parameter="choices",
            allowed=list(CHOICES),
        )
    plain: dict[str, Any] = json.loads(json.dumps(data, default=str))
    return plain


def outcome_of(text: str) -> str:
    """What became of the rows that are asked for; "" for all."""
    if text and text not in ImportProblem.Outcome.values:
        allowed = ImportProblem.Outcome.values
        raise CrmError("bad_value", _("There is no such outcome."), parameter="outcome", allowed=allowed)
    return text


def number(request: Request, name: str, most: int) -> int | None:
    """A whole number in the query."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 11 and int(text) <= most):
        raise CrmError("bad_value", _("%(name)s goes from 0 to %(max)s.") % {"name": name, "max": most}, parameter=name)
    return int(text)


def job_url(job: ImportJob, request: Request) -> str:
    """Where to ask for the job."""
    return str(reverse("api:job", kwargs={"id": job.pk}, request=request))


def state(job: ImportJob, request: Request) -> JobTold:
    """A job as it is told."""
    return {
        "id": job.pk,
        "state": job.state,
        "object": job.label,
        "template": job.template,
        "filename": job.filename,
        "size": job.size,
        "percent": import_percent(job),
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "rows_done": job.rows_done,
        "rows_total": job.rows_total,
        "failure": job.failure,
        "account": import_account(job),
        "url": job_url(job, request),
    }
