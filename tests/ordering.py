"""The order in which a run's workers get the tests: whoever begins a long one last keeps all the others waiting."""
from __future__ import annotations

from typing import TypeVar

import pytest

T = TypeVar("T")


def seconds(item: pytest.Item) -> float:
    """About how long it takes alone, where somebody has marked it; 0 for all others."""
    mark = item.get_closest_marker("long")
    return float(mark.args[0]) if mark else 0.0


def dealt(long: list[T], others: list[T], shares: int) -> list[T]:
    """The shares one after the other, as xdist cuts them; each begins with some of the long ones, the longest first."""
    found: list[T] = []
    left = len(long) + len(others)
    for share in range(shares):
        size = left // (shares - share)
        first = long[share::shares]
        taken, others = others[: size - len(first)], others[size - len(first) :]
        found += first + taken
        left -= size
    return found


def order(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the items of a run in this order; every worker finds the same."""
    shares = int(getattr(config, "workerinput", {}).get("workercount", 1))
    long = sorted((item for item in items if seconds(item)), key=seconds, reverse=True)
    if shares > 1 and len(items) >= shares * (len(long) + 1):
        items[:] = dealt(long, [item for item in items if not seconds(item)], shares)
