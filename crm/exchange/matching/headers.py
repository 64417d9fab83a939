"""Which column is which field: by the words of its header in either language, else by what stands in it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from crm.core.registry import Resource, registry
from crm.exchange.analysis import EXTERNAL, FIRST, LAST, NOTES, SKIP
from crm.exchange.cleaning.cells import EMPTY_WORDS, half_width
from crm.exchange.cleaning.contacts import EMAIL, PHONE
from crm.exchange.cleaning.words import NO, YES, in_each_language, word_key
from crm.exchange.declared import Template
from crm.exchange.matching.own import own_columns
from crm.exchange.matching.targets import Place
from crm.exchange.matching.words import BY_NAME, EXTERNAL_ID, FIRST_NAME, LAST_NAME, OWN_COLUMNS
from crm.exchange.reading.layout import header_key
from crm.exchange.reading.rows import Cell, shown

EXACT, DECLARED, BUILT_IN, WHOSE, PARTLY, CONTENT = 1.0, 1.2, 0.9, 0.8, 0.6, 0.5
LOOKS = (
    ("email", re.compile(rf"(?i)(?:{EMAIL.pattern})")),
    ("phone", re.compile(rf"1[3-9][0-9]{{9}}|\+{PHONE.pattern[3:]}")),
)
REACHES = ("phone", "email")
NEARLY = 0.54  # nine tenths of a header are the known word
ELSEWHERE = re.compile(rf"(?i)(?:{EMAIL.pattern})|https?://\S+|www\.\S+|[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}")
NAME = re.compile(r"[^\W\d_][^\d@:/\\<>]{0,40}")


@dataclass(frozen=True)
class Guess:
    """A field that a column could be, and how sure that is."""

    path: str
    confidence: float
    why: str


class Vocabulary:
    """All words that lead to a place of a noun."""

    def __init__(self, resource: Resource, known: Mapping[str, Place], template: Template | None = None) -> None:
        self.resource, self.places = resource, known
        self.words: dict[str, list[Guess]] = defaultdict(list)
        for path, headers in (template.headers if template else {}).items():
            self.add(path, headers, DECLARED, "template")
        for place in known.values():
            self.add_place(place)
        if resource.title in known:
            self.add(FIRST, FIRST_NAME, BUILT_IN)
            self.add(LAST, LAST_NAME, BUILT_IN)
        self.add(EXTERNAL, EXTERNAL_ID, BUILT_IN)
        self.add(SKIP, OWN_COLUMNS, EXACT)

    def add(self, path: str, words: Sequence[str], confidence: float, why: str = "header") -> None:
        """Let words lead to a path."""
        for word in words:
            self.words[word_of(word)].append(Guess(path, confidence, why))

    def add_place(self, place: Place) -> None:
        """The words of one place: its name, its label in each language, synonyms of the noun and of everyone."""
        name = place.path.rpartition(".")[2]
        labels = in_each_language(place.spec.label)
        if place.link and place.path != place.link:
            self.add(
                place.path,
                [f"{one} {label}" for one in self.link_words(place.link) for label in (*labels, name, "id")],
                BUILT_IN,
            )
            if self.is_whose(place):
                self.add(place.path, [*labels, *BY_NAME.get(name, ())], WHOSE)
            return
        weight = 0.05 if place.part else 0.0  # a part's words give way to the record's own
        self.add(place.path, [name, *labels], EXACT - weight)
        if place.part:
            self.add(place.path, [f"{place.part} {name}"], EXACT)
            self.add(place.path, self.part_synonyms(place), EXACT)
        else:
            self.add(place.path, self.resource.synonyms.get(name, ()), EXACT)
        self.add(place.path, BY_NAME.get(name, ()), BUILT_IN - weight)

    def is_whose(self, place: Place) -> bool:
        """Whether an address can only be that of the record it points at: an order has no e-mail of its own."""
        kind = place.spec.kind
        is_reach = bool(place.link) and place.path != place.link and not place.part and kind in REACHES
        return is_reach and not any(one.spec.kind == kind for one in self.places.values() if not one.link)

    def part_synonyms(self, place: Place) -> Sequence[str]:
        """A part's link speaks the words of the noun it points at."""
        other = registry.get(place.spec.target or "") if place.spec.target else None
        names = dict.fromkeys((*other.keys, other.title)) if other else {}
        return [word for name in names for word in other.synonyms.get(name, ())] if other else []

    def link_words(self, link: str) -> list[str]:
        """The names of a field that points: its own and those of the noun it points at."""
        return [link.rpartition(".")[2]]

    def __contains__(self, header: object) -> bool:
        return isinstance(header, str) and word_of(header) in self.words

    def guesses(self, header: str) -> list[Guess]:
        """The fields that a header names, the surest first; a header that only contains a known word is less sure."""
        key = word_of(header)
        found = list(self.words.get(key, ()))
        if not found and key:
            found = [
                Guess(g.path, PARTLY * g.confidence * self.share(g.path, word, key), g.why)
                for word, guesses in self.words.items()
                if contains(key, word)
                for g in guesses
                if g.path not in (SKIP, FIRST, LAST)
            ]
        return sorted(found, key=lambda guess: -guess.confidence)


    def beside(self, guess: Guess) -> str:
        """Where a second column goes that a header as good as names: into the list beside the first."""
        other = self.resource.further.get(guess.path, "")
        return other if other in self.places and guess.why == "header" and guess.confidence >= NEARLY else ""

    def share(self, path: str, word: str, key: str) -> float:
        """How much of a header a known word is; “Address Phone” is a phone."""
        place = self.places.get(path)
        is_last = bool(place and place.spec.kind in REACHES and key.endswith(word))
        return min((2 if is_last else 1) * len(word) / len(key), 1.0)


def word_of(header: str) -> str:
    """A header as it is looked up: however e-mail is written."""
    return re.sub(r"\be ?mail\b", "email", header_key(header))


def contains(key: str, word: str) -> bool:
    """Whether a header holds a known word: whole words of an alphabet, two characters or more of Chinese."""
    if word.isascii():
        return len(word) > 3 and f" {word} " in f" {key} "
    return len(word) > 1 and word in key


def propose(
    headers: Sequence[str], samples: Sequence[Sequence[Cell]], vocabulary: Vocabulary, rest: str = NOTES
) -> list[Guess]:
    """A target for every column, no field twice; the surest column gets it, the others their next best, or `rest`."""
    wishes = [vocabulary.guesses(header) for header in headers]
    for wish, cells in zip(wishes, samples, strict=True):
        wish += content_guesses(cells, vocabulary)
    own = own_columns(headers, samples, vocabulary.resource, list(vocabulary.places))
    chosen = {at: Guess(path, EXACT, "header") for at, path in own.items()}
    taken = set(own.values()) - {SKIP}
    order = sorted(
        ((-guess.confidence, at, guess) for at, wish in enumerate(wishes) for guess in wish), key=lambda item: item[:2]
    )
    for _minus, at, guess in order:
        if at not in chosen and guess.path not in taken and fits(guess, samples[at], vocabulary):
            chosen[at] = guess
            taken |= {guess.path} - {SKIP, *vocabulary.resource.further.values()}
        elif at not in chosen and (other := vocabulary.beside(guess)) and fits(guess, samples[at], vocabulary):
            chosen[at] = replace(guess, path=other)
    drop_lonely_halves(chosen, vocabulary)
    find_title(chosen, headers, samples, vocabulary)
    return [chosen.get(at, Guess(rest, 0.0, "unknown")) for at in range(len(headers))]


def drop_lonely_halves(chosen: dict[int, Guess], vocabulary: Vocabulary) -> None:
    """First and last name make a name only where no column is the whole name."""
    halves = [at for at, guess in chosen.items() if guess.path in (FIRST, LAST)]
    if any(guess.path == vocabulary.resource.title for guess in chosen.values()):
        for at in halves:
            del chosen[at]


def find_title(
    chosen: dict[int, Guess], headers: Sequence[str], samples: Sequence[Sequence[Cell]], vocabulary: Vocabulary
) -> None:
    """Where no header says what a record is called, the first column that nobody wants and that looks like names."""
    title = vocabulary.places.get(vocabulary.resource.title)
    if title is None or {title.path, FIRST, LAST} & {guess.path for guess in chosen.values()}:
        return
    for at in range(len(headers)):
        texts = [shown(cell).strip() for cell in samples[at] if shown(cell).strip()]
        names = [text for text in texts if NAME.fullmatch(text) and word_key(text) not in YES | NO]
        if at not in chosen and names and len(names) * 5 >= len(texts) * 4 and len(set(names)) * 2 > len(names):
            chosen[at] = Guess(title.path, CONTENT, "content")
            return


def fits(guess: Guess, cells: Sequence[Cell], vocabulary: Vocabulary) -> bool:
    """A header that says phone over a column of words is not believed, nor one that hardly says street over e-mails."""
    place = vocabulary.places.get(guess.path)
    if place is None or guess.why == "template":
        return True
    texts = [half_width(shown(cell)) for cell in cells if half_width(shown(cell)).lower() not in EMPTY_WORDS]
    if (place.spec.items or place.spec.kind) not in REACHES:
        is_weak = guess.why == "header" and guess.confidence <= PARTLY and place.spec.kind == "text"
        return not (is_weak and texts and all(ELSEWHERE.fullmatch(text) for text in texts))
    good = sum(1 for text in texts if "@" in text or sum(c.isdigit() for c in text) >= 5)
    return not texts or good * 2 >= len(texts)


def content_guesses(cells: Sequence[Cell], vocabulary: Vocabulary) -> list[Guess]:
    """E-mail addresses and mobile numbers are known by their looks; where all are, no part of a header says more."""
    texts = [half_width(shown(cell)) for cell in cells if half_width(shown(cell))]
    found = []
    for kind, look in LOOKS:
        hits = sum(1 for text in texts if look.fullmatch(text))
        is_all = bool(texts) and hits == len(texts)
        if is_all or (len(texts) >= 3 and hits * 5 >= len(texts) * 4):
            found += [
                Guess(p.path, PARTLY if is_all else CONTENT, "content")
                for p in vocabulary.places.values()
                if p.spec.kind == kind and not p.part and (not p.link or vocabulary.is_whose(p))
            ]
    return found
