"""How the pages of a noun are laid out: which sections and fields, in which order; for everyone or for one role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.custom.known import changed_here, known_here, stamp_raise
from crm.core.customising.noting import MANAGE
from crm.core.errors import CrmError
from crm.core.models import Layout
from crm.core.permissions import permit
from crm.core.registry import Resource

LABEL, EVERYONE = "core.layout", ""
MOST_SECTIONS, LONGEST = 30, 60


def layout_of(resource: Resource, role: str) -> Layout | None:
    """How people of a role see the noun: their own layout, else everyone's, else as it was declared; no statement."""
    layouts = known_here().layouts
    return layouts.get((resource.label, role)) or layouts.get((resource.label, EVERYONE))


def sections_of(resource: Resource, layout: Layout | None) -> list[tuple[str, Sequence[str]]]:
    """The sections and the names of their fields; one that is called as it was declared is so in every language."""
    if layout is None:
        return [(str(label), names) for label, names in resource.groups]
    declared = declared_labels(resource)
    return [(declared.get(one["label"], one["label"]), one["fields"]) for one in layout.sections]


def declared_labels(resource: Resource) -> dict[str, str]:
    """What the declared sections are called, by their English names."""
    with translation.override("en"):
        english = [str(label) for label, _names in resource.groups]
    return {key: str(label) for key, (label, _names) in zip(english, resource.groups, strict=True)}


def left_out(resource: Resource, role: str) -> frozenset[str]:
    """The fields that stand nowhere for people of a role; what must be said stands somewhere."""
    layout = layout_of(resource, role)
    return frozenset(layout.left_out) - resource.required if layout else frozenset()


@transaction.atomic
def layout_save(
    resource: Resource, role: str, sections: Sequence[tuple[str, Sequence[str]]], out: Sequence[str], *, actor: Actor
) -> Layout:
    """Lay out a noun; fields that are named nowhere stand behind the others."""
    permit(actor, MANAGE)
    stamp = stamp_raise()
    refuse(problems_of(resource, sections, out))
    english = {label: key for key, label in declared_labels(resource).items()}
    titled = [(label.strip(), list(names)) for label, names in sections if names]
    said = [{"label": english.get(label, label), "fields": names} for label, names in titled]
    found = Layout.objects.select_for_update().filter(object_type=resource.label, role=role).first()
    before = told(found) if found else None
    layout = found or Layout(object_type=resource.label, role=role)
    layout.sections, layout.left_out = said, list(out)
    if told(layout) != before:
        layout.save()
        verb = "changed" if before else "created"
        events_write([Fact(f"{LABEL}.{verb}", LABEL, layout.pk, before, told(layout))], actor)
        changed_here(stamp)
    return layout


@transaction.atomic
def layout_reset(resource: Resource, role: str, *, actor: Actor) -> None:
    """Back to how it is for everyone, or to how it was declared."""
    permit(actor, MANAGE)
    stamp = stamp_raise()
    found = Layout.objects.select_for_update().filter(object_type=resource.label, role=role).first()
    if found is not None:
        events_write([Fact(f"{LABEL}.deleted", LABEL, found.pk, told(found), None)], actor)
        found.delete()
        changed_here(stamp)


def told(layout: Layout) -> dict[str, Any]:
    """A layout as history keeps it."""
    return {
        "object_type": layout.object_type,
        "role": layout.role,
        "sections": layout.sections,
        "left_out": layout.left_out,
    }


def problems_of(
    resource: Resource, sections: Sequence[tuple[str, Sequence[str]]], out: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with a layout: where, and in words."""
    named = [name for _label, names in sections for name in names] + list(out)
    if unknown := [name for name in named if name not in resource.specs]:
        yield "fields", _("There is no field %(name)s.") % {"name": unknown[0][:80]}
    if len(set(named)) < len(named):
        yield "fields", _("A field stands in one place.")
    if len(sections) > MOST_SECTIONS:
        yield "sections", _("At most %(n)s sections.") % {"n": MOST_SECTIONS}
    if any(not label.strip() or len(label.strip()) > LONGEST or "\x00" in label for label, _names in sections):
        yield "label", _("A section needs a name of at most %(n)s characters.") % {"n": LONGEST}
    kept: Mapping[str, Any] = {name: spec for name, spec in resource.specs.items() if name in out}
    if needed := [str(spec.label) for name, spec in kept.items() if name in {resource.title, *resource.required}]:
        yield "left_out", _("Without these no record can be made: %(names)s.") % {"names": ", ".join(needed)}


def refuse(problems: Iterator[tuple[str, str]]) -> None:
    """Refuse what is wrong, all at once."""
    errors = [{"pointer": f"/{name}", "code": "bad_value", "message": text} for name, text in problems]
    if errors:
        raise CrmError("invalid", " ".join(one["message"] for one in errors), status=422, errors=errors)
