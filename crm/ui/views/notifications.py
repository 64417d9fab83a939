"""The bell, what one was told, and how one wants to hear of what."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.automation.models import Notification, NotificationChoice
from crm.automation.notices import notifications_of, notifications_read, unread_count, ways_of, ways_set
from crm.ui.addresses import record_address
from crm.ui.pages import PageRequest, go, page, part, show, toast_later

SHOWN = 100


@require_GET
@page
def bell(request: PageRequest) -> HttpResponse:
    """The bell with its number: a fragment that every page asks for."""
    return part(request, "ui/parts/bell.html", {"unread": unread_count(request.actor)})


@require_GET
@page
def notifications(request: PageRequest) -> HttpResponse:
    """What one was told, newest first."""
    rows = notifications_of(request.actor)
    is_unread = "unread" in request.GET
    context = {
        "rows": list((rows.filter(read_at=None) if is_unread else rows)[:SHOWN]),
        "is_unread": is_unread,
        "unread": unread_count(request.actor),
        "icons": {"rule": "bolt", "assigned": "user-check", "trouble": "alert-triangle", "work": "circle-check"},
    }
    return show(request, "ui/automation/notifications.html", context)


@require_POST
@page
def read(request: PageRequest) -> HttpResponse:
    """Mark all as read."""
    notifications_read(request.actor)
    return go(request, reverse("ui:notifications"))


@require_POST
@page
def opened(request: PageRequest, notification_id: UUID) -> HttpResponse:
    """Mark one as read, and go to what it is about."""
    found = get_object_or_404(notifications_of(request.actor), pk=notification_id)
    notifications_read(request.actor, [found.pk])
    address = record_address(found.object_type, found.object_id) if found.object_id else ""
    return go(request, address or reverse("ui:notifications"))


@require_http_methods(["GET", "POST"])
@page
def ways(request: PageRequest) -> HttpResponse:
    """How one wants to hear of what."""
    if request.method == "POST":
        ways_set(request.actor, {kind: str(request.POST.get(kind, "")) for kind in Notification.Kind.values})
        toast_later(request, _("Saved."))
        return go(request, reverse("ui:notification-ways"))
    chosen = ways_of(request.actor)
    context = {
        "kinds": [(kind, label, chosen[kind]) for kind, label in Notification.Kind.choices],
        "ways": NotificationChoice.Way.choices,
        "has_mail": settings.HAS_MAIL,
        "tab": "notifications",
    }
    return show(request, "ui/settings/notifications.html", context)
