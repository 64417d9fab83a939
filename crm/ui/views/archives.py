"""An archive of everything into this company: upload it, see what is in it, have it read, see what came of it."""

from __future__ import annotations

from typing import Any, BinaryIO, cast
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.registry import registry
from crm.exchange.models import ImportJob
from crm.exchange.restoring import (
    archive_confirm,
    archive_discard,
    archive_find,
    archive_obstacle,
    archive_percent,
    archive_start,
    archives,
)
from crm.team.models import Role, User
from crm.ui.pages import PageRequest, go, has_sample, page, part, show, toast_later

State = ImportJob.State
MOVING = frozenset({State.QUEUED, State.RUNNING})
SHOWN = 10


@require_http_methods(["GET", "POST"])
@page
def archive_new(request: PageRequest) -> HttpResponse:
    """Drop the archive; nothing is read in before the next page has shown what is in it."""
    obstacle, problem = archive_obstacle(actor=request.actor), ""
    if request.method == "POST":
        try:
            return go(request, reverse("ui:archive", args=[upload(request).pk]))
        except CrmError as refusal:
            if refusal.status == 403:
                raise
            problem = str(refusal.message)
    context: dict[str, Any] = {"obstacle": obstacle, "problem": problem, "tab": "data", "has_sample": has_sample()}
    context["jobs"] = archives(request.actor)[:SHOWN]
    return show(request, "ui/archives/new.html", context, status=422 if problem else 200)


def upload(request: PageRequest) -> ImportJob:
    """Keep the file that was dropped."""
    file = request.FILES.get("file")
    if file is None:
        raise CrmError("required", _("Choose a file first."), status=422)
    return archive_start(cast("BinaryIO", file), actor=request.actor, filename=str(file.name))


@require_http_methods(["GET", "POST"])
@page
def archive(request: PageRequest, archive_id: UUID) -> HttpResponse:
    """One archive, whatever it is at: what is in it, the progress, the result."""
    found, problem = archive_find(archive_id, actor=request.actor), ""
    if request.method == "POST":
        try:
            return settle(request, found)
        except CrmError as refusal:
            if refusal.status in (403, 404):
                raise
            problem = str(refusal.message)
            found = archive_find(archive_id, actor=request.actor)
    context = {
        "job": found,
        "problem": problem,
        "is_moving": found.state in MOVING,
        "percent": archive_percent(found),
        "lines": lines_of(found),
        "obstacle": archive_obstacle(actor=request.actor) if found.state == State.UPLOADED else "",
        "tab": "data",
    }
    if request.htmx and request.method == "GET":
        return part(request, "ui/archives/state.html", context)
    return show(request, "ui/archives/job.html", context, status=422 if problem else 200)


def settle(request: PageRequest, found: ImportJob) -> HttpResponse:
    """Yes or no."""
    if request.POST.get("do") == "discard":
        archive_discard(found, actor=request.actor)
        toast_later(request, _("The file is thrown away."))
        return go(request, reverse("ui:archive-new"))
    archive_confirm(found, actor=request.actor)
    return go(request, reverse("ui:archive", args=[found.pk]))


def lines_of(found: ImportJob) -> list[tuple[str, int]]:
    """What is in it by kind, the most first; rows that only belong to others are left out."""
    rows: dict[str, int] = found.choices.get("rows", {})
    names = {resource.label: str(resource.name_plural) for resource in registry if resource.label in rows}
    beside = {User: _("People"), Role: _("Roles"), Event: _("Events")}
    names |= {m._meta.label_lower: name for m, name in beside.items() if m._meta.label_lower in rows}
    return sorted(((names[label], rows[label]) for label in names if rows[label]), key=lambda pair: -pair[1])
