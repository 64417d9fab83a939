"""Behaviour events from a file: visits, views, log-ins as shops and apps list them."""

from __future__ import annotations

from typing import BinaryIO, cast

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.customers.behaviour import PERMISSION
from crm.customers.models import BehaviourEvent
from crm.exchange.behaviour import Loaded, behaviour_load
from crm.ui.pages import PageRequest, page, show


@require_http_methods(["GET", "POST"])
@page
def behaviour_file(request: PageRequest) -> HttpResponse:
    """Drop a list of events; what could not be taken is told line by line."""
    permit(request.actor, PERMISSION)
    problem, loaded = "", None
    kind = str(request.POST.get("kind", "")) or BehaviourEvent.Kind.VISIT.value
    if request.method == "POST":
        try:
            loaded = taken(request, kind)
        except CrmError as refusal:
            if refusal.status == 403:
                raise
            problem = str(refusal.message)
    context = {"problem": problem, "loaded": loaded, "kinds": BehaviourEvent.Kind.choices, "kind": kind}
    return show(request, "ui/imports/behaviour.html", context, status=422 if problem else 200)


def taken(request: PageRequest, kind: str) -> Loaded:
    """What became of the file that was dropped."""
    file = request.FILES.get("file")
    if file is None:
        raise CrmError("required", _("Choose a file first."), status=422)
    if kind not in BehaviourEvent.Kind.values:
        raise CrmError("bad_value", _("There is no such kind."), status=422)
    return behaviour_load(cast("BinaryIO", file), kind, actor=request.actor)
