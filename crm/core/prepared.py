"""A question written once and asked many times: Django takes longer to write its SQL than PostgreSQL to answer it.

Only the words of the statement are kept, never an answer: what is asked for is read anew each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.query import get_related_populators

from tenants.standing import standing

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
        with standing.answered(written.sql, given) as cursor:
            row = cursor.fetchone()
        if row is None:
            return None
        row = written.convert(row)
        found: M = written.model.from_db(DEFAULT_DB_ALIAS, written.names, row[written.own])
        for populator in written.populators:
            populator.populate(row, found)
        return found


class Unwritable(Exception):
    """A question whose words depend on its values, or that has no rows whatever they are."""


class PreparedRows:
    """The rows of a `.values()` queryset that differs from call to call in its values only.

    `make` is called with the one and with the other stand-in of each pair: where the two statements differ, a value
    goes. So whatever else stands in the queryset may equal a stand-in.
    """

    def __init__(self, make: Callable[..., models.QuerySet[Any, Any]], *stand_ins: tuple[Any, Any]) -> None:
        ones, others = ([pair[side] for pair in stand_ins] for side in (0, 1))
        compiler = make(*ones).query.get_compiler(DEFAULT_DB_ALIAS)
        try:
            (self.sql, params), (sql, against) = compiler.as_sql(), statement(make(*others))
        except EmptyResultSet as error:
            raise Unwritable from error
        if sql != self.sql or len(params) != len(against):
            raise Unwritable
        self.params = [
            (None if is_same(one, other) else ones.index(one), one) for one, other in zip(params, against, strict=True)
        ]
        if {at for at, _one in self.params} - {None} != set(range(len(ones))):
            raise Unwritable
        self.names = list(compiler.query.selected or compiler.query.values_select)
        self.converters = compiler.get_converters([one for one, _sql, _alias in compiler.select])
        self.converted: Callable[..., Iterable[Sequence[Any]]] = compiler.apply_converters

    def all(self, *values: Any, most: int) -> list[dict[str, Any]]:
        """At most so many rows for these values."""
        given = [one if at is None else values[at] for at, one in self.params]
        with standing.answered(f"{self.sql} LIMIT %s", [*given, most]) as cursor:
            rows: Iterable[Sequence[Any]] = cursor.fetchall()
        if self.converters:
            rows = self.converted(rows, self.converters)
        names = self.names
        return [dict(zip(names, row, strict=True)) for row in rows]


def statement(rows: models.QuerySet[Any, Any]) -> tuple[str, Sequence[Any]]:
    """The words of a queryset and what they are given."""
    found: tuple[str, Sequence[Any]] = rows.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    return found


def is_same(one: Any, other: Any) -> bool:
    """Whether two parameters are one value."""
    return type(one) is type(other) and bool(one == other)
