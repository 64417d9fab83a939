"""Writing about a record on its own page: a note, a task, a call, whatever says what it asks for there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.activities.files import file_take
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import writable
from crm.core.reading import record_read
from crm.core.registry import Composer, Resource, registry
from crm.core.services import record_save
from crm.core.specs import FieldSpec
from crm.core.verbs import verb_run
from crm.ui.addresses import record_address
from crm.ui.around import Wanted
from crm.ui.cells import NUMERIC, sight
from crm.ui.inputs import Entry, blame, entries_of, posted_entries, values_of
from crm.ui.pages import PageRequest, page, part, toast
from crm.ui.timeline import CHANGES, MOST, kinds_of, timeline
from crm.ui.views.forms import defaults_of

FILE_ADD, PEOPLE = "activities.add_file", "team.user"
MOST_FILES = 20
MOST_SHOWN = 180  # of a timeline at once


@dataclass(frozen=True)
class Form:
    """One of the composer's forms: the noun, and what it asks for."""

    resource: Resource
    first: Entry
    others: list[Entry]
    composer: Composer
    has_files: bool
    lacks: str


def composing(resource: Resource, actor: Actor) -> list[tuple[Resource, Composer]]:
    """The nouns that can be written about a record on its page; of what is itself about a record, only answers."""
    known = [(one, one.composer) for one in registry if one.composer and actor.may(one.permission("add"))]
    if "object_id" in resource.specs:
        return [(one, composer) for one, composer in known if composer.answers and one is resource]
    return known


def compose_specs(noun: Resource, composer: Composer, about: Resource, actor: Actor) -> list[FieldSpec]:
    """The few fields that are asked for, as far as the actor may write them and the record has what they speak of."""
    allowed = {spec.name: spec for spec in writable(noun, actor) if about.outgoing or spec.name != composer.paper}
    return [allowed[name] for name in composer.fields if name in allowed]


def form_of(
    noun: Resource, composer: Composer, about: tuple[Resource, Mapping[str, Any]], request: PageRequest
) -> Form:
    """A form with what it begins with."""
    specs = compose_specs(noun, composer, about[0], request.actor)
    given = {name: str(value) for name, value in request.GET.items()}
    values = {**defaults_of(noun, specs), **noun.begin(about[0], dict(about[1]), request.actor, given)}
    entries = list(entries_of(specs, values).values())
    for entry in entries:
        entry.place = f"{noun.slug}-"
        entry.mentions = "" if composer.verb else PEOPLE  # what is sent at once goes to others
    entries[0].hint = entries[0].spec.label
    has_files = composer.has_files and request.actor.may(FILE_ADD)
    lacks = composer.lacks(request.actor) if composer.lacks else ""
    return Form(noun, entries[0], entries[1:], composer, has_files, lacks)


@require_http_methods(["GET", "POST"])
@page
def compose(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """The forms that stand above a record's timeline; what they send answers with the timeline."""
    stored = record_read(resource, record_id, actor=request.actor)
    known = composing(resource, request.actor)
    if request.method == "GET":
        only = request.GET.get("noun", "")
        chosen = [pair for pair in known if only in ("", pair[0].label)]
        forms = [form_of(noun, composer, (resource, stored), request) for noun, composer in chosen]
        context = {
            "forms": forms,
            "form": forms[0] if only and forms else None,
            "resource": resource,
            "record": stored,
            "may_file": request.actor.may(FILE_ADD) and "object_id" not in resource.specs,
        }
        return part(request, "ui/parts/compose_form.html" if context["form"] else "ui/parts/composer.html", context)
    asked = str(request.POST.get("noun", ""))
    noun, composer = next(((noun, one) for noun, one in known if noun.label == asked), (None, None))
    if noun is None or composer is None:
        raise CrmError("not_found", _("There is nothing of that kind to write."), status=404)
    entries = posted_entries(compose_specs(noun, composer, resource, request.actor), request.POST)
    try:
        written(request, noun, composer, entries, (resource, record_id))
    except CrmError as refusal:
        if refusal.code != "invalid":
            raise
        problems = blame(refusal, entries) + [
            f"{entry.spec.label}: {text}" for entry in entries.values() for text in entry.errors
        ]
        return toast(HttpResponse(status=422), " ".join(problems) or str(refusal.message), is_bad=True)
    answer = timeline_again(request, resource, record_id)
    if noun is resource or (composer.paper in entries and values_of(entries)[composer.paper] is True):
        answer.headers["HX-Refresh"] = "true"
    said = _("%(noun)s is on its way.") if composer.verb else _("%(noun)s saved.")
    return toast(answer, said % {"noun": noun.name})


@transaction.atomic
def written(
    request: PageRequest, noun: Resource, composer: Composer, entries: Mapping[str, Entry], about: tuple[Resource, UUID]
) -> None:
    """Keep it, as the person's own, and take the action that follows."""
    values = {name: value for name, value in values_of(entries).items() if value != ""}
    resource, record_id = about
    place = {"object_type": resource.label, "object_id": str(record_id)}
    values |= {composer.answers: str(record_id)} if noun is resource else place
    values["owner"] = str(request.user.pk)
    made = record_save(noun.model, values, actor=request.actor)
    uploads: list[Any] = request.FILES.getlist("files") if composer.has_files else []
    for upload in uploads[:MOST_FILES]:
        file_take(str(upload.name)[-200:], upload.file, (noun.label, made), actor=request.actor)
    if composer.verb:
        verb_run(noun, composer.verb, made, actor=request.actor, inputs={})


def task_make(request: PageRequest, resource: Resource, record_id: UUID, title: str) -> HttpResponse:
    """A task on the record for tomorrow: of the first noun that can be written about a record and has a date."""
    due = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    found = task_of(resource, request.actor)
    if found is None:
        raise CrmError("forbidden", _("You may not do this here."), status=403)
    noun, day = found
    values = {
        noun.title: _("Call %(name)s") % {"name": title},
        day: due,
        "object_type": resource.label,
        "object_id": str(record_id),
        "owner": str(request.user.pk),
    }
    record_save(noun.model, values, actor=request.actor)
    return toast(timeline_again(request, resource, record_id), _("%(noun)s saved.") % {"noun": noun.name})


def task_of(resource: Resource, actor: Actor) -> tuple[Resource, str] | None:
    """The noun of such a task, and its day; none where the actor may write none."""
    for noun, composer in composing(resource, actor):
        specs = compose_specs(noun, composer, resource, actor)
        if dates := [spec.name for spec in specs if spec.kind in ("moment", "date")]:
            return noun, dates[0]
    return None


def timeline_again(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """The timeline, read anew, as the person wants it."""
    wanted = wanted_of(request, resource)
    moments = timeline(resource, record_id, request.actor, wanted)
    context = {
        "resource": resource,
        "record_id": record_id,
        "eyes": sight(record_address),
        "numeric": NUMERIC,
        "timeline": moments,
        "wanted": wanted,
        "more": min(wanted.most * 2, MOST_SHOWN) if wanted.most <= len(moments) < MOST_SHOWN else 0,
    }
    return part(request, "ui/parts/timeline.html", context)


def wanted_of(request: PageRequest, resource: Resource) -> Wanted:
    """What the address asks of a timeline; what is not known is refused."""
    kind, most = request.GET.get("kind", ""), request.GET.get("most", "")
    if kind and kind not in dict(kinds_of(resource, request.actor)):
        raise CrmError("not_found", _("There is nothing of that kind here."), status=404)
    size = min(max(int(most), 1), MOST_SHOWN) if most.isascii() and most.isdigit() and len(most) < 5 else MOST
    search = request.GET.get("search", "").replace("\x00", "")[:200].strip()
    return Wanted(only_dated=kind != CHANGES, kind=kind, search=search, most=size)
