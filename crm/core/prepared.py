"""A question written once and asked many times: Django takes longer to write its SQL than PostgreSQL to answer it.

Only the words of the statement are kept, never an answer: what is asked for is read anew each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class Written:
    """A compiled statement; of each parameter, which stand-in it is, or its value."""

    sql: str
    params: list[tuple[int | None, Any]]
    convert: Callable[[Any], Any]
    model: Any
    names: list[str]
    own: slice
    populators: list[Any]


class Prepared(Generic[M]):
    """The first row of a queryset that differs from call to call in its values only.

    `make` builds the queryset from stand-ins, one for each value; they must differ from one another and from every
    other value in it.
    """

    def __init__(self, make: Callable[..., models.QuerySet[M]], *stand_ins: Any) -> None:
        self.make, self.stand_ins = make, stand_ins

    @cached_property
    def written(self) -> Written:
        """The statement, and how its rows become objects: worked out at the first call."""
        compiler = self.make(*self.stand_ins)[:1].query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        select, about = compiler.select, compiler.klass_info
        start, end = about["select_fields"][0], about["select_fields"][-1] + 1
        converters = compiler.get_converters([one for one, _sql, _alias in select])
        return Written(
            sql,
            [(self.stand_ins.index(one), None) if one in self.stand_ins else (None, one) for one in params],
            (lambda row: next(iter(compiler.apply_converters([row], converters)))) if converters else tuple,
            about["model"],
            [one.target.attname for one, _sql, _alias in select[start:end]],
            slice(start, end),
            get_related_populators(about, select, DEFAULT_DB_ALIAS),  # type: ignore[call-arg]  # types of a later Django
        )

    def first(self, *values: Any) -> M | None:
        """The row for these values, with what it selects beside it."""
        written = self.written
        given = [one if at is None else values[at] for at, one in written.params]
        with connection.cursor() as cursor:
            cursor.execute(written.sql, given)
            row = cursor.fetchone()
        if row is None:
            return None
        row = written.convert(row)
        found: M = written.model.from_db(DEFAULT_DB_ALIAS, written.names, row[written.own])
        for populator in written.populators:
            populator.populate(row, found)
        return found
