"""Scopes in plain words, and the chooser of them: nouns down, what may be done across."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.registry import Resource, registry

BASIC = ("view", "add", "change", "delete", "export")


@dataclass(frozen=True)
class Box:
    """One box of the chooser."""

    scope: str
    label: str


@dataclass(frozen=True)
class Line:
    """One noun of the chooser: a box for each of the five, None where it may not be given, and its actions."""

    name: str
    basic: list[Box | None]
    actions: list[Box]


def verb_word(verb: str) -> str:
    """What one of the five is called."""
    words = {"view": _("See"), "add": _("Create"), "change": _("Change"), "delete": _("Delete")}
    words["export"] = _("Export")
    return words.get(verb, verb.replace("_", " "))


def wide() -> list[tuple[str, str]]:
    """Scopes over many nouns."""
    return [
        ("*.view_*", _("See everything")),
        ("*.export_*", _("Make files of everything that may be seen")),
        ("exchange.*", _("Import and export files")),
        ("analytics.*", _("See and steer the prediction models")),
        ("automation.*", _("Webhooks, notifications and rules")),
        ("*", _("Everything that you may do yourself")),
    ]


def words_of(scope: str) -> str:
    """A scope in words; one that we have no words for stands for itself."""
    known = dict(wide())
    if scope in known:
        return known[scope]
    module, _dot, rest = scope.partition(".")
    verb, _underscore, noun = rest.partition("_")
    resource = registry.get(f"{module}.{noun}")
    if resource is not None:
        action = next((str(one.label) for one in resource.verbs if one.name == verb), "")
        word = _("See, create, change and delete") if verb == "*" else action or verb_word(verb)
        return f"{word}: {resource.name_plural}"
    if rest == "*" and (nouns := [str(one.name_plural) for one in registry if one.module == module]):
        return _("Everything about: %(nouns)s") % {"nouns": ", ".join(nouns)}
    if rest in {f"{one}_*" for one in BASIC} and module == "*":
        return _("%(do)s: everything") % {"do": verb_word(verb)}
    return scope


def chooser(actor: Actor) -> list[Line]:
    """Every noun that the actor may hand on something of."""
    lines = [line_of(one, actor) for one in registry if one.in_navigation]
    return [line for line in lines if any(line.basic) or line.actions]


def line_of(resource: Resource, actor: Actor) -> Line:
    """One noun."""
    given = {verb: resource.permission(verb) for verb in BASIC}
    basic = [Box(scope, verb_word(verb)) if actor.may(scope) else None for verb, scope in given.items()]
    verbs = [(one.permission(resource), str(one.label)) for one in resource.verbs]
    return Line(str(resource.name_plural), basic, [Box(scope, label) for scope, label in verbs if actor.may(scope)])


def wide_boxes(actor: Actor) -> list[Box]:
    """The scopes over many nouns that the actor may hand on."""
    return [Box(scope, label) for scope, label in wide() if actor.may(scope)]


def further_boxes(actor: Actor, scopes: Iterable[str]) -> list[Box]:
    """Scopes of a program that no box of the chooser stands for: patterns that were given by a program."""
    lines = chooser(actor)
    known = {box.scope for line in lines for box in (*line.basic, *line.actions) if box}
    known |= {box.scope for box in wide_boxes(actor)}
    return [Box(scope, words_of(scope)) for scope in scopes if scope not in known]
