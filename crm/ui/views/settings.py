"""Settings: what there is, my profile, sample data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.core.cache import cache
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.core.samples import sample_shown
from crm.exchange.samples.removal import PERMISSION, Kept, sample_remove, sample_switch
from crm.team.services import password_set
from crm.ui.addresses import record_address
from crm.ui.pages import SAMPLE_KEY, PageRequest, go, has_sample, page, show, toast_later
from crm.ui.people import titles_of
from crm.ui.views.accounts import sentences, waiting_sentence, with_language
from tenants.rates import Guard

MOST_KEPT = 50  # told by name of what stays when the sample goes


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
    context: dict[str, Any] = {"tab": "sample"}
    if request.method == "POST" and "show" in request.POST:
        sample_switch(is_shown=request.POST["show"] == "1", actor=request.actor)
        return go(request, reverse("ui:sample"))
    if request.method == "POST":
        kept = sample_remove(actor=request.actor).kept
        cache.delete(SAMPLE_KEY)
        if not kept:
            toast_later(request, _("The sample data is gone."))
            return go(request, reverse("ui:home"))
        context |= {"kept": list(kept_told(kept[:MOST_KEPT], request.actor)), "kept_count": len(kept)}
    context |= {"is_present": has_sample(), "is_shown": sample_shown(), "may_remove": request.actor.may(PERMISSION)}
    return show(request, "ui/settings/sample.html", context)


def kept_told(kept: Sequence[Kept], actor: Actor) -> Iterator[dict[str, dict[str, str]]]:
    """What of the sample stays and what hangs on it, by name and address."""
    ends = {(one.label, one.id) for one in kept} | {(one.holder_label, one.holder_id) for one in kept}
    titles = titles_of(ends, actor)

    def told(label: str, id: UUID) -> dict[str, str]:
        is_record = label in registry
        noun = str(registry[label].name) if is_record else _("Person")
        address = record_address(label, id) if is_record else reverse("ui:person", args=[id])
        return {"noun": noun, "title": titles.get(id) or "–", "address": address}

    for one in kept:
        yield {"record": told(one.label, one.id), "holder": told(one.holder_label, one.holder_id)}
