"""Rules: the editor, what they did, what they would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.automation.dry_runs import rule_try
from crm.automation.models import Rule, RuleRun
from crm.automation.services import rule_find, run_again, run_find, runs_of
from crm.automation.starters import starter_find, starters_for
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import permit, readable, whole_permit, writable
from crm.core.reading import record_read
from crm.core.registry import Resource, registry
from crm.core.services import record_save
from crm.core.specs import FieldSpec
from crm.ui.automation import action_card, actions_of, kinds
from crm.ui.builder import builder_of, changed, tree_of
from crm.ui.inputs import Entry, entries_of, values_of
from crm.ui.pages import PageRequest, go, page, part, show, toast, toast_later
from crm.ui.people import titles_of
from crm.ui.sentences import rule_sentences, weekday_names
from crm.ui.views.forms import version_of
from crm.ui.written import json_posted, place_errors

DAYS, SHOWN, MOST_DIGITS = (7, 30, 90), 50, 9


def rules() -> Resource:
    """The noun itself."""
    return registry.of(Rule)


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest) -> HttpResponse:
    """A new rule: blank, or begun from one that is filled in already."""
    permit(request.actor, rules().permission("add"))
    starter = starter_find(str(request.GET.get("starter", "")))
    values = starter.filled() if starter else {"trigger": "event", "actions": []}
    return editor(request, values, None)


@require_http_methods(["GET", "POST"])
@page
def edit(request: PageRequest, record_id: UUID) -> HttpResponse:
    """A stored rule."""
    permit(request.actor, rules().permission("change"))
    stored = record_read(rules(), record_id, actor=request.actor)
    return editor(request, stored, record_id)


def editor(request: PageRequest, values: Mapping[str, Any], record_id: UUID | None) -> HttpResponse:
    """The form: shown, drawn anew while it is being written, or saved."""
    whole_permit(rules(), request.actor)
    data = request.POST if request.method == "POST" else None
    if data is None or "refresh" in data:
        return editor_page(request, values, record_id, data)
    sent = sent_values(data, request.actor)
    try:
        version = version_of(request) if record_id else None
        saved = record_save(Rule, sent, actor=request.actor, id=record_id, version=version)
    except CrmError as refusal:
        if refusal.code not in ("invalid", "stale", "conflict"):
            raise
        return editor_page(request, values, record_id, data, refusal)
    toast_later(request, _("Saved."))
    return go(request, reverse("ui:record", args=[rules(), saved]))


def plain_specs(actor: Actor) -> list[FieldSpec]:
    """The fields with a control of their own."""
    return [spec for spec in writable(rules(), actor) if spec.kind != "json"]


def sent_values(data: QueryDict, actor: Actor) -> dict[str, Any]:
    """What the form says: plain fields, conditions from the builder, actions from their cards; or both as JSON."""
    named = [spec for spec in plain_specs(actor) if spec.name in data or spec.kind == "yes_no" or "built" not in data]
    values = values_of(posted(named, data))
    values = {name: value for name, value in values.items() if name in data or "built" in data}
    resource = registry.get(str(data.get("noun", "")))
    if "built" not in data:
        return values | json_posted(data, "conditions", "actions")
    values["events"] = data.getlist("event")
    values["actions"] = actions_of(resource, data)
    if resource is not None:
        values["conditions"] = tree_of(resource, data)
    return values


def posted(specs: list[FieldSpec], data: QueryDict) -> dict[str, Entry]:
    """The plain controls as they were sent."""
    return {spec.name: Entry(spec, spec.name, str(data.get(spec.name, ""))) for spec in specs}


def editor_page(
    request: PageRequest, values: Mapping[str, Any], record_id: UUID | None,
    data: QueryDict | None, refusal: CrmError | None = None,
) -> HttpResponse:  # fmt: skip
    """The editor with whatever stands in it."""
    actor = request.actor
    entries = entries_of(plain_specs(actor), values) if data is None else posted(plain_specs(actor), data)
    choose(entries, actor)
    resource = registry.get(entries["noun"].text)
    problems = place_errors(refusal, entries) if refusal else []
    context = {
        "groups": [("", list(entries.values()))],
        "parts": [],
        "entries": entries,
        "resource": rules(),
        "noun": resource,
        "record_id": record_id,
        "version": values.get("version", "") if data is None else data.get("version", ""),
        "title": _("New rule") if record_id is None else str(values["name"]),
        "starters": starters_for(actor) if record_id is None and data is None else [],
        "kinds": [(do, icon, label) for do, (icon, label) in kinds().items()],
        "problems": problems,
        "weekdays": enumerate_text(weekday_names()),
        "errors": errors_of(refusal),
        **(written(resource, values, data, actor) if resource else {}),
    }
    return show(request, "ui/automation/rule_form.html", context, status=422 if refusal else 200)


def enumerate_text(names: list[str]) -> list[tuple[str, str]]:
    """Choices by their number, from one."""
    return [(str(number), name) for number, name in enumerate(names, 1)]


def errors_of(refusal: CrmError | None) -> dict[str, str]:
    """The problems that are shown at conditions, actions and events, which are no single controls."""
    found: Any = refusal.details.get("errors") or [] if refusal else []
    return {str(one["pointer"]).strip("/"): str(one["message"]) for one in found}


def choose(entries: dict[str, Entry], actor: Actor) -> None:
    """Kinds of records and their fields are chosen, not typed; owners are not asked for here."""
    entries.pop("owner", None)
    nouns = [one for one in registry if one.in_navigation and actor.may(one.permission("view"))]
    noun = entries["noun"]
    noun.spec = replace(noun.spec, kind="choice", choices=tuple((one.label, one.name_plural) for one in nouns))
    noun.text = noun.text or (nouns[0].label if nouns else "")
    resource = registry.get(noun.text)
    fields = [spec for spec in readable(resource, actor) if spec.kind != "json"] if resource else []
    options = tuple((spec.name, spec.label) for spec in fields)
    entries["field"].spec = replace(entries["field"].spec, kind="choice", choices=options)
    chosen = next((spec for spec in fields if spec.name == entries["field"].text), None)
    if chosen is not None and chosen.choices:
        for name in ("from_value", "to_value"):
            entries[name].spec = replace(entries[name].spec, kind="choice", choices=chosen.choices)


def written(resource: Resource, values: Mapping[str, Any], data: QueryDict | None, actor: Actor) -> dict[str, Any]:
    """The parts of the editor that depend on the kind of record: events, conditions, actions."""
    if data is None or "built" not in data:
        builder = builder_of(resource, values.get("conditions"), actor)
        actions, chosen = list(values.get("actions") or []), list(values.get("events") or [])
    else:
        builder = changed(data, resource, actor)
        actions, chosen = moved_actions(resource, data), data.getlist("event")
    return {
        "builder": builder,
        "cards": [action_card(resource, at, action, actor) for at, action in enumerate(actions)],
        "events": event_choices(resource, chosen),
    }


def event_choices(resource: Resource, chosen: list[str]) -> list[tuple[str, str, bool]]:
    """The events of a noun as check boxes; what else is stored stays."""
    names = {
        "created": _("is created"), "changed": _("is changed"), "deleted": _("is deleted"),
        "restored": _("is restored"),
        **{verb.name: str(verb.label) for verb in resource.verbs},
    }  # fmt: skip
    known = {f"{resource.label}.{name}": text for name, text in names.items()}
    if not chosen:
        chosen = [f"{resource.label}.created"]
    others = {name: name for name in chosen if name not in known and name.startswith(f"{resource.label}.")}
    return [(name, text, name in chosen) for name, text in {**known, **others}.items()]


def moved_actions(resource: Resource, data: QueryDict) -> list[dict[str, Any]]:
    """The cards after what was pressed: one more, one less, one up, one more field."""
    actions = actions_of(resource, data)
    word, _colon, rest = str(data.get("refresh", "")).partition(":")
    at = place_of(rest.partition(":")[0])
    if word == "add-action" and rest in kinds():
        actions.append({"do": rest})
    if not 0 <= at < len(actions):
        return actions
    if word == "drop-action":
        actions.pop(at)
    elif word == "up-action" and at:
        actions[at - 1], actions[at] = actions[at], actions[at - 1]
    elif word == "add-pair":
        pair_add(resource, actions[at])
    elif word == "drop-pair":
        pair_drop(actions[at], rest.partition(":")[2])
    return actions


def pair_add(resource: Resource, action: dict[str, Any]) -> None:
    """One more field in a card: the next that is not in it yet."""
    target = registry.get(str(action.get("noun"))) if action["do"] == "create" else resource
    values = action.setdefault("values", {})
    for name, spec in target.specs.items() if target else ():
        if spec.writable and name not in values and spec.kind not in ("json", "reference") and name != "object_type":
            values[name] = ""
            return


def pair_drop(action: dict[str, Any], at: str) -> None:
    """One field less in a card."""
    names, place = list(action.get("values", {})), place_of(at)
    if 0 <= place < len(names):
        del action["values"][names[place]]


def place_of(text: str) -> int:
    """The place that a button names; -1 where it names none."""
    return int(text) if text.isdecimal() and len(text) < MOST_DIGITS else -1


# What it did, and would do


@require_GET
@page
def panel(request: PageRequest, record_id: UUID) -> HttpResponse:
    """On the rule's page: in words, what it did, and the button that tries it."""
    rule = rule_find(record_id, actor=request.actor)
    state = str(request.GET.get("state", ""))
    rows = list(runs_of(rule, actor=request.actor, state=state if state in dict(rule_states()) else "")[:SHOWN])
    titles = titles_of([(one.object_type, one.object_id) for one in rows], request.actor)
    context = {
        "titles": titles,
        "rule": rule, "sentences": rule_sentences(rule, request.actor), "runs": rows, "days": DAYS,
        "states": rule_states(), "state": state, "may_retry": request.actor.may("automation.retry_rule"),
    }  # fmt: skip
    return part(request, "ui/automation/rule_panel.html", context)


def rule_states() -> list[tuple[str, Any]]:
    """The states of runs."""
    return list(RuleRun.State.choices)


@require_POST
@page
def trial(request: PageRequest, record_id: UUID) -> HttpResponse:
    """What it would have done."""
    rule = rule_find(record_id, actor=request.actor)
    days = int(str(request.POST.get("days", "30"))) if str(request.POST.get("days", "30")) in map(str, DAYS) else 30
    found = rule_try(rule, actor=request.actor, days=days)
    icons = {do: icon for do, (icon, _label) in kinds().items()}
    context = {"trial": found, "rule": rule, "noun": registry[rule.noun], "icons": icons}
    return part(request, "ui/automation/trial.html", context)


@require_GET
@page
def run(request: PageRequest, record_id: UUID, run: UUID) -> HttpResponse:
    """The steps of one run."""
    found = run_find(rule_find(record_id, actor=request.actor), run, actor=request.actor)
    return part(request, "ui/automation/run.html", {"run": found, "steps": list(found.steps.order_by("pk"))})


@require_POST
@page
def retry(request: PageRequest, record_id: UUID, run: UUID) -> HttpResponse:
    """Go on with a run that failed."""
    run_again(rule_find(record_id, actor=request.actor), run, actor=request.actor)
    return toast(HttpResponse(status=204), _("It goes on now."))
