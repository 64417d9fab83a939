"""Records in an order that people set: by drag, by arrow keys, by buttons."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.core.errors import CrmError
from crm.core.ordering import order_of, records_order
from crm.core.permissions import is_fixed, is_hidden, permit
from crm.core.reading import list_query, page_read
from crm.core.registry import Resource, registry
from crm.ui.pages import PageRequest, page, show, toast

MOST = 200


@require_http_methods(["GET", "POST"])
@page
def order(request: PageRequest, resource: Resource) -> HttpResponse:
    """The records in their order; posted to, in another."""
    actor, asked = request.actor, order_of(resource)
    if request.method == "POST":
        records_order(resource, [uuid_of(one) for one in request.POST.getlist("id")], actor=actor)
        return toast(HttpResponse(status=204), _("The order is saved."))
    permit(actor, resource.permission("view"))
    if is_hidden(resource, asked.by, actor):
        raise CrmError("not_found", _("There is no such page."), status=404)
    names = [resource.title, asked.by, *([asked.within] if asked.within else [])]
    found = page_read(list_query(resource, {"ordering": asked.by}, actor=actor, fields=names), size=MOST).rows
    context = {
        "resource": resource,
        "groups": groups_of(resource, found, request),
        "may_order": actor.may(resource.permission("change")) and not is_fixed(resource, asked.by, actor),
    }
    return show(request, "ui/order.html", context)


def groups_of(resource: Resource, rows: list[Any], request: PageRequest) -> list[tuple[str, list[Any]]]:
    """Those that stand together, in the order of what they belong to."""
    within = order_of(resource).within
    if not within:
        return [("", rows)] if rows else []
    about = registry[resource.links[within]]
    above = page_read(list_query(about, {}, actor=request.actor, fields=["id", about.title]), size=MOST).rows
    places = {row["id"]: at for at, row in enumerate(above)}
    belongs = sorted((row for row in rows if row[within]), key=lambda row: places.get(row[within]["id"], MOST))
    grouped = groupby(belongs, key=lambda row: (row[within]["id"], row[within]["title"]))
    return [(title, list(some)) for (_id, title), some in grouped]


def uuid_of(text: str) -> UUID:
    """An id that was sent."""
    try:
        return UUID(text)
    except ValueError as error:
        raise CrmError("not_found", _("There is no such record."), status=404) from error
