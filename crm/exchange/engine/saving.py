"""Handing records to the one implementation of every write, with what an import adds: notes, parts, a second try."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any
from uuid import UUID

from crm.core.bulk import Lines, rows_insert
from crm.core.drafts import Outcome
from crm.core.models import ExternalId
from crm.core.money import TOO_FINE
from crm.core.outside import Name, external_names_find
from crm.core.permissions import visible
from crm.core.ready import Ready, records_ready
from crm.core.services import Change, records_save
from crm.exchange.analysis import NAMED
from crm.exchange.engine.blocks import Report
from crm.exchange.engine.cleaned import LEFT_OUT, NOTE
from crm.exchange.engine.columns import Fresh, Packed
from crm.exchange.engine.gather import Pending
from crm.exchange.engine.links import problem_text
from crm.exchange.engine.recipe import Recipe
from crm.exchange.models import ImportedRecord

RECORD_COLUMNS = ("job_id", "object_type", "object_id", "row", "version", "outcome", "before")
OUTSIDE = "+external"  # in what an updated record had before: the numbers of other systems that it did not have


def add_notes(recipe: Recipe, pendings: Mapping[UUID, Pending]) -> None:
    """Lines for notes are added to what stands in the record, each once."""
    name = recipe.notes
    wanted = [pk for pk, pending in pendings.items() if pending.notes or name in pending.values] if name else []
    if not wanted:
        return
    for pk, text in visible(recipe.resource.model, recipe.actor).filter(pk__any_of=wanted).values_list("pk", name):
        pending, have = pendings[pk], (text or "").splitlines()
        own = [pending.values.pop(name)] if name in pending.values else []
        fresh = [line for line in (*own, *pending.notes) if not set(line.splitlines()) <= set(have)]
        pending.notes = [*have, *fresh] if fresh else []


def save(recipe: Recipe, pendings: list[Pending], fresh: Fresh | None, reports: list[Report]) -> Outcome:
    """Save; a record that is refused only for values it can do without is saved without them, and that is reported.

    Of records written out ahead those that another one stands in the way of join the others, to be told why."""
    outcome = save_all(recipe, pendings, fresh.ready if fresh else None)
    if fresh and outcome.held:
        late = fresh.late(sorted(outcome.held))
        take(outcome, range(len(pendings), len(pendings) + len(late)), save_all(recipe, late))
        pendings += late
    for mend in (coarsened, without):
        again = [at for at in outcome.errors if mend(recipe, pendings[at], outcome.errors[at], reports)]
        if again:
            for at in again:
                del outcome.errors[at]
            take(outcome, again, save_all(recipe, [pendings[at] for at in again]))
    return outcome


def take(outcome: Outcome, places: Sequence[int], second: Outcome) -> None:
    """What became of some of the records in a second call."""
    outcome.errors |= {places[new]: errors for new, errors in second.errors.items()}
    outcome.saved |= {places[new]: pk for new, pk in second.saved.items()}
    outcome.created |= {places[new] for new in second.created}
    outcome.changed |= {places[new] for new in second.changed}
    outcome.before |= {places[new]: before for new, before in second.before.items()}


def save_all(recipe: Recipe, pendings: Sequence[Pending], ready: Ready | None = None) -> Outcome:
    """One batch."""
    if not pendings and ready is None:
        return Outcome()
    currency = currency_of(recipe)
    changes = [Change(values_of(recipe, p, currency), p.id, None, None if p.id else p.named) for p in pendings]
    return records_save(recipe.resource.model, changes, actor=recipe.actor, keep_good=True, ready=ready)


def made_ready(recipe: Recipe, job_id: UUID, chunks: Iterable[Packed]) -> Iterator[Packed]:
    """Chunks with their records judged and written out as far as that asks no database, as if all were new."""
    currency, model = currency_of(recipe), recipe.resource.model
    is_asked = bool(recipe.links or recipe.part or recipe.outside) or recipe.mode == "update"
    for made in chunks:
        columns = {} if is_asked else columns_of(recipe, made, currency)
        if columns and (found := records_ready(model, columns, len(made.rows), actor=recipe.actor)):
            made.at, made.ready = found
            made.account = account_of(job_id, recipe.resource.label, made)
        yield made


def columns_of(recipe: Recipe, made: Packed, currency: str) -> dict[str, Sequence[Any]]:
    """The records of a chunk as `values_of` has them one by one."""
    columns: dict[str, Sequence[Any]] = dict(zip(made.paths, made.values, strict=True))
    if recipe.notes and any(made.notes):
        own = made.column(recipe.notes)
        columns[recipe.notes] = [noted(text, notes) for text, notes in zip(own, made.notes, strict=True)]
    title = recipe.resource.title
    if title in recipe.resource.required and (any(made.outside) or recipe.called_by):
        names = zip(made.column(title), made.outside, *(made.column(key) for key in recipe.called_by), strict=True)
        columns[title] = [next((one for one in ways if one is not None), None) for ways in names]
    if currency:
        columns["currency"] = [currency if one is None else one for one in made.column("currency")]
    return columns


def noted(text: str | None, notes: Sequence[str]) -> str | None:
    """A text with lines added to it."""
    return "\n".join([*([text] if text else []), *notes]) if notes else text


def account_of(job_id: UUID, label: str, made: Packed) -> Lines | None:
    """What the account of a job says of records that it creates, written out."""
    if made.ready is None:
        return None
    columns: dict[str, Sequence[Any]] = {"object_id": made.ready.ids, "row": [made.rows[at][0] for at in made.at]}
    same = {"job_id": job_id, "object_type": label, "version": 1, "outcome": ImportedRecord.Outcome.CREATED}
    return Lines.of_columns(ImportedRecord, columns, same)


def currency_of(recipe: Recipe) -> str:
    """The currency of records that have one."""
    return recipe.currency if "currency" in recipe.resource.specs else ""


def attach(
    recipe: Recipe, pendings: Sequence[Pending], outcome: Outcome, reports: list[Report]
) -> dict[int, list[Name]]:
    """Stored records learn the numbers that they have in other systems; which they are. One that is taken is told."""
    called: dict[int, list[Name]] = {}
    for at, p in enumerate(pendings):
        if p.named and at in outcome.saved and (p.id or recipe.outside):
            outside = None if p.external == str(p.id) else p.external  # our own id is no number of another system
            names = recipe.outside_names(outside, p.values)
            called[at] = [name for name in dict.fromkeys(names) if p.id or name != p.named]
    label = recipe.resource.label
    owners = external_names_find(label, set(chain.from_iterable(called.values())))
    fresh: dict[int, list[Name]] = defaultdict(list)
    for at, name in ((at, name) for at, names in called.items() for name in names):
        pk = outcome.saved[at]
        if name not in owners:
            fresh[at].append(name)
        elif owners[name] != pk:
            details: dict[str, object] = {"value": name[1], "source": name[0]}
            position = recipe.position(NAMED + name[0])
            reports.append(Report(pendings[at].rows[0], "number_taken", LEFT_OUT, name[1], position, details))
        owners.setdefault(name, pk)
    rows = [(label, *name, outcome.saved[at]) for at, names in fresh.items() for name in names]
    rows_insert(ExternalId, ("object_type", "source", "value", "object_id"), rows)
    return fresh


def coarsened(recipe: Recipe, pending: Pending, errors: Mapping[str, Any], reports: list[Report]) -> bool:
    """Round amounts that have more digits than their currency, which files have from sums in spreadsheets."""
    fine = [(name, p.allowed[0]) for name, problems in errors.items() for p in problems if p.code == TOO_FINE]
    for name, fitting in fine:
        value = f"{pending.values[name]:f}"
        details: dict[str, object] = {"value": value, "rounded": fitting}
        reports.append(Report(pending.rows[0], "rounded", NOTE, value, recipe.position(name), details))
        pending.values[name] = Decimal(fitting)
    return bool(fine)


def without(recipe: Recipe, pending: Pending, errors: Mapping[str, Any], reports: list[Report]) -> bool:
    """Take refused values away if the record can do without each of them."""
    resource = recipe.resource
    needed = resource.required | {*resource.keys, resource.title, *resource.links, recipe.group_by}
    if any(name in needed or name not in pending.values for name in errors):
        return False
    for name, problems in errors.items():
        value = str(pending.values.pop(name))[:200]
        details: dict[str, object] = {"field": name, "message": problem_text(problems)}
        reports.append(Report(pending.rows[0], "refused", LEFT_OUT, value, recipe.position(name), details))
    return True


def values_of(recipe: Recipe, pending: Pending, currency: str) -> dict[str, Any]:
    """A record's values with its notes and parts; what speaks of money speaks of the tenant's."""
    values = dict(pending.values)
    if pending.notes and recipe.notes:
        values[recipe.notes] = noted(values.get(recipe.notes), pending.notes)
    if pending.lines is not None and recipe.part:
        values[recipe.part.name] = pending.lines
    for path in recipe.outside:
        values.pop(path, None)
    title = recipe.resource.title
    if pending.id is None and title in recipe.resource.required and title not in values:
        ways = [pending.named[1] if pending.named else None, *(values.get(key) for key in recipe.called_by)]
        if called := next(filter(None, ways), None):
            values[title] = called  # without a name it is called as another system calls it, or by its key
    if currency and pending.id is None:
        values.setdefault("currency", currency)
    return values
