"""Who works here: roles given, doors shut and opened, within what the plan allows."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.cleaning import json_value
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.team.models import Role, Team, User
from crm.team.places import people_room_check
from crm.team.services import may_give


def change_check(user: User, actor: Actor) -> None:
    """Nobody changes themselves, or somebody who may do more."""
    permit(actor, "team.manage_user")
    if actor.person == user.pk:
        raise CrmError("forbidden", _("Nobody changes their own role or shuts their own door."), status=403)
    if not may_give(actor, user.role):
        raise CrmError("forbidden", _("This person may do more than you."), status=403)


def last_owner_check(user: User) -> None:
    """Somebody must be left who may do everything."""
    owners = User.objects.select_for_update().filter(is_active=True, role__code="owner").exclude(pk=user.pk)
    if user.is_active and user.is_owner and not owners.exists():
        raise CrmError("conflict", _("This is the last owner; make somebody else an owner first."), status=409)


@transaction.atomic
def user_role_change(user: User, role: Role, *, actor: Actor) -> None:
    """Give a person another role, never one above the giver's own."""
    change_check(user, actor)
    if not may_give(actor, role):
        raise CrmError("forbidden", _("You cannot give a role that may do more than yours."), status=403)
    if role.code != "owner":
        last_owner_check(user)
    User.objects.filter(pk=user.pk).update(role=role)
    note(user, "role_changed", actor, {"role": user.role.code}, {"role": role.code})


@transaction.atomic
def user_team_change(user: User, team: Team | None, *, actor: Actor) -> None:
    """Put a person into a team, or into none; nobody moves themselves, unless nothing is kept from them."""
    permit(actor, "team.manage_user")
    if not (actor.may("*") or (actor.person != user.pk and may_give(actor, user.role))):
        raise CrmError("forbidden", _("This person may do more than you."), status=403)
    User.objects.filter(pk=user.pk).update(team=team)
    note(user, "team_changed", actor, {"team": json_value(user.team_id)}, {"team": json_value(team and team.pk)})


@transaction.atomic
def user_deactivate(user: User, *, actor: Actor) -> None:
    """Shut the door: sessions, keys they made and apps they let act for them end at once; what they did stays."""
    change_check(user, actor)
    last_owner_check(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    note(user, "deactivated", actor, {"is_active": True}, {"is_active": False})


@transaction.atomic
def user_activate(user: User, *, actor: Actor) -> None:
    """Open the door again, where the plan has room."""
    change_check(user, actor)
    if not user.is_active:
        people_room_check()
    User.objects.filter(pk=user.pk).update(is_active=True)
    note(user, "activated", actor, {"is_active": False}, {"is_active": True})


def note(user: User, verb: str, actor: Actor, before: dict[str, object], after: dict[str, object]) -> None:
    """The fact that somebody's place here changed."""
    events_write([Fact(f"team.user.{verb}", "team.user", user.pk, before, after)], actor)
