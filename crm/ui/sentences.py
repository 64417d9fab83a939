"""A rule in words, as a person would say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm.automation.actions import UNITS
from crm.automation.models import Rule, Webhook
from crm.core.actors import Actor
from crm.core.registry import Resource, registry
from crm.team.models import User
from crm.ui.automation import kinds
from crm.ui.conditions import titles_in, tree_words


def rule_sentences(rule: Rule, actor: Actor) -> dict[str, Any]:
    """When, if, then."""
    resource = registry[rule.noun]
    return {
        "when": when(rule, resource),
        "conditions": conditions_words(resource, rule.conditions, actor),
        "actions": [(kinds().get(a["do"], ("help", ""))[0], action_words(a, resource)) for a in rule.actions],
    }


def when(rule: Rule, resource: Resource) -> str:
    """What begins it."""
    if rule.trigger == Rule.Trigger.SCHEDULE:
        return schedule_words(rule)
    if rule.trigger == Rule.Trigger.CHANGE:
        return change_words(rule, resource)
    names = {"created": _("is created"), "changed": _("is changed"), "deleted": _("is deleted"),
             "restored": _("is restored"), "*": _("changes in any way")}  # fmt: skip
    names |= {verb.name: str(verb.label) for verb in resource.verbs}
    tails = [name.rpartition(".")[2] for name in rule.events]
    return f"{resource.name}: " + (", ".join(names.get(tail, tail) for tail in tails) or names["*"])


def change_words(rule: Rule, resource: Resource) -> str:
    """A field that changes."""
    spec = resource.specs.get(rule.field)
    label = f"{resource.name} · {spec.label if spec else rule.field}"
    if rule.threshold is not None:
        return f"{label} {rule.get_direction_display()} {rule.threshold:g}"
    choices = dict(spec.choices) if spec else {}
    shown = [str(choices.get(value, value)) for value in (rule.from_value, rule.to_value)]
    if all(shown):
        return _("%(field)s changes from %(old)s to %(new)s") % {"field": label, "old": shown[0], "new": shown[1]}
    if shown[1]:
        return _("%(field)s becomes %(new)s") % {"field": label, "new": shown[1]}
    if shown[0]:
        return _("%(field)s is no longer %(old)s") % {"field": label, "old": shown[0]}
    return _("%(field)s changes") % {"field": label}


def weekday_names() -> list[str]:
    """The days of the week, from Monday."""
    return [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")]


def schedule_words(rule: Rule) -> str:
    """A time."""
    if rule.every == Rule.Every.HOURS:
        return _("Every %(n)s hours") % {"n": rule.hours or 1}
    clock = rule.time_of_day or "09:00"
    if rule.every == Rule.Every.WEEK:
        return _("Each %(day)s at %(time)s") % {"day": weekday_names()[(rule.weekday or 1) - 1], "time": clock}
    if rule.every == Rule.Every.MONTH:
        return _("On day %(day)s of each month at %(time)s") % {"day": rule.month_day or 1, "time": clock}
    return _("Each day at %(time)s") % {"time": clock}


def conditions_words(resource: Resource, tree: Any, actor: Actor) -> str:
    """The conditions, nested ones in brackets; records by their titles, as far as the reader may see them."""
    return tree_words(resource, tree, titles_in(resource, [tree], actor), get_language() or "en")


def action_words(action: Mapping[str, Any], resource: Resource) -> str:
    """One action."""
    do = str(action["do"])
    label = kinds().get(do, ("", do))[1]
    if do in ("set", "create"):
        target = registry.get(action.get("noun", "")) if do == "create" else resource
        specs = target.specs if target else {}
        values = [
            f"{specs[name].label if name in specs else name}: {value}" for name, value in action["values"].items()
        ]
        head = f"{label} ({target.name})" if do == "create" and target else label
        return f"{head} · " + ", ".join(values)
    if do in ("notify", "assign"):
        return f"{label} · {who_words(action['to'])}" + (f" · “{action['text']}”" if do == "notify" else "")
    if do == "wait":
        units = {"minutes": _("minutes"), "hours": _("hours"), "days": _("days")}
        return f"{label} · " + " ".join(f"{action[unit]} {units[unit]}" for unit in UNITS if action.get(unit))
    if do == "webhook":
        name = Webhook.objects.filter(pk=action["webhook"]).values_list("name", flat=True).first()
        return f"{label} · {name or '—'}"
    if do == "verb":
        verb = resource.verb_names.get(action["verb"])
        return f"{label} · {verb.label if verb else action['verb']}"
    return label


def who_words(to: list[str]) -> str:
    """People, by name."""
    parts = {"owner": _("The record's owner"), "author": _("whoever wrote this rule")}
    names = {str(user.pk): str(user) for user in User.objects.filter(pk__in=[one for one in to if one not in parts])}
    return ", ".join(parts.get(one) or names.get(one, "—") for one in to)
