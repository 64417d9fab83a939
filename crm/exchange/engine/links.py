"""Records that rows point at: found by key, all of a chunk at once; made where the declaration says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model, QuerySet

from crm.core.errors import Problem
from crm.core.further import holders
from crm.core.permissions import visible
from crm.core.registry import Resource, registry
from crm.core.services import Change, records_save
from crm.exchange.cleaning.cells import ODD_TYPES
from crm.exchange.cleaning.columns import cleaner_for
from crm.exchange.declared import Link
from crm.exchange.engine.blocks import Report
from crm.exchange.engine.cleaned import LEFT_OUT, REFUSED
from crm.exchange.engine.gather import Pending
from crm.exchange.engine.identity import OWN_ID
from crm.exchange.engine.recipe import Recipe, surroundings
from crm.exchange.engine.survey import Survey
from crm.exchange.problems import sentence


@dataclass
class Made:
    """Related records that a chunk created, with the first row that asked for each."""

    label: str
    ids: dict[UUID, int] = field(default_factory=dict)


class Finder:
    """One link of a recipe; what is known stays known for the run, what a chunk made only once it is committed."""

    def __init__(self, link: Link, recipe: Recipe, survey: Survey) -> None:
        self.link, self.recipe = link, recipe
        self.part, _dot, self.field = link.at.rpartition(".")
        spec = recipe.spec(link.at)
        if spec is None or spec.target is None:
            raise LookupError(link.at)
        self.model: type[Model] = apps.get_model(spec.target)
        self.resource = registry.get(spec.target)  # people of the team are no noun: they are found, not made
        self.is_kept = link.missing == "empty" and not spec.required
        self.picks = survey.picks.get(link.at, {})
        self.known: dict[Any, UUID] = {}
        self.fresh: dict[Any, UUID] = {}
        self.filled: dict[str, bool] = {}

    def resolve(self, pendings: Sequence[Pending], reports: list[Report]) -> tuple[list[Pending], Made]:
        """Put ids where the keys stand; records that point at nothing are refused, parts lose the link."""
        self.fresh = {}
        asked = self.asked(pendings)
        self.find(asked.keys() - self.known.keys())
        made = self.make(asked) if self.link.create else Made("")
        known = {**self.known, **self.fresh}
        if not self.part:
            return [p for p in pendings if self.put(p, known, reports)], made
        return [pending for pending in pendings if self.put_parts(pending, known, reports)], made

    def commit(self) -> None:
        """What the chunk made is there now."""
        self.known |= self.fresh

    def asked(self, pendings: Sequence[Pending]) -> dict[Any, int]:
        """Every key of the chunk, with the first row that names it."""
        keys: dict[Any, int] = {}
        for pending in pendings:
            if not self.part and (key := pending.values.get(self.field)) is not None:
                keys.setdefault(key, pending.rows[0])
            for line, row in zip(
                pending.lines or () if self.part else (), pending.rows, strict=bool(self.part and pending.lines)
            ):
                if (key := line.get(self.field)) is not None:
                    keys.setdefault(key, row)
        return keys

    def find(self, keys: Iterable[Any]) -> None:
        """Look keys up by each field in turn; a key that several records have leads nowhere."""
        left = set(keys)
        for at, names in enumerate(self.link.ways):
            for name in names:
                if left:
                    left -= self.find_by(name, left, at)
        self.find_ids(left)

    def find_ids(self, keys: Iterable[Any]) -> None:
        """What no field knows may be our own id, as our files for programs have it."""
        ids = {UUID(word): key for key in keys for word in words_of(key) if OWN_ID.fullmatch(str(word))}
        rows = visible(self.model, self.recipe.actor).filter(pk__any_of=list(ids)) if ids else None
        self.known |= {ids[pk]: pk for pk in rows.values_list("pk", flat=True)} if rows is not None else {}

    def find_by(self, name: str, keys: Iterable[Any], at: int) -> set[Any]:
        """Look keys up by one field; who is called the same but has another e-mail than the row says is another."""
        typed = self.typed(name, keys, at)
        own: dict[str, Any] = {"is_sample": False} if self.resource else {"is_active": True}
        rows = visible(self.model, self.recipe.actor).filter(**own)
        is_name = self.resource is not None and name == self.resource.title
        surer = [one for way in self.link.ways[:at] for one in way] if is_name else []
        hits: dict[Any, list[UUID]] = defaultdict(list)
        firsts = list(rows.filter(**{f"{name}__any_of": list(typed)}).values_list("pk", name, *surer))
        others = self.beside(name, typed.keys() - {value for _pk, value, *_said in firsts}, rows)
        for pk, value, *said in chain(firsts, others):
            for key in typed[value]:
                if not any(word is not None and has for word, has in zip(words_of(key), said, strict=False)):
                    hits[key].append(pk)
        known = {key: self.meant(found) if len(found) > 1 else found for key, found in hits.items()}
        found = {key: ids[0] for key, ids in known.items() if len(ids) == 1}
        self.known |= found
        return set(found)

    def beside(self, name: str, wanted: set[Any], rows: QuerySet[Any]) -> Iterator[tuple[UUID, Any]]:
        """Who has what is nobody's first e-mail or phone as a further one; most companies have none at all."""
        other = self.resource.further.get(name, "") if self.resource else ""
        if not wanted or not other or self.resource is None:
            return
        if other not in self.filled:
            self.filled[other] = rows.exclude(**{other: []}).exists()
        ids = holders(self.resource, other, wanted) if self.filled[other] else []
        for pk, values in rows.filter(pk__any_of=ids).values_list("pk", other) if ids else ():
            yield from ((pk, value) for value in wanted.intersection(values))

    def meant(self, ids: Sequence[UUID]) -> list[UUID]:
        """Of several of the same name, those that the noun says are meant."""
        which = self.resource.meant if self.resource else None
        return list(self.model._default_manager.filter(which, pk__in=ids).values_list("pk", flat=True)) if which else []

    def typed(self, name: str, keys: Iterable[Any], at: int) -> dict[Any, list[Any]]:
        """The keys in the spelling of a field: a phone number as it is stored."""
        found: dict[Any, list[Any]] = defaultdict(list)
        clean = cleaner_for(self.resource.specs[name], surroundings(), is_key=True) if self.resource else None
        for key in keys:
            word = words_of(key)[at]
            if word is None:
                continue
            value = clean(word) if clean else str(word).lower() if name == "email" else str(word)
            if value is not None and not isinstance(value, ODD_TYPES):
                found[value].append(key)
        return found

    def make(self, asked: dict[Any, int]) -> Made:
        """Create what was not found, from what the whole file says about it."""
        missing = [key for key in asked if key not in self.known]
        if self.resource is None:
            return Made("")
        made = Made(self.resource.label)
        if missing:
            changes = [Change(self.values(self.resource, key)) for key in missing]
            outcome = records_save(self.resource.model, changes, actor=self.recipe.actor, keep_good=True)
            self.fresh = {missing[at]: pk for at, pk in outcome.saved.items()}
            made.ids = {pk: asked[missing[at]] for at, pk in outcome.saved.items()}
        return made

    def values(self, other: Resource, key: Any) -> dict[str, Any]:
        """A new related record: its key, picked values, constants, and a name."""
        values = {**self.link.constants, **self.picks.get(key, {})}
        for at, (way, word) in enumerate(zip(self.link.ways, words_of(key), strict=True)):
            if word is not None:
                values[way[0] if at == 0 or len(way) == 1 else other.title] = word
        if other.title not in values:
            values[other.title] = str(self.link.title or "%(key)s") % {"key": shown_key(key)}
        if "currency" in other.specs and self.recipe.currency:
            values.setdefault("currency", self.recipe.currency)
        return values

    def put(self, pending: Pending, known: dict[Any, UUID], reports: list[Report]) -> bool:
        """The id in a record's own link."""
        key = pending.values.get(self.field)
        if key is None:
            return True
        if key in known:
            pending.values[self.field] = known[key]
            return True
        outcome = LEFT_OUT if self.is_kept else REFUSED
        said = shown_key(key)
        details: dict[str, object] = {"value": said[:100]}
        position = self.recipe.position(self.link.key_path)
        reports += [Report(row, "link", outcome, said[:200], position, details) for row in pending.rows]
        if self.is_kept:
            del pending.values[self.field]
        return self.is_kept

    def put_parts(self, pending: Pending, known: dict[Any, UUID], reports: list[Report]) -> bool:
        """The ids in the links of a record's parts; false when one that is missing refuses the whole."""
        outcome = REFUSED if self.link.missing == "refuse" else LEFT_OUT
        position, missing = self.recipe.position(self.link.key_path), set[int]()
        for line, row in zip(pending.lines or (), pending.rows, strict=False):
            key = line.get(self.field)
            if key is None:
                continue
            if key in known:
                line[self.field] = known[key]
            else:
                del line[self.field]
                missing.add(row)
                said = shown_key(key)
                reports.append(Report(row, "link", outcome, said[:200], position, {"value": said[:100]}))
        if not missing or outcome == LEFT_OUT:
            return True
        group = str(next(iter(pending.values.values()), ""))[:60]
        told: dict[str, object] = {"group": group, "reason": sentence("link", {"value": reports[-1].value})}
        reports += [Report(row, "group_refused", REFUSED, "", None, told) for row in pending.rows if row not in missing]
        return False


def words_of(key: Any) -> tuple[Any, ...]:
    """What the columns of a link say: one word, or one a column."""
    return key if isinstance(key, tuple) else (key,)


def shown_key(key: Any) -> str:
    """A key for people."""
    return ", ".join(str(word) for word in words_of(key) if word is not None)


def problem_text(problems: Iterable[Problem]) -> str:
    """Core's sentences in one."""
    return " ".join(str(problem.message) for problem in problems)
