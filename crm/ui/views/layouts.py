"""Settings → Layouts: sections and fields of record pages and forms, by drag; for everyone or for one role."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.core.custom.known import known_here
from crm.core.customising.layouts import EVERYONE, LONGEST, layout_of, layout_reset, layout_save
from crm.core.customising.noting import MANAGE
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.registry import Resource
from crm.team.models import Role
from crm.ui.inputs import grouped
from crm.ui.pages import PageRequest, go, page, show, toast_later
from crm.ui.views.custom_fields import noun_asked, nouns_of
from crm.ui.views.records import HIDDEN_HERE

SECTION, FIELD, OUT = "section:", "field:", "out"
Sections = list[tuple[str, list[str]]]
Given = tuple[Sections, list[str]]


@require_http_methods(["GET", "POST"])
@page
def layouts(request: PageRequest) -> HttpResponse:
    """The layout of one noun; posted to, another."""
    permit(request.actor, MANAGE)
    noun, role = noun_asked(request), str(request.GET.get("role", "")).replace("\x00", "")
    if role:
        get_object_or_404(Role, code=role)
    if request.method == "GET":
        return layout_page(request, noun, role)
    if "reset" in request.POST:
        layout_reset(noun, role, actor=request.actor)
    else:
        sections, out = sent(request.POST)
        try:
            layout_save(noun, role, sections, out, actor=request.actor)
        except CrmError as refusal:
            if refusal.code != "invalid":
                raise
            return layout_page(request, noun, role, problem=str(refusal.message), given=(sections, out))
    toast_later(request, _("Saved."))
    return go(request, f"{reverse('ui:layouts')}?noun={noun.slug}&role={role}")


def sent(data: QueryDict) -> Given:
    """What the form says, line by line: a section, its fields, the next section; behind the last what is left out."""
    sections: Sections = []
    out: list[str] = []
    there: list[str] | None = None
    for line in data.getlist("line"):
        if line.startswith(SECTION):
            there = []
            sections.append((str(data.get(f"label-{line.removeprefix(SECTION)}", "")), there))
        elif line == OUT:
            there = out
        elif line.startswith(FIELD) and there is not None:
            there.append(line.removeprefix(FIELD))
    return [(label, names) for label, names in sections if names], out


def layout_page(
    request: PageRequest, noun: Resource, role: str, *, problem: str = "", given: Given | None = None
) -> HttpResponse:
    """The page with whatever stands in it."""
    specs = {name: spec for name, spec in noun.specs.items() if name not in HIDDEN_HERE}
    layout = layout_of(noun, role)
    out = set(given[1]) if given else set(layout.left_out) if layout else set()
    shown = {name: spec for name, spec in specs.items() if name not in out}
    sections: list[tuple[str, list[Any]]] = grouped(noun, shown, layout=layout)
    if given:
        sections = [(label, [specs[name] for name in names if name in specs]) for label, names in given[0]]
    own = {key[1] for key in known_here().layouts if key[0] == noun.label}
    context = {
        "noun": noun,
        "customisable": nouns_of(request.actor),
        "sections": sections,
        "left_out": [spec for name, spec in specs.items() if name in out],
        "needed": {noun.title, *noun.required},
        "role": role,
        "roles": [(EVERYONE, _("Everyone")), *((one.code, one.label) for one in Role.objects.order_by("name"))],
        "own": own,
        "is_own": role in own,
        "longest": LONGEST,
        "problems": [problem] if problem else [],
        "tab": "layouts",
    }
    return show(request, "ui/settings/layouts.html", context, status=422 if problem else 200)
