"""Mappings that were kept under a name: what they are, another name, forgotten."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.exchange.keeping import MOST_NAME, template_forget, template_rename, templates_kept
from crm.ui.pages import PageRequest, go, page, show, toast_later


@require_GET
@page
def mappings(request: PageRequest) -> HttpResponse:
    """All kept mappings of what the person may import."""
    return mappings_page(request)


def mappings_page(request: PageRequest, problem: str = "") -> HttpResponse:
    """The page, with what was wrong with a name."""
    rows = [(kept, registry[kept.label]) for kept in templates_kept(request.actor)]
    context = {"rows": rows, "most": MOST_NAME, "problem": problem}
    return show(request, "ui/imports/mappings.html", context, status=422 if problem else 200)


@require_POST
@page
def mapping_rename(request: PageRequest, mapping_id: UUID) -> HttpResponse:
    """Another name."""
    try:
        template_rename(mapping_id, str(request.POST.get("name", "")), actor=request.actor)
    except CrmError as refusal:
        if refusal.status in (403, 404):
            raise
        return mappings_page(request, str(refusal.message))
    toast_later(request, _("Saved."))
    return go(request, reverse("ui:import-mappings"))


@require_POST
@page
def mapping_forget(request: PageRequest, mapping_id: UUID) -> HttpResponse:
    """Not proposed again."""
    template_forget(mapping_id, actor=request.actor)
    toast_later(request, _("The mapping is forgotten; what was imported with it stays."))
    return go(request, reverse("ui:import-mappings"))
