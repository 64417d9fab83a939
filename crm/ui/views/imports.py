"""Bringing a file in: drop it, look at what is proposed, watch it run, see where every row went, take it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO, cast
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from analytics.models import Run
from analytics.wording import step_label
from analytics.worklist import worklist
from crm.core.actors import Actor
from crm.core.alike import groups
from crm.core.errors import CrmError
from crm.core.merging import permission
from crm.core.registry import Resource, registry
from crm.customers.behaviour import PERMISSION as BEHAVIOUR
from crm.exchange.analysis import Analysis, Choices
from crm.exchange.matching.targets import Place, places
from crm.exchange.models import ImportJob
from crm.exchange.samples.removal import PERMISSION as REMOVE_SAMPLE
from crm.exchange.services import (
    import_account,
    import_analyse,
    import_cancel,
    import_confirm,
    import_corrected,
    import_created,
    import_find,
    import_keep,
    import_percent,
    import_problems,
    import_readiness,
    import_start,
    import_undo,
    import_undone,
    importable,
    imports_visible,
    templates_for,
)
from crm.ui.pages import PageRequest, go, has_sample, page, part, show, toast, toast_later
from crm.ui.views import choosing

State = ImportJob.State
MOVING = frozenset({State.QUEUED, State.RUNNING, State.UNDOING})
SHOWN, LINES = 50, 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEMPLATE_MARK = "template:"  # before a template's name, where a noun's address could stand


@require_GET
@page
def history(request: PageRequest) -> HttpResponse:
    """All imports, newest first."""
    jobs = [(job, registry.get(job.label)) for job in imports_visible(request.actor).order_by("-id")[:SHOWN]]
    return show(request, "ui/imports/history.html", {"jobs": jobs, "moving": MOVING})


@require_http_methods(["GET", "POST"])
@page
def new(request: PageRequest) -> HttpResponse:
    """Drop a file; what it becomes is asked on the next page."""
    nouns = importable(request.actor)
    nouns.sort(key=lambda one: -len(registry.pointing_at(one.label)))
    templates = templates_for(request.actor)
    asked = str(request.POST.get("noun") or request.GET.get("noun") or "")
    template = next((one for one in templates if asked == f"{TEMPLATE_MARK}{one.name}"), None)
    chosen = next((one for one in nouns if one.slug == asked), nouns[0] if nouns else None)
    problem = ""
    if request.method == "POST" and chosen:
        try:
            job = upload(request, chosen.label, template.name if template else "")
            return go(request, reverse("ui:import", args=[job.pk]))
        except CrmError as refusal:
            if refusal.status == 403:
                raise
            problem = str(refusal.message)
    context: dict[str, Any] = {"nouns": nouns, "chosen": None if template else chosen, "problem": problem}
    context |= {"may_observe": request.actor.may(BEHAVIOUR)}
    context |= {"templates": templates, "template": template, "template_mark": TEMPLATE_MARK}
    return show(request, "ui/imports/new.html", context, status=422 if problem else 200)


def upload(request: PageRequest, label: str, template: str) -> ImportJob:
    """Keep the file that was dropped."""
    file = request.FILES.get("file")
    if file is None:
        raise CrmError("required", _("Choose a file first."), status=422)
    name = str(file.name)[:255]
    return import_start(cast("BinaryIO", file), label=label, actor=request.actor, filename=name, template=template)


@require_http_methods(["GET", "POST"])
@page
def job(request: PageRequest, job_id: UUID) -> HttpResponse:
    """One import, whatever it is at: the proposal, the progress, the result."""
    found = import_find(job_id, actor=request.actor)
    if found.state == State.UPLOADED:
        return proposal(request, found)
    if request.method == "POST":
        return go(request, reverse("ui:import", args=[job_id]))
    context = {"job": found, "resource": registry.get(found.label), "is_moving": found.state in MOVING}
    context |= progress(found) if found.state in MOVING else result(found, request.actor)
    if request.htmx:
        return part(request, "ui/imports/state.html", context)
    return show(request, "ui/imports/job.html", context)


def proposal(request: PageRequest, found: ImportJob) -> HttpResponse:
    """What each column would become, with the first and the worst rows; the form says yes or changes it."""
    sent = {name: str(value) for name, value in request.POST.items()} if request.method == "POST" else {}
    choices = choosing.choices_of(sent)
    problem = ""
    if choices is not None and request.POST.get("do") == "run":
        try:
            import_confirm(found, choices, actor=request.actor)
            if name := sent.get("keep", "").strip():
                import_keep(ImportJob.objects.get(pk=found.pk), name[:80], actor=request.actor)
            return go(request, reverse("ui:import", args=[found.pk]))
        except CrmError as refusal:
            if refusal.status in (403, 404):
                raise
            problem = str(refusal.message)
    resource = registry[found.label]
    try:
        analysis, settled = looked_at(found, resource, request.actor, choices)
    except CrmError as refusal:
        if refusal.status in (403, 404):
            raise
        return unreadable(request, found, str(refusal.message))
    context = {
        "job": found,
        "resource": resource,
        "analysis": analysis,
        "problem": problem,
        "columns": columns_of(
            analysis, settled, request.actor, {} if found.template else places(resource, request.actor)
        ),
        "every_row": [] if found.template else choosing.every_row(analysis, settled, resource),
        **choosing.offered(analysis, settled),
    }
    if request.htmx:
        return part(request, "ui/imports/proposal.html", context)
    return show(request, "ui/imports/job.html", context, status=422 if problem else 200)


def looked_at(
    found: ImportJob, resource: Resource, actor: Actor, choices: Choices | None
) -> tuple[Analysis, Choices]:
    """The file as it is proposed, or as it was settled, with the choices that say so."""
    analysis = import_analyse(found, actor=actor, choices=choices)
    if choices is not None:
        return analysis, choices
    settled = choosing.proposed(analysis, resource)
    if settled.constants != analysis.settled.constants:
        kept, analysis = analysis.kept, import_analyse(found, actor=actor, choices=settled)
        analysis.kept = kept
    return analysis, settled


def unreadable(request: PageRequest, found: ImportJob, text: str) -> HttpResponse:
    """A file that nothing can be read from."""
    if request.htmx:
        return toast(HttpResponse(status=422), text, is_bad=True)
    context = {"job": found, "resource": registry.get(found.label), "unreadable": text}
    return show(request, "ui/imports/job.html", context, status=422)


def columns_of(analysis: Analysis, settled: Choices, actor: Actor, known: Mapping[str, Place]) -> list[dict[str, Any]]:
    """The columns with what is settled for each and the question it raises."""
    questions = {one.column: one for one in analysis.questions}
    targets = {one.position: settled.targets.get(one.position, one.target) for one in analysis.columns}
    return [
        {
            "column": one,
            "kind": settled.kinds.get(one.position, one.kind),
            "target": targets[one.position],
            "link": choosing.linking(settled, one.position, known.get(targets[one.position]), actor),
            "question": questions.get(one.position),
            "answer": settled.answers.get(
                one.position, questions[one.position].default if one.position in questions else ""
            ),
        }
        for one in analysis.columns
    ]


def progress(found: ImportJob) -> dict[str, Any]:
    """How far it is."""
    return {"percent": import_percent(found)}


def result(found: ImportJob, actor: Actor) -> dict[str, Any]:
    """Where every row went, and how far the scores are."""
    account = import_account(found) if found.state != State.FAILED else None
    has_news = account is not None and account.created + account.updated > 0
    ready, reached = import_readiness(found, actor=actor) if found.state == State.DONE else ([], "")
    return {
        "account": account,
        "scoring": scoring(found, actor) if has_news else {"state": "none"},
        "undone": undone(found),
        "readiness": ready,
        "reach": reached,
        "doubles": doubles(found, actor) if account and account.created and found.state == State.DONE else 0,
        "offer_sample": found.state == State.DONE and has_news and actor.may(REMOVE_SAMPLE) and has_sample(),
    }


def doubles(found: ImportJob, actor: Actor) -> int:
    """How many groups of records look alike since this import, as far as this person may merge them."""
    resource = registry[found.label]
    if resource.alike is None or not actor.may(permission(resource)):
        return 0
    return len(groups(resource, actor=actor, among=import_created(found)))


def undone(found: ImportJob) -> str:
    """What an undo came to."""
    return import_undone(found) if found.state == State.UNDONE else ""


def scoring(found: ImportJob, actor: Actor) -> dict[str, Any]:
    """The run of the models that began with this import."""
    if found.state != State.DONE or not found.finished_at:
        return {"state": "none"}
    run = Run.objects.filter(started_at__gte=found.started_at or found.finished_at).order_by("-started_at").first()
    if run is None:
        return {"state": "waiting", "percent": 0}
    return {
        "state": str(run.state),
        "percent": round(run.progress * 100),
        "step": step_label(run.step),
        "anyone": run.state == Run.State.DONE and bool(worklist(actor, limit=1)),
    }


@require_GET
@page
def problems(request: PageRequest, job_id: UUID) -> HttpResponse | StreamingHttpResponse:
    """What was wrong with the file: as a page, or the refused rows as a file to mend."""
    found = import_find(job_id, actor=request.actor)
    if "download" in request.GET:
        return to_mend(found, is_workbook=request.GET["download"] == "xlsx")
    text = str(request.GET.get("start", "0"))
    start = int(text) if text.isdecimal() and len(text) < 9 else 0
    account = import_account(found)
    kinds = {one.code for one in account.problems}
    code = str(request.GET.get("code", ""))
    code = code if code in kinds else ""
    lines = import_problems(found, start=start, limit=LINES + 1, code=code)
    context = {
        "job": found,
        "lines": lines[:LINES],
        "next": start + LINES if len(lines) > LINES else None,
        "account": account,
        "code": code,
        "may_mend": account.refused and not found.purged_at,
    }
    return show(request, "ui/imports/problems.html", context)


def to_mend(found: ImportJob, *, is_workbook: bool) -> StreamingHttpResponse:
    """The refused rows as a file."""
    name = found.filename.rpartition(".")[0] or found.filename
    plain = "".join(c for c in name if (c.isalnum() and c.isascii()) or c in "-_") or "import"
    ending, kind = ("xlsx", XLSX) if is_workbook else ("csv", "text/csv; charset=utf-8")
    full = quote(f"{name}-{_('to mend')}.{ending}")
    return StreamingHttpResponse(
        import_corrected(found, workbook=is_workbook),
        content_type=kind,
        headers={"Content-Disposition": f"attachment; filename=\"{plain}-to-mend.{ending}\"; filename*=UTF-8''{full}"},
    )


@require_POST
@page
def undo(request: PageRequest, job_id: UUID) -> HttpResponse:
    """Take the import back."""
    import_undo(import_find(job_id, actor=request.actor), actor=request.actor)
    toast_later(request, _("The import is being taken back."))
    return go(request, reverse("ui:import", args=[job_id]))


@require_POST
@page
def cancel(request: PageRequest, job_id: UUID) -> HttpResponse:
    """Stop it: what is stored stays, and can be taken back."""
    import_cancel(import_find(job_id, actor=request.actor), actor=request.actor)
    toast_later(request, _("The import was cancelled."))
    return go(request, reverse("ui:import", args=[job_id]))
