"""Lists sorted by several fields, or by one without an index: pages by what stands after the last row, field by field.
No value comes last.

A list sorted by one field is read by its index (crm/core/ranges.py); this is the slower way, for who asks for more."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy

from crm.core.cleaning import json_value
from crm.core.ranges import Key
from crm.core.registry import Row

MOST_FIELDS = 3
Sort = tuple[Key, bool]  # by what, and whether the largest comes first


@dataclass(frozen=True)
class Place:
    """Where a page begins: after (going back: before) the row of these values and id."""

    values: Sequence[Any]
    id: UUID
    back: bool = False

    def text(self) -> str:
        """The cursor as it travels."""
        told = [self.back, [json_value(one) for one in self.values], str(self.id)]
        return base64.urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode().rstrip("=")


def place_read(sorts: Sequence[Sort], cursor: str) -> Place:
    """Read a cursor; a ValueError or TypeError where it is none of this list."""
    back, values, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    if not isinstance(values, list) or len(values) != len(sorts):
        raise ValueError(cursor)
    typed = [None if one is None else key.read(one) for (key, _falling), one in zip(sorts, values, strict=True)]
    return Place(typed, UUID(pk), back is True)


def sorted_read(
    rows: QuerySet[Any], columns: Sequence[str], sorts: Sequence[Sort], place: Place | None, most: int
) -> list[Row]:
    """So many rows behind a place, each with the values that it is sorted by as `by_0`, `by_1` …"""
    back = place is not None and place.back
    named: dict[str, Any] = {f"by_{at}": key.value for at, (key, _falling) in enumerate(sorts)}
    rows = rows.annotate(**named)
    if place is not None:
        rows = rows.filter(behind(sorts, place))
    orders = [
        OrderBy(F(f"by_{at}"), descending=falling is not back, nulls_first=back or None, nulls_last=not back or None)
        for at, (_key, falling) in enumerate(sorts)
    ]
    by_id = "-id" if sorts[0][1] is not back else "id"
    return list(rows.order_by(*orders, by_id).values("id", *columns, *named)[:most])


def behind(sorts: Sequence[Sort], place: Place) -> Q:
    """The rows after a place: further by the first field, or the same there and further by the next one."""
    found, same = Q(pk__in=()), Q()
    for at, ((_key, falling), value) in enumerate(zip(sorts, place.values, strict=True)):
        name = f"by_{at}"
        found |= same & further(name, value, falling is not place.back, place.back)
        same &= Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
    down = sorts[0][1] is not place.back
    return found | (same & Q(**{"id__lt" if down else "id__gt": place.id}))


def further(name: str, value: Any, down: bool, back: bool) -> Q:
    """What comes after a value: nothing after none, everything before it."""
    if value is None:
        return Q(**{f"{name}__isnull": False}) if back else Q(pk__in=())
    past = Q(**{f"{name}__lt" if down else f"{name}__gt": value})
    return past if back else past | Q(**{f"{name}__isnull": True})
