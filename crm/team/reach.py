"""Which records of each noun a role reaches: all, its team's, one's own, those that meet a rule, or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_noop

from crm.core.actors import EVERYTHING, Actor, Condition, Reach
from crm.core.days import today
from crm.core.errors import CrmError
from crm.core.querying import where_of_tree
from crm.core.registry import Resource, registry
from crm.team.models import Share

ALL, TEAM, OWN, RULE, NONE = "all", "team", "own", "rule", "none"
EXTENTS = {
    ALL: gettext_noop("All"),
    TEAM: gettext_noop("Of their team"),
    OWN: gettext_noop("Their own"),
    RULE: gettext_noop("Those that meet the rule"),
    NONE: gettext_noop("None"),
}
ORDER = (NONE, OWN, TEAM, ALL)  # each holds what stands before it; a rule stands beside them
NOBODY = Q(pk__in=[])
BELOW = """
WITH RECURSIVE below AS (
    SELECT id FROM team_team WHERE deleted_at IS NULL
        AND (manager_id = %s OR id = (SELECT team_id FROM team_user WHERE id = %s))
    UNION
    SELECT team.id FROM team_team team JOIN below ON team.parent_id = below.id WHERE team.deleted_at IS NULL
)
"""
PEOPLE = f"{BELOW} SELECT id FROM team_user WHERE id = %s OR team_id IN (SELECT id FROM below)"  # noqa: S608  # our own
TEAMS = f"{BELOW} SELECT id FROM below"  # noqa: S608  # our own
TEAMS_ABOVE = """
WITH RECURSIVE above AS (
    SELECT id, parent_id FROM team_team WHERE deleted_at IS NULL
        AND (manager_id = %s OR id = (SELECT team_id FROM team_user WHERE id = %s))
    UNION
    SELECT team.id, team.parent_id FROM team_team team JOIN above ON team.id = above.parent_id
    WHERE team.deleted_at IS NULL
)
SELECT id FROM above
"""


def own(actor: Actor) -> Q:
    """What the actor owns."""
    return Q(owner_id=actor.person) if actor.person else NOBODY


def of_team(actor: Actor) -> Q:
    """What belongs to somebody of the actor's team, of the teams that it manages, and of all below."""
    if actor.person is None:
        return NOBODY
    return Q(owner__any_of=asked_first(PEOPLE, [actor.person] * 3))


def with_team(link: str) -> Condition:
    """What is given to one of these teams by itself, whoever owns it."""

    def where(actor: Actor) -> Q:
        return Q(**{f"{link}__any_of": asked_first(TEAMS, [actor.person] * 2)}) if actor.person else NOBODY

    return where


def asked_first(text: str, values: list[Any]) -> RawSQL:
    """A question that is answered once, before the one around it: so that an index finds what it names, also where
    other conditions stand beside it."""
    return RawSQL(f"ARRAY({text})", values)  # noqa: S611  # constant texts


def shared(label: str, *, to_change: bool = False) -> Condition:
    """The records of a noun that somebody has opened to the actor, to its team, or to one above or managed by it."""

    def where(actor: Actor) -> Q:
        if actor.person is None:
            return NOBODY
        rows = shares_with(actor).filter(object_type=label, **({"is_writable": True} if to_change else {}))
        return Q(pk__any_of=ArraySubquery(rows.values("object_id")))

    return where


def shares_with(actor: Actor) -> QuerySet[Share]:
    """What is open to the actor today: to the person, or to a team."""
    teams = asked_first(TEAMS_ABOVE, [actor.person] * 2)
    rows = Share.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today()))
    return rows.filter(Q(user_id=actor.person) | Q(team__any_of=teams))


def nothing(actor: Actor) -> Q:
    """No record."""
    return NOBODY


def meeting(resource: Resource, tree: Any) -> Condition:
    """What meets a rule; it may speak of fields that are hidden from the actor, and of records beyond their reach."""

    def where(actor: Actor) -> Q:
        try:
            found = where_of_tree(resource, tree, actor=actor.authorised())
        except CrmError:  # a field of the rule is gone: whoever depends on it sees less, never more
            return NOBODY
        return Q(pk__in=resource.model._default_manager.filter(found).order_by().values("pk"))

    return where


BY_OWNER: dict[str, Condition] = {OWN: own, TEAM: of_team, NONE: nothing, RULE: nothing}


def condition_of(resource: Resource, extent: str, tree: Any) -> Condition:
    """The records of an extent, and those that meet the rule, if there is one."""
    first = BY_OWNER.get(extent, nothing)
    if extent == TEAM and resource.team_link:
        first = either(first, with_team(resource.team_link))
    if tree is None or extent == NONE:
        return first
    rule = meeting(resource, tree)
    return rule if extent == RULE else either(first, rule)


def either(one: Condition, other: Condition) -> Condition:
    """What meets one or the other."""
    return lambda actor: one(actor) | other(actor)


def reach_of(told: Mapping[str, Mapping[str, Any]], *, with_shares: bool = True) -> Reach:
    """What a role says of each noun: `{"sales.deal": {"see": "team", "change": "own", "rule": {…}}}`; and what is
    shared with whoever holds it."""
    if not told:
        return EVERYTHING
    nouns = {label: (registry[label], says) for label, says in told.items() if label in registry}
    see, change = {}, {}
    for label, (resource, says) in nouns.items():
        seen, changed = condition_at(resource, says, "see"), condition_at(resource, says, "change")
        if seen is not None:
            see[label] = either(seen, shared(label)) if with_shares else seen
        if with_shares and (own := changed or seen) is not None:  # of what is only shared, only what is to be changed
            change[label] = either(own, shared(label, to_change=True))
        elif changed is not None:
            change[label] = changed
    return Reach(see, change, told)


def condition_at(resource: Resource, says: Mapping[str, Any], doing: str) -> Condition | None:
    """The condition of a noun of which not every record is reached."""
    extent = says.get(doing, ALL)
    if extent == ALL:
        return None
    return condition_of(resource, extent, says.get("rule") if doing == "see" or extent == RULE else None)


def is_within(given: Mapping[str, Any], held: Mapping[str, Any], doing: str) -> bool:
    """Whether what is given of a noun reaches no further than what is held of it."""
    mine, theirs = held.get(doing, ALL), given.get(doing, ALL)
    if mine == ALL or theirs == NONE:
        return True
    same_rule = given.get("rule") is None or given.get("rule") == held.get("rule")
    if RULE in (mine, theirs):
        return mine == theirs and same_rule
    return ORDER.index(theirs) <= ORDER.index(mine) and (doing == "change" or same_rule)


def reaches_no_further(given: Mapping[str, Mapping[str, Any]], held: Reach) -> bool:
    """Whether a role that says this reaches nothing that the holder does not."""
    return all(
        is_within(given.get(label, {}), says, doing) for label, says in held.told.items() for doing in ("see", "change")
    )


