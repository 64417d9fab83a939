"""A masked value in full, where it stands on the page."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from crm.core.registry import Resource
from crm.core.revealing import value_reveal
from crm.ui.addresses import record_address
from crm.ui.cells import sight
from crm.ui.pages import PageRequest, page, part


@require_POST
@page
def reveal(request: PageRequest, resource: Resource, record_id: UUID, name: str) -> HttpResponse:
    """The property with its value, until the page is left."""
    value = value_reveal(resource, record_id, name, actor=request.actor)
    context = {"resource": resource, "record": {"id": record_id, name: value}, "spec": resource.specs[name]}
    return part(request, "ui/parts/property.html", {**context, "eyes": sight(record_address), "is_revealed": True})
