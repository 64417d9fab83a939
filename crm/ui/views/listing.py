"""Checked rows of any noun's list go on a list that people keep by hand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.registry import Resource, registry
from crm.core.samples import listed
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.ui.pages import PageRequest, go, page, part, toast_later

MOST_LISTS, MOST_AT_ONCE = 100, 500


def lists_noun() -> Resource:
    """The noun of lists."""
    return registry.of(apps.get_model(settings.LIST_MEMBERS)._meta.get_field("list").related_model)


def ids_of(given: list[str]) -> list[str]:
    """The ids that were checked."""
    if not given or len(given) > MOST_AT_ONCE:
        raise CrmError("bad_value", _("Choose between 1 and %(limit)s records.") % {"limit": MOST_AT_ONCE})
    return given


@require_http_methods(["GET", "POST"])
@page
def listing(request: PageRequest, resource: Resource) -> HttpResponse:
    """GET asks which list; POST puts the records on it, or on a new one."""
    noun, actor = lists_noun(), request.actor
    verb = noun.verb_names["include"]
    permit(actor, verb.permission(noun))
    ids = ids_of((request.GET if request.method == "GET" else request.POST).getlist("id"))
    if request.method == "GET":
        seen: Any = listed(noun.model, actor)
        rows = seen.filter(object_type=resource.label).order_by("name_key", "id")
        context = {"resource": resource, "ids": ids, "lists": rows[:MOST_LISTS], "n": len(ids)}
        return part(request, "ui/parts/listing_dialog.html", context)
    chosen, name = str(request.POST.get("list", "")), str(request.POST.get("name", "")).replace("\x00", "").strip()
    if name:
        pk = record_save(noun.model, {"name": name, "object_type": resource.label}, actor=actor)
    else:
        pk = list_of(chosen)
    verb_run(noun, verb.name, pk, actor=actor, inputs={"ids": ids})
    toast_later(request, _("They are on the list."))
    return go(request, f"{reverse('ui:list', args=[resource])}?in_list={pk}")


def list_of(text: str) -> UUID:
    """The list that was chosen."""
    try:
        return UUID(text)
    except ValueError as error:
        raise CrmError("bad_value", _("Choose a list, or name a new one."), status=422) from error
