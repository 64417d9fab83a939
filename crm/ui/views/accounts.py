"""Coming in and going out: log-in, forgotten password, invitations, the language of a visitor."""

from __future__ import annotations

import math
from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm.core.errors import CrmError
from crm.team.models import User
from crm.team.services import invitation_accept as accept
from crm.team.services import invitation_find, password_set, reset_find, reset_token
from tenants.context import current
from tenants.rates import Guard
from tenants.signing import BadSignature


def onward(request: HttpRequest) -> str:
    """Where to go on after a form: an address of this host, or home."""
    where = str(request.POST.get("next") or request.GET.get("next") or "")
    is_ours = where.startswith("/") and url_has_allowed_host_and_scheme(
        where, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return where if is_ours else reverse("ui:home")


def plain(request: HttpRequest, template: str, context: Mapping[str, object], *, status: int = 200) -> HttpResponse:
    """A page outside the shell."""
    return render(request, template, {"tenant": current(), **context}, status=status)


def waiting_sentence(seconds: int) -> str:
    """That there were too many tries, and how long to wait."""
    minutes = math.ceil(seconds / 60)
    return ngettext(
        "Too many tries. Wait %(minutes)d minute, then try again.",
        "Too many tries. Wait %(minutes)d minutes, then try again.",
        minutes,
    ) % {"minutes": minutes}


def too_many(request: HttpRequest, template: str, wait: int, context: Mapping[str, object]) -> HttpResponse:
    """The page again, with a word how long to wait."""
    answer = plain(request, template, {**context, "problem": waiting_sentence(wait)}, status=429)
    answer["Retry-After"] = str(wait)
    return answer


@require_http_methods(["GET", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """The log-in page; after ten wrong tries for an account from one place it waits five minutes."""
    if request.method == "GET":
        if request.user.is_authenticated:
            return HttpResponseRedirect(onward(request))
        return plain(request, "ui/log_in.html", {"next": request.GET.get("next", "")})
    email = str(request.POST.get("email", "")).strip()[:254]
    again = {"email": email, "next": request.POST.get("next", "")}
    guard = Guard("log-in", email, request)
    if wait := guard.wait():  # asked before the password is: each look at one costs a core a moment
        return too_many(request, "ui/log_in.html", wait, again)
    user = (
        authenticate(request, username=email, password=str(request.POST.get("password", "")))
        if "\x00" not in email
        else None
    )
    if user is None:
        return plain(
            request,
            "ui/log_in.html",
            {**again, "problem": _("This e-mail and password do not go together.")},
            status=403,
        )
    guard.passed()
    login(request, user)
    return with_language(HttpResponseRedirect(onward(request)), getattr(user, "language", ""))


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return HttpResponseRedirect(reverse("ui:log-in"))


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Another language, for this browser and, behind the log-in, for the person."""
    wanted = str(request.POST.get("language", ""))
    response = HttpResponseRedirect(onward(request))
    if wanted not in dict(settings.LANGUAGES) or not check_for_language(wanted):
        return response
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=wanted)
    return with_language(response, wanted)


def with_language(response: HttpResponse, wanted: str) -> HttpResponse:
    """Have the browser remember the language, so that the log-in page speaks it, too."""
    if wanted:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            wanted,
            max_age=31536000,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


@require_http_methods(["GET", "POST"])
def password_forgotten(request: HttpRequest) -> HttpResponse:
    """Send a link; without mail, say who can hand one over. It never tells whether the address is known."""
    if request.method == "GET":
        return plain(request, "ui/password_forgotten.html", {"has_mail": settings.HAS_MAIL})
    email = str(request.POST.get("email", "")).strip()[:254]
    if wait := Guard("forgotten", email, request, seconds=3600).wait():  # links that were sent before still open
        return too_many(request, "ui/password_forgotten.html", wait, {"has_mail": settings.HAS_MAIL, "email": email})
    user = (
        User.objects.select_related("role").filter(email__iexact=email, is_active=True).first()
        if "\x00" not in email
        else None
    )
    # who never had a password is handed a link by the owner
    if user and user.email and user.has_usable_password() and settings.HAS_MAIL:
        link = request.build_absolute_uri(reverse("ui:password-reset", args=[reset_token(user)]))
        text = _(
            "Set a new password within one hour:\n\n%(link)s\n\nIf you did not ask for this, nothing needs to be done."
        ) % {"link": link}
        send_mail(_("A new password for %(tenant)s") % {"tenant": current().name}, text, None, [user.email])
    return plain(
        request, "ui/password_forgotten.html", {"has_mail": settings.HAS_MAIL, "is_sent": True, "email": email}
    )


@require_http_methods(["GET", "POST"])
def password_reset(request: HttpRequest, token: str) -> HttpResponse:
    """Set a new password by a link."""
    try:
        user = reset_find(token)
    except BadSignature:
        user = None
    if user is None:
        return plain(
            request, "ui/link_dead.html", {"text": _("This link is used up or too old; ask for a new one.")}, status=404
        )
    problems: list[str] = []
    if request.method == "POST":
        try:
            password_set(user, str(request.POST.get("password", "")))
            login(request, user, backend="crm.team.backends.PeopleBackend")
            return HttpResponseRedirect(reverse("ui:home"))
        except CrmError as refusal:
            problems = sentences(refusal)
    return plain(
        request, "ui/password_reset.html", {"email": user.email, "problems": problems}, status=422 if problems else 200
    )


def sentences(refusal: CrmError) -> list[str]:
    """The refusal's problems as lines of text."""
    problems: object = refusal.details.get("errors")
    return (
        [str(one["message"]) for one in problems] if isinstance(problems, list) and problems else [str(refusal.message)]
    )


@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """Join by an invitation's link."""
    try:
        invitation = invitation_find(token)
    except (BadSignature, CrmError):
        return plain(
            request,
            "ui/link_dead.html",
            {"text": _("This invitation is used up or too old; ask for a new one.")},
            status=404,
        )
    problems: list[str] = []
    name = str(request.POST.get("name", "")).strip()[:120]
    if request.method == "POST":
        try:
            user = accept(token, name=name, password=str(request.POST.get("password", "")))
            login(request, user, backend="crm.team.backends.PeopleBackend")
            return HttpResponseRedirect(reverse("ui:home"))
        except CrmError as refusal:
            problems = sentences(refusal)
    context = {"email": invitation.email, "name": name, "problems": problems}
    return plain(request, "ui/invitation.html", context, status=422 if problems else 200)
