"""What goes into a basket: what has run out, what fits the taste, and what goes with what is already in it."""
from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from crm.exchange.samples.catalogue import Item
from crm.exchange.samples.lives import Life
from crm.exchange.samples.seasons import season_factor

GOES_WITH_SHARE = 0.34
REFILL_SHARE = 0.66
KEEPS_BUYING_SHARE = 0.5
POPULARITY = 0.75


@dataclass(frozen=True, slots=True)
class Pick:
    """One product in a basket."""

    item: int
    quantity: int


class Shelf:
    """The products as a taste sees them in a month: running sums of how much each is wanted."""

    def __init__(self, items: tuple[Item, ...]) -> None:
        self.items = items
        self.tastes = "".join(sorted({taste for item in items for taste in item.tastes}))
        self.wanted: dict[tuple[str, int], tuple[list[int], list[float]]] = {}

    def of(self, taste: str, month: int) -> tuple[list[int], list[float]]:
        """The products of a taste and their weights in a month."""
        key = (taste, month)
        if key not in self.wanted:
            found = [item for item in self.items if taste in item.tastes]
            weights = [season_factor(item.season, month) / item.rank**POPULARITY / len(item.tastes) for item in found]
            self.wanted[key] = ([item.position for item in found], list(accumulate(weights)))
        return self.wanted[key]


class Shopper:
    """One customer in the shop: remembers what was bought and when."""

    def __init__(self, life: Life, shelf: Shelf, random: Random) -> None:
        self.life, self.shelf, self.random = life, shelf, random
        self.bought: dict[int, int] = {}
        self.keeps: set[int] = set()
        self.tastes, self.weights = list(life.taste_weights), list(accumulate(life.taste_weights.values()))

    def basket(self, day: int, month: int) -> list[Pick]:
        """Fill a basket on a day; no product twice."""
        chosen = self.refills(day)
        wanted = max(1, len(chosen)) if chosen else 1
        wanted += poisson(self.random, max(0.1, self.life.lines_mean - 1))
        tries = 0
        while len(chosen) < wanted and tries < 40:
            tries += 1
            self.add(chosen, self.fancy(month))
        for at in chosen:
            self.bought[at] = day
        return [Pick(at, self.quantity()) for at in chosen]

    def refills(self, day: int) -> list[int]:
        """What this customer uses up and has had long enough."""
        items = self.shelf.items
        due = [at for at in sorted(self.keeps) if day - self.bought[at] >= 0.7 * items[at].cycle_days]
        return [at for at in due if self.random.random() < REFILL_SHARE][:5]

    def fancy(self, month: int) -> int:
        """Something to the customer's taste; dear things more often for those who like them."""
        while True:
            taste = self.random.choices(self.tastes, cum_weights=self.weights)[0]
            places, sums = self.shelf.of(taste, month)
            at = self.random.choices(places, cum_weights=sums)[0]
            if not self.shelf.items[at].fits(is_company=self.life.is_company):
                continue
            dear = math.exp(self.life.price_taste * math.log(self.shelf.items[at].dearness + 0.1) - 0.5)
            if self.random.random() < dear:
                return at

    def add(self, chosen: list[int], at: int) -> None:
        """Put one product in, sometimes with its companion; a durable thing is bought once."""
        item = self.shelf.items[at]
        if at in chosen or (at in self.bought and not item.cycle_days and self.random.random() < 0.9):
            return
        if item.cycle_days and at not in self.bought and self.random.random() < KEEPS_BUYING_SHARE:
            self.keeps.add(at)
        chosen.append(at)
        mate = item.goes_with
        if mate is not None and not self.shelf.items[mate].fits(is_company=self.life.is_company):
            return
        if mate is not None and mate not in chosen and self.random.random() < GOES_WITH_SHARE:
            chosen.append(mate)

    def quantity(self) -> int:
        """How many of it: people take one, firms a few."""
        return 1 + poisson(self.random, self.life.quantity_mean - 1)


def poisson(random: Random, mean: float) -> int:
    """A Poisson number by multiplication: exact and quick for the small means used here."""
    limit, count, product = math.exp(-mean), 0, random.random()
    while product > limit:
        count, product = count + 1, product * random.random()
    return count
