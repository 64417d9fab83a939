"""With whose rights a webhook or a rule acts: those of whoever wrote it last, as they are now."""

from __future__ import annotations

from typing import Any

from crm.automation.models import Authored
from crm.core.actors import Actor
from crm.team.services import actor_restore


def author_of(record: Authored, *, request_id: str = "") -> Actor:
    """The author; refused where they may no longer act."""
    return actor_restore(record.actor_kind, record.actor_id, via="rule", request_id=request_id)


def signed(actor: Actor) -> dict[str, Any]:
    """The columns that say who the author is."""
    return {"actor_kind": actor.kind, "actor_id": actor.id}
