"""The menu of saved views: open, save, save as, rename, share, pin, make the first, delete."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.core.errors import CrmError
from crm.core.models import SavedView
from crm.core.permissions import permit
from crm.core.registry import Resource
from crm.core.saved_views import COLOURS, ICONS, may_change, view_delete, view_find, view_save, views_of
from crm.ui.models import ListChoice
from crm.ui.pages import PageRequest, go, page, part, show, toast_later
from crm.ui.saved_views import choice_of, sections, values_of_params, view_address
from crm.ui.views.filtering import seen_by

NAMED = ("name", "icon", "colour", "sharing")


def look_of(resource: Resource, path: str) -> str:
    """Which look a page's address is."""
    return next((look for look in ("board", "calendar") if path.endswith(f"/{resource.slug}/{look}/")), "list")


@require_GET
@page
def menu(request: PageRequest, resource: Resource) -> HttpResponse:
    """What stands in the menu: asked when it is opened."""
    views = views_of(resource, request.actor)
    choice = choice_of(resource, request.actor)
    context = {"resource": resource, "sections": sections(views, choice, request.actor)}
    context |= {"has_default": bool(choice and choice.view_id), "now": request.GET.get("view", "")}
    context["may_delete"] = request.actor.may(resource.permission("delete"))
    if request.htmx:
        return part(request, "ui/views/menu.html", context)
    return show(request, "ui/views/page.html", context)


@require_GET
@page
def view_open(request: PageRequest, resource: Resource, view_id: UUID) -> HttpResponse:
    """A view's own address, to hand around: leads to the list as the view says it."""
    return HttpResponseRedirect(view_address(resource, view_find(view_id, actor=request.actor)))


@require_http_methods(["GET", "POST"])
@page
def view_new(request: PageRequest, resource: Resource) -> HttpResponse:
    """Save what the page shows under a name."""
    permit(request.actor, resource.permission("view"))
    return saved(request, resource, None)


@require_http_methods(["GET", "POST"])
@page
def view_edit(request: PageRequest, resource: Resource, view_id: UUID) -> HttpResponse:
    """Name, look and sharing of a view."""
    view = view_find(view_id, actor=request.actor)
    if not may_change(view, request.actor):
        raise CrmError("forbidden", _("Only whoever made this view may change it."), status=403)
    return saved(request, resource, view)


def saved(request: PageRequest, resource: Resource, view: SavedView | None) -> HttpResponse:
    """The dialog of a view's name, and its saving."""
    _path, params = seen_by(request)
    if request.method == "GET":
        return dialog(request, resource, view, "")
    values: dict[str, Any] = {name: str(request.POST.get(name, "")).strip() for name in NAMED}
    if view is None:
        values |= shown_values(params, str(request.POST.get("look", "list")))
    try:
        stored = view_save(resource.label, values, actor=request.actor, id=view.pk if view else None)
    except CrmError as refusal:
        if refusal.code != "invalid":
            raise
        problems: Any = refusal.details.get("errors", [])
        return dialog(request, resource, view, " ".join(str(one["message"]) for one in problems))
    if "default" in request.POST:
        remember(request, resource, view=stored)
    toast_later(request, _("View saved."))
    return go(request, view_address(resource, stored))


def shown_values(params: dict[str, str], look: str) -> dict[str, Any]:
    """What the page shows, as the values of a view."""
    where = params.get("where", "")
    values = values_of_params(params, look)
    try:
        return values | {"where": json.loads(where) if where else None}
    except ValueError as error:
        raise CrmError("bad_value", _("Must be a condition as JSON."), field="where") from error


def dialog(request: PageRequest, resource: Resource, view: SavedView | None, problem: str) -> HttpResponse:
    """The form."""
    path, _params = seen_by(request)
    given = request.POST
    look = str(given.get("look", "")) or str(request.GET.get("as", "")) or look_of(resource, path)
    context = {
        "resource": resource,
        "view": view,
        "problem": problem,
        "icons": ICONS,
        "colours": COLOURS,
        "sharings": SavedView.Sharing.choices,
        "look": look,
        "value": {name: given.get(name, getattr(view, name) if view else "") for name in NAMED},
        "query": request.GET.urlencode() or seen_query(request),
        "is_dialog": bool(request.htmx),
    }
    template = "ui/views/dialog.html" if request.htmx else "ui/views/new.html"
    if request.htmx:
        return part(request, template, context)
    return show(request, template, context, status=422 if problem else 200)


def seen_query(request: PageRequest) -> str:
    """The query of the page under the dialog."""
    return str(request.htmx.current_url or "").partition("?")[2] if request.htmx else ""


def remember(request: PageRequest, resource: Resource, **values: Any) -> None:
    """Keep how this person wants the list."""
    ListChoice.objects.update_or_create(user=request.user, label=resource.label, defaults=values)


@require_POST
@page
def view_do(request: PageRequest, resource: Resource, view_id: UUID) -> HttpResponse:
    """Save what the page shows, pin, make the first, delete."""
    view = view_find(view_id, actor=request.actor)
    deed = str(request.POST.get("do", ""))
    choice = choice_of(resource, request.actor)
    pinned = list(choice.pinned) if choice else []
    _path, params = seen_by(request)
    home = reverse("ui:list", args=[resource])
    if deed == "save":
        view = view_save(
            resource.label, shown_values(params, str(request.POST.get("look", "list"))), actor=request.actor, id=view.pk
        )
        toast_later(request, _("View saved."))
    elif deed == "pin":
        remember(
            request,
            resource,
            pinned=[*pinned, view.pk] if view.pk not in pinned else [one for one in pinned if one != view.pk],
        )
    elif deed == "default":
        remember(request, resource, view=None if choice and choice.view_id == view.pk else view)
    elif deed == "delete":
        view_delete(view.pk, actor=request.actor)
        toast_later(request, _("View deleted."))
        return go(request, f"{home}?view=all")
    else:
        raise CrmError("not_found", _("There is no such action."), status=404)
    return go(request, view_address(resource, view))
