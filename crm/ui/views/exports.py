"""Taking a list out: choose the looks of the file, watch it being made, download it; all exports beside the imports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.core.errors import CrmError
from crm.core.permissions import may_reveal, permit
from crm.core.reading import count_read
from crm.core.registry import Resource, registry
from crm.exchange.exporting.archive.contents import PERMISSION as WHOLE
from crm.exchange.exporting.archive.writing import rows_count
from crm.exchange.exporting.asking import LABELS, NAMES, ROWS, SHEET, Asked, Format, checked, query_of
from crm.exchange.exporting.services import (
    MEDIA,
    export_cancel,
    export_find,
    export_open,
    export_percent,
    export_start,
    exports_visible,
    tenant_export_start,
)
from crm.exchange.models import ExportJob
from crm.ui.conditions import PAGE_OWN
from crm.ui.filters import chips_of
from crm.ui.pages import PageRequest, go, page, part, show, toast_later
from crm.ui.people import names_of
from crm.ui.saved_views import choice_of
from crm.ui.views.lists import columns_of

State = ExportJob.State
MOVING = frozenset({State.QUEUED, State.RUNNING})
SHOWN = 50
FORMATS = (Format.XLSX, Format.CSV, Format.NDJSON)


def seen_by(request: PageRequest) -> dict[str, str]:
    """The parameters of the list that is looked at: of this address, or of the page that the dialog opened on."""
    query = request.GET.urlencode()
    if request.htmx and request.method == "GET" and not query:
        query = urlsplit(request.htmx.current_url or "").query
    return {name: value for name, value in parse_qsl(query) if value and name not in ("cursor", "page_size")}


@require_http_methods(["GET", "POST"])
@page
def new(request: PageRequest, resource: Resource) -> HttpResponse:
    """How the file is to look; what is in it, the list's address says."""
    permit(request.actor, resource.permission("export"))
    params = seen_by(request)
    seen = [spec.name for spec in columns_of(resource, params, request.actor, choice_of(resource, request.actor))]
    given = request.POST if request.method == "POST" else {}
    asked = Asked(
        resource.label,
        str(given.get("format", Format.XLSX)),
        {name: value for name, value in params.items() if name not in PAGE_OWN},
        columns=() if given.get("columns") == "all" else tuple(seen),
        parts=parts_of(given),
        headers=NAMES if given.get("headers") == NAMES else LABELS,
        language=get_language() or "en",
        reveals="reveals" in given,
    )
    if request.method == "POST":
        job = export_start(asked, actor=request.actor)
        if job.state in MOVING:
            toast_later(request, _("The file is being made. You can leave the page; it goes on."))
        return go(request, reverse("ui:export", args=[job.pk]))
    settled = checked(asked, request.actor)
    context = {
        "resource": resource,
        "query": urlencode(params),
        "count": count_read(query_of(settled, request.actor)),
        "chips": chips_of(resource, params, actor=request.actor, language=get_language() or "en", is_whole=True),
        "search": params.get("search", ""),
        "seen": len(seen),
        "formats": FORMATS,
        "may_reveal": bool(resource.shape.sensitive) and may_reveal(resource, request.actor),
    }
    if request.htmx and not request.htmx.boosted:
        return part(request, "ui/exports/dialog.html", {**context, "is_dialog": True})
    return show(request, "ui/exports/new.html", context)


def parts_of(given: Mapping[str, Any]) -> str:
    """How lines come along: a sheet of their own only where the format has sheets."""
    asked = str(given.get("parts", ""))
    return ROWS if asked == SHEET and given.get("format") != Format.XLSX else asked


@require_GET
@page
def history(request: PageRequest) -> HttpResponse:
    """All exports, newest first."""
    jobs = list(exports_visible(request.actor)[:SHOWN])
    names = names_of({job.actor_id for job in jobs if job.actor_kind == "user" and job.actor_id})
    rows = [(job, registry.get(job.label), names.get(job.actor_id or job.pk, "")) for job in jobs]
    return show(request, "ui/exports/history.html", {"rows": rows, "has_others": len({j.actor_id for j in jobs}) > 1})


@require_GET
@page
def job(request: PageRequest, export_id: UUID) -> HttpResponse:
    """One export: its progress, then its file."""
    found = export_find(export_id, actor=request.actor)
    resource = registry.get(found.label)
    context = {
        "job": found,
        "resource": resource,
        "is_moving": found.state in MOVING,
        "percent": export_percent(found),
        "may_again": resource is not None and found.state not in MOVING,
        "again": urlencode(found.asked.get("params", {})),
    }
    if request.htmx:
        return part(request, "ui/exports/state.html", context)
    return show(request, "ui/exports/job.html", context)


@require_GET
@page
def file(request: PageRequest, export_id: UUID) -> HttpResponse | StreamingHttpResponse:
    """The file itself."""
    found = export_find(export_id, actor=request.actor)
    return StreamingHttpResponse(
        export_open(found, actor=request.actor),
        content_type=MEDIA[found.format][1],
        headers={
            "Content-Disposition": f'attachment; filename="{found.filename}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


@require_http_methods(["GET", "POST"])
@page
def everything(request: PageRequest) -> HttpResponse:
    """All that the company has, in one archive: for the owner."""
    permit(request.actor, WHOLE)
    if request.method == "POST":
        job = tenant_export_start(actor=request.actor, history="history" in request.POST)
        toast_later(request, _("The file is being made. You can leave the page; it goes on."))
        return go(request, reverse("ui:export", args=[job.pk]))
    jobs = ExportJob.objects.filter(format=Format.ARCHIVE)[:10]
    return show(request, "ui/settings/data.html", {"jobs": jobs, "rows": rows_count(), "tab": "data"})


@require_POST
@page
def cancel(request: PageRequest, export_id: UUID) -> HttpResponse:
    """Stop it, or throw the file away."""
    found = export_find(export_id, actor=request.actor)
    if found.state not in (*MOVING, State.DONE):
        raise CrmError("conflict", _("This export is over already."), status=409)
    export_cancel(found, actor=request.actor)
    toast_later(request, _("The export was cancelled.") if found.state in MOVING else _("The file is thrown away."))
    return go(request, reverse("ui:exports"))
