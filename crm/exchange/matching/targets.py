"""What a column may become: the noun's fields, its parts' fields, the keys of what it points at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.permissions import parts_writable, writable
from crm.core.registry import Part, Resource, registry
from crm.core.specs import FieldSpec
from crm.exchange.analysis import CREATE, EXTERNAL, FIRST, LAST, NAMED, NOTES, SKIP, Target

NEVER = frozenset({"json", "reference"})
MANAGE = "core.manage_customfield"
PERSON, PEOPLE = "team.user", ("email", "name")  # a person of the team, and by what one is found


@dataclass(frozen=True)
class Place:
    """Where a value goes: the field that cleans it, and for links the keys by which the other record is found."""

    path: str
    spec: FieldSpec
    part: str = ""
    link: str = ""  # "customer", "lines.product"
    keys: tuple[str, ...] = ()
    target: str = ""  # the noun that a link points at


def places(resource: Resource, actor: Actor) -> dict[str, Place]:
    """Every place of a noun, by path."""
    found = [place for spec in writable(resource, actor) for place in field_places(spec)]
    for part in parts_writable(resource, actor):
        own = [part.specs[name] for name in part.fields if name != "position"]
        found += [place for spec in own for place in field_places(spec, part)]
    return {place.path: place for place in found}


def field_places(spec: FieldSpec, part: Part | None = None) -> list[Place]:
    """The field itself; a link once for any key of the other noun, and once for each."""
    before, name = (f"{part.name}.", part.name) if part else ("", "")
    if spec.kind in NEVER:
        return []
    if spec.kind != "link":
        return [Place(before + spec.name, spec, name)]
    other = registry.get(spec.target or "")
    at = before + spec.name
    if spec.target == PERSON:
        return [Place(at, replace(spec, kind="text", max_length=254), name, at, PEOPLE)]
    if other is None:
        return []
    text = replace(other.specs[other.title], label=spec.label, required=spec.required, target=spec.target)
    ways = [Place(at, text, name, at, tuple(dict.fromkeys((*other.keys, other.title))), other.label)]
    return ways + [
        Place(f"{at}.{key}", replace(other.specs[key], required=False), name, at, (key,), other.label)
        for key in other.keys
    ]


def label_of(place: Place, resource: Resource) -> str:
    """The place in words."""
    parts = [str(resource.part(place.part).label)] if place.part else []
    if place.link and place.path != place.link:
        name = place.link.rpartition(".")[2]
        parts.append(str((resource.part(place.part).specs if place.part else resource.specs)[name].label))
    return ": ".join([*parts, str(place.spec.label)])


def targets(resource: Resource, actor: Actor, sources: Sequence[str] = ()) -> list[Target]:
    """What the mapping page offers, in order; `sources` are the systems that the file names."""
    found = [
        Target(p.path, label_of(p, resource), p.spec.kind, p.spec.required) for p in places(resource, actor).values()
    ]
    outside = str(_("Number in another system"))
    extra = [Target(EXTERNAL, outside), *(Target(NAMED + source, f"{outside}: {source}") for source in sources)]
    if resource.title in {target.path for target in found}:
        extra += [Target(FIRST, str(_("First name"))), Target(LAST, str(_("Last name")))]
    if notes_field(resource, actor):
        extra.append(Target(NOTES, str(_("Into notes"))))
    if actor.may(MANAGE):
        extra.append(Target(CREATE, str(_("Make a field of its own"))))
    return [*found, *extra, Target(SKIP, str(_("Leave out")))]


def notes_field(resource: Resource, actor: Actor) -> str:
    """The field that takes what has no field of its own: `notes`, or the first long text; "" when there is none."""
    long = [spec.name for spec in writable(resource, actor) if spec.kind == "long_text"]
    return "notes" if "notes" in long else next(iter(long), "")
