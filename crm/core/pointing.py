"""Which records point at others, whether by a column or by a link field of the tenant's own, retired ones included."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm.core.custom.columns import Custom, custom_of
from crm.core.models import CustomField
from crm.core.registry import Resource, registry

REFERENCE = "object_id"  # of any noun, with its object_type


@dataclass(frozen=True)
class Pointer:
    """A field of a noun whose values are ids of records of another noun."""

    holder: Resource
    field: str
    label: str
    custom: Custom | None = None

    def pairs(self, ids: Collection[UUID]) -> list[tuple[UUID, UUID]]:
        """The ids of the records that point at these, deleted ones included, each with the one it points at."""
        rows = self.holder.model._default_manager.order_by()
        if self.custom:
            held = rows.filter(self.custom.is_among("", [str(pk) for pk in ids])).values_list("pk", "custom")
            return [(pk, self.custom.of(data)) for pk, data in held]
        kind: dict[str, Any] = {"object_type": self.label} if self.field == REFERENCE else {}
        return list(rows.filter(**kind, **{f"{self.field}__any_of": ids}).values_list("pk", self.field))


def pointers(label: str) -> Iterator[Pointer]:
    """Every way in which records point at those of a noun."""
    for other, name in registry.pointing_at(label):
        if name not in other.shape.custom:
            yield Pointer(other, name, label)
    for field in CustomField.objects.filter(kind="link", target=label, object_type__in=[one.label for one in registry]):
        yield Pointer(registry[field.object_type], field.name, label, custom_of(field))
