"""Rows that point at other rows of the same file (a company at its parent): those pointed at are saved first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from crm.exchange.engine.gather import Chunk, Pending
from crm.exchange.engine.links import Finder, words_of

MOST_WAVES = 12  # deeper than companies are nested; what is left then (a circle) is judged with the last


def waves(chunk: Chunk, finders: Sequence[Finder]) -> Iterator[Chunk]:
    """The chunk in pieces that can be saved one after the other; most files have no such links, and one piece."""
    own = [finder for finder in finders if not finder.part and finder.resource is finder.recipe.resource]
    left, first = list(chunk.pendings), True
    for _step in range(MOST_WAVES if own else 0):
        names = {name for pending in left for name in names_of(pending, own)}
        ready = [pending for pending in left if not any(points(pending, finder, names) for finder in own)]
        if not ready or len(ready) == len(left):
            break
        yield piece(chunk, ready, first)
        ready_ids = {id(pending) for pending in ready}
        left, first = [pending for pending in left if id(pending) not in ready_ids], False
    yield piece(chunk, left, first)


def piece(chunk: Chunk, pendings: list[Pending], first: bool) -> Chunk:
    """Some records of a chunk; what was counted and reported of the whole goes with the first."""
    return replace(chunk, pendings=pendings) if first else Chunk(chunk.index, pendings)


def names_of(pending: Pending, finders: Sequence[Finder]) -> Iterator[Any]:
    """By what other rows may point at this one."""
    for finder in finders:
        for key in dict.fromkeys(key for way in finder.link.ways for key in way):
            if (value := pending.values.get(key)) is not None:
                yield value


def points(pending: Pending, finder: Finder, names: set[Any]) -> bool:
    """Whether a row points at another of these."""
    own = {pending.values.get(name) for way in finder.link.ways for name in way}
    return any(word in names and word not in own for word in words_of(pending.values.get(finder.field)))
