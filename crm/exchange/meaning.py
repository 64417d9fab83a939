"""What columns say that nobody knows: choices and names of related records, each with what may be meant."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from crm.core.actors import Actor
from crm.core.permissions import visible
from crm.core.registry import registry
from crm.exchange.analysis import ValueGuess
from crm.exchange.cleaning.cells import ODD_TYPES, text_of
from crm.exchange.cleaning.columns import Surroundings, cleaner_for
from crm.exchange.cleaning.words import choice_words, choices_read, in_each_language
from crm.exchange.engine.blocks import Layout
from crm.exchange.matching.targets import Place
from crm.exchange.reading.rows import Cell

MOST_ROWS, MOST_VALUES, MOST_TITLES, MOST_SHOWN = 20_000, 200, 2_000, 50
NEAR, SHOWN = 0.6, 3
BETWEEN = re.compile(r"[\W_]+")


def squeezed(text: str) -> str:
    """A text without capitals, spaces and signs: `GTX Pro` and `GTXPro` are one."""
    return BETWEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()


def value_guesses(
    layout: Layout, chosen: Mapping[int, str], known: Mapping[str, Place], *, around: Surroundings, actor: Actor
) -> list[ValueGuess]:
    """One guess for each value of a choice or link column that leads nowhere, the most frequent first."""
    places = {at: known[path] for at, path in chosen.items() if path in known and asks(known[path])}
    if not places:
        return []
    counts = counted(layout, places)
    found = []
    for at, place in places.items():
        names = names_of(place, actor) if place.link else choices_of(place)
        unknown = link_unknown(names) if place.link else choice_unknown(place, around)
        values = (worded(counts[at], place) if place.spec.kind == "choices" else counts[at]).most_common(MOST_VALUES)
        left = [(text_of(cell).strip(), count) for cell, count in values if unknown(cell)]
        guesses = [guess(at, text, count, names) for text, count in left[:MOST_SHOWN]]
        are_new = place.link and len(left) * 2 > len(values)  # most are unknown: they are not misspelt, they are new
        found += [one for one in guesses if one.is_sure or not are_new]
    return found


def asks(place: Place) -> bool:
    """Whether a column of this place holds words from a list: choices, or names of other records."""
    return bool(place.link) or (place.spec.kind in ("choice", "choices") and bool(place.spec.choices))


def counted(layout: Layout, places: Mapping[int, Place]) -> dict[int, Counter[Cell]]:
    """How often each value stands in the columns."""
    counts: dict[int, Counter[Cell]] = {at: Counter() for at in places}
    rows = 0
    for block in layout.blocks():
        rows += len(block.numbers)
        for at, counter in counts.items():
            counter.update(cell for cell in block.columns[at] if cell not in ("", None))
        if rows >= MOST_ROWS:
            break
    return counts


def worded(cells: Mapping[Cell, int], place: Place) -> Counter[Cell]:
    """How often each word stands in the cells of a choice of several."""
    known, found = choice_words(place.spec.choices), Counter[Cell]()
    for cell, count in cells.items():
        for word, _value in choices_read(text_of(cell), known):
            found[word] += count
    return found


def choices_of(place: Place) -> dict[str, str]:
    """What a choice may be called, with the label that is offered for it."""
    return {word: str(label) for _value, label in place.spec.choices for word in in_each_language(label)}


def names_of(place: Place, actor: Actor) -> dict[str, str]:
    """The keys of the records that a link may lead to, as they are."""
    other = registry.get(place.target)
    if other is None:
        return {}
    rows = visible(other.model, actor).filter(is_sample=False).order_by("-created_at")
    keys = [key for key in place.keys if key in other.specs]
    values = (value for row in rows.values_list(*keys)[:MOST_TITLES] for value in row if value)
    return {str(value): str(value) for value in values}


def choice_unknown(place: Place, around: Surroundings) -> Callable[[Cell], bool]:
    """Whether a cell is none of the choices."""
    clean = cleaner_for(place.spec, around)
    return lambda cell: isinstance(clean(cell), ODD_TYPES)


def link_unknown(names: Mapping[str, str]) -> Callable[[Cell], bool]:
    """Whether a cell is no record's key."""
    return lambda cell: bool(names) and text_of(cell).strip() not in names


def guess(at: int, value: str, count: int, names: Mapping[str, str]) -> ValueGuess:
    """What a value may mean: the same but for signs and spaces, else what looks like it, else what it begins with."""
    key = squeezed(value)
    by_key: dict[str, dict[str, None]] = defaultdict(dict)
    for word, name in names.items():
        by_key[squeezed(word)][name] = None
    if same := by_key.get(key):
        return ValueGuess(at, value, count, tuple(same)[:SHOWN], is_sure=len(same) == 1)
    near = difflib.get_close_matches(key, by_key, SHOWN, NEAR)
    near += [word for word in by_key if min(len(word), len(key)) > 1 and (word in key or key in word)]
    return ValueGuess(at, value, count, tuple(dict.fromkeys(name for word in near for name in by_key[word]))[:SHOWN])
