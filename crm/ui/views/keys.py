"""Settings: API keys, and the apps that people connect."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.team.connections import FOR_PEOPLE, app_change, app_create, app_delete, app_rotate, connection_end
from crm.team.models import ApiKey, ConnectedApp, Connection
from crm.team.services import MOST_BURST, api_key_create, api_key_revoke, api_key_rotate
from crm.ui.pages import PageRequest, go, page, show, toast_later
from crm.ui.scopes import chooser, further_boxes, wide_boxes, words_of
from crm.ui.views.accounts import sentences

ADD = "team.add_apikey"  # who makes no keys need not know whose programs come in
DAYS = {"30": 30, "90": 90, "365": 365}
MOST_DIGITS = 9


def said(request: PageRequest, name: str) -> str:
    """One field of the form, as text that can be stored."""
    return str(request.POST.get(name, "")).replace("\x00", "").strip()


def limit_said(text: str) -> int | None:
    """The limit that was typed; what is no number is none that could be kept."""
    if not text:
        return None
    return min(int(text[:MOST_DIGITS]), MOST_BURST) if text.isascii() and text.isdecimal() else 0


def scopes_said(request: PageRequest) -> list[str]:
    """The boxes that are ticked."""
    return [scope.replace("\x00", "") for scope in request.POST.getlist("scope")]


@require_http_methods(["GET", "POST"])
@page
def keys(request: PageRequest) -> HttpResponse:
    """API keys: made here, shown once."""
    permit(request.actor, ADD)
    problems: list[str] = []
    plain = ""
    if request.method == "POST":
        days, burst = DAYS.get(said(request, "days")), said(request, "burst_limit")
        try:
            _key, plain = api_key_create(
                said(request, "name"),
                actor=request.actor,
                scopes=scopes_said(request),
                expires_at=timezone.now() + timedelta(days=days) if days else None,
                addresses=said(request, "addresses").replace(",", " ").split(),
                burst_limit=limit_said(burst),
            )
        except CrmError as refusal:
            problems = problems_of(refusal)
    return keys_page(request, plain=plain, problems=problems)


def problems_of(refusal: CrmError) -> list[str]:
    """What is wrong with a form; a missing right is no matter of the form."""
    if refusal.status == 403:
        raise refusal
    return sentences(refusal)


def keys_page(request: PageRequest, *, plain: str = "", problems: list[str] | None = None) -> HttpResponse:
    """The page, with a new key where there is one."""
    live = ApiKey.objects.select_related("created_by").filter(revoked_at=None).order_by("-created_at")
    context = {
        "keys": [(key, [words_of(scope) for scope in key.scopes], is_dead(key), is_mine(key, request)) for key in live],
        "plain": plain,
        "problems": problems or [],
        "wide": wide_boxes(request.actor),
        "lines": chooser(request.actor),
        "may_add": request.actor.may(ADD),
        "tab": "keys",
        "api": request.build_absolute_uri(reverse("ui:home")) + "api/v1/",
    }
    return show(request, "ui/settings/keys.html", context, status=422 if problems else 200)


def is_mine(key: ApiKey, request: PageRequest) -> bool:
    """Whether the person may renew and end this key."""
    return key.created_by_id == request.user.pk or request.actor.may("team.manage_apikey")


def is_dead(key: ApiKey) -> str:
    """Why a key does not work although nobody withdrew it."""
    if key.expires_at and key.expires_at <= timezone.now():
        return _("Expired")
    if key.created_by and not key.created_by.is_active:
        return _("Stopped: %(person)s is deactivated") % {"person": key.created_by}
    return ""


@require_POST
@page
def key_rotate(request: PageRequest, key_id: UUID) -> HttpResponse:
    """A new text for a key, shown once."""
    return keys_page(request, plain=api_key_rotate(get_object_or_404(ApiKey, pk=key_id), actor=request.actor))


@require_POST
@page
def key_revoke(request: PageRequest, key_id: UUID) -> HttpResponse:
    """End a key."""
    api_key_revoke(get_object_or_404(ApiKey, pk=key_id), actor=request.actor)
    toast_later(request, _("The key no longer works."))
    return go(request, reverse("ui:keys"))


@require_http_methods(["GET", "POST"])
@page
def apps(request: PageRequest) -> HttpResponse:
    """Connected apps: what I agreed to; and, for whoever manages them, every app of the company."""
    problems: list[str] = []
    made: ConnectedApp | None = None
    secret = ""
    if request.method == "POST":
        try:
            made, secret = app_create(
                said(request, "name"),
                actor=request.actor,
                scopes=scopes_said(request),
                redirect_uris=said(request, "redirect_uris").split(),
                acts_for_people=said(request, "kind") != "itself",
                is_public=said(request, "kind") == "public",
            )
        except CrmError as refusal:
            problems = problems_of(refusal)
    return apps_page(request, made=made, secret=secret, problems=problems)


def apps_page(
    request: PageRequest, *, made: ConnectedApp | None = None, secret: str = "", problems: list[str] | None = None
) -> HttpResponse:
    """The page, with a new secret where there is one."""
    actor = request.actor
    mine = Connection.objects.select_related("app").filter(user=request.user).order_by("app__name")
    every = ConnectedApp.objects.select_related("application", "created_by").prefetch_related("connections")
    context = {
        "mine": [(one, [words_of(scope) for scope in one.scopes]) for one in mine],
        "apps": [(one, [words_of(scope) for scope in one.scopes]) for one in every.order_by("name")]
        if actor.may("team.view_connectedapp")
        else [],
        "may_view": actor.may("team.view_connectedapp"),
        "may_manage": actor.may("team.manage_connectedapp"),
        "made": made,
        "secret": secret,
        "problems": problems or [],
        "wide": wide_boxes(actor),
        "lines": chooser(actor),
        "metadata": request.build_absolute_uri(reverse("oauth-metadata")),
        "tab": "apps",
    }
    return show(request, "ui/settings/apps.html", context, status=422 if problems else 200)


@require_http_methods(["GET", "POST"])
@page
def app(request: PageRequest, app_id: UUID) -> HttpResponse:
    """One app, to give it another name, other scopes or other addresses."""
    permit(request.actor, "team.manage_connectedapp")
    found = get_object_or_404(ConnectedApp.objects.select_related("application"), pk=app_id)
    chosen, addresses, name = list(found.scopes), found.application.redirect_uris, found.name
    problems: list[str] = []
    if request.method == "POST":
        chosen, addresses, name = scopes_said(request), said(request, "redirect_uris"), said(request, "name")
        try:
            app_change(found, actor=request.actor, name=name, scopes=chosen, redirect_uris=addresses.split())
            toast_later(request, _("Saved."))
            return go(request, reverse("ui:apps"))
        except CrmError as refusal:
            problems = problems_of(refusal)
    context = {
        "app": found,
        "name": name,
        "addresses": "\n".join(addresses.split()),
        "for_people": found.application.authorization_grant_type == FOR_PEOPLE,
        "problems": problems,
        "chosen": chosen,
        "wide": [*wide_boxes(request.actor), *further_boxes(request.actor, chosen)],
        "lines": chooser(request.actor),
        "tab": "apps",
    }
    return show(request, "ui/settings/app.html", context, status=422 if problems else 200)


@require_POST
@page
def app_new_secret(request: PageRequest, app_id: UUID) -> HttpResponse:
    """Another secret, shown once."""
    app = get_object_or_404(ConnectedApp.objects.select_related("application"), pk=app_id)
    return apps_page(request, made=app, secret=app_rotate(app, actor=request.actor))


@require_POST
@page
def app_remove(request: PageRequest, app_id: UUID) -> HttpResponse:
    """End an app for everybody."""
    app_delete(get_object_or_404(ConnectedApp.objects.select_related("application"), pk=app_id), actor=request.actor)
    toast_later(request, _("The app is gone, and with it all its access."))
    return go(request, reverse("ui:apps"))


@require_POST
@page
def app_disconnect(request: PageRequest, connection_id: UUID) -> HttpResponse:
    """End what one person agreed to."""
    rows = Connection.objects.select_related("app")
    connection_end(get_object_or_404(rows, pk=connection_id), actor=request.actor)
    toast_later(request, _("The app no longer acts for you."))
    return go(request, reverse("ui:apps"))
