"""What values of one record must have to do with each other, and those of two that are one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from crm.core.errors import Problem


@dataclass(frozen=True)
class Fit:
    """A rule over several values, asked where one of them is written: what was stored before stands in nobody's way."""

    name: str
    field: str  # where the refusal is shown
    fields: tuple[str, ...]  # all that it looks at
    holds: Callable[[Mapping[str, Any]], bool]
    message: str | Promise
    by: tuple[str, ...] = ()  # which of them have it asked; all, where nothing is said

    def broken(self, row: Mapping[str, Any]) -> bool:
        """Whether a row breaks it."""
        return not self.holds(row)

    def is_asked(self, written: Collection[str]) -> bool:
        """Whether it speaks of a record of which these values are written."""
        return not set(self.by or self.fields).isdisjoint(written)

    @property
    def problem(self) -> Problem:
        """Why such a record is refused."""
        return Problem(self.name, self.message)


@dataclass(frozen=True)
class Alike:
    """By what two records of a noun are known to be the same one: what they share, and what makes a same name tell."""

    shared: tuple[str, ...]  # a same value is enough by itself; each has an index
    near: tuple[str, ...] = ()
