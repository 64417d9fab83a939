"""Titles of records and names of people, looked up in few statements however many are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.models import Event
from crm.core.permissions import visible
from crm.core.registry import registry
from crm.team.models import User

USER = User._meta.label_lower


def titles_of(references: Iterable[tuple[str, UUID]], actor: Actor) -> dict[UUID, str]:
    """The titles of records by id: one statement a noun; what the actor may not see is left out."""
    wanted: dict[str, set[UUID]] = {}
    for label, record_id in references:
        wanted.setdefault(label, set()).add(record_id)
    found: dict[UUID, str] = {}
    for label, ids in wanted.items():
        if label == USER:
            found |= names_of(ids)
        elif (resource := registry.get(label)) and actor.may(resource.permission("view")):
            found |= dict(visible(resource.model, actor).filter(pk__in=ids).values_list("pk", resource.title))
    return found


def names_of(ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of users by id."""
    wanted = {one for one in ids if one}
    if not wanted:
        return {}
    return {
        pk: name or email for pk, name, email in User.objects.filter(pk__in=wanted).values_list("pk", "name", "email")
    }


def who(event: Event, names: dict[UUID, str]) -> str:
    """Who did it, as people say it."""
    if event.actor_kind == "user" and event.actor_id in names:
        return names[event.actor_id]
    return {"key": _("API key"), "system": "Kith", "portal": _("Portal")}.get(event.actor_kind, _("Somebody"))
