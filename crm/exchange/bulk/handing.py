"""Somebody leaves: what they own goes to a colleague, or to nobody, as bulk changes that can be undone."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import CharField, Count, Value

from crm.core.actors import Actor
from crm.core.permissions import permit, visible
from crm.core.registry import Resource, registry
from crm.exchange.bulk.asking import EDIT, Deed, Selection
from crm.exchange.bulk.services import bulk_start
from crm.exchange.models import BulkJob
from crm.team.models import User
from crm.team.people import user_deactivate

KEEP, NOBODY = "keep", "nobody"  # instead of a colleague: the records stay as they are, or belong to nobody


def owned_by(person: User) -> list[tuple[Resource, int]]:
    """How many live records of each noun somebody owns: one statement."""
    counts: list[Any] = [
        one.model._default_manager.filter(owner=person, deleted_at=None)
        .order_by()
        .annotate(owned_noun=Value(one.label, CharField()))
        .values("owned_noun")
        .annotate(owned_n=Count("pk"))
        .values_list("owned_noun", "owned_n")
        for one in registry
    ]
    found = dict(counts[0].union(*counts[1:], all=True))
    return [(one, found[one.label]) for one in registry if found.get(one.label)]


@transaction.atomic
def hand_over(person: User, to: User | None, *, actor: Actor) -> list[BulkJob]:
    """Give all that somebody owns to a colleague, or to nobody: a job a noun, each with its own undo."""
    permit(actor, "team.manage_user")
    deed = Deed(EDIT, {"owner": str(to.pk) if to else None})
    jobs = []
    for noun, _n in owned_by(person):
        rows = visible(noun.model, actor).filter(owner=person).order_by("pk").values_list("pk", flat=True)
        if ids := tuple(rows):
            jobs.append(bulk_start(noun, deed, Selection(ids), actor=actor))
    return jobs


@transaction.atomic
def person_leave(person: User, to: User | None, *, actor: Actor) -> list[BulkJob]:
    """Shut somebody's door, and hand over what they own."""
    user_deactivate(person, actor=actor)
    return hand_over(person, to, actor=actor)
