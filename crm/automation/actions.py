"""What a rule can do: judged when it is written, done with its author's rights, told in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.automation.deliveries import fired_make
from crm.automation.models import Notification, Rule, RuleRun, Webhook
from crm.automation.notices import notify
from crm.core.actors import Actor
from crm.core.errors import CrmError, Problem
from crm.core.permissions import permit, visible, writable
from crm.core.placeholders import filled, unknown_holes
from crm.core.reading import record_read
from crm.core.registry import Resource, Row, registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.team.models import ApiKey, User

Action = Mapping[str, Any]
MOST_ACTIONS, LONGEST_WAIT = 20, timedelta(days=366)
UNITS = ("minutes", "hours", "days")
MOST_PEOPLE, MOST_TEXT, MOST_UNITS = 50, 300, 600_000
PEOPLE: dict[str, Any] = {"type": "array", "minItems": 1, "maxItems": MOST_PEOPLE, "items": {"type": "string"}}
SHAPES: dict[str, dict[str, dict[str, Any]]] = {
    "set": {"values": {"type": "object", "minProperties": 1}},
    "create": {"noun": {"type": "string"}, "values": {"type": "object", "minProperties": 1}},
    "assign": {"to": PEOPLE},
    "notify": {"to": PEOPLE, "text": {"type": "string", "minLength": 1, "maxLength": MOST_TEXT}},
    "webhook": {"webhook": {"type": "string", "format": "uuid"}},
    "verb": {"verb": {"type": "string"}, "inputs": {"type": ["object", "null"]}},
    "wait": {unit: {"type": "integer", "minimum": 0, "maximum": MOST_UNITS - 1} for unit in UNITS},
    "stop": {},
}
MAY_LACK = frozenset({"inputs", *UNITS})
ACTIONS: dict[str, Any] = {  # as JSON Schema: what a rule does, one after another
    "type": "array",
    "minItems": 1,
    "maxItems": MOST_ACTIONS,
    "items": {
        "oneOf": [
            {
                "type": "object",
                "title": kind,
                "required": ["do", *(name for name in names if name not in MAY_LACK)],
                "additionalProperties": False,
                "properties": {"do": {"type": "string", "const": kind}, **names},
            }
            for kind, names in SHAPES.items()
        ]
    },
}
EVERYBODY = ("owner", "author")  # who may be named by their part, beside ids of people


@dataclass(frozen=True)
class Doing:
    """What one action needs to know."""

    rule: Rule
    run: RuleRun
    resource: Resource
    author: Actor

    @property
    def row(self) -> Row:
        """The record as the author sees it now."""
        return record_read(self.resource, self.run.object_id, actor=self.author)


# Judging


def actions_problem(actions: Any, resource: Resource, actor: Actor) -> Problem | None:
    """Why these actions cannot be done, naming the first that cannot."""
    if not isinstance(actions, list) or not 1 <= len(actions) <= MOST_ACTIONS:
        return Problem("required", _("A rule has between 1 and %(limit)s actions.") % {"limit": MOST_ACTIONS})
    for number, action in enumerate(actions, 1):
        try:
            judge(action, resource, actor)
        except CrmError as refusal:
            text = _("Action %(number)s: %(problem)s") % {"number": number, "problem": refusal.message}
            return Problem(refusal.code, text)
    return None


def judge(action: Any, resource: Resource, actor: Actor) -> None:
    """Refuse an action that is not shaped as it should be, or that its author may not do."""
    kind = action.get("do") if isinstance(action, dict) else None
    if not isinstance(kind, str) or kind not in SHAPES:
        text = _("An action is an object whose “do” is one of: %(names)s.") % {"names": ", ".join(SHAPES)}
        raise CrmError("unknown_action", text)
    if strange := sorted(map(str, action.keys() - SHAPES[kind].keys() - {"do"})):
        raise CrmError("unknown_field", _("There is no field %(name)s.") % {"name": strange[0][:80]})
    if (further := JUDGES.get(kind)) is not None:
        further(action, resource, actor)


def judge_set(action: Action, resource: Resource, actor: Actor) -> None:
    """Fields that the author may write."""
    permit(actor, resource.permission("change"))
    judge_values(action.get("values"), resource, resource, actor)


def judge_create(action: Action, resource: Resource, actor: Actor) -> None:
    """A noun that the author may add to."""
    other = registry.get(str(action.get("noun")))
    if other is None:
        raise CrmError("unknown_noun", _("There is no noun of that name."))
    permit(actor, other.permission("add"))
    judge_values(action.get("values"), other, resource, actor)


def judge_values(values: Any, target: Resource, source: Resource, actor: Actor) -> None:
    """Values by field, with holes that can be filled."""
    if not isinstance(values, dict) or not values:
        raise CrmError("required", _("Say which fields get which values."))
    known = {spec.name for spec in writable(target, actor)}
    if strange := sorted(map(str, values.keys() - known)):
        raise CrmError("unknown_field", _("There is no field %(name)s.") % {"name": strange[0][:80]})
    for value in values.values():
        judge_holes(value, source, actor)


def judge_holes(value: Any, source: Resource, actor: Actor) -> None:
    """Only fields that the author may read are filled in."""
    if unknown := unknown_holes(value, source, actor):
        raise CrmError("unknown_field", _("There is no field %(name)s.") % {"name": unknown[0][:80]})


def judge_people(to: Any, allowed: Sequence[str] = ()) -> None:
    """People of the team."""
    if not isinstance(to, list) or not 1 <= len(to) <= MOST_PEOPLE:
        raise CrmError("required", _("Say who."))
    ids = [id_of(one) for one in to if one not in allowed]
    if User.objects.filter(pk__in=ids, is_active=True).count() != len(set(ids)):
        raise CrmError("not_found", _("There is no such person."))


def id_of(text: Any) -> UUID:
    """An id, or a refusal."""
    try:
        return UUID(str(text))
    except ValueError as error:
        raise CrmError("bad_value", _("Must be an id.")) from error


def judge_assign(action: Action, resource: Resource, actor: Actor) -> None:
    """People to take turns."""
    permit(actor, resource.permission("change"))
    judge_people(action.get("to"))


def judge_notify(action: Action, resource: Resource, actor: Actor) -> None:
    """Somebody, and a sentence."""
    judge_people(action.get("to"), EVERYBODY)
    text = action.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > MOST_TEXT or "\x00" in text:
        raise CrmError("required", _("Say in up to 300 characters what they are told."))
    judge_holes(text, resource, actor)


def judge_webhook(action: Action, resource: Resource, actor: Actor) -> None:
    """A webhook that the author may see."""
    permit(actor, "automation.view_webhook")
    if not visible(Webhook, actor).filter(pk=id_of(action.get("webhook"))).exists():
        raise CrmError("not_found", _("There is no such webhook."))


def judge_verb(action: Action, resource: Resource, actor: Actor) -> None:
    """An action of the noun that the author may take."""
    found = resource.verb_names.get(str(action.get("verb")))
    if found is None:
        raise CrmError("not_found", _("There is no such action."))
    permit(actor, found.permission(resource))
    inputs = action.get("inputs") or {}
    if not isinstance(inputs, dict) or inputs.keys() - found.inputs.keys():
        raise CrmError("unknown_field", _("This action does not ask for that."))


def judge_wait(action: Action, resource: Resource, actor: Actor) -> None:
    """A while that is longer than nothing and shorter than a year."""
    numbers = [action.get(unit, 0) for unit in UNITS]
    if not all(isinstance(one, int) and not isinstance(one, bool) and 0 <= one < MOST_UNITS for one in numbers):
        raise CrmError("bad_value", _("Must be a whole number."))
    if not timedelta() < wait_of(action) <= LONGEST_WAIT:
        raise CrmError("range", _("Wait at least a minute and at most a year."))


JUDGES: dict[str, Callable[[Action, Resource, Actor], None]] = {
    "set": judge_set,
    "create": judge_create,
    "assign": judge_assign,
    "notify": judge_notify,
    "webhook": judge_webhook,
    "verb": judge_verb,
    "wait": judge_wait,
}


def wait_of(action: Action) -> timedelta:
    """How long."""
    return timedelta(**{unit: action.get(unit, 0) for unit in UNITS})


# Doing: each answers with a line for the log


def do_set(action: Action, doing: Doing) -> str:
    """Write fields of the record."""
    values = {name: filled(value, doing.row) for name, value in action["values"].items()}
    record_save(doing.resource.model, values, actor=doing.author, id=doing.run.object_id)
    return ", ".join(f"{name} = {value}" for name, value in values.items())


def do_create(action: Action, doing: Doing) -> str:
    """Make a record; what can point at this one, does."""
    other = registry[action["noun"]]
    values = created_values(action, other, doing)
    made = record_save(other.model, values, actor=doing.author)
    return f"{other.label} {made}"


def created_values(action: Action, other: Resource, doing: Doing) -> dict[str, Any]:
    """The new record's values: given ones filled in, and the link back."""
    row, label = doing.row, doing.resource.label
    values = {name: filled(value, row) for name, value in action["values"].items()}
    if {"object_type", "object_id"} <= other.specs.keys() and "object_id" not in values:
        values |= {"object_type": label, "object_id": str(doing.run.object_id)}
    link = next((name for name, target in other.links.items() if target == label), "")
    if link and link not in values:
        values[link] = str(doing.run.object_id)
    owner = row.get("owner")
    if "owner" not in values and "owner" in other.specs and isinstance(owner, dict):
        values["owner"] = str(owner["id"])
    return values


def do_assign(action: Action, doing: Doing) -> str:
    """Give the record to the next of these people who is still there."""
    rule = Rule.objects.select_for_update().get(pk=doing.rule.pk)
    turns = [id_of(one) for one in action["to"]]
    order = sorted(User.objects.filter(pk__in=turns, is_active=True), key=lambda user: turns.index(user.pk))
    if not order:
        raise CrmError("not_found", _("None of these people is there any more."))
    chosen = order[rule.turns_count % len(order)]
    Rule.objects.filter(pk=rule.pk).update(turns_count=rule.turns_count + 1)
    record_save(doing.resource.model, {"owner": str(chosen.pk)}, actor=doing.author, id=doing.run.object_id)
    return str(chosen)


def do_notify(action: Action, doing: Doing) -> str:
    """Tell people one line about the record."""
    row = doing.row
    text = str(filled(action["text"], row))
    owner = row.get("owner")
    author = maker_of(doing.rule) or doing.author.person
    parts = {"owner": owner["id"] if isinstance(owner, dict) else None, "author": author}
    ids = [pk for one in action["to"] if (pk := parts.get(one, one)) is not None]
    users = User.objects.filter(pk__in=ids, is_active=True)
    about = (doing.resource.label, doing.run.object_id)
    count = notify(users, Notification.Kind.RULE, lambda: text, about=about)
    return _("%(n)s told: %(text)s") % {"n": count, "text": text}


def maker_of(rule: Rule) -> UUID | None:
    """The person behind a rule that a program wrote: whoever made its key."""
    if rule.actor_kind != "key" or rule.actor_id is None:
        return None
    return ApiKey.objects.filter(pk=rule.actor_id).values_list("created_by", flat=True).first()


def do_webhook(action: Action, doing: Doing) -> str:
    """Send the record to a webhook."""
    webhook = visible(Webhook, doing.author).filter(pk=action["webhook"]).first()
    if webhook is None:
        raise CrmError("not_found", _("There is no such webhook."))
    fired_make(webhook, doing.run)
    return webhook.name


def do_verb(action: Action, doing: Doing) -> str:
    """Run one of the noun's own actions."""
    inputs = {name: filled(value, doing.row) for name, value in (action.get("inputs") or {}).items()}
    verb_run(doing.resource, action["verb"], doing.run.object_id, actor=doing.author, inputs=inputs)
    return str(action["verb"])


DEEDS: dict[str, Callable[[Action, Doing], str]] = {
    "set": do_set,
    "create": do_create,
    "assign": do_assign,
    "notify": do_notify,
    "webhook": do_webhook,
    "verb": do_verb,
}


def described(action: Action, row: Row) -> dict[str, str]:
    """What an action would do with a record, in a line."""
    values = action.get("values") or action.get("inputs") or {}
    told = [f"{name} = {filled(value, row, timezone.now())}" for name, value in values.items()]
    head = [str(action[name]) for name in ("noun", "verb") if name in action]
    text = [str(filled(action["text"], row))] if "text" in action else []
    wait = [f"{action[unit]} {unit}" for unit in UNITS if action.get(unit)]
    return {"do": str(action["do"]), "text": ", ".join([*head, *told, *text, *wait])}
