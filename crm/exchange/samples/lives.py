"""Who comes back and when: every customer has a pace of their own, and after each purchase a chance never to return."""
from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from crm.exchange.samples.seasons import Clock

BUYERS = 1730
ONLOOKERS = 270
COMPANY_SHARE = 0.11
KNOWN_FROM_THE_START = 0.34
STEADINESS = 0.9
PACE_SHAPE, PACE_MEAN_GAP = 2.2, 62.0
LEAVE_A, LEAVE_B = 0.5, 7.2
LEAVE_AFTER_FIRST = 0.10
LEAVE_AFTER_RETURN = 0.22
RETURN_SHARE = 0.035
SHORTEST_GAP, LONGEST_GAP = 5.0, 300.0


@dataclass(slots=True)
class Visit:
    """One purchase: the day, and whether something of it came back later."""

    day: int
    is_returned: bool


@dataclass(slots=True)
class Life:
    """One customer's habits and visits."""

    number: int
    is_company: bool
    taste_weights: dict[str, float]
    lines_mean: float
    price_taste: float
    quantity_mean: float
    first_day: int
    visits: list[Visit] = field(default_factory=list)


def tastes_of(random: Random, tastes: str) -> dict[str, float]:
    """One main taste, one second, a little of everything."""
    first, second = random.sample(tastes, 2)
    weights = dict.fromkeys(tastes, 0.05)
    weights[first] += 0.5
    weights[second] += 0.2
    return weights


def visits_of(random: Random, clock: Clock, first_day: int) -> list[Visit]:
    """The days a customer bought on: gamma paced gaps in shop time until they leave or today comes."""
    gap = min(LONGEST_GAP, max(SHORTEST_GAP, PACE_MEAN_GAP * PACE_SHAPE / random.gammavariate(PACE_SHAPE, 1.0)))
    leave = random.betavariate(LEAVE_A, LEAVE_B)
    visits, day = [], first_day
    while day < clock.days:
        returned = random.random() < RETURN_SHARE
        visits.append(Visit(day, returned))
        chance = leave + (LEAVE_AFTER_FIRST if len(visits) == 1 else 0.0) + (LEAVE_AFTER_RETURN if returned else 0.0)
        if random.random() < chance:
            break
        day = max(day + 1, clock.after(day, random.gammavariate(STEADINESS, gap / STEADINESS)))
    return visits


def first_day_of(random: Random, clock: Clock) -> int:
    """A third were customers when the books begin and show up within weeks, the others arrive over time."""
    if random.random() < KNOWN_FROM_THE_START:
        return min(int(random.expovariate(1 / 25)), clock.days - 1)
    return clock.any_day(random)


def life(random: Random, clock: Clock, number: int, tastes: str) -> Life:
    """One customer from the first day to the last visit."""
    is_company = random.random() < COMPANY_SHARE
    first_day = first_day_of(random, clock)
    return Life(
        number=number, is_company=is_company, taste_weights=tastes_of(random, tastes),
        lines_mean=random.gammavariate(4.0, 0.55) * (1.5 if is_company else 1.0), price_taste=random.gauss(0.0, 0.35),
        quantity_mean=1 + random.gammavariate(2.0, 1.6 if is_company else 0.11), first_day=first_day,
        visits=visits_of(random, clock, first_day) if number < BUYERS else [])
