"""People from a list, taken back: who has not come in and has nothing goes, and the teams are as they were."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.deleting import delete_each
from crm.core.drafts import Change
from crm.core.errors import CrmError
from crm.core.models import Event, Record
from crm.core.permissions import permit
from crm.core.services import records_save
from crm.team.models import Team, User
from crm.team.people import user_team_change
from crm.team.services import may_give

ADDED, MOVED = "team.user.added", "team.user.team_changed"
TEAM_MADE, TEAM_CHANGED = "team.team.created", "team.team.changed"
DAYS, MOST_LISTS = 7, 10


@dataclass(frozen=True)
class Addition:
    """People who were added together, and are here still."""

    tx: str
    at: datetime
    count: int


def additions() -> list[Addition]:
    """What was added lately and can be taken back, the latest first."""
    facts = Event.objects.filter(name=ADDED, at__gte=timezone.now() - timedelta(days=DAYS))
    facts = facts.filter(object_id__in=User.objects.values("pk"))
    lists = facts.values("tx").annotate(count=Count("pk"), last=Max("at")).order_by("-last")[:MOST_LISTS]
    return [Addition(str(one["tx"]), one["last"], one["count"]) for one in lists]


@transaction.atomic
def people_undo(tx: str, *, actor: Actor) -> tuple[int, list[User]]:
    """Take an addition back: how many went, and who stays since they came in, or something is theirs."""
    permit(actor, "team.manage_user")
    facts = list(Event.objects.filter(tx=tx, object_type__in=("team.user", "team.team")).order_by("-seq"))
    added = {fact.object_id for fact in facts if fact.name == ADDED and fact.at >= too_long_ago()}
    people = {one.pk: one for one in User.objects.select_related("role").select_for_update().filter(pk__in=added)}
    if not people:
        raise CrmError("not_found", _("There is nothing left of it that could be taken back."), status=404)
    if any(fact.object_type == "team.team" for fact in facts):
        permit(actor, "team.manage_team")
    teams = {fact.object_id for fact in facts if fact.name == TEAM_MADE}
    stays = {pk for pk, one in people.items() if one.last_login or not may_give(actor, one.role)}
    stays |= holding(people.keys() - stays, besides=(Team,))
    moves_back([fact for fact in facts if fact.name == MOVED and fact.object_id not in added], actor)
    teams_back(facts, teams_empty(teams, people.keys() - stays), actor.authorised())
    stays |= holding(people.keys() - stays)
    gone = [one for pk, one in people.items() if pk not in stays]
    User.objects.filter(pk__in=[one.pk for one in gone]).delete()
    events_write([Fact("team.user.removed", "team.user", one.pk, {"name": one.name}, None) for one in gone], actor)
    return len(gone), sorted((people[pk] for pk in stays), key=str)


def too_long_ago() -> datetime:
    """What was added before stays."""
    return timezone.now() - timedelta(days=DAYS)


def holding(ids: Collection[UUID], besides: Iterable[type[Any]] = ()) -> set[UUID]:
    """Those of these people whom something live points at: records that they own, keys, shares, targets."""
    found: set[UUID] = set()
    for link in User._meta.get_fields(include_hidden=True):
        model: Any = link.related_model
        if not (link.auto_created and (link.one_to_many or link.one_to_one)) or model in besides:
            continue
        live = {"deleted_at": None} if issubclass(model, Record) else {}
        name = link.field.name  # type: ignore[union-attr]  # a relation that another model declares
        found.update(model._default_manager.filter(**{f"{name}__in": ids}, **live).values_list(f"{name}_id", flat=True))
    return found


def moves_back(facts: Iterable[Event], actor: Actor) -> None:
    """Who was here before is in their team of before, unless somebody has moved them on."""
    for fact in facts:
        before, after = (fact.before or {}).get("team"), (fact.after or {}).get("team")
        user = User.objects.select_related("role").filter(pk=fact.object_id).first()
        team = Team.objects.filter(pk=before, deleted_at=None).first() if before else None
        if user is not None and str(user.team_id) == str(after):
            user_team_change(user, team, actor=actor)


def teams_empty(made: Collection[UUID], going: Collection[UUID]) -> set[UUID]:
    """Those of the teams that were made in which nobody stays, and below which none stays."""
    empty = set(Team.objects.filter(pk__in=made, deleted_at=None).values_list("pk", flat=True))
    empty -= set(User.objects.filter(team__in=made).exclude(pk__in=going).values_list("team", flat=True))
    below = list(Team.objects.filter(parent__in=made, deleted_at=None).values_list("pk", "parent"))
    while holds := {parent for pk, parent in below if pk not in empty} & empty:
        empty -= holds
    return empty


def teams_back(facts: Iterable[Event], empty: Collection[UUID], actor: Actor) -> None:
    """Teams that were made and hold nobody are gone; those that were there have the manager and the place of before."""
    for fact in facts:
        team = Team.objects.filter(pk=fact.object_id, deleted_at=None).first()
        if fact.name == TEAM_CHANGED and team is not None and fact.object_id not in empty:
            now = {"manager": str(team.manager_id), "parent": str(team.parent_id)}
            before, after = fact.before or {}, fact.after or {}
            names = [name for name, value in now.items() if name in after and value == str(after[name])]
            records_save(Team, [Change({name: before.get(name) for name in names}, fact.object_id)], actor=actor)
    for refusal in delete_each(Team, dict.fromkeys(empty), actor=actor).values() if empty else ():
        raise refusal
