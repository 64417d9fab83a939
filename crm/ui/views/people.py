"""Settings: the people of the company, their roles, invitations."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.registry import registry
from crm.exchange.bulk import handing
from crm.exchange.bulk.handing import owned_by
from crm.team.inviting import invitation_mail
from crm.team.models import Role, Team, User
from crm.team.people import change_check, user_activate, user_deactivate, user_role_change, user_team_change
from crm.team.services import invitation_create, invitation_withdraw, invitations_open, may_give, reset_token
from crm.team.trees import tree_read
from crm.ui.pages import PageRequest, go, page, part, show, toast_later
from crm.ui.views.accounts import sentences


@require_http_methods(["GET", "POST"])
@page
def people(request: PageRequest) -> HttpResponse:
    """Who works here; invite someone. Where no mail can be sent, the link is shown to be handed over."""
    problems: list[str] = []
    link, email, is_mailed = "", "", False
    if request.method == "POST" and "withdraw" in request.POST:
        withdrawn = invitation_withdraw(uuid_of(request.POST["withdraw"]), actor=request.actor)
        toast_later(request, _("The link for %(email)s opens no more.") % {"email": withdrawn.email})
        return go(request, reverse("ui:people"))
    if request.method == "POST":
        email = str(request.POST.get("email", "")).replace("\x00", "").strip()[:254]
        role = get_object_or_404(Role, code=str(request.POST.get("role", "")).replace("\x00", ""))
        try:
            invitation, token = invitation_create(email, role=role, actor=request.actor)
            link = request.build_absolute_uri(reverse("ui:invitation", args=[token]))
            is_mailed = invitation_mail(invitation, link, actor=request.actor)
        except CrmError as refusal:
            if refusal.status == 403:
                raise
            problems = sentences(refusal)
        except ValidationError as error:
            problems = list(error.messages)
    context = {
        "people": list(User.objects.select_related("role", "team").order_by("-is_active", "name", "email")),
        "roles": [role for role in Role.objects.order_by("name") if may_give(request.actor, role)],
        "invitations": [(one, may_give(request.actor, one.role)) for one in invitations_open().order_by("expires_at")],
        "may_manage": request.actor.may("team.manage_user"),
        "may_invite": request.actor.may("team.invite_user"),
        "has_mail": settings.HAS_MAIL,
        "is_mailed": is_mailed,
        "problems": problems,
        "link": link,
        "email": email,
        "tab": "people",
    }
    return show(request, "ui/settings/people.html", context, status=422 if problems else 200)


@require_http_methods(["GET", "POST"])
@page
def person(request: PageRequest, user_id: UUID) -> HttpResponse:
    """One person's place in the company; posted to, a link for a new password."""
    if request.method == "POST":
        return person_reset(request, user_id)
    actor = request.actor
    found = get_object_or_404(User.objects.select_related("role", "team"), pk=user_id)
    manages = actor.may("team.manage_user") and may_give(actor, found.role)
    may_change = manages and found.pk != request.user.pk
    context = {
        "person": found,
        "may_change": may_change,
        "may_move": may_change or (manages and actor.may("*")),
        "roles": [role for role in Role.objects.order_by("name") if may_give(actor, role)] if may_change else [],
        "teams": list(Team.objects.filter(deleted_at=None).order_by("name_key")) if manages else [],
        "tab": "people",
    }
    return show(request, "ui/settings/person.html", context)


def person_reset(request: PageRequest, user_id: UUID) -> HttpResponse:
    """A link for a new password, shown to be handed over. Nobody resets someone who may do more."""
    permit(request.actor, "team.manage_user")
    user = get_object_or_404(User.objects.select_related("role"), pk=user_id, is_active=True)
    if not may_give(request.actor, user.role):
        raise CrmError("forbidden", _("This person may do more than you."), status=403)
    link = request.build_absolute_uri(reverse("ui:password-reset", args=[reset_token(user)]))
    return show(request, "ui/settings/reset_link.html", {"person": user, "link": link, "tab": "people"})


@require_GET
@page
def teams(request: PageRequest) -> HttpResponse:
    """The teams as they stand below each other, with managers and members."""
    branches, loose = tree_read(request.actor)
    noun = registry.of(Team)
    may_add = request.actor.may(noun.permission("add"))
    context = {"branches": branches, "loose": loose, "noun": noun, "may_add": may_add, "tab": "people"}
    return show(request, "ui/settings/teams.html", context)


@require_POST
@page
def person_change(request: PageRequest, user_id: UUID) -> HttpResponse:
    """Another role, or the door shut or opened again."""
    user = get_object_or_404(User.objects.select_related("role"), pk=user_id)
    match request.POST.get("do"):
        case "deactivate":
            user_deactivate(user, actor=request.actor)
            toast_later(request, _("%(person)s can no longer log in.") % {"person": user})
        case "activate":
            user_activate(user, actor=request.actor)
            toast_later(request, _("%(person)s can log in again.") % {"person": user})
        case _other:
            place_change(request, user)
            toast_later(request, _("Saved."))
    return go(request, reverse("ui:person", args=[user.pk]))


@require_http_methods(["GET", "POST"])
@page
def person_leave(request: PageRequest, user_id: UUID) -> HttpResponse:
    """The dialog that asks to whom somebody's records go; posted to, the door is shut and they go."""
    user = get_object_or_404(User.objects.select_related("role"), pk=user_id)
    change_check(user, request.actor)
    colleagues = User.objects.filter(is_active=True).exclude(pk=user.pk).order_by("name", "email")
    if request.method == "GET":
        context = {"person": user, "owned": owned_by(user), "colleagues": colleagues}
        return part(request, "ui/settings/person_leave.html", context)
    to, jobs = str(request.POST.get("to", "")), []
    if to == handing.KEEP:
        user_deactivate(user, actor=request.actor)
    else:
        heir = None if to == handing.NOBODY else get_object_or_404(colleagues, pk=heir_id(to))
        jobs = handing.person_leave(user, heir, actor=request.actor)
    toast_later(request, _("%(person)s can no longer log in.") % {"person": user})
    return go(request, reverse("ui:bulk-jobs") if jobs else reverse("ui:person", args=[user.pk]))


def uuid_of(text: str) -> UUID:
    """The id that a form names."""
    try:
        return UUID(text)
    except ValueError as error:
        raise CrmError("not_found", _("There is no such record."), status=404) from error


def heir_id(text: str) -> UUID:
    """The colleague whom the form names."""
    if not text:
        raise CrmError("bad_value", _("Choose to whom the records go."), status=422)
    return uuid_of(text)


def place_change(request: PageRequest, user: User) -> None:
    """Another role or team, as far as the form names them."""
    permit(request.actor, "team.manage_user")
    with transaction.atomic():
        if "role" in request.POST:
            role = get_object_or_404(Role, code=str(request.POST["role"]).replace("\x00", ""))
            if role.pk != user.role_id:
                user_role_change(user, role, actor=request.actor)
        if "team" in request.POST:
            team = team_named(request)
            if (team.pk if team else None) != user.team_id:
                user_team_change(user, team, actor=request.actor)


def team_named(request: PageRequest) -> Team | None:
    """The team that the form names; none where it names none."""
    text = str(request.POST.get("team", ""))
    return get_object_or_404(Team, pk=uuid_of(text), deleted_at=None) if text else None
