"""Where rows keep the id of a record, and how all of them come to point at another: what a merge moves, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, models, transaction

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write, rows_update
from crm.core.custom.columns import Custom
from crm.core.models import Record
from crm.core.pointing import REFERENCE, pointers
from crm.core.registry import Resource, registry

Pairs = list[tuple[Any, UUID]]  # the key of a row, and the record that it points at


@dataclass(frozen=True)
class Place:
    """One column, or one field of the tenant's own, in which rows keep the id of a record of a noun."""

    model: type[models.Model]
    attname: str
    kind: Mapping[str, str] = field(default_factory=dict)  # of what points at records of any noun: which one
    custom: Custom | None = None

    @property
    def name(self) -> str:
        """`sales.order.customer_id`: how a merge remembers it."""
        return f"{self.model._meta.label_lower}.{self.custom.key if self.custom else self.attname}"

    def pairs(self, ids: Collection[UUID]) -> Pairs:
        """The rows that point at these records."""
        rows = self.model._default_manager.order_by("pk")
        if self.custom:
            held = rows.filter(self.custom.is_among("", [str(pk) for pk in ids])).values_list("pk", "custom")
            return [(pk, self.custom.of(data)) for pk, data in held]
        return list(rows.filter(**self.kind, **{f"{self.attname}__in": list(ids)}).values_list("pk", self.attname))

    def moved(self, targets: Mapping[UUID, UUID], actor: Actor) -> dict[str, Any] | None:
        """Have every row that points at one of these point at its target; which ones did, by what they pointed at."""
        found = [(pk, old) for pk, old in self.pairs(list(targets)) if pk not in targets and pk not in targets.values()]
        done = self.point([(pk, targets[old]) for pk, old in found], dict(found), actor)
        rows: dict[str, list[Any]] = defaultdict(list)
        for pk, old in found:
            if pk in done:
                rows[str(old)].append(pk)
        return {"place": self.name, "rows": rows} if rows else None

    def move_back(self, rows: Mapping[str, Sequence[Any]], now: UUID, actor: Actor) -> None:
        """Have these rows point again at what they pointed at, unless somebody has sent them elsewhere since."""
        still = {str(pk): pk for pk, _target in self.pairs([now])}
        wanted = [(still[str(pk)], UUID(old)) for old, keys in rows.items() for pk in keys if str(pk) in still]
        self.point(wanted, {pk: now for pk, _old in wanted}, actor)

    def point(self, wanted: Pairs, was: Mapping[Any, UUID], actor: Actor) -> set[Any]:
        """Write the new targets, all at once; one by one where some of them collide, and those stay as they are."""
        if not wanted:
            return set()
        try:
            with transaction.atomic():
                self.write(wanted, was, actor)
            return {pk for pk, _target in wanted}
        except IntegrityError:
            if len(wanted) == 1:
                return set()
        return {pk for one in wanted for pk in self.point([one], was, actor)}

    def write(self, wanted: Pairs, was: Mapping[Any, UUID], actor: Actor) -> None:
        """Records get their next version and a fact each; other tables are only written."""
        if not issubclass(self.model, Record):
            by_target: dict[UUID, list[Any]] = defaultdict(list)
            for pk, target in wanted:
                by_target[target].append(pk)
            for target, keys in by_target.items():
                self.model._default_manager.filter(pk__in=keys).update(**{self.attname: target})
            return
        if self.custom:
            held = self.model._default_manager.filter(pk__in=[pk for pk, _target in wanted])
            data = dict(held.values_list("pk", "custom"))
            rows: list[tuple[UUID, dict[str, Any]]] = [
                (pk, {"custom": {**(data[pk] or {}), self.custom.key: str(target)}}) for pk, target in wanted
            ]
        else:
            rows = [(pk, {self.column: target}) for pk, target in wanted]
        rows_update(self.model, rows)
        label, name = self.model._meta.label_lower, self.custom.name if self.custom else self.column
        events_write(
            [Fact(f"{label}.changed", label, pk, {name: str(was[pk])}, {name: str(t)}) for pk, t in wanted], actor
        )

    @property
    def column(self) -> str:
        """The field's name."""
        return next(one.name for one in self.model._meta.concrete_fields if one.attname == self.attname)


def places_of(resource: Resource) -> Iterator[Place]:
    """Every place that holds ids of this noun's records, and that a merge moves."""
    for pointer in pointers(resource.label):
        if pointer.custom or pointer.field == REFERENCE:
            kind = {"object_type": resource.label} if pointer.field == REFERENCE else {}
            yield Place(pointer.holder.model, pointer.field, kind, pointer.custom)
        else:
            attname = pointer.holder.model._meta.get_field(pointer.field).attname  # type: ignore[union-attr]  # a column
            yield Place(pointer.holder.model, attname, {}, None)
    yield from plain_places(resource.model, resource.label)


@cache
def plain_places(model: type[models.Model], label: str) -> tuple[Place, ...]:
    """The same in child tables, outside names, lists and hidden columns; what stays behind is set down by name."""
    found = []
    for other in (one for one in apps.get_models() if not stays(one)):
        shown = registry.of(other).links if issubclass(other, Record) else {}
        for one in other._meta.concrete_fields:
            if isinstance(one, models.ForeignKey) and one.related_model is model and one.name not in shown:
                found.append(Place(other, one.attname))
        if issubclass(other, Record):
            continue
        names = {one.name for one in other._meta.concrete_fields}
        if "object_id" in names:  # ids are unique across nouns: where only one kind can be meant, none is told
            found.append(Place(other, "object_id", {"object_type": label} if "object_type" in names else {}))
    return tuple(found)


def stays(model: type[models.Model]) -> bool:
    """Whether a table is left alone by merges: what was, and what is computed anew."""
    return model._meta.label_lower in settings.MERGE_LEAVES or model._meta.app_label in settings.MERGE_LEAVES
