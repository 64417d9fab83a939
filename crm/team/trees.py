"""Teams below teams: no circles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

from django.utils.translation import gettext as _

from crm.core.errors import Problem
from crm.core.locking import try_lock
from crm.core.registry import Row
from crm.team.models import Team


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
