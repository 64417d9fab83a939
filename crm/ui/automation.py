"""Rules as people write them: cards of actions, out of a form and into one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from crm.automation.actions import UNITS
from crm.automation.models import Webhook
from crm.core.actors import Actor
from crm.core.permissions import visible, writable
from crm.core.registry import Resource, registry
from crm.core.specs import FieldSpec
from crm.team.models import User
from crm.ui.inputs import text_of

USER = User._meta.label_lower
Choices = Sequence[tuple[str, str | Promise]]


@dataclass
class Control:
    """One input: a choice, or something typed."""

    name: str
    label: str | Promise
    text: str = ""
    options: Choices | None = None
    type: str = "text"
    unit: str = ""


@dataclass
class ActionCard:
    """One action: what it does, and what it needs for it."""

    number: int
    do: str
    label: str
    icon: str
    controls: list[Control] = field(default_factory=list)
    pairs: list[tuple[int, Control, Control]] = field(default_factory=list)
    people: list[tuple[str, str, bool]] = field(default_factory=list)


KINDS: dict[str, tuple[str, Any]] = {}


def kinds() -> dict[str, tuple[str, str]]:
    """The actions by their code: icon and name."""
    return {
        "notify": ("bell", _("Tell people")),
        "create": ("plus", _("Create a record")),
        "set": ("pencil", _("Set fields")),
        "assign": ("user-check", _("Give to people in turn")),
        "wait": ("clock-pause", _("Wait")),
        "webhook": ("webhook", _("Send to a webhook")),
        "verb": ("player-play", _("Take an action")),
        "stop": ("hand-stop", _("Stop here")),
    }


def people() -> list[tuple[str, str]]:
    """The team, as choices."""
    return [(str(user.pk), str(user)) for user in User.objects.filter(is_active=True).order_by("name", "email")]


# Values


def options_of(spec: FieldSpec) -> Choices | None:
    """What may be chosen as a value; None where it is typed."""
    if spec.choices:
        return spec.choices
    if spec.kind == "yes_no":
        return [("true", _("Yes")), ("false", _("No"))]
    return people() if spec.target == USER else None


def numbers(data: Iterable[str], letter: str) -> list[int]:
    """The numbers of the rows that a form sent: `c-0-field` and so on."""
    found = (key.split("-") for key in data if key.startswith(f"{letter}-"))
    return sorted({int(words[1]) for words in found if len(words) > 2 and words[1].isdecimal() and len(words[1]) < 9})


# Actions


def action_card(resource: Resource, number: int, action: Mapping[str, Any], actor: Actor) -> ActionCard:
    """A card with the controls that the action asks for."""
    do = str(action.get("do", ""))
    icon, label = kinds().get(do, ("help", do))
    card, name = ActionCard(number, do, label, icon), partial("a-{}-{}".format, number)
    if do in ("set", "create"):
        fill_values(card, resource, action, actor)
    if do in ("notify", "assign"):
        fill_people(card, resource, action)
    if do == "wait":
        unit = next((unit for unit in reversed(UNITS) if action.get(unit)), "days")
        units = [("minutes", _("minutes")), ("hours", _("hours")), ("days", _("days"))]
        count = Control(name("count"), _("How long"), str(action.get(unit) or 1), type="number")
        card.controls = [count, Control(name("unit"), _("Unit"), unit, units)]
    if do == "webhook":
        hooks = [(str(pk), title) for pk, title in visible(Webhook, actor).order_by("name").values_list("pk", "name")]
        card.controls = [Control(name("webhook"), _("Webhook"), str(action.get("webhook", "")), hooks)]
    if do == "verb":
        verbs = [(verb.name, str(verb.label)) for verb in resource.verbs if not any_required(verb.inputs)]
        card.controls = [Control(name("verb"), _("Action"), str(action.get("verb", "")), verbs)]
    return card


def any_required(inputs: Mapping[str, Any]) -> bool:
    """Whether a verb cannot be called without being told more."""
    return any(one.spec.required for one in inputs.values())


def fill_values(card: ActionCard, resource: Resource, action: Mapping[str, Any], actor: Actor) -> None:
    """Fields and their values; a new record begins with those that it must have."""
    target: Resource | None = resource
    if card.do == "create":
        nouns = [(one.label, one.name) for one in registry if one.in_navigation and actor.may(one.permission("add"))]
        label = str(action.get("noun") or (nouns[0][0] if nouns else ""))
        target = registry.get(label)
        card.controls = [Control(f"a-{card.number}-noun", _("Kind of record"), label, nouns)]
    if target is None:
        return
    specs = {spec.name: spec for spec in writable(target, actor) if spec.kind not in ("json", "reference")}
    specs.pop("object_type", None)
    values = dict(action.get("values") or {})
    values = {name: value for name, value in values.items() if name in specs} or dict.fromkeys(first_fields(specs), "")
    options = [(name, spec.label) for name, spec in specs.items()]
    for at, (name, value) in enumerate(values.items()):
        text = text_of(replace(specs[name], kind="text"), value)
        which = Control(f"a-{card.number}-field-{at}", _("Field"), name, options)
        card.pairs.append(
            (at, which, Control(f"a-{card.number}-value-{at}", _("Value"), text, options_of(specs[name])))
        )


def first_fields(specs: Mapping[str, FieldSpec]) -> list[str]:
    """What a new card asks for: the fields that must be given, or the first."""
    return [name for name, spec in specs.items() if spec.required] or list(specs)[:1]


def fill_people(card: ActionCard, resource: Resource, action: Mapping[str, Any]) -> None:
    """Who: of the team, and for a line to read also whoever owns the record or wrote the rule."""
    parts = (
        [("owner", _("The record's owner")), ("author", _("Me, who writes this rule"))] if card.do == "notify" else []
    )
    chosen = action.get("to") or (["owner"] if card.do == "notify" else [])
    card.people = [(pk, name, pk in chosen) for pk, name in [*parts, *people()]]
    if card.do == "notify":
        holes = ", ".join(f"{{{name}}}" for name in list(resource.specs)[:4])
        card.controls = [Control(f"a-{card.number}-text", _("What they are told"), str(action.get("text", "")))]
        card.controls[0].unit = _("In braces stand fields of the record: %(holes)s …") % {"holes": holes}


def actions_of(resource: Resource | None, data: QueryDict) -> list[dict[str, Any]]:
    """The cards of a form as actions."""
    return [action_of(resource, number, data) for number in numbers(data, "a")]


def action_of(resource: Resource | None, number: int, data: QueryDict) -> dict[str, Any]:
    """One card."""

    def said(name: str) -> str:
        return str(data.get(f"a-{number}-{name}", "")).strip()

    action: dict[str, Any] = {"do": said("do")}
    if action["do"] in ("set", "create"):
        target = registry.get(said("noun")) if action["do"] == "create" else resource
        action |= {"noun": said("noun")} if action["do"] == "create" else {}
        action["values"] = pairs_of(target, number, data)
    if action["do"] in ("notify", "assign"):
        action["to"] = data.getlist(f"a-{number}-to")
    if action["do"] == "wait":
        unit = said("unit") if said("unit") in UNITS else "days"
        action[unit] = int(said("count")) if said("count").isdecimal() and len(said("count")) < 7 else 0
    for name in ("text",) if action["do"] == "notify" else ("webhook",) if action["do"] == "webhook" else ():
        action[name] = said(name)
    if action["do"] == "verb":
        action |= {"verb": said("verb"), "inputs": {}}
    return action


def pairs_of(target: Resource | None, number: int, data: QueryDict) -> dict[str, Any]:
    """The fields and values of a card."""
    found: dict[str, Any] = {}
    for key in data:
        if key.startswith(f"a-{number}-field-") and target is not None and str(data[key]) in target.specs:
            text = str(data.get(f"a-{number}-value-{key.rpartition('-')[2]}", ""))
            kind = target.specs[str(data[key])].kind
            found[str(data[key])] = text == "true" if kind == "yes_no" and text in ("true", "false") else text
    return found
