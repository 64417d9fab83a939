"""Teams below teams: no circles, and the whole as a tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import Problem
from crm.core.locking import try_lock
from crm.core.permissions import permit, visible
from crm.core.registry import Row
from crm.team.models import Team, User


def teams_follow(rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
    """Refuse a team that would stand below itself; two who rearrange at the same moment wait for each other."""
    moved = {at: row for at, row in rows.items() if at in was and row["parent"] and row["parent"] != was[at]["parent"]}
    if not moved:
        return
    if not try_lock("teams"):
        text = _("Somebody else is rearranging the teams; try again.")
        yield from ((at, "parent", Problem("busy", text)) for at in moved)
        return
    live = Team.objects.filter(deleted_at=None).values_list("pk", "name", "parent")
    known = {pk: (name, parent) for pk, name, parent in live}
    ids = {name: pk for pk, (name, _parent) in known.items()}
    above: dict[UUID, UUID | None] = {pk: parent for pk, (_name, parent) in known.items()}
    above |= {ids[was[at]["name"]]: row["parent"] for at, row in moved.items() if was[at]["name"] in ids}
    for at, row in moved.items():
        if is_circle(above, ids.get(was[at]["name"]), row["parent"]):
            yield at, "parent", Problem("circle", _("A team cannot stand below itself."))


def is_circle(above: Mapping[UUID, UUID | None], team: UUID | None, parent: UUID | None) -> bool:
    """Whether the way up from the parent comes back to the team, or never ends."""
    passed: set[UUID] = set()
    while parent is not None and parent != team and parent not in passed:
        passed.add(parent)
        parent = above.get(parent)
    return parent is not None


@dataclass
class Branch:
    """A team in the tree: who leads it, who is in it, and what stands below."""

    team: Team
    members: list[User] = field(default_factory=list)
    below: list[Branch] = field(default_factory=list)

    @property
    def people_count(self) -> int:
        """How many people are in it and below."""
        return len(self.members) + sum(one.people_count for one in self.below)


def tree_read(actor: Actor) -> tuple[list[Branch], list[User]]:
    """The teams that the actor may see as they stand below each other, and the people in none: two statements.

    What stands below a team that is not seen stands at the top."""
    permit(actor, "team.view_team")
    permit(actor, "team.view_user")
    teams = visible(Team, actor).select_related("manager").order_by("name_key", "pk").defer("search")
    branches = {team.pk: Branch(team) for team in teams}
    loose: list[User] = []
    for person in User.objects.filter(is_active=True).select_related("role").order_by("name", "email"):
        home = branches.get(person.team_id) if person.team_id else None
        if home:
            home.members.append(person)
        elif person.team_id is None:
            loose.append(person)
    tops: list[Branch] = []
    for branch in branches.values():
        above = branches.get(branch.team.parent_id) if branch.team.parent_id else None
        (above.below if above else tops).append(branch)
    return tops, loose
