"""A report as it is asked for: a noun, groupings, measures and conditions; whatever is not known is refused by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from analytics.reports.grouping import Grouping, Tree, grouping_read
from analytics.reports.measuring import Measure, measure_read
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import parts_shown, permit
from crm.core.querying import where_of_tree
from crm.core.registry import Part, Resource, registry

PARTS = frozenset({"object", "part", "rows", "column", "measures", "where", "ordering", "limit", "samples"})
MOST_ROWS, MOST_MEASURES, MOST_LINES = 2, 8, 100


@dataclass(frozen=True)
class Report:
    """A question that can be answered."""

    resource: Resource
    actor: Actor
    rows: Sequence[Grouping]
    column: Grouping | None
    measures: Sequence[Measure]
    where: Q
    tree: Tree | None  # the same as `where`, as it was asked for
    ordering: str  # of the rows: the name of a measure, or `title`; a minus before it: the largest first
    limit: int
    samples: bool | None
    part: Part | None = None  # whose rows are counted, in place of records

    @property
    def groupings(self) -> list[Grouping]:
        """Rows, then the column."""
        return [*self.rows, *([self.column] if self.column else [])]


def report_read(asked: Any, *, actor: Actor) -> Report:
    """Read a definition, as programs write it and as saved reports keep it."""
    if not isinstance(asked, dict):
        raise CrmError("bad_value", _("A report is an object."), field="")
    if strange := sorted(map(str, asked.keys() - PARTS)):
        text = _("A report has no %(name)s.") % {"name": strange[0][:80]}
        raise CrmError("unknown_field", text, field=strange[0][:80], allowed=sorted(PARTS))
    resource = noun_of(asked.get("object"))
    permit(actor, resource.permission("view"))
    part = part_of(resource, asked.get("part"), actor)
    rows = [grouping_read(resource, one, actor, part) for one in listed(asked, "rows", MOST_ROWS)]
    column = grouping_read(resource, asked["column"], actor, part) if asked.get("column") else None
    given = listed(asked, "measures", MOST_MEASURES) or [{"of": "count"}]
    measures = [measure_read(resource, one, actor, part) for one in given]
    names = [one.name for one in measures]
    if len(set(names)) < len(names):
        raise CrmError("bad_value", _("Two measures have the same name."), field="measures")
    tree = asked.get("where") or None
    where = where_of_tree(resource, tree, actor=actor, depth=1) if tree else Q()
    ordering = ordering_of(asked.get("ordering"), rows, names)
    limit, samples = limit_of(asked.get("limit")), asked.get("samples")
    if samples not in (None, True, False):
        raise CrmError("bad_value", _("Must be true or false."), field="samples")
    return Report(resource, actor, rows, column, measures, where, tree, ordering, limit, samples, part)


def noun_of(name: Any) -> Resource:
    """The noun that is asked for, by its address or its label."""
    found = (registry.by_slug(name) or registry.get(name)) if isinstance(name, str) else None
    if found is None:
        allowed = [one.slug for one in registry]
        raise CrmError("bad_value", _("There is no such object."), field="object", allowed=allowed)
    return found


def part_of(resource: Resource, name: Any, actor: Actor) -> Part | None:
    """The part whose rows are counted (`lines` of orders), if one is asked for."""
    if name in (None, ""):
        return None
    parts = {one.name: one for one in parts_shown(resource, actor)}
    if not isinstance(name, str) or name not in parts:
        text = _("%(nouns)s have no such part.") % {"nouns": resource.name_plural}
        raise CrmError("bad_value", text, field="part", allowed=list(parts))
    return parts[name]


def listed(asked: Tree, name: str, most: int) -> list[Any]:
    """A list of at most so many."""
    found = asked.get(name) or []
    if not isinstance(found, list) or len(found) > most:
        raise CrmError("bad_value", _("Takes a list of at most %(limit)s values.") % {"limit": most}, field=name)
    return found


def ordering_of(given: Any, rows: Sequence[Grouping], names: Sequence[str]) -> str:
    """By what rows are ordered: unless said, periods as they follow each other, else the largest first."""
    ordering = given or ("title" if rows and rows[0].is_time else f"-{names[0]}")
    if not isinstance(ordering, str) or ordering.removeprefix("-") not in ("title", *names):
        text = _("The rows cannot be ordered by %(name)s.") % {"name": str(ordering)[:80]}
        raise CrmError("unknown_ordering", text, field="ordering", allowed=["title", *names])
    return ordering


def limit_of(given: Any) -> int:
    """How many rows are told one by one; what remains is told together."""
    limit = MOST_LINES if given is None else given
    if type(limit) is not int or not 1 <= limit <= MOST_LINES:
        raise CrmError("bad_value", _("Must be from 1 to %(n)s.") % {"n": MOST_LINES}, field="limit")
    return limit
