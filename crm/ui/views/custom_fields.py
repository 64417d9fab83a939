"""Settings → Fields: what a tenant's people add to each noun."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm.core.actors import Actor
from crm.core.custom.columns import NEVER_SORTED, SEARCHABLE
from crm.core.customising.indexes import custom_index_drop, custom_index_make
from crm.core.customising.judging import CHOSEN, FLAGS, MASKABLE, PEOPLE, POINTERS
from crm.core.customising.noting import MANAGE, PURGE
from crm.core.customising.services import (
    custom_field_change,
    custom_field_create,
    custom_field_purge,
    custom_field_restore,
    custom_field_retire,
    custom_fields_order,
)
from crm.core.customising.values import values_count
from crm.core.errors import CrmError
from crm.core.models import CustomField
from crm.core.permissions import permit
from crm.core.registry import Resource, registry
from crm.ui.pages import PageRequest, go, page, show, toast, toast_later
from crm.ui.views.ordering import uuid_of
from tenants.context import current

INNER = {said: name for name, said in POINTERS.items()}


def nouns_of(actor: Actor) -> list[Resource]:
    """The nouns whose fields this person may manage."""
    return [one for one in registry if one.in_navigation and actor.may(one.permission("view"))]


def noun_asked(request: PageRequest) -> Resource:
    """The noun that the page is about: as the address says, else the one that others point at most."""
    nouns = nouns_of(request.actor)
    asked = next((one for one in nouns if one.slug == request.GET.get("noun")), None)
    if asked is None and not nouns:
        raise CrmError("forbidden", _("You may not do this."), status=403)
    return asked or max(nouns, key=lambda one: len(registry.pointing_at(one.label)))


def list_address(label: str) -> str:
    """The page of a noun's fields."""
    return f"{reverse('ui:custom-fields')}?noun={registry[label].slug}"


@require_http_methods(["GET", "POST"])
@page
def fields(request: PageRequest) -> HttpResponse:
    """The fields of one noun: in use, and retired; posted to, in another order."""
    permit(request.actor, MANAGE)
    noun = noun_asked(request)
    if request.method == "POST":
        custom_fields_order(noun.label, [uuid_of(one) for one in request.POST.getlist("id")], actor=request.actor)
        return toast(HttpResponse(status=204), _("The order is saved."))
    rows = list(CustomField.objects.filter(object_type=noun.label).order_by("position", "name"))
    context = {
        "customisable": nouns_of(request.actor),
        "noun": noun,
        "fields": [one for one in rows if one.retired_at is None],
        "retired": [one for one in rows if one.retired_at is not None],
        "never_sorted": NEVER_SORTED,
        "may_purge": request.actor.may(PURGE),
        "tab": "fields",
    }
    return show(request, "ui/settings/fields.html", context)


@require_http_methods(["GET", "POST"])
@page
def field_new(request: PageRequest) -> HttpResponse:
    """The form of a new field."""
    permit(request.actor, MANAGE)
    noun = noun_asked(request)
    if request.method == "GET":
        return form_page(request, noun, CustomField(kind="text", is_searchable=True, currency=current().currency))
    given = given_of(request.POST)
    try:
        made = custom_field_create(
            noun.label,
            actor=request.actor,
            label_text=given.pop("label"),
            kind=given.pop("kind"),
            required=given.pop("is_required"),
            **given,
        )
    except CrmError as refusal:
        return form_refused(request, noun, CustomField(), refusal)
    toast_later(request, _("The field %(label)s is ready to use.") % {"label": made.label})
    return go(request, list_address(noun.label))


@require_http_methods(["GET", "POST"])
@page
def field_edit(request: PageRequest, field_id: UUID) -> HttpResponse:
    """The form of a field that is there."""
    permit(request.actor, MANAGE)
    stored = get_object_or_404(CustomField, pk=field_id)
    noun = registry[stored.object_type]
    if request.method == "GET":
        return form_page(request, noun, stored)
    given = given_of(request.POST) | {"choices": choices_posted(request.POST)}
    if given["kind"] not in CHOSEN:
        del given["choices"]
    try:
        custom_field_change(field_id, given, actor=request.actor)
    except CrmError as refusal:
        return form_refused(request, noun, stored, refusal)
    toast_later(request, _("Saved."))
    return go(request, list_address(noun.label))


def form_page(request: PageRequest, noun: Resource, one: CustomField, **more: Any) -> HttpResponse:
    """The form with whatever stands in it."""
    context = {
        "noun": noun,
        "one": one,
        "is_new": one.object_type == "",
        "kinds": CustomField.Kind.choices,
        "targets": [*((other.label, other.name) for other in nouns_of(request.actor)), (PEOPLE, _("Person"))],
        "chosen": " ".join(sorted(CHOSEN)),
        "searchable": " ".join(sorted(SEARCHABLE)),
        "maskable": " ".join(sorted(MASKABLE)),
        "errors": {},
        "lines": "",
        "tab": "fields",
        **more,
    }
    return show(request, "ui/settings/field_form.html", context, status=422 if more.get("errors") else 200)


def form_refused(request: PageRequest, noun: Resource, one: CustomField, refusal: CrmError) -> HttpResponse:
    """The form as it was sent, with what is wrong beside each control."""
    problems: Any = refusal.details.get("errors")
    if refusal.code != "invalid" or not problems:
        raise refusal
    errors: dict[str, list[str]] = {}
    for problem in problems:
        name = str(problem["pointer"]).strip("/").split("/")[0]
        errors.setdefault(INNER.get(name, name), []).append(str(problem["message"]))
    for name, value in given_of(request.POST).items():
        if name != "choices":
            setattr(one, name, value)
    return form_page(request, noun, one, errors=errors, lines=text_posted(request.POST, "choices"))


def text_posted(data: QueryDict, name: str) -> str:
    """A text of a form; what no database can keep is left out."""
    return str(data.get(name, "")).replace("\x00", "").replace("\r\n", "\n")


def given_of(data: QueryDict) -> dict[str, Any]:
    """What the form says, by the names of the service."""
    kind = text_posted(data, "kind")
    given: dict[str, Any] = {name: text_posted(data, name) for name in ("label", "help")}
    given |= {"kind": kind, "target": text_posted(data, "target") if kind == "link" else ""}
    given |= {"currency": text_posted(data, "currency").upper() if kind == "money" else ""}
    given |= {name: name in data for name in FLAGS}
    given["is_searchable"] = given["is_searchable"] and kind in SEARCHABLE and not given["is_sensitive"]
    given["is_sensitive"] = given["is_sensitive"] and kind in MASKABLE
    given["choices"] = lines_of(data) if kind in CHOSEN else ()
    return given


def lines_of(data: QueryDict) -> list[str]:
    """New choices, one a line."""
    return [line.strip() for line in text_posted(data, "choices").split("\n") if line.strip()]


def choices_posted(data: QueryDict) -> Sequence[Any]:
    """The choices that were there, as they are called and offered now, and new ones behind them."""
    found: list[Any] = []
    for value in data.getlist("choice"):
        label = text_posted(data, f"choice-label-{value}")
        found.append({"value": value, "label": label, "is_retired": f"choice-on-{value}" not in data})
    return [*found, *lines_of(data)]


@require_POST
@page
def field_do(request: PageRequest, field_id: UUID) -> HttpResponse:
    """What the list's buttons do: index, retire."""
    permit(request.actor, MANAGE)
    one = get_object_or_404(CustomField, pk=field_id)
    back = list_address(one.object_type)
    match request.POST.get("do"):
        case "index":
            custom_index_make(field_id, actor=request.actor)
            toast_later(request, _("Sorting by %(label)s is being prepared.") % {"label": one.label})
        case "unindex":
            custom_index_drop(field_id, actor=request.actor)
            toast_later(request, _("Lists are no longer sorted by %(label)s.") % {"label": one.label})
        case "retire":
            custom_field_retire(field_id, actor=request.actor)
            undo = (reverse("ui:custom-field-restore", args=[field_id]), [field_id])
            toast_later(request, _("%(label)s is retired; its values are kept.") % {"label": one.label}, undo=undo)
        case _:
            raise CrmError("not_found", _("There is no such action."), status=404)
    return go(request, back)


@require_POST
@page
def field_restore(request: PageRequest, field_id: UUID) -> HttpResponse:
    """Undo of a retirement."""
    one = custom_field_restore(field_id, actor=request.actor)
    toast_later(request, _("%(label)s is back, with its values.") % {"label": one.label})
    return go(request, list_address(one.object_type))


@require_http_methods(["GET", "POST"])
@page
def field_purge(request: PageRequest, field_id: UUID) -> HttpResponse:
    """The end of a retired field: how many records keep a value is said first."""
    permit(request.actor, PURGE)
    one = get_object_or_404(CustomField, pk=field_id, retired_at__isnull=False)
    if request.method == "POST":
        known = text_posted(request.POST, "values")
        values = int(known) if known.isdecimal() and len(known) < 10 else -1
        custom_field_purge(field_id, values=values, actor=request.actor)
        toast_later(request, _("%(label)s is deleted for good.") % {"label": one.label})
        return go(request, list_address(one.object_type))
    context = {"one": one, "noun": registry[one.object_type], "values": values_count(one), "tab": "fields"}
    return show(request, "ui/settings/field_purge.html", context)
