"""The frame of every page: who asks, in which language and zone, the navigation, the one translator of refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.apps import apps
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django_htmx.middleware import HtmxDetails

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.figures import every_figures
from crm.core.registry import Resource, registry
from crm.core.samples import asks_for_samples, is_mixed, sample_shown
from crm.exchange.exporting.services import may_export
from crm.exchange.samples.removal import PERMISSION as REMOVE_SAMPLE
from crm.exchange.samples.removal import sample_present
from crm.team.models import User
from crm.team.services import actor_of_user
from crm.team.sign_ins import sign_in_note
from tenants.context import current
from tenants.rates import address_of

P = ParamSpec("P")
SAMPLE_KEY, SAMPLE_SECONDS = "ui-has-sample", 300
FEW = 6  # nouns of a module at first sight


class PageRequest(HttpRequest):
    """A request of a person who is logged in."""

    actor: Actor
    htmx: HtmxDetails
    user: User


def page(view: Callable[Concatenate[PageRequest, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page behind the log-in: gives the actor, the person's language, the tenant's time zone; answers refusals."""

    @wraps(view)
    def wrapped(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_log_in(request)
        request.actor = actor_of_user(request.user, via="page", request_id=uuid4().hex)
        sign_in_note(request.session, address=address_of(request), agent=request.headers.get("User-Agent", ""))
        language = request.user.language or translation.get_language() or "en"
        with translation.override(language), timezone.override(ZoneInfo(current().time_zone)):
            try:
                response: HttpResponseBase = view(request, *args, **kwargs)
            except CrmError as refusal:
                response = refused(request, refusal)
            response.headers["Content-Language"] = language
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return wrapped


def to_log_in(request: HttpRequest) -> HttpResponse:
    """Send to the log-in page and back again afterwards; a fragment asks the whole page to go there."""
    where = request.get_full_path() if request.method == "GET" and not getattr(request, "htmx", False) else ""
    address = reverse("ui:log-in") + (f"?{urlencode({'next': where})}" if where else "")
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def refused(request: PageRequest, refusal: CrmError) -> HttpResponse:
    """A refusal as people see it: a toast for a fragment, a page otherwise; the status is the refusal's own."""
    if request.htmx:
        return toast(HttpResponse(status=refusal.status), str(refusal.message), is_bad=True)
    return show(request, "ui/refused.html", {"refusal": refusal, "status": refusal.status}, status=refusal.status)


class Undo(NamedTuple):
    """What taking something back posts, and where to; the answer takes the place of the board."""

    address: str
    values: Mapping[str, str]


def toast(
    response: HttpResponse, text: str | Promise, undo: Undo | None = None, *, is_bad: bool = False
) -> HttpResponse:
    """Have the browser show a short message beside this fragment."""
    told = {"text": str(text), "bad": is_bad} | ({"undo": undo._asdict()} if undo else {})
    response.headers["HX-Trigger"] = json.dumps({"kith:toast": told})
    return response


def toast_later(
    request: PageRequest, text: str | Promise, *, undo: Undo | tuple[str, Sequence[object]] | None = None
) -> None:
    """Show a short message on the next page; `undo` is an address to post the ids (or values) to."""
    entry: dict[str, Any] = {"text": str(text)}
    if undo:
        values = list(undo.values.items()) if isinstance(undo, Undo) else [("id", str(one)) for one in undo[1]]
        entry |= {"undo": undo[0], "values": values}
    request.session["toasts"] = [*request.session.get("toasts", []), entry]


def go(request: PageRequest, address: str) -> HttpResponse:
    """On to another page, from a form or from a fragment."""
    return HttpResponse(status=204, headers={"HX-Redirect": address}) if request.htmx else HttpResponseRedirect(address)


def show(request: PageRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A whole page with its frame."""
    return render(request, template, {**frame(request), **context}, status=status)


def part(request: PageRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A fragment without frame."""
    return render(request, template, {"actor": request.actor, **context}, status=status)


def frame(request: PageRequest) -> dict[str, Any]:
    """What the layout needs: navigation, waiting toasts, whether sample data is present."""
    toasts = request.session.pop("toasts", []) if "toasts" in request.session else []
    return {
        "tenant": current(),
        "actor": request.actor,
        "modules": navigation(request.actor),
        "every_figures": [one for one in every_figures if one.may(request.actor)],
        "toasts": toasts,
        "creatable": [r for r in registry if r.in_navigation and request.actor.may(r.permission("add"))],
        "has_sample": has_sample(),
        "sample_shown": sample_shown(),
        "may_remove_sample": request.actor.may(REMOVE_SAMPLE),
        "may_import": request.actor.may("exchange.add_importjob"),
        "may_take_out": any(may_export(one, request.actor) for one in registry),
        "may_administer": request.actor.may("team.manage_user"),
    }


def navigation(actor: Actor) -> list[tuple[str, Sequence[Resource], Sequence[Resource]]]:
    """The nouns that the actor may see by module: what the industry works with every day and what others point at most
    first; where there are many, the first few and the rest."""
    industry = current().industry
    seen: dict[str, list[Resource]] = {}
    for resource in registry:
        if resource.in_navigation and actor.may(resource.permission("view")):
            seen.setdefault(resource.module, []).append(resource)
    weight = {one.label: len(registry.pointing_at(one.label)) for found in seen.values() for one in found}
    order = sorted(seen, key=lambda module: -sum(weight[one.label] for one in seen[module]))
    found: list[tuple[str, Sequence[Resource], Sequence[Resource]]] = []
    for module in order:
        goes = {one.label for one in seen[module] if one.board and one.board.within}  # through a pipeline
        first = {one.label: (one.label not in goes, not one.pool, industry not in one.daily_in) for one in seen[module]}
        nouns = sorted(seen[module], key=lambda one: (*first[one.label], -weight[one.label]))
        few = FEW if len(nouns) > FEW + 2 else len(nouns)
        found.append((str(apps.get_app_config(module).verbose_name), nouns[:few], nouns[few:]))
    return found


def offers_sample(resource: Resource, params: Mapping[str, str]) -> bool:
    """Whether a list leaves a sample out that its reader could ask for."""
    return not is_mixed(resource) and not asks_for_samples(params) and has_sample()


def has_sample() -> bool:
    """Whether any noun still has sample rows; remembered for a few minutes, since only sign-up makes them."""
    known = cache.get(SAMPLE_KEY)
    if known is None:
        known = sample_present()
        cache.set(SAMPLE_KEY, known, SAMPLE_SECONDS)
    return bool(known)
