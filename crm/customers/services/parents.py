"""Companies within companies: a tree, never a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from crm.core.errors import Problem
from crm.core.registry import Row
from crm.customers.models import Customer

DEEPEST = 20


def parents_follow(rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
    """Refuse a parent that would make a circle, or a tree too deep: asked level by level for the whole batch."""
    asked = {at: row for at, row in rows.items() if at in was and row["parent"] and row["parent"] != was[at]["parent"]}
    if not asked:
        return
    above = {was_id(was[at]): row["parent"] for at, row in asked.items()}
    above |= ancestors(set(above.values()), above)
    names = dict(Customer.objects.filter(pk__in={row["parent"] for row in asked.values()}).values_list("pk", "name"))
    for at, row in asked.items():
        path = path_of(was_id(was[at]), above)
        if len(path) > DEEPEST:
            yield at, "parent", Problem("too_deep", _("The tree of companies would be too deep."))
        elif path and path[-1] == was_id(was[at]):
            told = {"name": names[row["parent"]]}  # those between are not named: who asks may not see them
            yield at, "parent", Problem("circle", _("%(name)s belongs to this customer already.") % told)


def was_id(row: Row) -> Any:
    """The id of a stored record."""
    return row["id"]


def ancestors(ids: set[UUID], known: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    """Of these customers and everybody above them, who is whose parent."""
    found: dict[UUID, UUID] = {}
    level = ids - known.keys()
    for _step in range(DEEPEST + 1):
        if not level:
            break
        pairs = dict(Customer.objects.filter(pk__in=level, parent__isnull=False).values_list("pk", "parent_id"))
        found |= pairs
        level = set(pairs.values()) - found.keys() - known.keys()
    return found


def path_of(start: UUID, above: Mapping[UUID, UUID]) -> list[UUID]:
    """Who stands above somebody, up to the top or back to where it began."""
    path: list[UUID] = []
    at = above.get(start)
    while at is not None and len(path) <= DEEPEST:
        path.append(at)
        if at == start:
            break
        at = above.get(at)
    return path
