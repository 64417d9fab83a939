"""What a file holds in terms of rights: by whom it could be made now, and who may have it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.core.actors import Actor
from crm.core.permissions import is_bare
from crm.core.reading import ListQuery
from crm.core.rows import may_name

MANAGE = "exchange.manage_exportjob"


def rights_of(query: ListQuery) -> dict[str, Any]:
    """What the actor of a query sees of it; equal rights make equal files."""
    resource, actor = query.resource, query.actor
    labels = {label for name, label in resource.links.items() if name in query.fields}
    for part in resource.parts:
        if part.name in query.fields:
            labels |= {spec.target for spec in part.specs.values() if spec.target}
    masks = any(spec.sensitive for name, spec in resource.specs.items() if name in query.fields)
    return {
        "fields": sorted(query.fields),
        "reach": {label: dict(said) for label, said in actor.reach.told.items() if label in {resource.label, *labels}},
        "revealed": masks and is_bare(resource, actor),
        "named": sorted(label for label in labels if may_name(label, actor)),
    }


def covers(mine: Mapping[str, Any], kept: Mapping[str, Any], actor: Actor, maker: bool) -> bool:
    """Whether someone with these rights could have made a file with those."""
    if maker and mine == kept:
        return True
    if mine["reach"] or any(label in actor.reach.see for label in kept["named"]):
        return False
    return (
        set(kept["fields"]) <= set(mine["fields"])
        and set(kept["named"]) <= set(mine["named"])
        and (mine["revealed"] or not kept["revealed"])
    )
