"""People from a list: who works here, in which team, under whom; nobody is written to, nobody gets a password."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.services import record_save
from crm.team.models import Role, Team, User
from crm.team.people import user_team_change
from crm.team.places import people_room_check
from crm.team.services import may_give

FIELDS = ("name", "email", "role", "team", "manager")
MOST = 1000
USUAL_ROLE = "member"
Outcome = Literal["added", "known", "refused"]


@dataclass(frozen=True)
class Newcomer:
    """One line of the list; a manager's name alone makes a team of theirs."""

    name: str = ""
    email: str = ""
    role: str = ""
    team: str = ""
    manager: str = ""


@dataclass(frozen=True)
class Arrival:
    """What became of one line."""

    outcome: Outcome
    person: UUID | None = None
    message: str = ""


@dataclass
class House:
    """Who and what is here, by the words that lists use."""

    actor: Actor
    by_email: dict[str, User] = field(default_factory=dict)
    by_name: dict[str, list[User]] = field(default_factory=lambda: defaultdict(list))
    roles: dict[str, Role] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)

    def take(self, user: User) -> None:
        """Remember a person."""
        if user.email:
            self.by_email[user.email.casefold()] = user
        self.by_name[user.name.casefold()].append(user)

    def find(self, name: str, email: str = "") -> User | None:
        """The person of this address, else the only one of this name."""
        if email:
            return self.by_email.get(email.casefold())
        same = self.by_name.get(name.casefold(), [])
        return same[0] if len(same) == 1 else None


def house_read(actor: Actor) -> House:
    """Everybody and every team, in three statements."""
    house = House(actor, teams={one.name.casefold(): one for one in Team.objects.filter(deleted_at=None)})
    for user in User.objects.select_related("role").filter(is_active=True):
        house.take(user)
    for role in Role.objects.all():
        house.roles |= {role.code.casefold(): role, role.name.casefold(): role}
    return house


@transaction.atomic
def people_add(lines: Sequence[Newcomer], *, actor: Actor) -> list[Arrival]:
    """Take in those who are not here yet, and put all of them into their teams; each line is judged for itself."""
    permit(actor, "team.manage_user")
    if len(lines) > MOST:
        text = _("At most %(most)s people at once.") % {"most": MOST}
        raise CrmError("too_many", text, status=422, most=MOST)
    house = house_read(actor)
    arrivals = [arrival(house, line) for line in lines]
    if any(line.team or line.manager for line in lines):
        permit(actor, "team.manage_team")
        teams_settle(house, list(zip(lines, arrivals, strict=True)))
    return arrivals


def arrival(house: House, line: Newcomer) -> Arrival:
    """One line: somebody who is here already, or one more."""
    try:
        known = house.find(line.name, line.email)
        return Arrival("known", known.pk) if known else Arrival("added", person_add(house, line).pk)
    except CrmError as refusal:
        return Arrival("refused", message=str(refusal.message))


def person_add(house: House, line: Newcomer) -> User:
    """One more person: with an address they may be handed a link to log in, without one they only own records."""
    role = house.roles.get((line.role or USUAL_ROLE).casefold())
    if role is None:
        raise CrmError("unknown_role", _("There is no role %(name)s.") % {"name": line.role[:60]}, status=422)
    if not may_give(house.actor, role):
        raise CrmError("forbidden", _("You cannot give a role that may do more than yours."), status=403)
    if not (line.name or line.email) or len(line.name) > 120 or "\x00" in f"{line.name}{line.email}":
        raise CrmError("invalid", _("A person needs a name of at most 120 characters, or an e-mail."), status=422)
    if not line.email and house.by_name.get(line.name.casefold()):
        raise CrmError("ambiguous", _("Several people have this name; give the e-mail."), status=422)
    if line.email:
        address_check(line.email)
    user = User(name=line.name, email=line.email or None, role=role)
    user.set_unusable_password()
    user.save()
    house.take(user)
    told = {"name": user.name, "role": role.code}
    events_write([Fact("team.user.added", "team.user", user.pk, None, told)], house.actor)
    return user


def address_check(email: str) -> None:
    """Refuse what is no address, what belongs to somebody who left, and one person more than the plan has room for."""
    try:
        validate_email(email)
    except ValidationError as error:
        raise CrmError("invalid", " ".join(error.messages), status=422) from error
    if User.objects.filter(email__iexact=email).exists():
        raise CrmError("conflict", _("This person is here, but inactive."), status=409)
    people_room_check(invited=True)


def teams_settle(house: House, arrived: Sequence[tuple[Newcomer, Arrival]]) -> None:
    """Make the teams that are named, under their managers, and put people into them."""
    members: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    for line, one in arrived:
        if one.person and (line.team or line.manager):
            members[line.team, line.manager].append(one.person)
    managers: dict[str, set[str]] = defaultdict(set)
    for team, manager in members:
        managers[team] |= {manager} - {""}
    for (team, manager), people in members.items():
        name, above = team_named(team, manager, is_shared=len(managers[team]) > 1)
        boss = house.find(manager) or person_add(house, Newcomer(name=manager)) if manager else None
        found = team_make(house, name, boss, team_make(house, above, None, None) if above else None)
        users = User.objects.select_related("role").filter(pk__in=[*people, *([boss.pk] if boss else [])])
        for user in users.exclude(team=found):
            if user.pk in people or user.team_id is None:
                user_team_change(user, found, actor=house.actor)


def team_named(team: str, manager: str, *, is_shared: bool) -> tuple[str, str]:
    """What a team is called, and the one above: an office with several managers has a team below for each."""
    if not team or not manager:
        return team or manager, ""
    return (f"{team}, {manager}", team) if is_shared else (team, "")


def team_make(house: House, name: str, manager: User | None, above: Team | None) -> Team:
    """The team of this name, made where there is none; its manager and place as the list says."""
    here = house.teams.get(name.casefold())
    values = dict(wanted(here, manager, above))
    if here is None:
        pk = record_save(Team, {"name": name, **values}, actor=house.actor)
        here = house.teams[name.casefold()] = Team.objects.get(pk=pk)
    elif values:
        record_save(Team, values, actor=house.actor, id=here.pk)
    return here


def wanted(here: Team | None, manager: User | None, above: Team | None) -> Iterator[tuple[str, str]]:
    """The values of a team that will differ."""
    for name, target in (("manager", manager), ("parent", above)):
        if target is not None and (here is None or getattr(here, f"{name}_id") != target.pk):
            yield name, str(target.pk)


def newcomer_of(values: Mapping[str, object]) -> Newcomer:
    """A line from what a program or a file says."""
    return Newcomer(**{name: str(values.get(name) or "").strip() for name in FIELDS})
