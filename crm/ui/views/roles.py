"""Settings: roles, each as a table of nouns, changed in place."""

from __future__ import annotations

from itertools import groupby
from string import ascii_lowercase
from typing import Any

from django.apps import apps
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.core.actors import granted
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.registry import Resource, registry
from crm.team.matrix import (
    BASIC,
    FIXED,
    HIDDEN,
    KEEP,
    SHOWN,
    Line,
    Wanted,
    actions_of,
    lines_of,
    mark_of,
    matrix_save,
    noun_save,
)
from crm.team.models import Role
from crm.team.reach import EXTENTS, RULE
from crm.team.role_keeping import FIELDS, change_check, role_delete, role_save
from crm.team.roles import ROLES
from crm.ui.conditions import titles_in, tree_words
from crm.ui.pages import PageRequest, go, page, part, show, toast_later
from crm.ui.scopes import verb_word

SEE = "team.view_role"


@require_http_methods(["GET", "POST"])
@page
def roles(request: PageRequest) -> HttpResponse:
    """All of them, with how many people hold each; posted to, a new one that begins as another."""
    permit(request.actor, SEE)
    if request.method == "POST":
        begun = get_object_or_404(Role, code=str(request.POST.get("like", "")).replace("\x00", ""))
        name = str(request.POST.get("name", "")).replace("\x00", "")
        values = {one: getattr(begun, one) for one in FIELDS} | {"name": name}
        made = role_save(code_of(name), values, actor=request.actor)
        toast_later(request, _("Saved."))
        return go(request, reverse("ui:role", args=[made.code]))
    held = Count("users", filter=Q(users__is_active=True))
    context = {
        "roles": list(Role.objects.annotate(people=held).order_by("-people", "name")),
        "may_keep": request.actor.may(KEEP),
        "tab": "roles",
    }
    return show(request, "ui/settings/roles.html", context)


def code_of(name: str) -> str:
    """A code for a new role: its name in small letters, else one that is made up."""
    code = "-".join(word for word in slugify(name).split("-") if word.isalpha())[:20].strip("-")
    if len(code) > 1 and not Role.objects.filter(code=code).exists():
        return code
    return f"role-{get_random_string(8, ascii_lowercase)}"


@require_http_methods(["GET", "POST"])
@page
def role(request: PageRequest, role: str) -> HttpResponse:
    """The table of one role; posted to, changed."""
    permit(request.actor, SEE)
    found = get_object_or_404(Role, code=role)
    if "do" in request.POST:
        return role_do(request, role)
    if request.method == "POST":
        asked = set(request.POST.getlist("noun"))
        wanted = {noun.label: wanted_of(noun, request) for noun in registry if noun.label in asked}
        matrix_save(role, wanted, mark=str(request.POST.get("mark", "")), actor=request.actor)
        toast_later(request, _("Saved."))
        return go(request, reverse("ui:role", args=[role]))
    lines = groupby(lines_of(found), key=lambda one: one.resource.module)
    context = {
        "role": found,
        "mark": mark_of(found),
        "sections": [
            (apps.get_app_config(module).verbose_name, [(one, rule_words(one, request), boxes_of(one)) for one in some])
            for module, some in lines
        ],
        "actions": [verb_word(action) for action in BASIC],
        "extents": [(code, _(label)) for code, label in EXTENTS.items()],
        "rule": RULE,
        "people": found.users.filter(is_active=True).order_by("name", "email"),
        "why_not": why_not(found, request),
        "is_own": role not in ROLES,
        "tab": "roles",
    }
    return show(request, "ui/settings/role.html", context)


def role_do(request: PageRequest, role: str) -> HttpResponse:
    """Another name, or the end of it."""
    if request.POST["do"] == "delete":
        role_delete(role, actor=request.actor)
        toast_later(request, _("The role is gone."))
        return go(request, reverse("ui:roles"))
    role_save(role, {"name": str(request.POST.get("name", ""))}, actor=request.actor)
    toast_later(request, _("Saved."))
    return go(request, reverse("ui:role", args=[role]))


def wanted_of(noun: Resource, request: PageRequest) -> Wanted:
    """What the table says of one noun."""
    may = {action for action in BASIC if noun.permission(action) in request.POST.getlist("may")}
    return Wanted(
        BASIC, may, str(request.POST.get(f"see-{noun.label}", "")), str(request.POST.get(f"change-{noun.label}", ""))
    )


def boxes_of(line: Line) -> list[tuple[str, str, bool]]:
    """The five boxes of a noun: the permission, what it is called, and whether it is given."""
    return [(line.resource.permission(action), verb_word(action), may) for action, may in line.may.items()]


def rule_words(line: Line, request: PageRequest) -> str:
    """A role's rule about a noun as a sentence."""
    if line.rule is None:
        return ""
    titles = titles_in(line.resource, [line.rule], request.actor)
    return tree_words(line.resource, line.rule, titles, get_language() or "en")


def why_not(role: Role, request: PageRequest) -> str:
    """Why the actor cannot change this role; nothing where they can."""
    try:
        permit(request.actor, KEEP)
        change_check(role, request.actor)
    except CrmError as refusal:
        return str(refusal.message)
    return ""


@require_http_methods(["GET", "POST"])
@page
def role_noun(request: PageRequest, role: str, label: str) -> HttpResponse:
    """The dialog about one noun: its other actions, and each field: shown, read only or hidden."""
    permit(request.actor, SEE)
    found, noun = get_object_or_404(Role, code=role), registry.get(label)
    if noun is None:
        raise CrmError("not_found", _("There is no such noun."), status=404)
    actions, names = actions_of(noun), [*noun.specs, *(one.name for one in noun.parts)]
    if request.method == "POST":
        wanted = Wanted([name for name, _label in actions], request.POST.getlist("action"))
        fields = {name: str(request.POST.get(f"field-{name}", SHOWN)) for name in names}
        noun_save(role, noun, wanted, fields, mark=str(request.POST.get("mark", "")), actor=request.actor)
        toast_later(request, _("Saved."))
        return go(request, reverse("ui:role", args=[role]))
    held = frozenset(found.permissions)
    context: dict[str, Any] = {
        "role": found,
        "noun": noun,
        "mark": mark_of(found),
        "actions": [(name, text, granted(held, noun.permission(name))) for name, text in actions],
        "fields": [(name, label, kept(found, noun, name), name == noun.title) for name, label in labels_of(noun)],
        "ways": [(SHOWN, _("Shown")), (FIXED, _("Read only")), (HIDDEN, _("Hidden"))],
        "is_shut": bool(why_not(found, request)),
    }
    return part(request, "ui/settings/role_noun.html", context)


def labels_of(noun: Resource) -> list[tuple[str, str]]:
    """The fields and the parts of a noun, with what people call them."""
    return [(spec.name, str(spec.label)) for spec in noun.specs.values()] + [
        (one.name, str(one.label)) for one in noun.parts
    ]


def kept(role: Role, noun: Resource, name: str) -> str:
    """How a role keeps a field."""
    full = f"{noun.label}.{name}"
    return HIDDEN if full in role.hidden_fields else FIXED if full in role.fixed_fields else SHOWN
