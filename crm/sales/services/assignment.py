"""Giving out new records that nobody owns: rules in their order, each asked once for a whole batch."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from crm.core.actors import SYSTEM, Actor
from crm.core.bulk import Fact, events_write
from crm.core.errors import CrmError, Problem
from crm.core.querying import where_of, where_of_text, where_of_tree
from crm.core.registry import Row, registry
from crm.sales.models import AssignmentRule, Territory
from crm.sales.services.people import Staff, staff_read

CUSTOMER = AssignmentRule.Noun.CUSTOMER.value
WORKED_ON: Mapping[str, Q] = {  # what counts as somebody's load
    "sales.lead": ~Q(status__in=("converted", "unqualified")),
    "sales.deal": Q(status="open"),
    CUSTOMER: Q(),
}
Chosen = tuple[UUID, str]


def where(label: str, conditions: str, *, of_customer: bool = False) -> Q:
    """Conditions as they stand in an address; those of a territory speak of the customer, also for a deal."""
    link = "customer" if of_customer and label == "sales.deal" else ""
    params = dict(parse_qsl(conditions, keep_blank_values=True))
    tree = params.pop("where", "")
    found = where_of(registry[label], {f"{link}__{k}" if link else k: v for k, v in params.items()}, actor=SYSTEM)
    if not tree:
        return found
    if not link:
        return found & where_of_text(registry[label], tree, actor=SYSTEM)
    return found & where_of_tree(registry[label], linked(json.loads(tree), link), actor=SYSTEM)


def linked(tree: Any, link: str) -> Any:
    """A tree of conditions as asked one link away."""
    if isinstance(tree, list):
        return [linked(one, link) for one in tree]
    if isinstance(tree, dict) and "field" in tree:
        return {**tree, "field": f"{link}.{tree['field']}"}
    return {word: linked(one, link) for word, one in tree.items()} if isinstance(tree, dict) else tree


def conditions_problem(label: str, conditions: str) -> Problem | None:
    """Why the conditions cannot be asked, if so."""
    try:
        where(label, conditions)
    except CrmError as refusal:
        return Problem(refusal.code, str(refusal.message))
    return None


def rules_follow(rows: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
    """Refuse conditions that cannot be asked of the noun, and a way without the people that it needs."""
    for at, row in rows.items():
        row["assigns"] = row["assigns"] or str(AssignmentRule.Noun.LEAD)
        if problem := conditions_problem(row["assigns"], row["conditions"]):
            yield at, "conditions", problem
        needed = {"person": "person", "turns": "team", "load": "team"}.get(row["way"])
        if needed and not row[needed]:
            yield at, needed, Problem("required", _("This way of choosing needs it."))


def territories_follow(rows: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
    """Refuse conditions that cannot be asked of customers."""
    for at, row in rows.items():
        if problem := conditions_problem(CUSTOMER, row["conditions"]):
            yield at, "conditions", problem


def has_rules(label: str) -> bool:
    """Whether new records of the noun are given out."""
    return AssignmentRule.objects.filter(assigns=label, is_active=True, deleted_at=None).exists()


@dataclass
class Round:
    """One batch that is given out; people and their load are read once, where a rule asks for them."""

    label: str
    loads: dict[UUID, int] = field(default_factory=dict)
    staff: Staff | None = None

    def everybody(self) -> Staff:
        """The people and teams, asked once."""
        self.staff = self.staff or staff_read()
        return self.staff

    def people(self, team: UUID | None) -> list[UUID]:
        """Who works in a team and those below it, by name."""
        staff = self.everybody()
        found = staff.whole(team) if team in staff.teams and team else ()
        return sorted((one for one in found if one in staff.active), key=staff.name)

    def here(self, person: UUID | None) -> UUID | None:
        """A person, unless there is none or they have left: then the next rule decides."""
        return person if person in self.everybody().active else None

    def fewest(self, people: Sequence[UUID]) -> UUID | None:
        """Who of them has the fewest; each one that is given counts at once."""
        if unread := [one for one in people if one not in self.loads]:
            rows = registry[self.label].model._default_manager.filter(
                WORKED_ON[self.label], owner__in=unread, deleted_at=None
            )
            self.loads |= dict.fromkeys(unread, 0) | dict(rows.values_list("owner").annotate(n=Count("pk")).order_by())
        chosen = min(people, key=lambda one: self.loads[one], default=None)
        if chosen is not None:
            self.loads[chosen] += 1
        return chosen


def assign(label: str, ids: Sequence[str], actor: Actor) -> None:
    """Give new records to people by the tenant's rules: the first that fits decides; each is told with its reason."""
    active = AssignmentRule.objects.filter(assigns=label, is_active=True, deleted_at=None)
    rules = list(active.order_by("position", "pk"))
    if not rules:
        return
    rows = registry[label].model._default_manager
    left = set(rows.filter(pk__any_of=list(ids), owner=None).values_list("pk", flat=True))
    batch, given = Round(label), dict[UUID, Chosen]()
    for rule in rules if left else ():
        given |= given_by(rule, batch, left - given.keys())
    owners: dict[UUID, list[UUID]] = defaultdict(list)
    for pk, (person, _reason) in given.items():
        owners[person].append(pk)
    for person, records in owners.items():  # new in this transaction: nobody has read a version yet
        rows.filter(pk__any_of=records).update(owner=person)
    events_write([told(label, pk, person, reason) for pk, (person, reason) in given.items()], actor)


def told(label: str, pk: UUID, person: UUID, reason: str) -> Fact:
    """The fact that somebody was chosen, and why."""
    return Fact(f"{label}.assigned", label, pk, {"owner": None}, {"owner": str(person), "reason": reason})


def given_by(rule: AssignmentRule, batch: Round, left: set[UUID]) -> dict[UUID, Chosen]:
    """What one rule gives out of what is left."""
    if rule.way == AssignmentRule.Way.TERRITORY:
        return by_territory(rule, batch, left)
    fit = fitting(batch.label, partial(where, batch.label, rule.conditions), left)
    reason = _("Rule “%(rule)s”: %(way)s") % {"rule": rule.name, "way": rule.get_way_display()}
    if rule.way == AssignmentRule.Way.PERSON:
        chosen = batch.here(rule.person_id) if fit else None
        return dict.fromkeys(fit, (chosen, reason)) if chosen else {}
    people = batch.people(rule.team_id)
    if rule.way == AssignmentRule.Way.LOAD:
        return {pk: (chosen, reason) for pk in fit if (chosen := batch.fewest(people))}
    return {pk: (person, reason) for pk, person in zip(fit, turns(rule, people, len(fit)), strict=False)}


def fitting(label: str, condition: Callable[[], Q], left: set[UUID]) -> list[UUID]:
    """The records that the conditions speak of, in the order in which they were made; none where a field is gone."""
    try:
        rows = registry[label].model._default_manager.filter(condition(), pk__any_of=list(left))
    except CrmError:  # a field that this noun has not, or no longer
        return []
    return list(rows.order_by("pk").values_list("pk", flat=True))


def turns(rule: AssignmentRule, people: Sequence[UUID], n: int) -> list[UUID]:
    """The next people in turn; whoever makes records at the same moment waits, so that nobody is passed over."""
    if not people or not n:
        return []
    last = AssignmentRule.objects.select_for_update().values_list("last", flat=True).get(pk=rule.pk)
    first = people.index(last) + 1 if last in people else 0
    found = [people[(first + step) % len(people)] for step in range(n)]
    AssignmentRule.objects.filter(pk=rule.pk).update(last=found[-1])
    return found


def by_territory(rule: AssignmentRule, batch: Round, left: set[UUID]) -> dict[UUID, Chosen]:
    """The first territory in which a record lies: its person, or whoever of its team has the fewest."""
    fit, given = set(fitting(batch.label, partial(where, batch.label, rule.conditions), left)), dict[UUID, Chosen]()
    for one in Territory.objects.filter(is_active=True, deleted_at=None).order_by("position", "pk"):
        condition = partial(where, batch.label, one.conditions, of_customer=True)
        reason = _("Territory “%(name)s”") % {"name": one.name}
        for pk in fitting(batch.label, condition, fit - given.keys()):
            if chosen := batch.here(one.person_id) or batch.fewest(batch.people(one.team_id)):
                given[pk] = (chosen, reason)
    return given
