"""Two lists for each customer: products to buy again, and products new to them, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.estimators.ease import Ease
from analytics.features import Floats
from analytics.purchases import Purchases

LENGTH = 10  # of the lists that are judged
STORED = 5  # of the lists that are shown
POPULARITY_NEW = 0.3  # weight of popularity beside EASE for "new", in standard deviations
POPULARITY_AGAIN = 0.05  # and beside a customer's own history for "again"
CHUNK = 250  # customers at once: a dense row of scores for each


@dataclass(frozen=True)
class Pick:
    """One recommended item of one customer: row and column numbers, score, and what speaks for it."""

    customer: int
    item: int
    shelf: str
    rank: int
    score: float
    reason_type: str
    because: int = -1  # the item of the reason, for similar_item
    times: int = 0
    ago: int = 0
    together: int = 0


def standardised(scores: Any) -> Any:
    """Each row less its mean, over its standard deviation; a row without spread becomes zero."""
    spread = scores.std(axis=-1, keepdims=True)
    return (scores - scores.mean(axis=-1, keepdims=True)) / np.where(spread > 0, spread, 1)


def top(scores: Floats, length: int) -> NDArray[np.int64]:
    """The best columns of one row, best first; equal scores keep the order of the columns."""
    best = np.argpartition(-scores, length)[:length] if len(scores) > length else np.arange(len(scores))
    best = best[np.lexsort((best, -scores[best]))]
    return best[np.isfinite(scores[best])].astype(np.int64)


class Shelves:
    """Scores of every item for every customer, a chunk of customers at a time."""

    def __init__(self, known: Purchases) -> None:
        self.known = known
        self.ease = Ease(penalty=500.0).fit(known.has)
        self.popular = standardised(known.popularity)

    def rows(self, wanted: NDArray[np.int64]) -> Iterator[tuple[int, Floats, Floats]]:
        """For each customer row: its number, scores for "again" over all items, scores for "new" (owned: -inf)."""
        for start in range(0, len(wanted), CHUNK):
            part = wanted[start : start + CHUNK]
            related = standardised(self.ease.transform(self.known.profile[part]))
            own = self.known.own[part].toarray()
            owned = self.known.has[part].toarray() > 0
            for place, row in enumerate(part):
                new = related[place] + POPULARITY_NEW * self.popular
                again = own[place] + POPULARITY_AGAIN * self.popular
                yield int(row), again, np.where(owned[place], -np.inf, new)


def recall_at(known: Purchases, baskets: dict[int, NDArray[np.int64]]) -> tuple[float | None, float | None]:
    """Recall at 10 for "new" and "again": hits over min(10, targets), mean over the customers who came back."""
    shelves, new_hits, again_hits = Shelves(known), [], []
    for row, again, new in shelves.rows(np.array(sorted(baskets), dtype=np.int64)):
        target = baskets[row]
        again_hits.append(len(np.intersect1d(top(again, LENGTH), target)) / min(LENGTH, len(target)))
        unseen = target[np.isfinite(new[target])]
        if len(unseen):
            new_hits.append(len(np.intersect1d(top(new, LENGTH), unseen)) / min(LENGTH, len(unseen)))
    return (
        float(np.mean(new_hits)) if new_hits else None,
        float(np.mean(again_hits)) if again_hits else None,
    )


def picks(shelves: Shelves, rows: NDArray[np.int64], *, is_buyable: NDArray[np.bool_]) -> Iterator[Pick]:
    """Both lists of each customer: "again" only from what they bought, "new" only from what they did not."""
    for row, again, new in shelves.rows(rows):
        owned = np.where(np.isfinite(new) | ~is_buyable, -np.inf, again)
        yield from _again(shelves.known, row, owned)
        yield from _new(shelves, row, np.where(is_buyable, new, -np.inf))


def _again(known: Purchases, row: int, scores: Floats) -> Iterator[Pick]:
    """What a customer bought before, with how often and when last."""
    start, end = known.times.indptr[row], known.times.indptr[row + 1]
    best = top(scores, STORED)
    cells = start + np.searchsorted(known.times.indices[start:end], best)
    for rank, (item, cell) in enumerate(zip(best.tolist(), cells.tolist(), strict=True), start=1):
        times, ago = int(known.times.data[cell]), int(known.ago.data[cell])
        yield Pick(row, item, "again", rank, float(scores[item]), "buy_again", times=times, ago=ago)


def _new(shelves: Shelves, row: int, scores: Floats) -> Iterator[Pick]:
    """What a customer has not bought, with the owned product that speaks loudest for it, or its popularity."""
    known = shelves.known
    start, end = known.profile.indptr[row], known.profile.indptr[row + 1]
    owned, weights = known.profile.indices[start:end], known.profile.data[start:end]
    best = top(scores, STORED)
    if not len(best):
        return
    voices = weights[:, None] * shelves.ease.weights_[np.ix_(owned, best)] if len(owned) else np.zeros((1, len(best)))
    loudest = voices.argmax(axis=0)
    for rank, item in enumerate(best, start=1):
        because = int(owned[loudest[rank - 1]]) if len(owned) else -1
        is_voiced = because >= 0 and voices[loudest[rank - 1], rank - 1] > 0
        together = int(shelves.ease.counts_[because, item]) if is_voiced else 0
        if together:
            yield Pick(row, int(item), "new", rank, float(scores[item]), "similar_item", because, together=together)
        else:
            yield Pick(row, int(item), "new", rank, float(scores[item]), "trending")
