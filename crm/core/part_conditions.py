"""Conditions on a part of a record (deals with a line of some product): asked by ids, so that no row comes twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q

from crm.core.actors import Actor
from crm.core.permissions import permit, visible
from crm.core.registry import Part, Resource, registry

Ask = Callable[[Resource, list[str]], Q]


def part_at(resource: Resource, step: str) -> Part | None:
    """The part of that name, if the noun has one."""
    return next((part for part in resource.parts if part.name == step), None)


def part_condition(part: Part, path: list[str], actor: Actor, ask: Ask) -> Q | None:
    """The records that have a row of the part whose link leads to what is asked; None where that is no link."""
    spec = part.specs.get(path[0]) if path else None
    target = registry.get(spec.target) if spec is not None and spec.target else None
    if spec is None or target is None:
        return None
    permit(actor, target.permission("view"))
    ids: Any = visible(target.model, actor).filter(ask(target, path[1:] or ["id"])).values("pk")
    rows = part.model._default_manager.filter(**{f"{spec.name}__in": ids})
    return Q(pk__in=rows.values(f"{part.parent}_id"))
