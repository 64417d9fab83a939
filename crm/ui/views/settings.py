"""Settings: my profile, people and invitations, API keys, sample data."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.registry import registry
from crm.exchange.samples.removal import sample_remove
from crm.team.models import ApiKey, Invitation, Role, User
from crm.team.services import api_key_create, api_key_revoke, invitation_create, password_set, reset_token
from crm.ui.pages import SAMPLE_KEY, PageRequest, go, has_sample, page, show, toast_later
from crm.ui.views.accounts import sentences, with_language
from tenants.context import current

DAYS = {"30": 30, "90": 90, "365": 365}


@require_http_methods(["GET", "POST"])
@page
def profile(request: PageRequest) -> HttpResponse:
    """Name, language, looks, password."""
    problems: list[str] = []
    if request.method == "POST" and "password" in request.POST:
        problems = password_change(request)
        if not problems:
            toast_later(request, _("Your password is changed."))
            return go(request, reverse("ui:settings"))
    elif request.method == "POST":
        language = str(request.POST.get("language", ""))
        request.user.name = str(request.POST.get("name", "")).replace("\x00", "").strip()[:120]
        request.user.language = language if language in dict(settings.LANGUAGES) else ""
        request.user.save(update_fields=["name", "language"])
        toast_later(request, _("Saved."))
        return with_language(go(request, reverse("ui:settings")), request.user.language)
    return show(
        request,
        "ui/settings/profile.html",
        {"languages": settings.LANGUAGES, "problems": problems, "tab": "settings"},
        status=422 if problems else 200,
    )


def password_change(request: PageRequest) -> list[str]:
    """Set a new password when the old one is right; what is wrong, if anything."""
    if not request.user.check_password(str(request.POST.get("old", ""))):
        return [_("The old password is not right.")]
    try:
        password_set(request.user, str(request.POST.get("password", "")))
    except CrmError as refusal:
        return sentences(refusal)
    update_session_auth_hash(request, request.user)
    return []


@require_http_methods(["GET", "POST"])
@page
def people(request: PageRequest) -> HttpResponse:
    """Who works here; invite someone. Where no mail can be sent, the link is shown to be handed over."""
    problems: list[str] = []
    link = email = ""
    if request.method == "POST":
        email = str(request.POST.get("email", "")).replace("\x00", "").strip()[:254]
        role = get_object_or_404(Role, code=str(request.POST.get("role", "")).replace("\x00", ""))
        try:
            _invitation, token = invitation_create(email, role=role, actor=request.actor)
            link = request.build_absolute_uri(reverse("ui:invitation", args=[token]))
            mail_invitation(request, email, link)
        except CrmError as refusal:
            if refusal.status == 403:
                raise
            problems = sentences(refusal)
        except ValidationError as error:
            problems = list(error.messages)
    context = {
        "people": list(User.objects.select_related("role").order_by("-is_active", "name", "email")),
        "roles": list(Role.objects.order_by("name")),
        "invitations": list(
            Invitation.objects.filter(accepted_at=None, expires_at__gt=timezone.now()).select_related("role")
        ),
        "may_invite": request.actor.may("team.invite_user"),
        "may_reset": request.actor.may("team.change_user"),
        "has_mail": settings.HAS_MAIL,
        "problems": problems,
        "link": link,
        "email": email,
        "tab": "people",
    }
    return show(request, "ui/settings/people.html", context, status=422 if problems else 200)


def mail_invitation(request: PageRequest, email: str, link: str) -> None:
    """Send the invitation where mail is set up."""
    if settings.HAS_MAIL:
        text = _("%(name)s asks you to join %(tenant)s:\n\n%(link)s") % {
            "name": request.user,
            "tenant": current().name,
            "link": link,
        }
        send_mail(_("Join %(tenant)s") % {"tenant": current().name}, text, None, [email])


@require_POST
@page
def person(request: PageRequest, user_id: UUID) -> HttpResponse:
    """A link for a new password, shown to be handed over. Nobody resets someone who may do more."""
    permit(request.actor, "team.change_user")
    user = get_object_or_404(User.objects.select_related("role"), pk=user_id, is_active=True)
    if any(not request.actor.may(permission) for permission in user.role.permissions):
        raise CrmError("forbidden", _("This person may do more than you."), status=403)
    link = request.build_absolute_uri(reverse("ui:password-reset", args=[reset_token(user)]))
    return show(request, "ui/settings/reset_link.html", {"person": user, "link": link, "tab": "people"})


def scopes_of(request: PageRequest) -> list[tuple[str, str]]:
    """The scopes that the person can hand to a key."""
    found = [("*.view_*", _("Read everything"))]
    found += [
        (f"{one.module}.*_{one.label.split('.')[1]}", _("Read and change: %(nouns)s") % {"nouns": one.name_plural})
        for one in registry
        if one.in_navigation
    ]
    found += [("exchange.*", _("Import files")), ("*", _("Everything"))]
    return [(scope, label) for scope, label in found if request.actor.may(scope)]


@require_http_methods(["GET", "POST"])
@page
def keys(request: PageRequest) -> HttpResponse:
    """API keys: made here, shown once."""
    permit(request.actor, "team.view_apikey")
    problems: list[str] = []
    plain = ""
    if request.method == "POST":
        days = DAYS.get(str(request.POST.get("days", "")))
        try:
            _key, plain = api_key_create(
                str(request.POST.get("name", "")).replace("\x00", ""),
                actor=request.actor,
                scopes=request.POST.getlist("scope"),
                expires_at=timezone.now() + timedelta(days=days) if days else None,
            )
        except CrmError as refusal:
            if refusal.status == 403:
                raise
            problems = [str(refusal.message)]
    context = {
        "keys": list(ApiKey.objects.filter(revoked_at=None).order_by("-created_at")),
        "plain": plain,
        "problems": problems,
        "scopes": scopes_of(request),
        "may_add": request.actor.may("team.add_apikey"),
        "may_revoke": request.actor.may("team.delete_apikey"),
        "tab": "keys",
        "api": request.build_absolute_uri(reverse("ui:home")) + "api/v1/",
    }
    return show(request, "ui/settings/keys.html", context, status=422 if problems else 200)


@require_POST
@page
def key_revoke(request: PageRequest, key_id: UUID) -> HttpResponse:
    """End a key."""
    api_key_revoke(get_object_or_404(ApiKey, pk=key_id), actor=request.actor)
    toast_later(request, _("The key no longer works."))
    return go(request, reverse("ui:keys"))


@require_http_methods(["GET", "POST"])
@page
def sample(request: PageRequest) -> HttpResponse:
    """Take the sample data away, all of it, with one button."""
    if request.method == "POST":
        sample_remove(actor=request.actor)
        cache.delete(SAMPLE_KEY)
        toast_later(request, _("The sample data is gone."))
        return go(request, reverse("ui:home"))
    return show(request, "ui/settings/sample.html", {"is_present": has_sample(), "tab": "sample"})
