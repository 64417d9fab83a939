"""Which row is which record: by outside number, then by the noun's keys; rows of one record become one."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, compress
from typing import Any
from uuid import UUID

from django.db.models import CharField, QuerySet, TextField, UniqueConstraint

from crm.core.further import holders
from crm.core.names import name_key
from crm.core.outside import Name, external_names_find
from crm.core.permissions import visible
from crm.core.plans import plan_of
from crm.core.registry import Resource
from crm.exchange.engine.alike import claim_alike
from crm.exchange.engine.blocks import Report
from crm.exchange.engine.cleaned import NOTE, REFUSED
from crm.exchange.engine.columns import Fresh, Packed
from crm.exchange.engine.gather import Pending
from crm.exchange.engine.recipe import Recipe
from crm.exchange.models import ImportProblem

OWN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HONORIFIC = re.compile(r"(?:先生|女士|小姐|太太|老师|总)$")
CHINESE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
Columns = Mapping[str, Sequence[Any]]  # the keys, and what each row says of them
MERGED, SKIPPED = ImportProblem.Outcome.MERGED, ImportProblem.Outcome.SKIPPED


@dataclass(frozen=True)
class Stored:
    """A stored record as matching sees it."""

    id: UUID
    title: str
    keys: Mapping[str, Any]
    lists: Mapping[str, Sequence[Any]]  # what stands beside keys


@dataclass
class Matched:
    """What matching made of a chunk: records to save, rows merged into others, rows refused and skipped."""

    pendings: list[Pending] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    merged: int = 0
    refused: int = 0
    skipped: int = 0


def unique_keys(resource: Resource) -> set[str]:
    """The keys that no two records share: two different ones are two records, whatever else is equal."""
    rules = [c for c in resource.model._meta.constraints if isinstance(c, UniqueConstraint)]
    return {key for key in resource.keys if any(tuple(rule.fields) == (key,) for rule in rules)}


class Matcher:
    """Matching for one recipe."""

    def __init__(self, recipe: Recipe, job_id: UUID) -> None:
        self.recipe, self.resource, self.job_id = recipe, recipe.resource, job_id
        self.keys = [key for key in recipe.resource.keys if key in recipe.resource.specs]
        self.unique = unique_keys(recipe.resource)
        self.filled: dict[str, bool] = {}
        self.further = {key: recipe.resource.further.get(key, "") for key in self.keys}

    @property
    def looked_at(self) -> set[str]:
        """The fields by which records are found."""
        return {*self.keys, *plan_of(self.resource.model).looked_at}

    def part(self, made: Packed) -> tuple[Fresh | None, list[Pending]]:
        """Those of a chunk that are new and written out, told by their columns; and all others, one by one."""
        if made.ready is None:
            return None, made.pendings(range(len(made.rows)))
        columns = {key: made.column(key) for key in (*self.keys, *filter(None, self.further.values()))}
        places = range(len(made.rows))
        keyed = set(chain.from_iterable(compress(places, column) for column in columns.values()))
        unnamed = keyed.difference(compress(places, made.outside))  # behind another's number may be a deleted record
        fresh = Fresh.of(made, unnamed & self.alone(columns, [()] * len(places), self.stored(columns), ()))
        taken = set(fresh.positions) if fresh else set()
        return fresh, made.pendings(at for at in places if at not in taken)

    def match(self, pendings: Sequence[Pending]) -> Matched:
        """Stored records first, then rows of this chunk against each other."""
        out = Matched()
        names = (*self.keys, *filter(None, self.further.values()))
        columns = {name: [one.values.get(name) for one in pendings] for name in names}
        called = [self.recipe.outside_names(one.external, one.values) for one in pendings]
        stored, outside = self.stored(columns), self.outside(pendings, called)
        claim_alike(self.recipe, self.job_id, [one for one in pendings if not any(self.names(one))])
        alone = self.alone(columns, called, stored, outside)
        seen: dict[tuple[str, Any], list[Pending]] = {}
        by_id: dict[UUID, Pending] = {}
        for at, pending in enumerate(pendings):
            if at in alone and pending.id is None and self.recipe.mode != "update":
                out.pendings.append(pending)
                continue
            if not self.identify(pending, stored, outside, out):
                continue
            first = by_id.get(pending.id) if pending.id else self.earlier(pending, seen, out)
            if first is not None:
                self.merge(first, pending, out)
                continue
            if self.recipe.mode == ("update" if pending.id is None else "create"):
                out.reports += [Report(row, f"mode_{self.recipe.mode}", SKIPPED) for row in pending.rows]
                out.skipped += len(pending.rows)
                continue
            self.remember(pending, seen, by_id)
            out.pendings.append(pending)
        return out

    def alone(
        self,
        keys: Columns,
        called: Sequence[Sequence[Name]],
        stored: Mapping[str, Collection[Any]],
        outside: Collection[Name],
    ) -> set[int]:
        """The positions of those whose every key is theirs alone, here and among what is stored: they are new."""
        nobody: Sequence[Any] = [None] * len(called)
        columns: list[tuple[Sequence[Any], Sequence[Any], Collection[Any]]] = [(nobody, called, outside)]
        columns += [(keys[key], keys.get(other, nobody), stored[key]) for key, other in self.further.items()]
        alone = set(range(len(called)))
        for column, lists, held in columns:
            beside = {at: list_ for at, list_ in enumerate(lists) if list_}
            counts = Counter(column)
            counts.update(chain.from_iterable(beside.values()))
            shared = {value for value, count in counts.items() if count > 1 or value in held} - {None, ""}
            alone -= {at for at, value in enumerate(column) if value in shared} if shared else set()
            alone -= {at for at, values in beside.items() if not shared.isdisjoint(values)}
        return alone

    def remember(
        self, pending: Pending, seen: dict[tuple[str, Any], list[Pending]], by_id: dict[UUID, Pending]
    ) -> None:
        """Let later rows of the chunk find this one."""
        if pending.id:
            by_id[pending.id] = pending
        for name, value in self.names(pending):
            seen.setdefault((name, value), []).append(pending)

    def names(self, pending: Pending) -> Iterable[tuple[str, Any]]:
        """All that a record may be found by, the surest first."""
        for name in self.recipe.outside_names(pending.external, pending.values):
            yield "", name
        for key in self.keys:
            for value in self.values_of(pending.values, key):
                yield key, value

    def values_of(self, values: Mapping[str, Any], key: str) -> list[Any]:
        """All that is said of a key, what stands beside it included."""
        first, others = values.get(key), values.get(self.further[key]) or ()
        return [one for one in dict.fromkeys((first, *others)) if one not in (None, "")]

    def stored(self, columns: Columns) -> dict[str, dict[Any, list[Stored]]]:
        """The stored records that share a key with the chunk: a query a key and list, each answered by its index."""
        found: dict[str, dict[Any, list[Stored]]] = {key: defaultdict(list) for key in self.keys}
        rows = visible(self.resource.model, self.recipe.actor).filter(is_sample=False)
        for key, other in self.further.items():
            more = chain.from_iterable(filter(None, columns.get(other, ())))
            wanted = {*columns[key], *more} - {None, ""}
            if not wanted:
                continue
            is_text = isinstance(self.resource.model._meta.get_field(key), (CharField, TextField))
            named = rows.exclude(**{key: ""}) if is_text else rows  # so is the index: of what is not empty
            for one in self.read(named.filter(**{f"{key}__any_of": wanted})):
                found[key][one.keys[key]].append(one)
            ids = holders(self.resource, other, wanted) if self.has_lists(other, columns) else []
            for one in self.read(rows.filter(pk__any_of=ids)) if ids else ():
                for value in wanted.intersection(one.lists[key]) - {one.keys[key]}:
                    found[key][value].append(one)
        return found

    def has_lists(self, other: str, columns: Columns) -> bool:
        """Whether any record has something in this list: looked up once, most have nothing. The file may bring it."""
        if other and other not in self.filled:
            self.filled[other] = visible(self.resource.model, self.recipe.actor).exclude(**{other: []}).exists()
        if other and any(columns.get(other, ())):
            self.filled[other] = True
        return self.filled.get(other, False)

    def read(self, rows: QuerySet[Any]) -> Iterator[Stored]:
        """Records with their keys, and with what stands beside them."""
        lists = {key: other for key, other in self.further.items() if other}
        for pk, title, *values in rows.values_list("pk", self.resource.title, *self.keys, *lists.values()):
            keys = dict(zip(self.keys, values, strict=False))
            yield Stored(pk, str(title), keys, dict(zip(lists, values[len(self.keys) :], strict=True)))

    def outside(self, pendings: Sequence[Pending], called: Sequence[Sequence[Name]]) -> dict[Name, UUID]:
        """The live records that outside numbers lead to; a deleted one is found, and brought back, by the save."""
        known = external_names_find(self.resource.label, set(chain.from_iterable(called)))
        for pending, names in zip(pendings, called, strict=True):
            pending.named = next((name for name in names if name in known), names[0]) if names else None
        live = visible(self.resource.model, self.recipe.actor).filter(pk__any_of=known.values())
        ids = set(live.values_list("pk", flat=True)) if known else set()
        own = self.own(p.external for p in pendings if p.external)
        return own | {name: pk for name, pk in known.items() if pk in ids}

    def own(self, wanted: Iterable[str]) -> dict[Name, UUID]:
        """The records that a file of ours names by their own ids."""
        ids = [UUID(value) for value in wanted if OWN_ID.fullmatch(value)]
        rows = visible(self.resource.model, self.recipe.actor).filter(pk__in=ids) if ids else None
        source = self.recipe.source
        return {(source, str(pk)): pk for pk in rows.values_list("pk", flat=True)} if rows is not None else {}

    def identify(
        self,
        pending: Pending,
        stored: Mapping[str, Mapping[Any, list[Stored]]],
        outside: Mapping[Name, UUID],
        out: Matched,
    ) -> bool:
        """Give a row the id of the record that it is; false when that cannot be told."""
        called = self.recipe.outside_names(pending.external, pending.values) if outside else ()
        if known := next((outside[name] for name in called if name in outside), None):
            pending.id = known
            return True
        unsure = ""
        for key in self.keys if pending.id is None else ():
            held = {one.id: one for value in self.values_of(pending.values, key) for one in stored[key].get(value, ())}
            found = [one for one in held.values() if not self.different(pending.values, one.keys)]
            found = self.of_one_name(pending, key, found, out)
            if len(found) > 1:
                title = name_key(str(pending.values.get(self.resource.title, "")))
                unsure = key
                found = [one for one in found if name_key(one.title) == title]
            if len(found) == 1:
                pending.id = found[0].id
                for name, values in found[0].lists.items():
                    if pending.values.get(name) in values:  # known beside the first, which stays the first
                        del pending.values[name]
                return True
        if unsure:
            self.refuse(pending, "matches_several", {"field": unsure, "value": str(pending.values.get(unsure))}, out)
        return not unsure

    def different(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        """Whether a key that nobody shares says that these are two."""
        return any(one.get(key) and other.get(key) and one[key] != other[key] for key in self.unique)

    def of_one_name(self, pending: Pending, key: str, found: list[Stored], out: Matched) -> list[Stored]:
        """A phone that a family shares leads to the one with the name; when it leads to another, that is said."""
        title = pending.values.get(self.resource.title)
        if key in self.unique:
            return found
        same = [one for one in found if not names_differ(one.title, title)]
        if found and not same:
            self.note_shared(pending, key, found[0].title, out)
        return same

    def earlier(
        self, pending: Pending, seen: Mapping[tuple[str, Any], Sequence[Pending]], out: Matched
    ) -> Pending | None:
        """The row of this chunk that is the same new record."""
        title, shared = self.resource.title, ("", "")
        for key, value in self.names(pending):
            for first in seen.get((key, value), ()):
                if self.different(first.values, pending.values):
                    continue
                if (
                    not key
                    or key in self.unique
                    or not names_differ(first.values.get(title), pending.values.get(title))
                ):
                    return first
                shared = shared if shared[0] else (key, str(first.values.get(title)))
        if shared[0]:
            self.note_shared(pending, *shared, out)
        return None

    def note_shared(self, pending: Pending, key: str, other: str, out: Matched) -> None:
        """Say that two records have the same phone or address, and different names."""
        details: dict[str, object] = {"field": key, "other": other[:100]}
        value = str(pending.values.get(key, ""))[:200]
        out.reports += [Report(row, "same_key_other_name", NOTE, value, None, details) for row in pending.rows]

    def merge(self, first: Pending, again: Pending, out: Matched) -> None:
        """Fill what the first row lacks."""
        out.reports += merged_reports(again, first.values, first.rows[0])
        first.values |= {name: value for name, value in again.values.items() if first.values.get(name) in (None, "")}
        first.notes += [line for line in again.notes if line not in first.notes]
        if again.lines:
            first.lines = [*(first.lines or ()), *again.lines]
        first.absorbed += again.rows
        out.merged += len(again.rows)

    def refuse(self, pending: Pending, code: str, details: dict[str, Any], out: Matched) -> None:
        """Report every row of a record that cannot be told apart."""
        spec = self.resource.specs.get(str(details.get("field")))
        value = str(details.get("value", pending.values.get(str(details["field"]), "")))[:200]
        details = details | ({"field": spec.name} if spec else {})
        out.reports += [Report(row, code, REFUSED, value, None, details) for row in pending.rows]
        out.refused += len(pending.rows)


def merged_reports(again: Pending, kept: Mapping[str, Any], row: int) -> list[Report]:
    """What is said about rows that were merged: into which row, and in what they differed."""
    differs = sorted(
        name for name, value in again.values.items() if kept.get(name) not in (None, "") and kept[name] != value
    )
    value = ", ".join(str(again.values[name]) for name in differs)[:200]
    code = "merged_differs" if differs else "merged"
    return [Report(number, code, MERGED, value, None, {"row": row, "fields": differs}) for number in again.rows]


def names_differ(one: Any, other: Any) -> bool:
    """Whether two names are of two people: families share surnames, so all of the shorter must stand in the longer.

    Chinese names are compared whole, by their reading, without the title."""
    if not one or not other:
        return False
    texts = [HONORIFIC.sub("", str(name)) for name in (one, other)]
    keys = [name_key(text).split() for text in texts]
    short, long = sorted(keys, key=len)
    if not all(text.isascii() for text in texts) and any(CHINESE.search(text) for text in texts):
        return "".join(short) != "".join(long)
    return not all(any(stands_for(word, whole) for whole in long) for word in short)


def stands_for(word: str, whole: str) -> bool:
    """A word of a name is the same word, or the initial of it on either side."""
    word, whole = word.strip(".,"), whole.strip(".,")
    return word == whole or (len(word) == 1 and whole.startswith(word)) or (len(whole) == 1 and word.startswith(whole))
