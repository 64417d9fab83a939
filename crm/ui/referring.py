"""The control of a form that says which record, of whatever noun, a task or a note is about, or what a list is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from crm.core.actors import Actor
from crm.core.permissions import writable
from crm.core.registry import Resource, registry
from crm.core.specs import FieldSpec
from crm.ui.conditions import uuid_of
from crm.ui.inputs import Entry
from crm.ui.people import titles_of

NOUN = "object_type"
REFERENCE = (NOUN, "object_id")
ANY = "any"  # stands for the noun in the address of the choices


def is_about_any(resource: Resource) -> bool:
    """Whether its records are about records of any noun; such are not written about themselves."""
    return set(REFERENCE) <= set(resource.specs)


def about_of(data: Mapping[str, Any]) -> tuple[str, UUID | None]:
    """Which record is meant: by noun and id in two values, as they are stored and stand in addresses, or in one, as the
    control sends them."""
    given = data.get("object_id")
    text = str(given["id"] if isinstance(given, Mapping) else given or "")
    label, _colon, pk = text.rpartition(":")
    found = uuid_of(pk)
    label = label or str(data.get("object_type") or "")
    return (label, found) if found and label in registry else ("", None)


def about_entry(resource: Resource, data: Mapping[str, Any], actor: Actor) -> Entry | None:
    """The control, with what it holds; none where there is nothing to be chosen, or not by this actor."""
    own = {spec.name: spec for spec in writable(resource, actor)}
    if NOUN in own and not is_about_any(resource):
        return noun_entry(own[NOUN], data, actor)
    if not set(REFERENCE) <= set(own):
        return None
    label, pk = about_of(data)
    given = data.get("object_id")
    if isinstance(given, Mapping):  # what is stored bears its title
        title = str(given.get("title") or "")
    else:
        title = titles_of([(label, pk)], actor).get(pk, "") if pk else ""
    spec = replace(own["object_id"], kind="link", target=ANY)
    return Entry(spec, "object_id", f"{label}:{pk}" if pk else "", title)


def noun_entry(spec: FieldSpec, data: Mapping[str, Any], actor: Actor) -> Entry:
    """The control of a noun alone: what a list is of; of customers, or whatever others point at most."""
    nouns = tuple((one.label, one.name_plural) for one in nouns_searched(actor))
    chosen = str(data.get(NOUN) or (nouns[0][0] if nouns else ""))
    return Entry(replace(spec, kind="choice", choices=nouns, help=""), NOUN, chosen)


def nouns_searched(actor: Actor) -> list[Resource]:
    """The nouns that can be searched by this actor: what others point at most first."""
    return [one for one in by_weight() if one.search and one.in_navigation and actor.may(one.permission("view"))]


def by_weight() -> list[Resource]:
    """All nouns, what others point at most first."""
    return sorted(registry, key=lambda one: -len(registry.pointing_at(one.label)))


def about_values(
    resource: Resource, data: Mapping[str, Any], stored: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What a form said of it, as the save wants it; nothing where it says what is stored, or does not speak of it."""
    if NOUN in resource.specs and not is_about_any(resource):
        is_new = NOUN in data and (stored is None or data[NOUN] != stored[NOUN])
        return {NOUN: data[NOUN]} if is_new else {}
    if not is_about_any(resource) or "object_id" not in data or (stored and about_of(data) == about_of(stored)):
        return {}
    label, pk = about_of(data)
    return {"object_type": label, "object_id": str(pk) if pk else None} if pk or stored else {}
