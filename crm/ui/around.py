"""The records that point at one record: read once a noun, shown both as related records and on the timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from crm.core.actors import Actor
from crm.core.comparing import Ask, compare
from crm.core.further import addresses, mailed
from crm.core.permissions import is_hidden, readable
from crm.core.reading import ListQuery, page_read
from crm.core.registry import Resource, registry
from crm.core.samples import MARK, is_mixed
from crm.core.specs import FieldSpec
from crm.ui.cells import with_mark
from crm.ui.worded import worded

QUIET = ("owner", "currency", "object_type", "object_id")  # amounts bear the sign of their currency
MOST, SHOWN = 15, 5


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to see of what is around a record."""

    only_dated: bool = False
    kind: str = ""  # the label of one noun; all without
    search: str = ""
    most: int = MOST


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
    is_again: bool = False  # another link of the same noun stands beside it

    @property
    def label(self) -> str:
        """What the link is called."""
        return str(self.resource.specs[self.link].label)

    @property
    def shown(self) -> list[Mapping[str, Any]]:
        """The few that stand on the record page's right."""
        return self.rows[:SHOWN]

    @property
    def brief(self) -> list[FieldSpec]:
        """The values that say most in little room: where it stands, when, and how much; else the first ones."""
        by = self.resource.board.by if self.resource.board else ""
        kinds = (("moment", "date"), ("money",))
        telling = [spec for spec in self.specs if spec.name == by]
        telling += [spec for some in kinds for spec in [one for one in self.specs if one.kind in some][:1]]
        return telling or [spec for spec in self.specs if spec.kind == "choice"][:2] or self.specs[:2]

    @property
    def has_more(self) -> bool:
        """Whether there are more than are shown."""
        return len(self.rows) > SHOWN


def around(resource: Resource, record_id: UUID, actor: Actor, wanted: Wanted | None = None) -> list[Around]:
    """What points at this record, by noun: one statement each. What is itself about a record is not spoken of."""
    wanted = wanted or Wanted()
    pairs = [
        (other, link)
        for other, link in pointing(resource, actor)
        if (other.timeline_at or not wanted.only_dated) and wanted.kind in ("", other.label)
    ]
    own = addresses_of(resource, record_id, actor) if any(other.addressed for other, _link in pairs) else []
    return [around_by(resource, record_id, other, link, (actor, wanted, own)) for other, link in pairs]


def pointing(resource: Resource, actor: Actor) -> list[tuple[Resource, str]]:
    """The nouns that point at this one and that the actor may see, and by which field."""
    return [
        (other, link)
        for other, link in registry.pointing_at(resource.label)
        if actor.may(other.permission("view"))
        and not is_hidden(other, link, actor)
        and not (link == "object_id" and "object_id" in resource.specs)
    ]


def addresses_of(resource: Resource, record_id: UUID, actor: Actor) -> list[str]:
    """The record's own e-mail addresses, as lists of addresses keep them."""
    names = [name for name in mailed(resource) if not is_hidden(resource, name, actor)]
    rows = resource.model._default_manager.filter(pk=record_id).values(*names) if names else []
    return sorted({one.lower() for row in rows for one in addresses(resource, row)})


def around_by(
    resource: Resource, record_id: UUID, other: Resource, link: str, asked: tuple[Actor, Wanted, Sequence[str]]
) -> Around:
    """The records of one noun that point here, or that name one of these addresses."""
    actor, wanted, own = asked
    seen = {spec.name: spec for spec in readable(other, actor)}
    specs = [
        seen[name] for name in other.columns if name in seen and name not in (other.title, link, *QUIET)
    ][:4]
    body = next((spec for spec in seen.values() if spec.kind == "long_text" and spec.name != other.title), None)
    names = [
        other.title,
        *(spec.name for spec in specs),
        *([body.name] if body else []),
        *([other.timeline_at] if other.timeline_at in seen else []),
        *(["created_at"] if wanted.only_dated else []),
    ]
    where = (
        Q(object_type=resource.label, object_id=record_id)
        if link == "object_id"
        else compare(Ask(other, actor, link), other.specs[link], "", "eq", str(record_id))
    )
    if other.addressed and link == "object_id" and own:
        where |= Q(**{f"{other.addressed}__overlap": list(own)})
    ordering = f"-{other.timeline_at}" if other.timeline_at in other.sortable else other.ordering
    fields = [name for name in with_mark(other, names, actor) if name in seen]
    rows = page_read(ListQuery(other, actor, where, wanted.search, ordering, tuple(fields)), size=wanted.most).rows
    query = f"object_type={resource.label}&object_id={record_id}" if link == "object_id" else f"{link}={record_id}"
    asks = "&is_sample=true" if not is_mixed(other) and rows and all(row.get(MARK) for row in rows) else ""
    is_listable = link == "object_id" or other.specs[link].filterable
    return Around(
        other,
        link,
        [*worded(other, rows, actor)],
        specs,
        body,
        actor.may(other.permission("add")),
        f"{reverse('ui:new', args=[other])}?{query}",
        f"{reverse('ui:list', args=[other])}?{query}{asks}" if is_listable else "",
    )
