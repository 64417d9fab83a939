"""Who comes back and when: every customer has a pace of their own, and after each purchase a chance never to return."""
from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from crm.exchange.samples.seasons import Clock
from crm.exchange.samples.trades import Trade

KNOWN_FROM_THE_START = 0.34
LEAVE_AFTER_RETURN = 0.22


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


def visits_of(random: Random, clock: Clock, trade: Trade, first_day: int) -> list[Visit]:
    """The days a customer bought on: gamma paced gaps in shop time until they leave or today comes."""
    shape, mean = trade.pace
    shortest, longest = trade.gaps
    gap = min(longest, max(shortest, mean * shape / random.gammavariate(shape, 1.0)))
    leave = random.betavariate(*trade.leave)
    visits, day = [], first_day
    while day < clock.days:
        returned = random.random() < trade.return_share
        visits.append(Visit(day, returned))
        chance = leave + (trade.leave_after_first if len(visits) == 1 else 0.0)
        if random.random() < chance + (LEAVE_AFTER_RETURN if returned else 0.0):
            break
        day = max(day + 1, clock.after(day, random.gammavariate(trade.steadiness, gap / trade.steadiness)))
    return visits


def first_day_of(random: Random, clock: Clock) -> int:
    """A third were customers when the books begin and show up within weeks, the others arrive over time."""
    if random.random() < KNOWN_FROM_THE_START:
        return min(int(random.expovariate(1 / 25)), clock.days - 1)
    return clock.any_day(random)


def life(random: Random, clock: Clock, trade: Trade, number: int, tastes: str) -> Life:
    """One customer from the first day to the last visit."""
    is_company = random.random() < trade.company_share
    first_day = first_day_of(random, clock)
    return Life(
        number=number, is_company=is_company, taste_weights=tastes_of(random, tastes),
        lines_mean=random.gammavariate(4.0, trade.lines_mean) * (1.5 if is_company else 1.0),
        price_taste=random.gauss(0.0, 0.35), quantity_mean=1 + units_of(random, trade.units[is_company]),
        first_day=first_day, visits=visits_of(random, clock, trade, first_day) if number < trade.buyers else [])


def units_of(random: Random, scale: float) -> float:
    """How many more than one of a thing a customer usually takes."""
    return random.gammavariate(2.0, scale) if scale else 0.0
