"""What people make for themselves and share: one's own, those of one's team, and those for everyone."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q

from crm.core.actors import Actor
from crm.core.models import SavedView

Sharing = SavedView.Sharing


def owner_of(actor: Actor) -> UUID | None:
    """Whose a new one is: a person's. What a program makes on its own is for everyone."""
    return actor.id if actor.kind == "user" else actor.acts_for


def shared_with(actor: Actor) -> Q:
    """The condition that finds what the actor sees, in any table with `owner` and `sharing`."""
    person, everyone = owner_of(actor), Q(sharing=Sharing.EVERYONE)
    if person is None:
        return everyone
    team = get_user_model()._default_manager.filter(pk=person, team__isnull=False).values("team")
    return everyone | Q(owner_id=person) | Q(sharing=Sharing.TEAM, owner__team__in=team)


def may_change_shared(owner_id: UUID | None, sharing: str, actor: Actor, label: str) -> bool:
    """Whoever made it; of shared ones also whoever keeps them in order (`<module>.manage_<noun>`)."""
    module, _dot, noun = label.partition(".")
    if owner_id is not None and owner_id == owner_of(actor):
        return True
    if owner_id is None:
        return actor.may(f"{module}.change_{noun}")
    return sharing != Sharing.PRIVATE and actor.may(f"{module}.manage_{noun}")
