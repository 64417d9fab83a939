"""Making and changing records of any noun: whole forms, one field in place, actions, deleting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm.core.arrivals import is_assigned
from crm.core.customising.layouts import layout_of, left_out
from crm.core.errors import CrmError
from crm.core.permissions import not_yours, parts_writable, permit, unchangeable, visible, writable
from crm.core.reading import record_read
from crm.core.registry import Part, Resource, Row, registry
from crm.core.services import record_save, records_delete
from crm.core.specs import FieldSpec
from crm.core.verbs import Verb, verb_run
from crm.ui.actions import Action
from crm.ui.addresses import record_address
from crm.ui.builder.field import builders_set, conditions_take
from crm.ui.cells import NUMERIC, cell, sight
from crm.ui.inputs import (
    Entry,
    blame,
    entries_of,
    grouped,
    is_in_place,
    part_entry,
    part_fields,
    part_rows,
    part_values,
    posted_entries,
    stored_rows,
    value_of,
    values_of,
)
from crm.ui.pages import PageRequest, go, page, part, show, toast, toast_later
from crm.ui.people import titles_of
from crm.ui.referring import REFERENCE, about_entry, about_values
from crm.ui.views.merging import doubles_of
from crm.ui.views.steps import as_choice, step_after
from crm.ui.worth import totals_of, worth_answer

PROPERTY, CELL = ("property", "property_edit"), ("cell", "cell_edit")
Rows = dict[str, list[dict[str, Entry]]]


def fields_of(resource: Resource, request: PageRequest) -> list[FieldSpec]:
    """What a form offers: the writable fields; the pair that refers to any record has one control of its own."""
    out = left_out(resource, request.user.role.code)
    carried = {*request.GET, *request.POST}  # what an address or a form fills in stands there all the same
    return [
        spec
        for spec in writable(resource, request.actor)
        if spec.name not in REFERENCE and spec.kind != "json" and (spec.name not in out or spec.name in carried)
    ]


def version_of(request: PageRequest) -> int | None:
    """The version that the person read; a page always names it."""
    text = str(request.POST.get("version", ""))
    return int(text) if text.isdecimal() and len(text) < 11 else None


def form_page(
    request: PageRequest, resource: Resource, entries: Mapping[str, Entry], rows: Rows, **more: Any
) -> HttpResponse:
    """The form with whatever stands in it."""
    builders_set(resource, entries, request.actor, request.POST)
    if about := about_entry(resource, said_of(request, more.get("record")), request.actor):
        entries = {**entries, about.name: about}
    parts = [
        {
            "part": one,
            "rows": rows.get(one.name, []),
            "names": part_fields(one),
            "blank": blank_row(one),
            "worth": one.specs[one.computed[0]] if one.worth else None,
            "sums": totals_of(resource, one, request),
        }
        for one in parts_writable(resource, request.actor)
    ]
    groups, seldom = apart(resource, grouped(resource, entries, layout=layout_of(resource, request.user.role.code)))
    context = {
        "resource": resource,
        "groups": groups,
        "seldom": seldom,
        "parts": parts,
        "problems": [],
        "version": "",
        **more,
    }
    return show(request, "ui/form.html", context, status=422 if more.get("is_refused") else 200)


def said_of(request: PageRequest, stored: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a record is about: by the form that came back, by the address, else by what is stored."""
    stood = {name: stored.get(name) for name in REFERENCE} if stored else {}
    return {**stood, **request.GET.dict(), **request.POST.dict()}


def apart(
    resource: Resource, groups: Sequence[tuple[str, list[Entry]]]
) -> tuple[list[tuple[str, list[Entry]]], list[Entry]]:
    """The sections of a form, and the fields that are seldom wanted: those stand below them while they are empty."""
    seldom = [
        entry
        for _label, group in groups
        for entry in group
        if entry.spec.name in resource.seldom and not (entry.text or entry.errors or entry.theirs is not None)
    ]
    left = [(label, [entry for entry in group if entry not in seldom]) for label, group in groups]
    return [(label, group) for label, group in left if group], seldom


def blank_row(one: Part) -> dict[str, Entry]:
    """The row that "Add line" copies."""
    return {name: part_entry(one, name, "N", default_text(one, name)) for name in part_fields(one)}


def default_text(one: Part, name: str) -> str:
    """What a new row begins with."""
    default = one.model._meta.get_field(name).get_default()  # type: ignore[union-attr]  # columns only
    return "" if default is None else str(default)


def defaults_of(resource: Resource, specs: Sequence[FieldSpec]) -> dict[str, Any]:
    """What a new record begins with."""
    found = {spec.name: resource.column(spec.name) for spec in specs}
    return {name: column.get_default() for name, column in found.items() if column.has_default()}


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest, resource: Resource) -> HttpResponse:
    """The form of a new record; the address may fill some of it in ("+ Add" beside related records)."""
    permit(request.actor, resource.permission("add"))
    specs = fields_of(resource, request)
    parts = parts_writable(resource, request.actor)
    more = {"is_new": True, "title": _("New %(noun)s") % {"noun": noun(resource)}}
    if request.method == "GET":
        return form_page(
            request, resource, prefilled(request, resource, specs), {one.name: [] for one in parts}, **more
        )
    entries, rows = form_sent(request, resource, specs)
    if "worth" in request.POST:
        return worth_answer(request, resource, entries, rows)
    if "refresh" in request.POST:
        return form_page(request, resource, entries, rows, **more)
    values = values_of(entries) | about_values(resource, said_of(request))
    values |= {one.name: part_values(one, rows[one.name]) for one in parts}
    if doubles := doubles_of(resource, values, request):
        return form_page(request, resource, entries, rows, **more, is_refused=True, doubles=doubles)
    try:
        record_id = record_save(resource.model, values, actor=request.actor)
    except CrmError as refusal:
        return form_page(
            request, resource, entries, rows, **more, is_refused=True, problems=refused_form(refusal, entries, rows)
        )
    toast_later(request, _("Saved."))
    return go(
        request,
        reverse(
            "ui:new" if "again" in request.POST else "ui:record",
            args=[resource] + ([] if "again" in request.POST else [record_id]),
        ),
    )


def form_sent(
    request: PageRequest, resource: Resource, specs: Sequence[FieldSpec]
) -> tuple[dict[str, Entry], dict[str, list[dict[str, Entry]]]]:
    """What came back in a form: its controls, and the rows of its parts."""
    entries = posted_entries(specs, request.POST)
    conditions_take(resource, entries, request.POST)
    return entries, {one.name: part_rows(one, request.POST) for one in parts_writable(resource, request.actor)}


def noun(resource: Resource) -> str:
    """What people call one of it, inside a sentence."""
    return str(resource.name).lower()


def prefilled(request: PageRequest, resource: Resource, specs: Sequence[FieldSpec]) -> dict[str, Entry]:
    """A new record's controls: defaults, the person as owner, and what the address says."""
    values = defaults_of(resource, specs)
    entries = entries_of(specs, values)
    if "owner" in entries and not is_assigned(resource.label):
        entries["owner"].text, entries["owner"].title = str(request.user.pk), str(request.user)
    given = {name: str(value) for name, value in request.GET.items() if name in entries}
    links = [(str(entries[name].spec.target), UUID(text)) for name, text in given.items() if entries[name].spec.target]
    titles = titles_of(links, request.actor)
    for name, text in given.items():
        entries[name].text = text
        if entries[name].spec.target:
            entries[name].title = titles.get(UUID(text), "")
    return entries


def refused_form(refusal: CrmError, entries: Mapping[str, Entry], rows: Rows) -> list[str]:
    """Problems at their controls; refusals that are not about values go to the translator."""
    if refusal.code not in ("invalid", "conflict"):
        raise refusal
    return blame(refusal, entries, rows)


def read_to_change(request: PageRequest, resource: Resource, record_id: UUID) -> Row:
    """A record for a form; whoever may only see it gets none."""
    permit(request.actor, resource.permission("change"))
    stored = record_read(resource, record_id, actor=request.actor)
    if unchangeable(resource.model, [record_id], request.actor):
        raise not_yours()
    return stored


@require_http_methods(["GET", "POST"])
@page
def edit(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """The form of a stored record; a stale save shows both values and lets the person choose."""
    specs = fields_of(resource, request)
    stored = read_to_change(request, resource, record_id)
    more: dict[str, Any] = {
        "record": stored,
        "title": str(stored[resource.title]),
        "back": record_address(resource.label, record_id),
    }
    if request.method == "GET":
        rows = {one.name: stored_rows(one, stored.get(one.name, [])) for one in parts_writable(resource, request.actor)}
        return form_page(request, resource, entries_of(specs, stored), rows, version=stored["version"], **more)
    entries, rows = form_sent(request, resource, specs)
    if "worth" in request.POST:
        return worth_answer(request, resource, entries, rows, record_id)
    if "refresh" in request.POST:
        return form_page(request, resource, entries, rows, **more, version=request.POST.get("version", ""))
    values = differing_values(parts_writable(resource, request.actor), entries, rows, stored)
    values |= about_values(resource, request.POST.dict(), stored)
    try:
        record_save(resource.model, values, actor=request.actor, id=record_id, version=version_of(request))
    except CrmError as refusal:
        if refusal.code == "stale":
            both(refusal, entries, stored, request)
            return form_page(
                request, resource, entries, rows, **more, is_refused=True, is_stale=True, version=stored["version"]
            )
        problems = refused_form(refusal, entries, rows)
        return form_page(
            request,
            resource,
            entries,
            rows,
            **more,
            is_refused=True,
            problems=problems,
            version=request.POST.get("version", ""),
        )
    toast_later(request, _("Saved."))
    return go(request, more["back"])


def differing_values(parts: Sequence[Part], entries: Mapping[str, Entry], rows: Rows, stored: Row) -> dict[str, Any]:
    """What was sent and is not what is stored: a control may show less than the value holds (a moment's seconds)."""
    shown = entries_of((entry.spec for entry in entries.values()), stored)
    values = values_of({name: entry for name, entry in entries.items() if entry.text != shown[name].text})
    for one in (any_part for any_part in parts if any_part.name in rows):
        if texts(rows[one.name]) != texts(stored_rows(one, stored.get(one.name, []))):
            values[one.name] = part_values(one, rows[one.name])
    return values


def texts(rows: Sequence[Mapping[str, Entry]]) -> list[dict[str, str]]:
    """What stands in the rows of a part."""
    return [{name: entry.text for name, entry in row.items()} for row in rows]


def both(refusal: CrmError, entries: Mapping[str, Entry], stored: Mapping[str, Any], request: PageRequest) -> None:
    """Show beside each control that differs what another person has saved meanwhile."""
    differing: Any = refusal.details.get("fields", {})
    eyes = sight(record_address)
    for name in differing:
        if (entry := entries.get(name)) is not None and Entry.of_value(entry.spec, stored.get(name)).text != entry.text:
            theirs = Entry.of_value(entry.spec, stored.get(name))
            entry.theirs, entry.theirs_text = cell(entry.spec, stored, eyes), theirs.text


@require_http_methods(["GET", "POST"])
@page
def field(request: PageRequest, resource: Resource, record_id: UUID, name: str) -> HttpResponse:
    """One field of a record, edited where it stands."""
    stored = read_to_change(request, resource, record_id)
    spec = next((s for s in fields_of(resource, request) if s.name == name and is_in_place(resource, s)), None)
    if spec is None:
        raise CrmError("unknown_field", _("There is no such field."), status=404)
    context = {"resource": resource, "record": stored, "spec": spec, "eyes": sight(record_address), "editable": {name}}
    is_cell = "cell" in request.GET  # of a list; else a property of the record's page
    shown, edited = (f"ui/parts/{one}.html" for one in (CELL if is_cell else PROPERTY))
    context["numeric"] = NUMERIC
    if request.method == "GET":
        if "cancel" in request.GET:
            return part(request, shown, context)
        return part(request, edited, {**context, "entry": Entry.of_value(spec, stored.get(name), name)})
    entry = posted_entries([spec], request.POST)[name]
    try:
        record_save(
            resource.model,
            {name: value_of(spec, entry.text)},
            actor=request.actor,
            id=record_id,
            version=version_of(request),
        )
    except CrmError as refusal:
        if refusal.code == "stale":
            both(refusal, {name: entry}, stored, request)
        elif refusal.code in ("invalid", "conflict"):
            entry.errors += [] if blame(refusal, {name: entry}) == [] else [str(refusal.message)]
        else:
            raise
        return part(request, edited, {**context, "entry": entry, "is_stale": refusal.code == "stale"})
    context["record"] = record_read(resource, record_id, actor=request.actor)
    return toast(part(request, shown, {**context, "is_saved": True}), _("Saved."))


@require_POST
@page
def delete(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """Delete one record; the list then offers to undo."""
    records_delete(resource.model, [record_id], actor=request.actor, version=version_of(request))
    text = _("%(noun)s deleted.") % {"noun": resource.name}
    toast_later(request, text, undo=(reverse("ui:restore", args=[resource]), [record_id]))
    return go(request, reverse("ui:list", args=[resource]))


def verb_of(resource: Resource, name: str) -> Verb:
    """The noun's action of that name."""
    found = resource.verb_names.get(name)
    if found is None:
        raise CrmError("not_found", _("There is no such action."), status=404)
    return found


@require_http_methods(["GET", "POST"])
@page
def verb(request: PageRequest, resource: Resource, record_id: UUID, verb: str) -> HttpResponse:
    """An action: its dialog when it asks for something, then the deed."""
    found = verb_of(resource, verb)
    permit(request.actor, found.permission(resource))
    specs = [as_choice(resource, verb, one.spec, request.actor) for one in found.inputs.values()]
    context = {"resource": resource, "verb": Action.of(found), "record_id": record_id}
    if request.method == "GET":
        record = visible(resource.model, request.actor).filter(pk=record_id).defer("search").first()
        given = found.begin(record, request.actor) if record else {}
        after = step_after(resource, verb, record, request.actor) if record else {}
        initial = {name: one.initial for name, one in found.inputs.items()} | after | dict(given)
        fresh = list(entries_of(specs, initial).values())
        return part(request, "ui/parts/verb_dialog.html", {**context, "entries": fresh})
    entries = posted_entries(specs, request.POST)
    try:
        verb_run(resource, verb, record_id, actor=request.actor, inputs=values_of(entries), version=version_of(request))
    except CrmError as refusal:
        if not specs or refusal.status in (403, 404):  # there is no dialog to answer in, or nothing to mend in it
            raise
        problems = blame(refusal, entries)
        context |= {"entries": list(entries.values()), "problems": problems}
        return part(request, "ui/parts/verb_dialog.html", context, status=422)
    toast_later(request, _("Done: %(action)s") % {"action": found.label})
    onward = str(request.POST.get("next") or "") if is_local(request) else address_after(request, found, record_id)
    return go(request, onward or record_address(resource.label, record_id))


def address_after(request: PageRequest, verb: Verb, record_id: UUID) -> str:
    """Where an action leads: to what it made, where that may be seen."""
    if verb.makes is None:
        return ""
    label, link = verb.makes
    if not request.actor.may(registry[label].permission("view")):
        return ""
    made = visible(registry[label].model, request.actor).filter(**{link: record_id}).order_by("-created_at", "-pk")
    newest = made.values_list("pk", flat=True).first()
    return record_address(label, newest) if newest else ""


def is_local(request: PageRequest) -> bool:
    """Whether the form says where to go on, within this site."""
    text = str(request.POST.get("next", ""))
    return text.startswith("/") and not text.startswith(("//", "/\\"))
