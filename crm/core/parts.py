"""Parts: child tables without a life of their own, declared on the noun of their records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from django.db import models
from django.utils.functional import Promise

from crm.core.looks import Worth
from crm.core.specs import FieldSpec, spec_of

Values = dict[str, Any]


@dataclass(frozen=True, eq=False)  # there is one of each: identity is cheaper to hash than a translated label
class Part:
    """A child table without a life of its own, saved, read and imported with its parent (an order's lines)."""

    name: str
    label: str | Promise
    model: type[models.Model]
    parent: str  # the link from the part to the record
    fields: tuple[str, ...]
    computed: tuple[str, ...] = ()
    leans_on: tuple[str, ...] = ()  # fields of the parent that its rows' derived values depend on
    worth: Worth | None = None  # what a form shows of them while it is filled in
    beside: Mapping[str, str] = field(default_factory=dict)  # computed ones that a page shows only where they differ

    def without(self, names: frozenset[str]) -> Part:
        """The part as those see it from whom these fields of its rows are kept."""
        return narrowed(self, names) if names else self

    def path(self, name: str) -> str:
        """How a field of its rows is called among those of the record."""
        return f"{self.name}.{name}"

    @cached_property
    def specs(self) -> dict[str, FieldSpec]:
        """The part's fields, in order."""
        meta = self.model._meta
        return {
            name: spec_of(meta.get_field(name), writable=name in self.fields)  # type: ignore[arg-type]  # columns only
            for name in (*self.fields, *self.computed)
        }


@lru_cache(maxsize=256)
def narrowed(part: Part, names: frozenset[str]) -> Part:
    """A part without some fields; one of each, for plans of it are kept, too."""
    own, computed = (tuple(name for name in some if name not in names) for some in (part.fields, part.computed))
    return replace(part, fields=own, computed=computed)


def stood_before(part: Part, links: Collection[str], rows: Sequence[Values], before: Sequence[Values]) -> list[Values]:
    """For each row the stored one that it is, none twice: from it comes what its writer may not see.

    What is the same in all that is seen goes first, then what is of the same things in the same words, then what is of
    the same things; of several, the one in the same place."""
    words = tuple(name for name, spec in part.specs.items() if name in part.fields and spec.kind == "text")
    found, left = [dict[str, Any]() for _row in rows], dict(enumerate(before))
    for names in (part.fields, (*links, *words), tuple(links)):
        for at, row in enumerate(rows):
            if found[at] or not any(row[name] for name in names):
                continue
            same = (one for one in (at, *left) if one in left and all(left[one][n] == row[n] for n in names))
            if (one := next(same, None)) is not None:
                found[at] = left.pop(one)
    return found
