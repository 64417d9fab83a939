"""A change of a custom field as a fact: what was, what is, and that this transaction sees it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.custom.known import changed_here
from crm.core.customising.judging import FLAGS
from crm.core.errors import CrmError
from crm.core.models import CustomField

MANAGE, PURGE = "core.manage_customfield", "core.purge_customfield"
LABEL = "core.customfield"
WORDS = ("object_type", "name", "label", "kind", "choices", "target", "currency", "help", "position")
TOLD = (*WORDS, *FLAGS, "is_indexed")


def field_locked(id: UUID) -> CustomField:
    """The field of that id."""
    found = CustomField.objects.filter(pk=id).select_for_update().first()
    if found is None:
        raise CrmError("not_found", _("There is no such field."), status=404)
    return found


def told(one: CustomField) -> dict[str, Any]:
    """What history says of a field."""
    return {name: value for name in TOLD if (value := getattr(one, name)) not in ("", [], False, None)}


def differing(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs, as it was and as it is."""
    names = [name for name in TOLD if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}


def keep_changed(one: CustomField, before: dict[str, Any], verb: str, stamp: int, actor: Actor) -> None:
    """Write a changed field, tell of it and let this transaction see it; what does not differ is not written."""
    was, now = differing(before, told(one))
    if verb == "changed" and not now:
        return
    one.save()
    if verb != "changed":
        was, now = {"name": one.name, "label": one.label}, {"name": one.name, "label": one.label}
    tell(verb, one, was, now, actor)
    changed_here(stamp)


def tell(
    verb: str, one: CustomField, before: dict[str, Any] | None, after: dict[str, Any] | None, actor: Actor
) -> None:
    """Write the fact."""
    events_write([Fact(f"{LABEL}.{verb}", LABEL, one.pk, before, after)], actor)
