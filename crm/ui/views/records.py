"""The record page of any noun: properties, what happened, what belongs to it, what the models say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from analytics.cards import cards_of
from analytics.services import feedback_give
from crm.core.actors import Actor
from crm.core.customising.layouts import layout_of, left_out
from crm.core.errors import CrmError
from crm.core.merging import permission, successor
from crm.core.outside import external_ids_read
from crm.core.permissions import parts_shown, readable, unchangeable, writable
from crm.core.reading import record_read
from crm.core.registry import Resource
from crm.core.specs import FieldSpec
from crm.team.matrix import GRANT
from crm.ui.actions import Action
from crm.ui.addresses import panel_address, record_address
from crm.ui.around import Around, around
from crm.ui.cells import NUMERIC, sight
from crm.ui.inputs import grouped, is_in_place
from crm.ui.pages import PageRequest, go, page, part, show, toast
from crm.ui.timeline import events_of, history, kinds_of
from crm.ui.views.composing import composing, task_make, timeline_again
from crm.ui.views.listing import members_address
from crm.ui.views.recommendations import JUDGE
from crm.ui.views.steps import steps_shown
from crm.ui.worded import worded

RELATED_TABS = {"related": "ui/parts/related_side.html", "tables": "ui/parts/related_tables.html"}
LATELY = 5
HIDDEN_HERE = frozenset({"is_sample", "object_type"})


@require_GET
@page
def record(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """The whole page."""
    actor = request.actor
    try:
        (stored,) = worded(resource, [record_read(resource, record_id, actor=actor)], actor)
    except CrmError:
        if resource.alike and (heir := successor(resource, record_id)):  # it became part of another: go there
            return go(request, record_address(resource.label, heir))
        raise
    shown = {spec.name: spec for spec in readable(resource, actor) if spec.name not in HIDDEN_HERE}
    cards = cards_of(resource.label, record_id, actor=actor)
    told = prediction_fields(resource, shown) if cards else set()
    scores = _("Scores")
    panel = panel_address(resource.label, record_id)
    told |= {name for name, spec in shown.items() if panel and spec.kind == "json"}
    role = request.user.role.code
    own = {name: spec for name, spec in shown.items() if name not in told | left_out(resource, role)}
    context = {
        "resource": resource,
        "record": stored,
        "title": str(stored[resource.title] or _("(no name)")),
        "eyes": sight(record_address),
        "groups": grouped(resource, own, scores, layout_of(resource, role)),
        "scores": scores,
        "panel": panel,
        "parts": parts_shown(resource, actor),
        "numeric": NUMERIC,
        "cards": cards,
        **head_of(resource, shown, actor),
        "timeline": events_of(resource, record_id, actor),  # its own facts; what points here comes right after the page
        "kinds": kinds_of(resource, actor),
        "record_id": record_id,
        "may_compose": not (panel or resource.in_settings) and bool(composing(resource, actor)),
        "may_judge": actor.may(JUDGE),
        "members": members_address(resource, stored),
        "may_share": may_share(resource, stored, actor),
        "may_grant": actor.may(resource.permission(GRANT)),
        **rights_of(resource, stored, actor),
    }
    return show(request, "ui/record.html", context)


def head_of(resource: Resource, shown: Mapping[str, FieldSpec], actor: Actor) -> dict[str, Any]:
    """What stands beside the name: badges, steps where there is a board, what it is worth and whose it is."""
    by = resource.board.by if resource.board else ""
    badges = [spec for spec in shown.values() if spec.kind == "choice" and spec.name in resource.columns]
    cards = resource.board.cards if resource.board else ()
    facts = [shown[name] for name in cards if name in shown and shown[name].kind == "money"][:1]
    facts += [shown["owner"]] if "owner" in shown else []
    return {"badges": [spec for spec in badges if spec.name != by][:2], "facts": facts, "has_steps": by in shown}


def may_share(resource: Resource, stored: Mapping[str, Any], actor: Actor) -> bool:
    """Whether a link to the record's paper may be handed out now."""
    out = resource.outgoing
    return out is not None and out.is_out(SimpleNamespace(**stored)) and actor.may(resource.permission("share"))


def rights_of(resource: Resource, stored: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """What the buttons and the menu hold; of a record that the actor may only see, none that would change it."""
    verbs = verbs_of(resource, stored, actor)
    held = {verb: actor.may(resource.permission(verb)) for verb in ("change", "delete")}
    held["merge"] = resource.alike is not None and actor.may(permission(resource))
    is_shut = (any(held.values()) or bool(verbs)) and bool(unchangeable(resource.model, [stored["id"]], actor))
    if is_shut:
        verbs, held = [], dict.fromkeys(held, False)
    held |= {verb: resource.subject and actor.may(resource.permission(verb)) for verb in ("disclose", "erase")}
    return {
        **{f"may_{verb}": may for verb, may in held.items()},
        "verbs": verbs,
        "main_verbs": [one for one in verbs if not one.is_aside],
        "is_shut": is_shut,
        "editable": {s.name for s in writable(resource, actor) if is_in_place(resource, s)} if held["change"] else (),
    }


def prediction_fields(resource: Resource, shown: Mapping[str, FieldSpec]) -> set[str]:
    """Computed fields whose story the cards tell; money and counts of the past stay among the properties."""
    return {name for name in resource.computed if name in shown and shown[name].kind in ("json", "percent")}


def verbs_of(resource: Resource, stored: Mapping[str, Any], actor: Actor) -> list[Action]:
    """The actions that make sense now and that the actor may take."""
    seen = [one for one in resource.verbs if actor.may(one.permission(resource)) and one.available(stored)]
    return [Action.of(one) for one in seen if one.is_for_people]


@require_GET
@page
def tab(request: PageRequest, resource: Resource, record_id: UUID, tab: str) -> HttpResponse:
    """One of the middle tabs, asked when it is opened."""
    record_read(resource, record_id, actor=request.actor, fields=[resource.title])
    context = {"resource": resource, "record_id": record_id, "eyes": sight(record_address), "numeric": NUMERIC}
    if tab == "peek":
        return part(request, "ui/parts/peek.html", {**context, **peeked(request, resource, record_id)})
    if tab == "history":
        return part(request, "ui/parts/history.html", {**context, "facts": history(resource, record_id, request.actor)})
    if tab == "steps":
        return steps_shown(request, resource, record_id)
    if tab == "timeline":
        return timeline_again(request, resource, record_id)
    if tab in RELATED_TABS:
        beside = around(resource, record_id, request.actor)
        if tab == "related":  # what is written above the timeline stands in it
            beside = [one for one in beside if one.resource.composer is None]
            context["asides"] = asides_of(resource, record_id, request.actor)
            context["outside"] = external_ids_read(resource.label, [record_id]).get(record_id, [])
        related = {"related": [one for one in beside if one.rows], "addable": addable(beside)}
        return part(request, RELATED_TABS[tab], {**context, **related})
    raise CrmError("not_found", _("There is no such tab."), status=404)


def peeked(request: PageRequest, resource: Resource, record_id: UUID) -> dict[str, Any]:
    """What a record says beside its list: what it holds, and the last that happened."""
    (stored,) = worded(resource, [record_read(resource, record_id, actor=request.actor)], request.actor)
    shown = {spec.name: spec for spec in readable(resource, request.actor) if spec.name not in HIDDEN_HERE}
    role = request.user.role.code
    out = left_out(resource, role)
    own = {name: spec for name, spec in shown.items() if spec.kind != "json" and name not in out}
    title = str(stored[resource.title] or _("(no name)"))
    groups, scores = grouped(resource, own, _("Scores"), layout_of(resource, role)), _("Scores")
    timeline = events_of(resource, record_id, request.actor)[:LATELY]
    return {"record": stored, "title": title, "groups": groups, "scores": scores, "timeline": timeline}


def addable(beside: Sequence[Around]) -> list[Around]:
    """What can be added of which there is nothing yet; a noun that points here twice is told apart by its link."""
    found = [one for one in beside if not one.rows and one.may_add]
    nouns = [one.resource.label for one in found]
    return [replace(one, is_again=nouns.count(one.resource.label) > 1) for one in found]


def asides_of(resource: Resource, record_id: UUID, actor: Actor) -> list[dict[str, Any]]:
    """The small tables of a record that say something."""
    found = [{"aside": one, "rows": list(one.read(record_id, actor))} for one in resource.asides]
    return [one for one in found if one["rows"]]


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
