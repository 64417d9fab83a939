"""Duplicates on pages: told while somebody types, gathered in one place, compared side by side, merged, taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.core.actors import Actor
from crm.core.alike import Likeness, groups, likely
from crm.core.errors import CrmError
from crm.core.further import columns_of
from crm.core.merging import (
    MOST_COMPARED,
    joined,
    merge_undo,
    merges_of,
    pair_part,
    permission,
    records_merge,
    together,
)
from crm.core.models import Merge
from crm.core.permissions import permit, readable, visible, writable
from crm.core.reading import record_read
from crm.core.registry import Resource, Row, registry
from crm.core.specs import FieldSpec
from crm.exchange.services import import_created, imports_visible
from crm.ui.addresses import record_address
from crm.ui.cells import sight
from crm.ui.pages import PageRequest, go, page, part, show, toast_later

LATEST, LONGEST, MOST, MOST_COLUMNS, GROUPS = 20, 100, 2000, 6, 50
SURE = ("certain", "likely")


def mergeable(actor: Actor) -> list[Resource]:
    """The nouns whose duplicates this person may merge."""
    return [one for one in registry if one.alike and actor.may(one.permission("view")) and actor.may(permission(one))]


@require_GET
@page
def centre(request: PageRequest) -> HttpResponse:
    """Groups of records that look alike, one noun at a time, and what was merged lately."""
    nouns = mergeable(request.actor)
    if not nouns:
        raise CrmError("forbidden", _("You may not merge records."), status=403)
    asked = request.GET.get("noun", "")
    noun = next((one for one in nouns if one.slug == asked), nouns[0])
    source = request.GET.get("import", "")
    jobs = imports_visible(request.actor).filter(label=noun.label)
    job = jobs.filter(pk=source).first() if is_uuid(source) else None
    seen = visible(noun.model, request.actor).values("pk")
    words = str(request.GET.get("search", "")).replace("\x00", "").strip()[:LONGEST]
    among = import_created(job) if job else None
    if words:
        asked_for: dict[str, Any] = {"search__words": words}
        among = set(visible(noun.model, request.actor).filter(**asked_for).values_list("pk", flat=True)[:MOST])
    columns = telling(noun, request.actor)
    merges = Merge.objects.filter(object_type=noun.label, undone_at=None, kept_id__in=seen).order_by("-at")[:LATEST]
    found, start = groups(noun, actor=request.actor, among=among), start_of(request)
    context = {
        "nouns": nouns,
        "resource": noun,
        "groups": [(group, filled(columns, group.rows)) for group in found[start : start + GROUPS]],
        "count": len(found),
        "next": start + GROUPS if found[start + GROUPS :] else None,
        "previous": max(0, start - GROUPS) if start else None,
        "words": words,
        "job": job,
        "merges": merges,
        "eyes": sight(record_address),
    }
    return show(request, "ui/merging/centre.html", context)


def start_of(request: PageRequest) -> int:
    """Before how many groups the page begins; the first for what is no number."""
    text = request.GET.get("start", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def telling(resource: Resource, actor: Actor) -> list[FieldSpec]:
    """The fields by which one tells records apart."""
    seen = {spec.name: spec for spec in readable(resource, actor)}
    names = columns_of(resource, (*resource.alike.shared, *resource.alike.near)) if resource.alike else []
    return [seen[name] for name in names if name in seen and not seen[name].target]


def filled(columns: Sequence[FieldSpec], rows: Sequence[Row]) -> list[FieldSpec]:
    """Those of the fields in which one of the records has something."""
    return [spec for spec in columns if any(row.get(spec.name) for row in rows)][:MOST_COLUMNS]


@require_GET
@page
def similar(request: PageRequest, resource: Resource, record_id: UUID) -> HttpResponse:
    """What looks like one record, and what was merged into it."""
    permit(request.actor, permission(resource))
    stored = record_read(resource, record_id, actor=request.actor)
    context = {
        "resource": resource,
        "record_id": record_id,
        "title": str(stored[resource.title]),
        "found": likely(resource, plain(stored), actor=request.actor, besides=record_id),
        "merges": merges_of(resource, [record_id]),
    }
    return show(request, "ui/merging/similar.html", context)


def plain(stored: Mapping[str, Any]) -> Row:
    """A record's values with links as ids."""
    return {name: value["id"] if isinstance(value, dict) and "id" in value else value for name, value in stored.items()}


@require_GET
@page
def hint(request: PageRequest, resource: Resource) -> HttpResponse:
    """What looks like the record that somebody is typing in; of one that is only looked at, what surely is the same."""
    permit(request.actor, resource.permission("view"))
    text = request.GET.get("besides", "")
    besides = UUID(text) if is_uuid(text) else None
    values: Row = {name: text for name, text in request.GET.items() if name in resource.specs and "\x00" not in text}
    if besides and not values:
        values = plain(record_read(resource, besides, actor=request.actor))
        found = likely(resource, values, actor=request.actor, besides=besides, most=3)
        sure = [one for one in found if one.certainty == "certain"]
        may_merge = request.actor.may(permission(resource))
        return part(request, "ui/merging/same.html", {"resource": resource, "found": sure, "may_merge": may_merge,
                                                      "record_id": besides})  # fmt: skip
    found = likely(resource, values, actor=request.actor, besides=besides, most=3)
    return part(request, "ui/merging/hint.html", {"resource": resource, "found": found})


def doubles_of(resource: Resource, values: Row, request: PageRequest) -> list[Likeness]:
    """What a new record surely or likely doubles, unless the person said that it does not."""
    if resource.alike is None or "is_another" in request.POST or not request.actor.may(resource.permission("view")):
        return []
    return [one for one in likely(resource, values, actor=request.actor, most=3) if one.certainty in SURE]


@require_http_methods(["GET", "POST"])
@page
def merge(request: PageRequest, resource: Resource) -> HttpResponse:
    """Side by side, field by field; with `keep` the choice is carried out."""
    asked = request.POST if request.method == "POST" else request.GET
    ids = [UUID(text) for text in asked.getlist("id") if is_uuid(text)]
    if "keep" not in asked:
        return compare(request, resource, ids)
    keep = next((pk for pk in ids if str(pk) == asked["keep"]), None)
    if keep is None:
        raise CrmError("not_found", _("There is no such record."), status=404)
    names = [spec.name for spec in writable(resource, request.actor)]
    chosen = {name: str(asked.get(f"take-{name}", "")) for name in names}
    take = {name: UUID(text) for name, text in chosen.items() if is_uuid(text)}
    made = records_merge(resource, [keep, *(pk for pk in ids if pk != keep)], actor=request.actor, take=take)
    toast_later(request, _("Merged into one record."), undo=(reverse("ui:merge-undo", args=[made.pk]), [made.pk]))
    return go(request, record_address(resource.label, keep))


def compare(request: PageRequest, resource: Resource, ids: Sequence[UUID]) -> HttpResponse:
    """The page on which one chooses."""
    together(resource, ids[:MOST_COMPARED], request.actor)
    ids = list(dict.fromkeys(ids))[:MOST_COMPARED]
    rows = [record_read(resource, pk, actor=request.actor) for pk in ids]
    lines = [line_of(spec, rows) for spec in writable(resource, request.actor) if spec.kind != "json"]
    context = {
        "resource": resource,
        "rows": rows,
        "lines": [line for line in lines if line["differs"]],
        "same": [line["spec"] for line in lines if not line["differs"] and line["is_filled"]],
        "eyes": sight(record_address),
    }
    return show(request, "ui/merging/compare.html", context)


def line_of(spec: FieldSpec, rows: Sequence[Row]) -> dict[str, Any]:
    """One field of the comparison: what each record holds, and whose value is proposed."""
    held = [row[spec.name] for row in rows]
    proposed = next((row["id"] for row in rows if row[spec.name] not in (None, "", [])), rows[0]["id"])
    return {
        "spec": spec,
        "differs": any(value != held[0] for value in held),
        "is_filled": bool(joined(spec, held)),
        "proposed": proposed,
        "is_joined": spec.kind == "choices",
    }


@require_POST
@page
def undo(request: PageRequest, merge_id: UUID) -> HttpResponse:
    """Take a merge back."""
    back = merge_undo(merge_id, actor=request.actor)
    toast_later(request, _("The merge is taken back: all records are there again."))
    return go(request, record_address(back.object_type, back.kept_id))


@require_POST
@page
def apart(request: PageRequest, resource: Resource) -> HttpResponse:
    """They are not the same: the pair is not shown again."""
    ids = [UUID(text) for text in request.POST.getlist("id") if is_uuid(text)]
    for other in ids[1:]:
        pair_part(resource, ids[0], other, actor=request.actor)
    toast_later(request, _("They will not be shown together again."))
    return go(request, f"{reverse('ui:duplicates')}?noun={resource.slug}")


def is_uuid(text: str) -> bool:
    """Whether a text is an id."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
