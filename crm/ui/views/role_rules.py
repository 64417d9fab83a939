"""Settings: the rule by which a role reaches records of a noun, written in the filter builder."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.registry import Resource, registry
from crm.team.matrix import mark_of, rule_save
from crm.team.models import Role
from crm.team.reach import ALL, EXTENTS, NONE, RULE
from crm.ui.builder import builder_of, changed, tree_of
from crm.ui.pages import PageRequest, go, page, part, toast_later
from crm.ui.views.roles import SEE, why_not

DOING = ("see", "change")


@require_http_methods(["GET", "POST"])
@page
def role_rule(request: PageRequest, role: str, label: str) -> HttpResponse:
    """The dialog: how far the role reaches, and the rule beside it."""
    permit(request.actor, SEE)
    found, noun = get_object_or_404(Role, code=role), registry.get(label)
    if noun is None:
        raise CrmError("not_found", _("There is no such noun."), status=404)
    if request.method == "GET":
        return dialog(request, found, noun, found.reach.get(label, {}))
    says = {name: str(request.POST.get(name, ALL)) for name in DOING}
    tree = None if "clear" in request.POST else tree_of(noun, request.POST)
    try:
        check(says, tree)
        rule_save(role, noun, says, tree, mark=str(request.POST.get("mark", "")), actor=request.actor)
    except CrmError as refusal:
        if refusal.status in (403, 404):
            raise
        return dialog(request, found, noun, {**says, "rule": tree}, str(refusal.message))
    toast_later(request, _("Saved."))
    return go(request, reverse("ui:role", args=[role]))


def check(says: dict[str, str], tree: Any) -> None:
    """A rule that nothing asks for would be lost in silence."""
    if tree is not None and says["change"] != RULE and says["see"] in (ALL, NONE):
        text = _("With “%(extent)s” no rule is asked: choose another extent, or take the conditions away.")
        extent = EXTENTS[says["see"]]
        message = text % {"extent": _(extent)}
        raise CrmError("invalid", message, status=422)


def dialog(request: PageRequest, role: Role, noun: Resource, says: Any, problem: str = "") -> HttpResponse:
    """The form with whatever stands in it."""
    sent, actor = request.method == "POST", request.actor
    context = {
        "role": role,
        "noun": noun,
        "mark": request.POST.get("mark", "") if sent else mark_of(role),
        "builder": changed(request.POST, noun, actor) if sent else builder_of(noun, says.get("rule"), actor),
        "sides": [
            ("see", _("Records seen"), says.get("see", RULE if "rule" not in says else ALL)),
            ("change", _("Records changed"), says.get("change", ALL)),
        ],
        "extents": [(code, _(label)) for code, label in EXTENTS.items()],
        "has_rule": says.get("rule") is not None,
        "is_shut": bool(why_not(role, request)),
        "problem": problem,
    }
    return part(request, "ui/settings/role_rule.html", context, status=422 if problem else 200)
