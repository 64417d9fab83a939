"""Sharing one record: with whom it is shared, one more, one less."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm.core.days import today
from crm.core.errors import CrmError
from crm.core.permissions import may_change
from crm.core.registry import Resource, registry
from crm.team.models import Team, User
from crm.team.shares import Offer, by_role, may_share, share_end, share_give, shares_of, wrong
from crm.ui.pages import PageRequest, page, part, toast
from crm.ui.views.access import person_of


@require_http_methods(["GET", "POST"])
@page
def shares(request: PageRequest, label: str, record_id: UUID) -> HttpResponse:
    """The dialog; posted to, with one more in it."""
    resource = noun_of(label)
    if request.method == "GET":
        return dialog(request, resource, record_id)
    try:
        share = share_give(resource, record_id, offer_of(request), actor=request.actor)
    except CrmError as refusal:
        if refusal.status == 404:
            raise
        return dialog(request, resource, record_id, problem=str(refusal.message), status=refusal.status)
    text = _("Shared with %(name)s.") % {"name": share.user or share.team}
    return toast(dialog(request, resource, record_id), text)


@require_POST
@page
def share_back(request: PageRequest, label: str, record_id: UUID) -> HttpResponse:
    """The dialog with one less in it."""
    resource, share = noun_of(label), person_of(str(request.POST.get("share", "")))
    if share is None:
        raise CrmError("not_found", _("There is no such record."), status=404)
    share_end(share, actor=request.actor)
    return toast(dialog(request, resource, record_id), _("It is no longer shared."))


def noun_of(label: str) -> Resource:
    """The noun in the address."""
    resource = registry.get(label)
    if resource is None:
        raise CrmError("not_found", _("There is no such noun."), status=404)
    return resource


def dialog(
    request: PageRequest, resource: Resource, record_id: UUID, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """With whom it is shared, and the form."""
    actor = request.actor
    context: dict[str, Any] = {
        "resource": resource,
        "record_id": record_id,
        "shares": list(shares_of(resource, record_id, actor=actor)),
        "problem": problem,
        "today": today().isoformat(),
        "may_share": may_share(resource, record_id, actor),
        "may_give_change": may_change(resource, record_id, by_role(actor)),
        "people": User.objects.filter(is_active=True).exclude(pk=request.user.pk).order_by("name"),
        "teams": Team.objects.filter(deleted_at=None).order_by("name"),
        "given": request.POST,
        "action": reverse("ui:shares", args=[resource.label, record_id]),
    }
    return part(request, "ui/parts/share_dialog.html", context, status=status)


def offer_of(request: PageRequest) -> Offer:
    """What the form says: a person or a team is one choice."""
    kind, _colon, text = str(request.POST.get("with", "")).partition(":")
    whom = person_of(text)
    return Offer(
        whom if kind == "person" else None,
        whom if kind == "team" else None,
        request.POST.get("may_change") == "1",
        day_of(str(request.POST.get("until", ""))),
    )


def day_of(text: str) -> date | None:
    """The last day, where there is one."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise wrong("until", _("Must be a day, such as 2026-12-31.")) from error
