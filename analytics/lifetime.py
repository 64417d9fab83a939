"""What a customer will still be worth, and when they will buy next: BG/NBD and Gamma-Gamma, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from analytics.estimators.beta_geometric import COLLAPSED, BetaGeometric
from analytics.estimators.gamma_gamma import GammaGamma
from analytics.features import Floats, Snapshot

HORIZON_DAYS = 365
LEAST_CUSTOMERS = 50
DRAWS = 200
INTERVAL = (0.1, 0.9)  # 80 %
WINDOW = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Lifetime:
    """Both fitted models."""

    buying: BetaGeometric
    amount: GammaGamma


def rhythm(known: Snapshot) -> Floats:
    """Repeat days, recency and age of each customer, shape (n, 3); a purchase day counts once."""
    age = known.column("tenure_days")
    table: Floats = np.column_stack([known.column("order_days") - 1, age - known.column("recency_days"), age])
    return table


def amounts(known: Snapshot) -> Floats:
    """Purchase days and mean spend on one, shape (n, 2)."""
    days = known.column("order_days")
    return np.column_stack([days, known.column("spend") / days])


def fit(known: Snapshot) -> Lifetime | None:
    """Learn both models, or None where there are too few customers or nobody ever came back."""
    table = rhythm(known)
    if len(table) < LEAST_CUSTOMERS or (table[:, 0] > 0).sum() < LEAST_CUSTOMERS // 5:
        return None
    return Lifetime(buying=BetaGeometric(penalty=0.001).fit(table), amount=GammaGamma().fit(amounts(known)))


def value(models: Lifetime, known: Snapshot, days: float) -> Floats:
    """Expected spend in the next `days`, in the tenant's currency, shape (n,)."""
    answer: Floats = models.buying.expected(rhythm(known), days) * models.amount.expected(amounts(known))
    return answer


def interval(models: Lifetime, known: Snapshot, days: float) -> tuple[Floats, Floats]:
    """The 80 % interval of spend in the next `days`, two arrays of shape (n,), by drawing futures.

    Every customer has a stream of random numbers of their own, made from their id: the same answer whoever else is
    asked about.
    """
    alive = models.buying.p_alive(rhythm(known))
    futures = [
        spend_quantiles(models, (*row, *money, p), pk, days)
        for row, money, p, pk in zip(rhythm(known), amounts(known), alive, known.ids, strict=True)
    ]
    table = np.array(futures, dtype=np.float64).reshape(len(futures), 2)
    return table[:, 0], table[:, 1]


def spend_quantiles(models: Lifetime, facts: tuple[float, ...], pk: UUID, days: float) -> Any:
    """Quantiles of one customer's future spend over drawn rates, drop-outs, counts and amounts."""
    draw = np.random.Generator(np.random.PCG64(pk.int))
    buying, amount = models.buying, models.amount
    repeats, _, age, purchases, mean, alive = facts
    rates = draw.gamma(buying.r_ + repeats, 1.0 / (buying.alpha_ + age), DRAWS)
    counts = draw.poisson(rates * days)
    if buying.a_ >= COLLAPSED:
        leaving = np.clip(draw.beta(buying.a_, buying.b_ + repeats, DRAWS), 1e-9, 1.0)
        counts = np.minimum(counts, draw.geometric(leaving))
    counts = np.where(draw.random(DRAWS) < alive, counts, 0)
    scale = amount.v_ + purchases * mean / amount.scale_
    means = scale / np.maximum(draw.gamma(amount.q_ + amount.p_ * purchases, 1.0, DRAWS), 1e-9)
    spend = amount.scale_ * means * draw.gamma(np.maximum(amount.p_ * counts, 1e-12), 1.0)
    futures = np.sort(np.where(counts > 0, spend, 0.0))
    return [futures[int(share * (DRAWS - 1))] for share in INTERVAL]


def next_purchase_days(models: Lifetime, known: Snapshot) -> Sequence[Floats]:
    """Days from now until the next purchase, low, expected and high, of those who buy within the horizon."""
    return [np.ceil(models.buying.days_until(rhythm(known), share, HORIZON_DAYS)) for share in WINDOW]


def overdue_days(known: Snapshot) -> Floats:
    """Days beyond the usual gap and its spread, 0 when in time; nan below three purchase days, shape (n,)."""
    late = known.column("recency_days") - known.column("gap_average") - known.column("gap_spread")
    return np.where(known.column("order_days") >= 3, np.maximum(np.floor(late), 0.0), np.nan)
