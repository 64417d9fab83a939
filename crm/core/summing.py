"""Counts and sums over a whole list, or over each of its groups: one statement, however many rows there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Sum

from crm.core.errors import CrmError
from crm.core.reading import ListQuery
from crm.core.registry import Resource
from crm.core.rows import is_kept, may_name, title_of, title_within
from crm.core.saved_views import groupable
from crm.core.specs import FieldSpec

SUMMED = frozenset({"money", "number", "integer"})
MOST_GROUPS, TITLE = 100, "title_of_group"
Sums = dict[str, dict[str, Decimal]]  # field → currency ("" where it has none of its own) → sum


@dataclass
class Group:
    """One value of the field by which a list is grouped: how many records, and the sums of their amounts."""

    key: Any
    title: str = ""
    count: int = 0
    sums: Sums = field(default_factory=lambda: defaultdict(dict))


def summable(resource: Resource, specs: Sequence[FieldSpec]) -> list[FieldSpec]:
    """The columns whose sum says something: amounts and numbers in the table itself."""
    if resource.in_settings:  # places, chances and days add up to nothing
        return []
    return [one for one in specs if adds_up(resource, one) and not one.sensitive and not one.custom]


def adds_up(resource: Resource, spec: FieldSpec) -> bool:
    """Whether the sum of a field says something: amounts and counts, unless the noun says otherwise; never a share."""
    is_quantity = spec.kind == "money" or (spec.kind in SUMMED and (bool(spec.custom) or spec.name.endswith("_count")))
    return is_quantity if spec.custom else bool(resource.sums.get(spec.name, is_quantity))


def summed(resource: Resource, name: str) -> Sum:
    """The sum of a column, or of what a noun says of it."""
    told = resource.sums.get(name)
    return Sum(name if told is None or isinstance(told, bool) else told)


def has_own_currency(resource: Resource, spec: FieldSpec) -> bool:
    """Whether an amount is in its row's currency."""
    return spec.kind == "money" and not spec.unit and not spec.name.endswith("_home") and "currency" in resource.specs


def totals(query: ListQuery, specs: Sequence[FieldSpec], *, by: str = "") -> list[Group]:
    """The groups of a list, the largest first; without a field to group by, the whole list as one."""
    resource = query.resource
    if by and by not in groupable(resource, query.actor):
        allowed = groupable(resource, query.actor)
        raise CrmError("unknown_field", f"group: {by[:60]}", field="group", allowed=allowed)
    own = summable(resource, specs)
    keys, titles = [by] if by else [], {}
    if (label := resource.links.get(by)) is not None and may_name(label, query.actor):
        kept = is_kept(label, query.actor)
        titles = {TITLE: title_within(by, label, query.actor) if kept else F(f"{by}__{title_of(label)}")}
        keys.append(TITLE)
    if any(has_own_currency(resource, one) for one in own):
        keys.append("currency")
    sums = {f"sum_of_{one.name}": summed(resource, one.name) for one in own}
    rows = query.rows.order_by().annotate(**titles).values(*(keys or ["is_sample"]))
    found: dict[Any, Group] = {}
    for row in rows.annotate(count_of_rows=Count("pk"), **sums):
        group = found.setdefault(row.get(by) if by else None, Group(row.get(by) if by else None))
        group.title = str(row.get(TITLE) or "") if label else ""
        group.count += row["count_of_rows"]
        for one in own:
            currency = row["currency"] if has_own_currency(resource, one) else ""
            held = group.sums[one.name]
            held[currency] = held.get(currency, Decimal(0)) + Decimal(row[f"sum_of_{one.name}"] or 0)
    return sorted(found.values(), key=lambda one: -one.count)[:MOST_GROUPS]
