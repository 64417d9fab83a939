"""No two records share what only one may have: within a batch, and between it and what is stored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crm.core.drafts import Draft, Outcome
from crm.core.errors import Problem
from crm.core.models import Record
from crm.core.plans import Plan, Unique

Holders = dict[tuple[Any, ...], set[UUID]]  # by key
Keys = Mapping[str, Sequence[tuple[Any, ...] | None]]  # by rule, of each record; None where the rule does not apply


def check_unique(plan: Plan, drafts: Mapping[int, Draft], outcome: Outcome, ready: Keys | None = None) -> None:
    """No two of the batch, and none of the batch and the table, share a unique key: one query a rule. A sample
    gives way to a record of the company's own. Of records that were written out ahead those are held back that share
    one: they are no drafts, so nothing more is said of them."""
    for rule in plan.unique:
        keys: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for at, draft in drafts.items():
            record, row = draft.record, draft.row
            key = tuple([row.get(name) for name in rule.fields])
            if None in key or (at_rest(record) and draft.values.keys().isdisjoint(rule.fields)):
                continue
            if rule.applies(row):
                keys[key].append(at)
        written = Counter([key for key in ready[rule.name] if key is not None] if ready else ())
        taken, samples = holders(plan.model._default_manager.all(), rule, {*keys, *written})
        shared = {key for key, count in written.items() if count > 1 or key in keys or key in taken or key in samples}
        if shared and ready:
            outcome.held.update(at for at, key in enumerate(ready[rule.name]) if key in shared)
        moved = {d.id: d for d in drafts.values() if d.record is not None and d.values.keys() & set(rule.fields)}
        for key, positions in keys.items():
            mine, is_own = {drafts[at].id for at in positions[:1]}, not any(drafts[at].is_sample for at in positions)
            others = {pk for pk in taken[key] | (set() if is_own else samples[key]) if pk not in moved} - mine
            outcome.yielding |= samples[key] if is_own else set()
            for at in positions if others else positions[1:]:
                field = rule.fields[:2][-1]  # of several, the first says of whom, the second is what was chosen
                outcome.refuse(at, field, taken_problem(plan, rule))


def taken_problem(plan: Plan, rule: Unique) -> Problem:
    """The refusal of what another record has: of several fields together, which."""
    if len(rule.fields) == 1:
        return Problem("not_unique", _("Another record has the same value."))
    labels = ", ".join(str(plan.fields[name].verbose_name) for name in rule.fields)
    return Problem("not_unique", _("Another record has the same values together: %(labels)s.") % {"labels": labels})


def at_rest(record: Record | None) -> bool:
    """Whether a record stands among the others already."""
    return record is not None and record.deleted_at is None


def holders(rows: QuerySet[Any], rule: Unique, keys: Iterable[tuple[Any, ...]]) -> tuple[Holders, Holders]:
    """Who in the table has these keys (for several fields: a superset by field, matched as tuples); samples apart."""
    columns = list(zip(*keys, strict=True))
    taken: Holders = defaultdict(set)
    samples: Holders = defaultdict(set)
    if not columns:
        return taken, samples
    rows = rows.filter(**{f"{f}__any_of": set(c) for f, c in zip(rule.fields, columns, strict=True)})
    rows = rows.filter(rule.condition) if rule.condition else rows
    for pk, is_sample, *key in rows.values_list("pk", "is_sample", *rule.fields):
        (samples if is_sample else taken)[tuple(key)].add(pk)
    return taken, samples
