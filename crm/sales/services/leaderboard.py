"""Targets and plans against results: who has reached what share, and whether that is in pace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.utils import timezone

from crm.core.actors import Actor
from crm.core.permissions import fields_permit, permit, visible
from crm.core.registry import registry
from crm.core.samples import sample_shown
from crm.sales.models import Target
from crm.sales.services.people import Staff, staff_read
from crm.sales.services.periods import Period
from crm.sales.services.results import Amounts, results


class Goal(NamedTuple):
    """What is to be reached, and what of it by today, if each target were reached evenly over its own days."""

    whole: Decimal
    due: Decimal

    @classmethod
    def of(cls, goals: Iterable[Goal]) -> Goal | None:
        """Several together; none of none."""
        found = list(goals)
        return cls(*(sum(each, Decimal(0)) for each in zip(*found, strict=True))) if found else None


Goals = dict[UUID | None, Goal]


@dataclass(frozen=True)
class Standing:
    """How somebody, or a team, stands in a period."""

    result: Decimal
    goal: Goal | None
    planned: Goal | None

    @property
    def target(self) -> Decimal | None:
        """What is to be reached."""
        return self.goal.whole if self.goal else None

    @property
    def plan(self) -> Decimal | None:
        """What people mean to do."""
        return self.planned.whole if self.planned else None

    @property
    def share(self) -> float | None:
        """The share of the target that is reached."""
        return float(self.result / self.target) if self.target else None

    @property
    def expected(self) -> Decimal | None:
        """What should be reached by today, if the target were reached evenly."""
        return self.goal.due if self.goal else None

    @property
    def pace(self) -> float | None:
        """What is reached, of what should be by today: above 1 is ahead."""
        return float(self.result / self.expected) if self.expected else None


class Board:
    """All that one measure and period say: targets, plans and results of everybody; a handful of statements."""

    def __init__(self, measure: str, period: Period, category: str, actor: Actor) -> None:
        permit(actor, registry["sales.target"].permission("view"))
        fields_permit(registry["sales.target"], ["kind", "measure", "product_category", *COLUMNS], actor)
        self.measure, self.category, self.actor = measure, category, actor
        self.period, self.staff = period, staff_read()
        rows = visible(Target, actor).filter(
            measure=measure,
            product_category=category,
            starts_on__gte=period.first,
            ends_on__lte=period.last,
            is_sample=sample_shown(),
        )
        every = list(rows.values_list("kind", *COLUMNS))
        self.goals = {kind: GoalsRead((own for of, *own in every if of == kind), period) for kind in KINDS}

    @cached_property
    def result(self) -> Amounts:
        """What each owner reached; asked where it is told."""
        return results(self.measure, self.period, actor=self.actor, category=self.category)

    def person(self, person: UUID | None) -> Standing:
        """One person; what nobody owns stands beside them."""
        target, plan = (self.goals[kind].people.get(person) if person else None for kind in KINDS)
        return Standing(self.result.get(person, Decimal(0)), target, plan)

    def team(self, team: UUID) -> Standing:
        """A team with those below it: its own target, or else its people's together."""
        target, plan = (self.goals[kind].of_team(team, self.staff) for kind in KINDS)
        return Standing(self.sum(self.staff.whole(team)), target, plan)

    def target(self, who: UUID | None, *, is_team: bool = False) -> Decimal | None:
        """The target of a person or a team; of nobody in particular, of everybody together."""
        goals = self.goals[Target.Kind.TARGET]
        if who is None:
            found = goals.of_all(self.staff)
        else:
            found = goals.of_team(who, self.staff) if is_team else goals.people.get(who)
        return found.whole if found else None

    def everybody(self) -> Standing:
        """All together."""
        target, plan = (self.goals[kind].of_all(self.staff) for kind in KINDS)
        return Standing(self.sum(self.result), target, plan)

    def sum(self, people: Iterable[UUID | None]) -> Decimal:
        """What these people reached."""
        return sum((self.result.get(one, Decimal(0)) for one in people), Decimal(0))

    def shown(self) -> list[UUID | None]:
        """Everybody who has a result, a target or a plan; the best first."""
        with_goals = {person for kind in KINDS for person in self.goals[kind].people}
        found: set[UUID | None] = {person for person, n in self.result.items() if n} | with_goals
        return sorted(found, key=lambda one: self.rank(self.person(one)))

    @staticmethod
    def rank(one: Standing) -> tuple[bool, float, Decimal]:
        """By the share of the target; those without one after them, by what they reached."""
        return one.share is None, -(one.share or 0), -one.result


KINDS = (Target.Kind.TARGET, Target.Kind.PLAN)
COLUMNS = ("person", "team", "period", "starts_on", "goal")


class GoalsRead:
    """The goals of one kind: a row of the period itself counts before the sum of shorter ones within it."""

    def __init__(self, rows: Iterable[Sequence[Any]], period: Period) -> None:
        found: dict[tuple[UUID | None, UUID | None], dict[str, list[Goal]]] = defaultdict(lambda: defaultdict(list))
        for person, team, span, first, amount in rows:
            due = amount * Decimal(str(round(Period(span, first).gone(timezone.localdate()), 6)))
            found[person, team][span].append(Goal(amount, due))
        told = {who: spans.get(period.span) or spans.get("quarter") or spans["month"] for who, spans in found.items()}
        known = {who: goal for who, goals in told.items() if (goal := Goal.of(goals))}
        self.people: Goals = {person: goal for (person, _team), goal in known.items() if person}
        self.teams: Goals = {team: goal for (_person, team), goal in known.items() if team}
        self.whole = known.get((None, None))

    def of_team(self, team: UUID, staff: Staff) -> Goal | None:
        """A team's own goal; else those of its people and of the teams below."""
        if team in self.teams:
            return self.teams[team]
        own = [self.people[one] for one in staff.members[team] if one in self.people]
        below = [self.of_team(one, staff) for one in staff.below[team]]
        return Goal.of([*own, *(goal for goal in below if goal is not None)])

    def of_all(self, staff: Staff) -> Goal | None:
        """Everybody's goal; else those of all teams, and of people in none."""
        if self.whole is not None:
            return self.whole
        teams = [self.of_team(one, staff) for one in staff.below[None]]
        own = [self.people[one] for one in staff.members[None] if one in self.people]
        return Goal.of([*own, *(goal for goal in teams if goal is not None)])
