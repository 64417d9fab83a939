"""Titles of records and names of people, looked up in few statements however many are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from crm.core import rows
from crm.core.actors import Actor
from crm.core.models import Event
from crm.core.permissions import visible
from crm.core.registry import registry
from crm.team.models import User

USER = User._meta.label_lower


def titles_of(references: Iterable[tuple[str, UUID]], actor: Actor) -> dict[UUID, str]:
    """The titles of records by id: one statement for all nouns; what the actor may not see is left out."""
    wanted: dict[str, set[UUID]] = {}
    for label, record_id in references:
        wanted.setdefault(label, set()).add(record_id)
    users = names_of(wanted.pop(USER, ()))
    nouns = [(registry[label], ids) for label, ids in wanted.items() if label in registry]
    asked = [
        rows.titles_of(visible(one.model, actor), ids) for one, ids in nouns if actor.may(one.permission("view"))
    ]
    return users | (dict(asked[0].union(*asked[1:], all=True)) if asked else {})


def names_of(ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of users by id."""
    wanted = {one for one in ids if one}
    if not wanted:
        return {}
    return dict(User.objects.filter(pk__in=wanted).values_list("pk", "name"))


def who(event: Event, names: dict[UUID, str]) -> str:
    """Who did it, as people say it."""
    if event.actor_kind == "user" and event.actor_id in names:
        return names[event.actor_id]
    kinds = {"key": _("API key"), "app": _("Connected app"), "system": "Kith", "portal": _("Portal")}
    return kinds.get(event.actor_kind, _("Somebody"))
