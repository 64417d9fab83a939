"""Home, who to call first, and the page about the models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Exists
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from analytics.cards import model_page
from analytics.keeping import model_retrain, model_rollback
from analytics.worklist import NOUN, WorkItem, worklist
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.permissions import is_limited
from crm.core.registry import registry
from crm.exchange.models import ImportJob
from crm.exchange.readiness import calls_missing
from crm.team.models import ApiKey, Invitation, User
from crm.ui.addresses import record_address
from crm.ui.pages import PageRequest, go, page, part, show, toast_later
from crm.ui.people import names_of, titles_of, who
from crm.ui.timeline import Moment, moment_of
from crm.ui.views.composing import task_of
from tenants.context import current

FEW, MANY, LATELY, LOOKED_AT = 8, 50, 8, 60
MODEL_VERBS = ("retrain", "rollback")
STEPS = ("exchange.add_importjob", "team.invite_user", "team.add_apikey")  # what the first steps need


@dataclass(frozen=True)
class Step:
    """One line of the checklist."""

    title: str
    text: str
    address: str
    icon: str
    is_done: bool


def steps(user: User, actor: Actor) -> list[Step]:
    """What a new company does first, as far as it is this person's to do, and what of it is done: one statement."""
    done = (
        User.objects.filter(pk=user.pk)
        .values_list(
            Exists(ImportJob.objects.filter(state=ImportJob.State.DONE)),
            Exists(Invitation.objects.all()),
            Exists(ApiKey.objects.all()),
        )
        .get()
    )
    texts = [
        (
            _("Import your customers"),
            _("Drop in the Excel or CSV file you have, messy as it is."),
            "import-new",
            "file-import",
        ),
        (_("Invite your team"), _("Everyone sees the same customers and history."), "people", "user-plus"),
        (_("Connect other systems"), _("An API key lets your shop or website send orders."), "keys", "plug-connected"),
    ]
    return [
        Step(title, text, reverse(f"ui:{name}"), icon, is_done)
        for (title, text, name, icon), is_done, permission in zip(texts, done, STEPS, strict=True)
        if actor.may(permission)
    ]


def at_stake(items: Sequence[WorkItem]) -> Decimal:
    """The money that the listed customers may take with them."""
    return sum((item.at_stake for item in items if item.at_stake is not None), Decimal(0))


@require_GET
@page
def home(request: PageRequest) -> HttpResponse:
    """The landing page: whom to act on, what is left to set up, what happened lately."""
    items = worklist(request.actor, MANY)
    todo = steps(request.user, request.actor)
    context = {
        "items": items[:FEW],
        "n": len(items),
        "at_stake": at_stake(items),
        "steps": todo,
        "steps_done": sum(one.is_done for one in todo),
        "has_all_steps": all(one.is_done for one in todo),
        "lately": lately(request),
        "currency": current().currency,
        "noun": registry[NOUN],
        "may_task": task_of(registry[NOUN], request.actor) is not None,
    }
    return show(request, "ui/home.html", context)


@dataclass(frozen=True)
class News:
    """One line of what happened lately: a fact, or many alike in a row."""

    line: Moment
    title: str
    address: str
    n: int


def lately(request: PageRequest) -> list[News]:
    """The newest facts over all nouns that the person may see; many alike in a row (an import) are one line."""
    actor = request.actor
    labels = [one.label for one in registry if actor.may(one.permission("view")) and not is_limited(one.model, actor)]
    newest = Event.objects.filter(object_type__in=labels).order_by("-seq")[:LOOKED_AT]
    rows = [list(alike) for _key, alike in groupby(newest, key=lambda one: (one.name, one.via, one.actor_id))][:LATELY]
    firsts = [alike[0] for alike in rows]
    names = names_of(event.actor_id for event in firsts if event.actor_id and event.actor_kind == "user")
    titles = titles_of([(event.object_type, event.object_id) for event in firsts], actor)
    return [news_of(alike[0], len(alike), names, titles, actor) for alike in rows]


def news_of(event: Event, n: int, names: dict[UUID, str], titles: dict[UUID, str], actor: Actor) -> News:
    """One line."""
    resource = registry[event.object_type]
    line = moment_of(resource, event, who(event, names), actor)
    line.resource = resource
    if n > 1:
        return News(line, str(resource.name_plural), reverse("ui:list", args=[resource]), n)
    address = record_address(resource.label, event.object_id) if event.object_id in titles else ""
    return News(line, titles.get(event.object_id, ""), address, n)


@require_GET
@page
def call_first(request: PageRequest) -> HttpResponse:
    """Who to call first, each with the reason."""
    items = worklist(request.actor, MANY)
    context = {"noun": registry[NOUN], "items": items, "at_stake": at_stake(items), "currency": current().currency}
    context["may_task"] = task_of(registry[NOUN], request.actor) is not None
    if request.htmx and not items:  # asked right after the page, which waits for no counting
        return part(request, "ui/parts/work_none.html", {"missing": calls_missing(request.actor)})
    return show(request, "ui/call_first.html", context)


@require_GET
@page
def models(request: PageRequest) -> HttpResponse:
    """The models: who won the contest, how good it is, what would lift it."""
    context: dict[str, Any] = dict(model_page(actor=request.actor))
    may = {verb: request.actor.may(f"analytics.{verb}_model") for verb in MODEL_VERBS}
    return show(request, "ui/models.html", context | {"may": may})


@require_POST
@page
def model_verb(request: PageRequest, kind: str, verb: str) -> HttpResponse:
    """Learn a model anew, or go back to the version before; a worker carries it out."""
    if verb not in MODEL_VERBS:
        raise Http404
    try:
        if verb == "retrain":
            model_retrain(kind, actor=request.actor)
            toast_later(request, _("The model is learned anew; this page tells how far it is."))
        else:
            model_rollback(kind, actor=request.actor)
            toast_later(request, _("The version before is used; everybody is scored again."))
    except CrmError as refusal:
        if refusal.status != 409:
            raise
        toast_later(request, str(refusal.message))
    return go(request, reverse("ui:models"))
