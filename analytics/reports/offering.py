"""What a report of a noun can be put together from: groupings and measures, for those who choose by hand."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from analytics.reports.grouping import KINDS, TEAM
from analytics.reports.measuring import fits, said
from crm.core.actors import Actor
from crm.core.permissions import readable
from crm.core.registry import Part, Resource, registry
from crm.core.specs import FieldSpec
from crm.core.summing import adds_up

WAYS = ("sum", "average", "min", "max")
TIMES = frozenset({"date", "moment"})
Offered = list[tuple[str, str]]  # how it is asked for, what it is called
NO_GROUPS = frozenset({"object_type", "is_sample"})


def groupings_offered(resource: Resource, actor: Actor, part: Part | None = None) -> list[tuple[str, Offered]]:
    """The fields to group by: the noun's own, then those of the nouns that it points at; of a part before them all."""
    inside = [group for link in links_of(part) if (group := far_offered(part, link, actor))] if part else []
    return inside + record_offered(resource, actor)


def links_of(part: Part) -> list[FieldSpec]:
    """What the rows of a part point at."""
    return [one for one in part.specs.values() if one.target in registry]


def far_offered(part: Part, link: FieldSpec, actor: Actor) -> tuple[str, Offered] | None:
    """A link of a part's rows, and the fields of what it leads to."""
    target, at = registry[str(link.target)], f"{part.name}.{link.name}"
    if not actor.may(target.permission("view")):
        return None
    fields = [(f"{at}.{far.name}", f"{link.label} · {far.label}") for far in grouped(target, actor)]
    return str(part.label), [(at, str(link.label)), *fields]


def record_offered(resource: Resource, actor: Actor) -> list[tuple[str, Offered]]:
    """The fields of the record itself, and of the records that it points at."""
    own = list(grouped(resource, actor))
    people = [(f"{one.name}.team", f"{one.label} · {registry[TEAM].name}") for one in own if leads_to_team(one, actor)]
    found = [(str(resource.name), [*((one.name, str(one.label)) for one in own), *people])]
    for one in own:
        target = registry.get(resource.links.get(one.name, ""))
        if target is not None and not one.custom and actor.may(target.permission("view")):
            fields = [(f"{one.name}.{far.name}", f"{one.label} · {far.label}") for far in grouped(target, actor)]
            found.append((str(one.label), fields))
    return found


def grouped(resource: Resource, actor: Actor) -> Iterator[FieldSpec]:
    """The fields of a noun that records can be put together by."""
    for one in readable(resource, actor):
        if one.kind in KINDS and one.filterable and not one.sensitive and one.name not in NO_GROUPS:
            yield one


def leads_to_team(spec: FieldSpec, actor: Actor) -> bool:
    """Whether a field points at a person, whose team may be seen."""
    return spec.target == settings.AUTH_USER_MODEL.lower() and actor.may(registry[TEAM].permission("view"))


def times_offered(resource: Resource, actor: Actor) -> Offered:
    """The noun's own days and moments."""
    return [(one.name, str(one.label)) for one in grouped(resource, actor) if one.kind in TIMES]


def measures_offered(resource: Resource, actor: Actor, part: Part | None = None) -> list[tuple[str, Offered]]:
    """What can be told: how many records, and of each number its sum, average, smallest and largest."""
    counted = part.label if part else resource.name_plural
    found = [(str(counted), [("count", _("Number of %(nouns)s") % {"nouns": str(counted).lower()})])]
    before, specs = (f"{part.name}.", part.specs.values()) if part else ("", readable(resource, actor))
    for one in specs:
        if fits(resource, one, part) and not one.sensitive:
            at = before + one.name
            ways = WAYS if part or adds_up(resource, one) else WAYS[1:]
            found.append((str(one.label), [(f"{of}:{at}", f"{one.label} ({said(of)})") for of in ways]))
    return found
