"""Files of records: taken by a form, handed out as downloads, never shown by the browser."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.activities.files import content_read, file_fill, file_find, file_take
from crm.activities.models import File
from crm.core.errors import CrmError
from crm.core.permissions import may_change
from crm.core.reading import record_read
from crm.core.registry import Resource, registry
from crm.ui.pages import PageRequest, page, part, toast
from crm.ui.views.composing import timeline_again

MOST_AT_ONCE = 20


@require_POST
@page
def add(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """Files for a record: answers with its timeline."""
    record_read(resource, record_id, actor=request.actor, fields=[resource.title])
    sent: list[Any] = request.FILES.getlist("file")
    if not 0 < len(sent) <= MOST_AT_ONCE or "object_id" in resource.specs:
        raise CrmError("bad_value", _("Choose between 1 and %(max)s files.") % {"max": MOST_AT_ONCE}, status=422)
    for one in sent:
        file_take(str(one.name)[-200:], one.file, (resource.label, record_id), actor=request.actor)
    text = ngettext("%(n)s file kept.", "%(n)s files kept.", len(sent)) % {"n": len(sent)}
    return toast(timeline_again(request, resource, record_id), text)


@require_GET
@page
def panel(request: PageRequest, record_id: UUID) -> HttpResponse:
    """On the file's page: the download, and a form for its content."""
    file = file_find(record_id, request.actor)
    context = {"file": file, "may_fill": may_change(registry.of(File), record_id, request.actor)}
    return part(request, "ui/mail/file_panel.html", context)


@require_http_methods(["GET", "POST"])
@page
def content(request: PageRequest, record_id: UUID) -> HttpResponse:
    """What is in a file: handed out, or replaced."""
    if request.method == "POST":
        sent: Any = request.FILES.get("file")
        if sent is None:
            raise CrmError("bad_value", _("Choose a file."), status=422)
        file_fill(record_id, sent.file, actor=request.actor)
        answer = HttpResponse(status=204)
        answer.headers["HX-Refresh"] = "true"
        return answer
    return cast(HttpResponse, download(file_find(record_id, request.actor)))


def download(file: File) -> StreamingHttpResponse:
    """The bytes as something to keep, whatever they are: no browser opens them on our pages."""
    return StreamingHttpResponse(
        content_read(file),
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
            "Content-Length": str(file.size),
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store, private",
        },
    )
