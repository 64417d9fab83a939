"""What records point at: whether it is there, may be seen, and is of the sample."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.drafts import Draft, Outcome, not_found
from crm.core.errors import Problem
from crm.core.permissions import visible
from crm.core.plans import Plan, part_plan
from crm.core.registry import registry

Aim = tuple[Mapping[int, Draft], Outcome]


def check_links(plan: Plan, drafts: Mapping[int, Draft], actor: Actor, outcome: Outcome) -> None:
    """Every record pointed at exists and may be seen: one query a field."""
    for name, target in plan.links.items():
        values = {at: d.values[name] for at, d in drafts.items() if d.values.get(name) is not None}
        point(name, values, marks(target, set(values.values()), actor), (drafts, outcome))
    for part in plan.resource.parts if plan.resource else ():
        for name, target in part_plan(part).links.items():
            pairs = [
                (at, i, row[name])
                for at, d in drafts.items()
                for i, row in enumerate(d.parts.get(part.name, ()))
                if row[name] is not None
            ]
            found = seen(target, {value for _at, _i, value in pairs}, actor)
            for at, i, value in pairs:
                if value not in found:
                    outcome.refuse(at, f"{part.name}.{i}.{name}", not_found(name))


def check_references(plan: Plan, drafts: Mapping[int, Draft], actor: Actor, outcome: Outcome) -> None:
    """A pair (object_type, object_id) names a noun, and a record of it that the actor may see; or both are empty."""
    if "object_type" not in plan.fields or "object_id" not in plan.fields:
        return
    wanted: dict[str, dict[int, UUID]] = defaultdict(dict)
    for at, draft in drafts.items():
        label, pk = draft.row["object_type"], draft.row["object_id"]
        if label and label not in registry:
            names = tuple(r.label for r in registry)
            outcome.refuse(at, "object_type", Problem("choice", _("There is no noun of that name."), names))
        elif bool(label) != (pk is not None):
            outcome.refuse(at, "object_id", Problem("required", _("Give both object_type and object_id, or neither.")))
        elif label and draft.values.keys() & {"object_type", "object_id"}:
            wanted[label][at] = pk
    for label, by_at in wanted.items():
        may = actor.may(registry[label].permission("view"))
        found = marks(registry[label].model, set(by_at.values()), actor) if may else {}
        point("object_id", by_at, found, (drafts, outcome))


def marks(target: type[models.Model], ids: set[Any], actor: Actor) -> dict[Any, bool | None]:
    """Which of these ids the actor may see, and whether each is of the sample; of what sets up the work nobody asks."""
    noun = registry.get(target._meta.label_lower)
    if noun is None or noun.in_settings or not ids:
        return dict.fromkeys(seen(target, ids, actor))
    return dict(visible(target, actor).filter(pk__any_of=ids).values_list("pk", "is_sample"))


def point(name: str, values: Mapping[int, Any], found: Mapping[Any, bool | None], to: Aim) -> None:
    """Refuse what points at nothing that is there; note whether the others stand with samples."""
    drafts, outcome = to
    for at, value in values.items():
        if value in found:
            drafts[at].stands_with.add(found[value])
        else:
            outcome.refuse(at, name, not_found(name))


def seen(target: type[models.Model], ids: set[Any], actor: Actor) -> set[Any]:
    """Which of these ids the actor may see."""
    return set(visible(target, actor).filter(pk__any_of=ids).values_list("pk", flat=True)) if ids else set()
