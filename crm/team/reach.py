"""Which records of each noun a role reaches: all, its team's, one's own, those that meet a rule, or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_noop

from crm.core.actors import EVERYTHING, Actor, Condition, Reach
from crm.core.errors import CrmError
from crm.core.querying import where_of_tree
from crm.core.registry import Resource, registry

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
PEOPLE = """
WITH RECURSIVE below AS (
    SELECT id FROM team_team WHERE deleted_at IS NULL
        AND (manager_id = %s OR id = (SELECT team_id FROM team_user WHERE id = %s))
    UNION
    SELECT team.id FROM team_team team JOIN below ON team.parent_id = below.id WHERE team.deleted_at IS NULL
)
SELECT id FROM team_user WHERE id = %s OR team_id IN (SELECT id FROM below)
"""


def own(actor: Actor) -> Q:
    """What the actor owns."""
    return Q(owner_id=actor.person) if actor.person else NOBODY


def of_team(actor: Actor) -> Q:
    """What belongs to somebody of the actor's team, of the teams that it manages, and of all below."""
    if actor.person is None:
        return NOBODY
    return Q(owner_id__in=RawSQL(PEOPLE, [actor.person] * 3))  # noqa: S611  # a constant text


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
    if tree is None or extent == NONE:
        return first
    rule = meeting(resource, tree)
    return rule if extent == RULE else either(first, rule)


def either(one: Condition, other: Condition) -> Condition:
    """What meets one or the other."""
    return lambda actor: one(actor) | other(actor)


def reach_of(told: Mapping[str, Mapping[str, Any]]) -> Reach:
    """What a role says of each noun: `{"sales.deal": {"see": "team", "change": "own", "rule": {…}}}`."""
    if not told:
        return EVERYTHING
    nouns = {label: (registry[label], says) for label, says in told.items() if label in registry}
    return Reach(dict(parts_of(nouns, "see")), dict(parts_of(nouns, "change")), told)


def parts_of(
    nouns: Mapping[str, tuple[Resource, Mapping[str, Any]]], doing: str
) -> Iterator[tuple[str, Condition]]:
    """The conditions of the nouns of which not every record is reached."""
    for label, (resource, says) in nouns.items():
        if (extent := says.get(doing, ALL)) != ALL:
            yield label, condition_of(resource, extent, says.get("rule") if doing == "see" or extent == RULE else None)


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


