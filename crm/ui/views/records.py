"""The record page of any noun: properties, what happened, what belongs to it, what the models say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from analytics.cards import cards_of
from analytics.services import feedback_give
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import readable
from crm.core.reading import record_read
from crm.core.registry import Resource, registry
from crm.core.services import record_save
from crm.core.specs import FieldSpec
from crm.ui.actions import Action
from crm.ui.addresses import panel_address, record_address
from crm.ui.around import around
from crm.ui.cells import NUMERIC, sight
from crm.ui.inputs import Entry, blame, grouped, posted_entries, values_of
from crm.ui.pages import PageRequest, page, part, show, toast
from crm.ui.timeline import history, timeline
from crm.ui.views.recommendations import JUDGE

RELATED_TABS = {"related": "ui/parts/related_side.html", "tables": "ui/parts/related_tables.html"}
HIDDEN_HERE = frozenset({"is_sample", "object_type"})


@require_GET
@page
def record(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """The whole page."""
    actor = request.actor
    stored = record_read(resource, record_id, actor=actor)
    shown = {spec.name: spec for spec in readable(resource, actor) if spec.name not in HIDDEN_HERE}
    cards = cards_of(resource.label, record_id, actor=actor)
    told = prediction_fields(resource, shown) if cards else set()
    scores = _("Scores")
    panel = panel_address(resource.label, record_id)
    told |= {name for name, spec in shown.items() if panel and spec.kind == "json"}
    own = {name: spec for name, spec in shown.items() if name not in told}
    context = {
        "resource": resource,
        "record": stored,
        "title": str(stored[resource.title] or _("(no name)")),
        "eyes": sight(record_address),
        "groups": grouped(resource, own, rest=scores),
        "scores": scores,
        "panel": panel,
        "parts": resource.parts,
        "numeric": NUMERIC,
        "cards": cards,
        "badges": [spec for spec in shown.values() if spec.kind == "choice" and spec.name in resource.columns][:2],
        "verbs": verbs_of(resource, stored, actor),
        "timeline": timeline(resource, record_id, ()),  # its own facts; what points here comes right after the page
        "record_id": record_id,
        "composers": [] if panel else composers(resource, actor),
        "may_judge": actor.may(JUDGE),
        "may_change": actor.may(resource.permission("change")),
        **menu_of(resource, stored, actor),
    }
    return show(request, "ui/record.html", context)


def menu_of(resource: Resource, stored: Mapping[str, Any], actor: Actor) -> dict[str, bool]:
    """What the menu of rare actions holds."""
    held = {f"may_{verb}": resource.subject and actor.may(resource.permission(verb)) for verb in ("disclose", "erase")}
    held["may_delete"] = actor.may(resource.permission("delete"))
    has_asides = any(one.is_aside for one in verbs_of(resource, stored, actor))
    return {**held, "has_menu": has_asides or any(held.values())}


def prediction_fields(resource: Resource, shown: Mapping[str, FieldSpec]) -> set[str]:
    """Computed fields whose story the cards tell; money and counts of the past stay among the properties."""
    return {name for name in resource.computed if name in shown and shown[name].kind in ("json", "percent")}


def verbs_of(resource: Resource, stored: Mapping[str, Any], actor: Actor) -> list[Action]:
    """The actions that make sense now and that the actor may take."""
    seen = [one for one in resource.verbs if actor.may(one.permission(resource)) and one.available(stored)]
    return [Action.of(one) for one in seen]


def composers(resource: Resource, actor: Actor) -> list[dict[str, Any]]:
    """What can be written about any record from its page: each noun that refers to records and asks for little."""
    found = []
    for other, link in registry.pointing_at(resource.label):
        if link == "object_id" and actor.may(other.permission("add")) and not resource.specs.get("object_id"):
            found.append(
                {
                    "resource": other,
                    "entries": [Entry.of_value(spec, None, spec.name) for spec in compose_specs(other, actor)],
                }
            )
    return found


def compose_specs(other: Resource, actor: Actor) -> list[FieldSpec]:
    """The few fields that the composer asks for: the title, and a date if there is one."""
    seen = [
        spec
        for spec in readable(other, actor)
        if spec.writable and spec.name not in ("owner", "object_type", "object_id")
    ]
    title = [spec for spec in seen if spec.name == other.title]
    return title + [spec for spec in seen if spec.kind in ("moment", "date") and spec not in title][:1]


@require_GET
@page
def tab(request: PageRequest, resource: Resource, record_id: UUID, tab: str) -> HttpResponse:
    """One of the middle tabs, asked when it is opened."""
    record_read(resource, record_id, actor=request.actor, fields=[resource.title])
    context = {"resource": resource, "record_id": record_id, "eyes": sight(record_address), "numeric": NUMERIC}
    if tab == "history":
        return part(request, "ui/parts/history.html", {**context, "facts": history(resource, record_id, request.actor)})
    if tab == "timeline":
        return around_again(request, resource, record_id)
    if tab in RELATED_TABS:
        beside = around(resource, record_id, request.actor)
        related = {"related": [one for one in beside if one.rows], "unrelated": [one for one in beside if not one.rows]}
        return part(request, RELATED_TABS[tab], {**context, **related})
    raise CrmError("not_found", _("There is no such tab."), status=404)


@require_POST
@page
def compose(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """A note or a task written on the record's page: answers with the timeline."""
    record_read(resource, record_id, actor=request.actor, fields=[resource.title])
    other = registry.get(str(request.POST.get("noun", "")))
    if other is None or "object_id" not in other.specs:
        raise CrmError("not_found", _("There is nothing of that kind to write."), status=404)
    entries = posted_entries(compose_specs(other, request.actor), request.POST)
    values = {name: value for name, value in values_of(entries).items() if value != ""}
    values |= {"object_type": resource.label, "object_id": str(record_id)}
    if "owner" in other.specs:
        values["owner"] = str(request.user.pk)
    try:
        record_save(other.model, values, actor=request.actor)
    except CrmError as refusal:
        if refusal.code != "invalid":
            raise
        problems = blame(refusal, entries) + [text for entry in entries.values() for text in entry.errors]
        return toast(HttpResponse(status=422), " ".join(problems) or str(refusal.message), is_bad=True)
    return toast(around_again(request, resource, record_id), _("%(noun)s saved.") % {"noun": other.name})


@require_http_methods(["GET", "POST"])
@page
def feedback(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """What a person does with a prediction: makes a task of it, or says why it is not right."""
    stored = record_read(resource, record_id, actor=request.actor, fields=[resource.title])
    if request.method == "GET":
        answers = [
            ("wrong", _("The customer is not like that")),
            ("already_known", _("We knew that already")),
            ("not_useful", _("True, but of no use")),
        ]
        context = {"resource": resource, "record_id": record_id, "answers": answers}
        return part(request, "ui/parts/dismiss_dialog.html", context)
    if request.POST.get("do") == "create_task":
        return task_make(request, resource, record_id, str(stored[resource.title]))
    if request.POST.get("do") == "dismiss":
        reason = str(request.POST.get("reason", "")).replace("\x00", "")
        feedback_give(record_id, str(request.POST.get("answer", "")), actor=request.actor, reason=reason)
        return toast(HttpResponse(status=204), _("Thank you: it is kept beside the prediction."))
    raise CrmError("not_found", _("There is no such action."), status=404)


def task_make(request: PageRequest, resource: Resource, record_id: UUID, title: str) -> HttpResponse:
    """A task on the record for tomorrow: of the first noun that can be written about a record and has a date."""
    due = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for composer in composers(resource, request.actor):
        other, dates = (
            composer["resource"],
            [entry for entry in composer["entries"] if entry.spec.kind in ("moment", "date")],
        )
        if dates:
            values = {
                other.title: _("Call %(name)s") % {"name": title},
                dates[0].name: due,
                "object_type": resource.label,
                "object_id": str(record_id),
                "owner": str(request.user.pk),
            }
            record_save(other.model, values, actor=request.actor)
            return toast(around_again(request, resource, record_id), _("%(noun)s saved.") % {"noun": other.name})
    raise CrmError("forbidden", _("You may not do this here."), status=403)


def around_again(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """The timeline, read anew."""
    beside = around(resource, record_id, request.actor, only_dated=True)
    context = {"resource": resource, "record_id": record_id, "eyes": sight(record_address), "numeric": NUMERIC}
    return part(request, "ui/parts/timeline.html", {**context, "timeline": timeline(resource, record_id, beside)})
