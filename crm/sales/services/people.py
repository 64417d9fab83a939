"""Who belongs to whom: people in their teams, teams below others, sums rolled up to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from django.utils.translation import gettext as _

from crm.team.models import Team, User


@dataclass(frozen=True)
class Staff:
    """Everybody and every team: two statements."""

    names: Mapping[UUID, str]
    team_of: Mapping[UUID, UUID | None]
    teams: Mapping[UUID, tuple[str, UUID | None]]
    active: frozenset[UUID] = field(default_factory=frozenset)

    @cached_property
    def below(self) -> dict[UUID | None, list[UUID]]:
        """The teams below each team, by name."""
        found: dict[UUID | None, list[UUID]] = defaultdict(list)
        for pk, (_name, parent) in sorted(self.teams.items(), key=lambda one: one[1][0].casefold()):
            found[parent if parent in self.teams else None].append(pk)
        return found

    @cached_property
    def members(self) -> dict[UUID | None, list[UUID]]:
        """The people right in each team."""
        found: dict[UUID | None, list[UUID]] = defaultdict(list)
        for person, team in self.team_of.items():
            found[team if team in self.teams else None].append(person)
        return found

    def whole(self, team: UUID) -> Iterator[UUID]:
        """Everybody in a team and in those below it."""
        yield from self.members[team]
        for one in self.below[team]:
            yield from self.whole(one)

    def name(self, person: UUID | None) -> str:
        """What a person is called."""
        return self.names.get(person, _("Somebody who has left")) if person else _("Without an owner")


def staff_read() -> Staff:
    """The people and teams of today."""
    people = list(User.objects.values_list("pk", "name", "email", "team", "is_active"))
    teams = Team.objects.filter(deleted_at=None).values_list("pk", "name", "parent")
    return Staff(
        {pk: name or email or str(pk) for pk, name, email, _team, _active in people},
        {pk: team for pk, _name, _email, team, _active in people},
        {pk: (name, parent) for pk, name, parent in teams},
        frozenset(pk for pk, _name, _email, _team, is_active in people if is_active),
    )


def owners_param(people: Iterable[UUID]) -> dict[str, str]:
    """The filter of a list that finds what these people own."""
    ids = sorted(map(str, people))
    if not ids:
        return {"owner__empty": "true"}
    return {"owner__in": ",".join(ids)} if len(ids) > 1 else {"owner": ids[0]}
