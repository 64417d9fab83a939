"""Judging the tenant's models at a past date against what came after it; protocols: the design's "How it is judged"."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from threadpoolctl import threadpool_limits

from analytics.contest import choose_before, hold
from analytics.features import extent
from analytics.history import History
from analytics.purchases import next_baskets, purchases
from analytics.recommending import recall_at
from analytics.storage import statistics_renew

FIGURES = ("auc", "brier", "base_rate", "lift_10", "calibration_error", "accuracy", "accuracy_majority")


def population(as_of: date) -> bool:
    """Whether to judge the samples: only where the tenant has nothing real."""
    return extent(as_of, is_sample=False) is None and extent(as_of, is_sample=True) is not None


def evaluate(as_of: date, window: int) -> dict[str, Any]:
    """One object of figures: the champion chosen on data up to `as_of`, every contestant, and the lists' recall."""
    statistics_renew()
    is_sample = population(as_of)
    with threadpool_limits(limits=1):
        history = History(is_sample=is_sample, today=as_of)
        champion = choose_before(history, as_of, window) if history.has_orders else ""
        contest = hold(history, as_of, window, champion=champion) if history.has_orders else None
        recall_new, recall_again = recalls(as_of, is_sample=is_sample) if history.has_orders else (None, None)
    answer: dict[str, Any] = {
        "as_of": as_of.isoformat(),
        "window_days": window,
        "population": "sample" if is_sample else "real",
        "status": contest.verdict if contest else "insufficient_history",
        "champion": contest.champion or None if contest else None,
        **dict.fromkeys(FIGURES),
        "recall_new": recall_new,
        "recall_again": recall_again,
        "customers": contest.customers if contest else 0,
        "rung": contest.rung if contest else "rules",
        "trained_on": [day.isoformat() for day in contest.trained_on] if contest else [],
        "refused_for": contest.refused_for if contest else [],
        "contestants": contest.table if contest else [],
        "warnings": warnings(as_of, window, is_sample=is_sample),
    }
    if contest and contest.champion:
        answer |= {name: contest.figures(contest.champion)[name] for name in FIGURES}
    return answer


def recalls(as_of: date, *, is_sample: bool) -> tuple[float | None, float | None]:
    """Recall at 10 of both lists on each known customer's first order day after `as_of`."""
    known = purchases(as_of, is_sample=is_sample)
    baskets = next_baskets(known, date.max - timedelta(days=2), is_sample=is_sample) if known.items else {}
    return recall_at(known, baskets) if baskets else (None, None)


def warnings(as_of: date, window: int, *, is_sample: bool) -> list[str]:
    """What a reader of the figures must know: outcomes are only complete when orders reach the window's end."""
    span = extent(date.max - timedelta(days=2), is_sample=is_sample)
    end = as_of + timedelta(days=window)
    if span is None or span[1] >= end:
        return []
    return [f"orders end on {span[1].isoformat()}, before the window does ({end.isoformat()}): churn is overstated"]
