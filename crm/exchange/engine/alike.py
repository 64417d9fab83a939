"""Rows without any key (a list of names): the record that holds exactly what the row says is that record, once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from crm.core.permissions import visible
from crm.core.plans import plan_of
from crm.exchange.engine.gather import Pending
from crm.exchange.engine.recipe import Recipe
from crm.exchange.models import ImportedRecord


def claim_alike(recipe: Recipe, job_id: UUID, pendings: Sequence[Pending]) -> None:
    """Give each of these rows the id of an equal stored record that no other row of the file has, if there is one."""
    title = recipe.resource.title
    wanted = {pending.values[title] for pending in pendings if pending.values.get(title)}
    if not wanted:
        return
    plan = plan_of(recipe.resource.model)
    rows = visible(recipe.resource.model, recipe.actor).filter(is_sample=False, **{f"{title}__any_of": list(wanted)})
    records = list(rows.defer("search").order_by("pk"))
    plan.unpack(records)
    pks = [record.pk for record in records]
    taken = ImportedRecord.objects.filter(job_id=job_id, object_id__any_of=pks) if pks else None
    claimed = set(taken.values_list("object_id", flat=True)) if taken is not None else set()
    by_title: dict[Any, list[Any]] = defaultdict(list)
    for record in records:
        by_title[getattr(record, title)].append(record)
    columns = {name: field.attname for name, field in plan.fields.items()}
    for pending in pendings:
        for record in by_title.get(pending.values.get(title), ()):
            own = (name for name in pending.values if name in columns and name != recipe.notes)
            if record.pk not in claimed and all(getattr(record, columns[name]) == pending.values[name] for name in own):
                pending.id = record.pk
                claimed.add(record.pk)
                break
