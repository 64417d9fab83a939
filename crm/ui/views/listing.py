"""Checked rows of any noun's list go on a list that people keep by hand, or off it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.querying import IN_LIST
from crm.core.registry import Resource, registry
from crm.core.samples import listed
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.exchange.bulk.asking import ids_of
from crm.ui.pages import PageRequest, go, page, part, toast_later
from crm.ui.views.bulk import selection_of

MOST_LISTS, MOST_UNDONE = 100, 500


def lists_noun() -> Resource:
    """The noun of lists."""
    return registry.of(apps.get_model(settings.LIST_MEMBERS)._meta.get_field("list").related_model)


def members_address(resource: Resource, stored: Mapping[str, Any]) -> str:
    """Where the members of a list are; nothing of any other noun."""
    if resource is not lists_noun() or (noun := registry.get(str(stored.get("object_type") or ""))) is None:
        return ""
    return f"{reverse('ui:list', args=[noun])}?{IN_LIST}={stored['id']}"


@require_POST
@page
def listing(request: PageRequest, resource: Resource) -> HttpResponse:
    """The dialog that asks for a list; where one is chosen or named, the records go on it, or off it."""
    noun, actor = lists_noun(), request.actor
    permit(actor, noun.verb_names["include"].permission(noun))
    selection = selection_of(request)
    ids = ids_of(resource, selection, actor)
    name = str(request.POST.get("name", "")).replace("\x00", "").strip()
    off, chosen = str(request.POST.get("off", "")), str(request.POST.get("list") or request.GET.get("list", ""))
    if not (name or off or chosen):
        seen: Any = listed(noun.model, actor)
        rows = seen.filter(object_type=resource.label).order_by("name_key", "id")
        context = {"resource": resource, "selection": selection, "lists": rows[:MOST_LISTS], "n": len(ids)}
        return part(request, "ui/parts/listing_dialog.html", context | {"query": request.GET.urlencode()})
    if name:
        pk = record_save(noun.model, {"name": name, "object_type": resource.label}, actor=actor)
    else:
        pk = list_of(off or chosen)
    verb = "exclude" if off else "include"
    verb_run(noun, verb, pk, actor=actor, inputs={"ids": [str(one) for one in ids]})
    if off:
        again = f"{reverse('ui:listing', args=[resource])}?list={pk}"
        toast_later(request, _("They are off the list."), undo=(again, ids) if len(ids) <= MOST_UNDONE else None)
    else:
        toast_later(request, _("They are on the list."))
    return go(request, f"{reverse('ui:list', args=[resource])}?{IN_LIST}={pk}")


def list_of(text: str) -> UUID:
    """The list that was chosen."""
    try:
        return UUID(text)
    except ValueError as error:
        raise CrmError("bad_value", _("Choose a list, or name a new one."), status=422) from error
