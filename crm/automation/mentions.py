"""Colleagues who are named with an @ in what is written about a record are told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from crm.automation.matching import Event
from crm.automation.models import Notification
from crm.core.actors import SYSTEM, Actor
from crm.core.permissions import is_hidden, visible
from crm.core.registry import Resource, registry
from crm.team.models import User
from crm.team.services import actor_of_user


def mentioned(events: Sequence[Event]) -> list[tuple[User, Event, str]]:
    """Who was named in which event, and in which words; a name that stood there before tells nobody again."""
    texts = [(event, *words_of(event, SYSTEM)) for event in events]
    texts = [one for one in texts if "@" in one[1]]
    if not texts:
        return []
    people = list(User.objects.filter(is_active=True).select_related("role"))
    return [
        (user, event, words_of(event, actor_of_user(user, via="job"))[0])
        for event, after, before in texts
        for user in people
        if is_named(user, after) and not is_named(user, before) and may_read(user, event)
    ]


def words_of(event: Event, actor: Actor) -> tuple[str, str]:
    """The texts that an event wrote, and those that stood there, as far as the actor may read them."""
    resource = registry.get(event["object_type"])
    if resource is None or "object_id" not in resource.specs or event["via"] == "import":
        return "", ""
    texts = (name for name, spec in resource.specs.items() if spec.kind == "long_text" and spec.writable)
    names = [name for name in dict.fromkeys((resource.title, *texts)) if not is_hidden(resource, name, actor)]
    found = [" ".join(str((event[side] or {}).get(name) or "") for name in names) for side in ("after", "before")]
    return found[0], found[1]


def is_named(user: User, text: str) -> bool:
    """Whether the text names the person, by name or by address."""
    small = text.casefold()
    return any(f"@{name.casefold()}" in small for name in (user.name, user.email) if name)


def may_read(user: User, event: Event) -> bool:
    """Whether it was somebody else who wrote, and the person may see both the words and what they are about."""
    resource = registry[event["object_type"]]
    actor = actor_of_user(user, via="job")
    if str(event["actor_id"]) == str(user.pk) or not may_see(resource, event["object_id"], actor):
        return False
    kind, pk = about_of(event)
    return not kind or may_see(registry[kind], pk, actor)


def may_see(resource: Resource, pk: Any, actor: Actor) -> bool:
    """Whether the actor sees this record."""
    return actor.may(resource.permission("view")) and visible(resource.model, actor).filter(pk=pk).exists()


def about_of(event: Event) -> tuple[str, Any]:
    """The record that the words are about."""
    resource = registry[event["object_type"]]
    names = ("object_type", "object_id")
    row = resource.model._default_manager.filter(pk=event["object_id"]).values(*names).first()
    return (row["object_type"], row["object_id"]) if row and row["object_type"] in registry else ("", None)


def mentions_tell(events: Sequence[Event], tell: Any) -> None:
    """One line for each who was named, leading to what the words are about."""
    for user, event, text in mentioned(events):
        writer = User.objects.filter(pk=event["actor_id"]).first() if event["actor_kind"] == "user" else None
        kind, pk = about_of(event)
        about = (kind, pk) if kind else (event["object_type"], event["object_id"])
        values = {"who": str(writer or "Kith"), "text": " ".join(text.split())[:180]}
        tell([user], Notification.Kind.MENTION, lambda v=values: _("%(who)s mentioned you: %(text)s") % v, about=about)
