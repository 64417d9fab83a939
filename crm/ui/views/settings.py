"""Settings: what there is, my profile, sample data."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.core.cache import cache
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from crm.core.errors import CrmError
from crm.core.samples import sample_shown
from crm.exchange.samples.removal import PERMISSION, sample_remove, sample_switch
from crm.team.services import password_set
from crm.ui.pages import SAMPLE_KEY, PageRequest, go, has_sample, page, show, toast_later
from crm.ui.views.accounts import sentences, waiting_sentence, with_language
from tenants.rates import Guard


@require_GET
@page
def overview(request: PageRequest) -> HttpResponse:
    """All of it, in groups, each with a line that says what it is for."""
    return show(request, "ui/settings/overview.html", {})


@require_http_methods(["GET", "POST"])
@page
def profile(request: PageRequest) -> HttpResponse:
    """Name, language, looks, password."""
    problems: list[str] = []
    if request.method == "POST" and "password" in request.POST:
        problems = password_change(request)
        if not problems:
            toast_later(request, _("Your password is changed."))
            return go(request, reverse("ui:profile"))
    elif request.method == "POST":
        language = str(request.POST.get("language", ""))
        request.user.name = str(request.POST.get("name", "")).replace("\x00", "").strip()[:120]
        request.user.language = language if language in dict(settings.LANGUAGES) else ""
        request.user.save(update_fields=["name", "language"])
        toast_later(request, _("Saved."))
        return with_language(go(request, reverse("ui:profile")), request.user.language)
    return show(
        request,
        "ui/settings/profile.html",
        {
            "languages": settings.LANGUAGES,
            "problems": problems,
            "tab": "profile",
        },
        status=422 if problems else 200,
    )


def password_change(request: PageRequest) -> list[str]:
    """Set a new password when the old one is right; what is wrong, if anything."""
    guard = Guard("password", str(request.user.pk), request)
    if wait := guard.wait():
        return [waiting_sentence(wait)]
    if not request.user.check_password(str(request.POST.get("old", ""))):
        return [_("The old password is not right.")]
    guard.passed()
    try:
        password_set(request.user, str(request.POST.get("password", "")))
    except CrmError as refusal:
        return sentences(refusal)
    update_session_auth_hash(request, request.user)
    return []


@require_http_methods(["GET", "POST"])
@page
def sample(request: PageRequest) -> HttpResponse:
    """Show the sample to everybody or stand it aside; take it away, all of it, with one button."""
    if request.method == "POST" and "show" in request.POST:
        sample_switch(is_shown=request.POST["show"] == "1", actor=request.actor)
        return go(request, reverse("ui:sample"))
    if request.method == "POST":
        sample_remove(actor=request.actor)
        cache.delete(SAMPLE_KEY)
        toast_later(request, _("The sample data is gone."))
        return go(request, reverse("ui:home"))
    context = {"is_present": has_sample(), "is_shown": sample_shown(), "tab": "sample"}
    return show(request, "ui/settings/sample.html", {**context, "may_remove": request.actor.may(PERMISSION)})
