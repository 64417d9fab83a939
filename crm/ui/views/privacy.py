"""A person's rights on their page: hand over everything that is known, or erase it."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm.core.cleaning import json_value
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.privacy import file_name, person_erase, person_export, person_find
from crm.core.registry import Resource
from crm.ui.pages import PageRequest, go, page, part, toast_later
from crm.ui.views.accounts import sentences


@require_POST
@page
def disclose(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """One JSON file to download."""
    told = person_export(resource, record_id, actor=request.actor)
    text = json.dumps(json_value(told), ensure_ascii=False, indent=1)
    name = file_name(resource, told)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(text, content_type="application/json; charset=utf-8", headers=headers)


@require_http_methods(["GET", "POST"])
@page
def erase(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """GET asks for the name, typed, and a reason; POST erases."""
    permit(request.actor, resource.permission("erase"))
    person = person_find(resource, record_id, request.actor)
    name = str(getattr(person, resource.title))
    problems: list[str] = []
    if request.method == "POST":
        typed, reason = (str(request.POST.get(one, "")).replace("\x00", "").strip() for one in ("typed", "reason"))
        if typed != name.strip():
            problems = [_("The name is not the same. Type it exactly as shown.")]
        else:
            try:
                person_erase(resource, record_id, actor=request.actor, reason=reason)
            except CrmError as refusal:
                problems = sentences(refusal)
            else:
                toast_later(request, _("Everything about this person is erased."))
                return go(request, reverse("ui:record", args=[resource, record_id]))
    context = {"resource": resource, "record_id": record_id, "name": name, "problems": problems}
    return part(request, "ui/parts/erase_dialog.html", context)
