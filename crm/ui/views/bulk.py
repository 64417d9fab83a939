"""Many records at once: a dialog that tries it first, a page with progress, result and undo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.core.errors import CrmError
from crm.core.permissions import permit, writable
from crm.core.registry import Resource, registry
from crm.core.specs import FieldSpec
from crm.exchange.bulk.asking import ADD, DELETE, EDIT, REMOVE, VERB, Deed, Selection, ids_of
from crm.exchange.bulk.services import (
    MOVING,
    bulk_find,
    bulk_percent,
    bulk_preview,
    bulk_start,
    bulk_undo,
    jobs_visible,
    refused_rows,
)
from crm.exchange.models import BulkJob
from crm.ui.cells import choice_label
from crm.ui.conditions import PAGE_OWN, uuid_of
from crm.ui.inputs import Entry, blame, is_in_place, posted_entries, values_of
from crm.ui.pages import PageRequest, go, page, part, show
from crm.ui.people import names_of

SHOWN = 50


def selection_of(request: PageRequest) -> Selection:
    """The checked records, or all that the list shows."""
    if request.POST.get("all"):
        params = {name: text for name, text in request.GET.items() if name not in PAGE_OWN and text}
        return Selection(params={name: str(text) for name, text in params.items()}, is_all=True)
    found = [uuid_of(one) for one in request.POST.getlist("id")]
    return Selection(tuple(one for one in found if one))


def fields_of(resource: Resource, request: PageRequest, do: str) -> list[FieldSpec]:
    """The fields that can be set on many; for words to add or remove, lists only."""
    specs = [one for one in writable(resource, request.actor) if is_in_place(resource, one)]
    specs = [replace(one, required=False) for one in specs]
    return [one for one in specs if one.kind == "choices"] if do in (ADD, REMOVE) else specs


def deed_of(request: PageRequest, resource: Resource, do: str) -> tuple[Deed, dict[str, Entry]]:
    """What is asked for, and the controls that say it."""
    if do == VERB:
        found = resource.verb_names.get(str(request.POST.get("verb", "")))
        if found is None:
            raise CrmError("not_found", _("There is no such action."), status=404)
        entries = posted_entries([one.spec for one in found.inputs.values()], request.POST)
        return Deed(VERB, values_of(entries), found.name), entries
    spec = next((one for one in fields_of(resource, request, do) if one.name == request.POST.get("field")), None)
    if do == DELETE or spec is None:
        return Deed(do), {}
    entries = posted_entries([spec], request.POST)
    values: dict[str, Any] = values_of(entries)
    if spec.kind == "choices":
        values = {name: [one.strip() for one in str(text).split(",") if one.strip()] for name, text in values.items()}
    return Deed(do, values), entries


@require_POST
@page
def bulk(request: PageRequest, resource: Resource) -> HttpResponse:
    """The dialog: what is to be done, then what it would come to, then the deed."""
    permit(request.actor, resource.permission("view"))
    do, step = str(request.POST.get("do", EDIT)), str(request.POST.get("step", ""))
    if do not in (EDIT, ADD, REMOVE, VERB, DELETE):
        raise CrmError("not_found", _("There is no such action."), status=404)
    selection = selection_of(request)
    deed, entries = deed_of(request, resource, do)
    problems: list[str] = []
    preview = None
    is_ready = do == DELETE or (do == VERB and not entries) or (step in ("try", "run") and bool(entries))
    if is_ready:
        try:
            if step == "run":
                job = bulk_start(resource, deed, selection, actor=request.actor)
                return go(request, reverse("ui:bulk-job", args=[job.pk]))
            preview = bulk_preview(resource, deed, selection, actor=request.actor)
        except CrmError as refusal:
            if refusal.code != "invalid":
                raise
            problems = blame(refusal, entries)
    context = {
        "resource": resource,
        "do": do,
        "deed": deed,
        "title": title_of(resource, deed),
        "selection": selection,
        "total": preview.total if preview else len(ids_of(resource, selection, request.actor)),
        "specs": fields_of(resource, request, do),
        "chosen": str(request.POST.get("field", "")),
        "entries": list(entries.values()),
        "preview": preview,
        "problems": problems,
        "query": request.GET.urlencode(),
        "is_danger": do == DELETE,
    }
    return part(request, "ui/bulk/dialog.html", context)


def title_of(resource: Resource, deed: Deed) -> str:
    """What is done, in words."""
    if deed.do == VERB:
        found = resource.verb_names.get(deed.verb)
        return str(found.label) if found else deed.verb
    names = {EDIT: _("Edit a field"), ADD: _("Add words"), REMOVE: _("Take words out"), DELETE: _("Delete")}
    return names.get(deed.do, "")


def words_of(job: BulkJob) -> str:
    """A job's deed in words, with its values."""
    resource = registry.get(job.label)
    if resource is None:
        return ""
    deed = Deed(**job.asked)
    parts = []
    for name, value in deed.values.items() if deed.do != VERB else ():
        spec = resource.specs.get(name)
        values = value if isinstance(value, list) else [value]
        shown = ", ".join(choice_label(spec, one) if spec else str(one) for one in values if one not in (None, ""))
        parts.append(f"{spec.label if spec else name}: {shown or '—'}")
    return " · ".join([title_of(resource, deed), *parts])


@require_GET
@page
def jobs(request: PageRequest) -> HttpResponse:
    """All changes of many records, newest first."""
    found = list(jobs_visible(request.actor)[:SHOWN])
    names = names_of({job.actor_id for job in found if job.actor_kind == "user" and job.actor_id})
    rows = [(job, registry.get(job.label), words_of(job), names.get(job.actor_id or job.pk, "")) for job in found]
    return show(request, "ui/bulk/history.html", {"rows": rows})


@require_GET
@page
def job(request: PageRequest, bulk_id: UUID) -> HttpResponse:
    """One of them: its progress, what came of it, its undo."""
    found = bulk_find(bulk_id, actor=request.actor)
    context = {
        "job": found,
        "resource": registry.get(found.label),
        "words": words_of(found),
        "is_moving": found.state in MOVING,
        "percent": bulk_percent(found),
        "account": found.account,
        "refused": [] if found.state in MOVING else refused_rows(found, request.actor),
        "may_undo": found.state == BulkJob.State.DONE and found.account.get("changed", 0) > 0,
    }
    if request.htmx and not request.htmx.boosted:
        return part(request, "ui/bulk/state.html", context)
    return show(request, "ui/bulk/job.html", context)


@require_POST
@page
def undo(request: PageRequest, bulk_id: UUID) -> HttpResponse:
    """Take it back."""
    found = bulk_undo(bulk_find(bulk_id, actor=request.actor), actor=request.actor)
    return go(request, reverse("ui:bulk-job", args=[found.pk]))
