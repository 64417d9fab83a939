"""The records that point at one record: read once a noun, shown both as related records and on the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from crm.core.actors import Actor
from crm.core.permissions import readable
from crm.core.querying import Ask, compare
from crm.core.reading import ListQuery, page_read
from crm.core.registry import Resource, registry
from crm.core.specs import FieldSpec
from crm.ui.cells import with_siblings

REFERENCE = ("object_type", "object_id")
MOST, SHOWN = 15, 5


@dataclass(frozen=True)
class Around:
    """The newest records of another noun that point here by one of its links."""

    resource: Resource
    link: str
    rows: list[Mapping[str, Any]]
    specs: list[FieldSpec]
    body: FieldSpec | None
    may_add: bool
    add: str
    all: str

    @property
    def shown(self) -> list[Mapping[str, Any]]:
        """The few that stand on the record page's right."""
        return self.rows[:SHOWN]

    @property
    def brief(self) -> list[FieldSpec]:
        """The two values that say most in little room: when, and how much; else the first ones."""
        telling = [spec for kinds in (("moment", "date"), ("money",)) for spec in self.specs if spec.kind in kinds][:2]
        return telling or self.specs[:2]

    @property
    def has_more(self) -> bool:
        """Whether there are more than are shown."""
        return len(self.rows) > SHOWN


def around(resource: Resource, record_id: UUID, actor: Actor, *, only_dated: bool = False) -> list[Around]:
    """What points at this record, by noun: one statement each. What is itself about a record is not spoken of."""
    found = []
    for other, link in registry.pointing_at(resource.label):
        if not actor.may(other.permission("view")) or (link == "object_id" and "object_id" in resource.specs):
            continue
        if only_dated and not other.timeline_at:
            continue
        found.append(around_by(resource, record_id, other, link, actor))
    return found


def around_by(resource: Resource, record_id: UUID, other: Resource, link: str, actor: Actor) -> Around:
    """The records of one noun that point here."""
    seen = {spec.name: spec for spec in readable(other, actor)}
    specs = [
        seen[name] for name in other.columns if name in seen and name not in (other.title, link, "owner", *REFERENCE)
    ][:4]
    body = next((spec for spec in seen.values() if spec.kind == "long_text" and spec.name != other.title), None)
    names = [
        other.title,
        *(spec.name for spec in specs),
        *([body.name] if body else []),
        *([other.timeline_at] if other.timeline_at in seen else []),
    ]
    where = (
        Q(object_type=resource.label, object_id=record_id)
        if link == "object_id"
        else compare(Ask(other, actor, link), other.specs[link], "", "eq", str(record_id))
    )
    ordering = f"-{other.timeline_at}" if other.timeline_at in other.sortable else other.ordering
    fields = [name for name in with_siblings(other, names) if name in seen]
    rows = page_read(ListQuery(other, actor, where, "", ordering, tuple(fields)), size=MOST).rows
    asked = f"object_type={resource.label}&object_id={record_id}" if link == "object_id" else f"{link}={record_id}"
    is_listable = link == "object_id" or other.specs[link].filterable
    return Around(
        other,
        link,
        list(rows),
        specs,
        body,
        actor.may(other.permission("add")),
        f"{reverse('ui:new', args=[other])}?{asked}",
        f"{reverse('ui:list', args=[other])}?{asked}" if is_listable else "",
    )
