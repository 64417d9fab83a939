"""Saved views: who sees which, what may stand in one, and the parameters that it stands for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.errors import CrmError
from crm.core.models import SavedView
from crm.core.permissions import permit, readable
from crm.core.reading import RESERVED, list_query
from crm.core.registry import Resource, registry
from crm.core.sharing import Sharing, may_change_shared, owner_of, shared_with

LABEL = "core.savedview"
GROUPED = frozenset({"choice", "link", "yes_no", "country", "currency", "language"})
ICONS = (
    "list", "star", "flag", "flame", "heart", "bolt", "target", "users", "building", "calendar", "phone-call", "mail",
    "coin", "alert-triangle", "clock", "bookmark",
)  # fmt: skip
COLOURS = ("blue", "azure", "teal", "green", "yellow", "orange", "red", "pink", "purple")
TEXTS = {"name": 80, "icon": 20, "colour": 10, "look": 10, "sharing": 10, "ordering": 200, "group_by": 60}
FIELDS = (*TEXTS, "filters", "where", "columns", "widths")
Look = SavedView.Look


def views_visible(actor: Actor) -> QuerySet[SavedView]:
    """One's own, those of one's team, and those for everyone."""
    return SavedView.objects.filter(shared_with(actor))


def views_of(resource: Resource, actor: Actor) -> list[SavedView]:
    """The views of a noun that the actor can open: those that ask for what is hidden from them are left out."""
    permit(actor, resource.permission("view"))
    found = views_visible(actor).filter(object_type=resource.label).select_related("owner")
    return [one for one in found if may_read(one, resource, actor)]


def may_read(view: SavedView, resource: Resource, actor: Actor) -> bool:
    """Whether the actor may know what a view asks for: its own words, or nothing that is hidden from it."""
    return view.owner_id == actor.person or is_open(view, resource, actor)


def default_of(resource: Resource, view_id: UUID, actor: Actor) -> SavedView | None:
    """The view that somebody chose to begin with, as long as they may ask for what it asks for."""
    view = views_visible(actor).filter(pk=view_id).first()
    return view if view is not None and is_open(view, resource, actor) else None


def is_open(view: SavedView, resource: Resource, actor: Actor) -> bool:
    """Whether the actor may ask for what the view asks for."""
    try:
        list_query(resource, params_of(view), actor=actor)
    except CrmError:
        return False
    return not view.group_by or view.group_by in groupable(resource, actor)


def view_find(id: UUID, *, actor: Actor) -> SavedView:
    """One view that the actor may see, or a refusal."""
    view = views_visible(actor).filter(pk=id).first()
    if view is None or view.object_type not in registry:
        raise CrmError("not_found", _("There is no such view."), status=404)
    resource = registry[view.object_type]
    permit(actor, resource.permission("view"))
    if not may_read(view, resource, actor):
        raise CrmError("not_found", _("There is no such view."), status=404)
    return view


def may_change(view: SavedView, actor: Actor) -> bool:
    """Whoever made it; of shared ones also whoever keeps them in order."""
    return may_change_shared(view.owner_id, view.sharing, actor, LABEL)


def params_of(view: SavedView) -> dict[str, str]:
    """The view as the parameters of a list."""
    given = {name: str(text) for name, text in view.filters.items()}
    if view.where:
        given["where"] = json.dumps(view.where, ensure_ascii=False, separators=(",", ":"))
    given |= {"ordering": view.ordering} if view.ordering else {}
    return given | ({"fields": ",".join(view.columns)} if view.columns else {})


def view_save(object_type: str, values: Mapping[str, Any], *, actor: Actor, id: UUID | None = None) -> SavedView:
    """Make or change a view; whatever is wrong with it is named at once."""
    with transaction.atomic():
        view = SavedView(object_type=object_type, owner_id=owner_of(actor)) if id is None else view_own(id, actor)
        resource = registry.get(view.object_type)
        if resource is None:
            raise CrmError("bad_value", _("There is no such object."), parameter="object")
        permit(actor, resource.permission("view"))
        if errors := problems_of(values):
            raise CrmError("invalid", _("Some values are not right."), status=422, errors=errors)
        for name, value in values.items():
            setattr(view, name, value)
        judge(view, resource, actor)
        is_new = view._state.adding
        view.save()
        note(view, "created" if is_new else "changed", actor)
    return view


def view_own(id: UUID, actor: Actor) -> SavedView:
    """A view that the actor may change."""
    view = view_find(id, actor=actor)
    if not may_change(view, actor):
        raise CrmError("forbidden", _("Only whoever made this view may change it."), status=403)
    return view


def problems_of(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Names that are none, and values of another type."""
    problems = [
        wrong(name, "unknown_field", _("There is no such name here."), FIELDS) for name in values if name not in FIELDS
    ]
    for name, longest in TEXTS.items():
        value = values.get(name, "")
        if not isinstance(value, str) or len(value) > longest or "\x00" in value:
            problems.append(wrong(name, "type", _("Must be a text of at most %(n)s characters.") % {"n": longest}))
    filters, where = values.get("filters", {}), values.get("where")
    if not isinstance(filters, dict) or not all(isinstance(text, str) for text in filters.values()):
        problems.append(wrong("filters", "type", _("Must be an object of texts, as in a list's address.")))
    if where is not None and not isinstance(where, dict):
        problems.append(wrong("where", "type", _("Must be a condition as JSON.")))
    columns, widths = values.get("columns", []), values.get("widths", [])
    if not isinstance(columns, list) or not all(isinstance(one, str) for one in columns) or len(columns) > 60:
        problems.append(wrong("columns", "type", _("Must be a list of texts.")))
    if not isinstance(widths, list) or not all(type(one) is int and 0 <= one <= 2000 for one in widths):
        problems.append(wrong("widths", "type", _("Must be a list of numbers from 0 to 2000.")))
    return problems


def wrong(name: str, code: str, message: str, allowed: Sequence[str] = ()) -> dict[str, Any]:
    """What is wrong with one value."""
    problem = {"pointer": f"/{name}", "code": code, "message": message}
    return {**problem, "allowed": list(allowed)} if allowed else problem


def judge(view: SavedView, resource: Resource, actor: Actor) -> None:
    """Refuse what could not be shown: to whoever saves it, by the same words as the list itself would."""
    looks = [Look.TABLE, *([Look.BOARD] if resource.board else [])]
    looks += [Look.CALENDAR] if getattr(resource, "calendar", None) else []
    grouped = ["", *groupable(resource, actor)]
    offered: dict[str, Sequence[str]] = {
        "icon": ICONS, "colour": COLOURS, "sharing": list(Sharing.values), "look": looks, "group_by": grouped,
    }  # fmt: skip
    errors = [
        wrong(name, "choice", _("This is not offered here."), [str(one) for one in allowed])
        for name, allowed in offered.items()
        if getattr(view, name) not in allowed
    ]
    if not view.name.strip():
        errors.append(wrong("name", "required", _("Needs a value.")))
    if view.owner_id is None and view.sharing != Sharing.EVERYONE:
        errors.append(wrong("sharing", "choice", _("A program's views are for everyone."), [str(Sharing.EVERYONE)]))
    if reserved := sorted(RESERVED & view.filters.keys() - {"search"}):
        errors.append(wrong("filters", "unknown_field", _("There is no filter %(name)s.") % {"name": reserved[0]}))
    if errors:
        raise CrmError("invalid", _("Some values are not right."), status=422, errors=errors)
    if view.sharing != Sharing.PRIVATE or owner_of(actor) is None:
        permit(actor, "core.add_savedview")
    list_query(resource, params_of(view), actor=actor)


def groupable(resource: Resource, actor: Actor) -> list[str]:
    """The fields by which a list can be put into groups: columns of their own with few values."""
    specs = readable(resource, actor)
    return [one.name for one in specs if one.kind in GROUPED and not one.sensitive and not one.custom]


def view_delete(id: UUID, *, actor: Actor) -> None:
    """Forget a view."""
    with transaction.atomic():
        view = view_own(id, actor)
        note(view, "deleted", actor)
        view.delete()


def note(view: SavedView, verb: str, actor: Actor) -> None:
    """The fact, for the audit log."""
    after = {"object": view.object_type, "name": view.name, "sharing": view.sharing}
    events_write([Fact(f"{LABEL}.{verb}", LABEL, view.pk, None, after)], actor)


def forget(found: dict[str, list[UUID]], words: list[str]) -> None:
    """Views that name an erased person."""
    named = Q(pk__in=())
    for word in (*words, *(str(pk) for ids in found.values() for pk in ids)):
        named |= Q(name__icontains=word) | Q(filters__icontains=word) | Q(where__icontains=word)
    SavedView.objects.filter(named).delete()
