"""The set-wise statements: insert rows, update rows, write events. Rows go in by COPY, one as well as thousands: of a
wide table an INSERT costs twice as much to write, one of fifty rows thirty times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from crm.core.actors import Actor
from crm.core.copying import array_literal, column_text, copy_in, copy_lines, json_text
from crm.core.fields import SearchField
from crm.core.models import Event
from tenants.models import Wakeup

Columns = Mapping[str, Sequence[Any]]  # by attribute
NOTHING: Mapping[str, Any] = MappingProxyType({})
FACT_COLUMNS = ("name", "object_type", "object_id", "before", "after")


class Fact(NamedTuple):
    """An event before it is written."""

    name: str
    object_type: str
    object_id: UUID
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def rows_insert(
    model: type[models.Model],
    attnames: Sequence[str],
    rows: Sequence[Sequence[Any]],
    same: Mapping[str, Any] = NOTHING,
) -> None:
    """Insert rows given as values in the order of `attnames`; `same` is what all have, the rest takes its default."""
    if not rows:
        return
    by_attname = {f.attname: f for f in model._meta.concrete_fields}
    each = [f for f in by_attname.values() if f.primary_key and f.attname not in attnames and f.has_default()]
    if each:  # an id of its own; other defaults are the same for all
        attnames, rows = [*attnames, *(f.attname for f in each)], [[*r, *(f.get_default() for f in each)] for r in rows]
    lines_insert(model, Lines.of(model, attnames, rows, same))


class Lines(NamedTuple):
    """Rows as COPY reads them, and the columns that they fill."""

    columns: str
    text: bytes
    rows: int

    @classmethod
    def of(
        cls, model: type[models.Model], attnames: Sequence[str], rows: Iterable[Sequence[Any]], same: Mapping[str, Any]
    ) -> Lines:
        """Typed rows written out; columns of which nothing is said take the model's default."""
        fields, names, end = cls.frame(model, attnames, same)
        return cls.joined(names, copy_lines(fields, rows), end)

    @classmethod
    def of_columns(cls, model: type[models.Model], columns: Columns, same: Mapping[str, Any]) -> Lines:
        """The same from columns."""
        fields, names, end = cls.frame(model, list(columns), same)
        texts = [column_text(field, column) for field, column in zip(fields, columns.values(), strict=True)]
        return cls.joined(names, list(map("\t".join, zip(*texts, strict=True))), end)

    @classmethod
    def joined(cls, names: str, each: Sequence[str], end: str) -> Lines:
        """Rows that all end alike."""
        return cls(names, (end.join(each) + end).encode() if each else b"", len(each))

    @staticmethod
    def frame(
        model: type[models.Model], attnames: Sequence[str], same: Mapping[str, Any]
    ) -> tuple[list[models.Field[Any, Any]], str, str]:
        """The fields of each row, all columns by name, and how every row ends."""
        by_attname = {f.attname: f for f in model._meta.concrete_fields}
        left = {f: f.get_default() for f in by_attname.values() if not f.primary_key and not f.has_db_default()}
        given = {by_attname[name]: value for name, value in same.items()}
        given |= {f: v for f, v in left.items() if v is not None and f.attname not in attnames and f not in given}
        fields = [by_attname[name] for name in attnames]
        names = ", ".join(f'"{field.column}"' for field in (*fields, *given))
        end = "".join("\t" + column_text(field, [value])[0] for field, value in given.items())
        return fields, names, f"{end}\n"

    def only(self, at: Sequence[int]) -> Lines:
        """Some of the rows."""
        if len(at) == self.rows:
            return self
        each = self.text.split(b"\n")  # a line end within a value is written as a sign of its own
        return Lines(self.columns, b"\n".join([*map(each.__getitem__, at), b""]), len(at))


def lines_insert(model: type[models.Model], lines: Lines) -> None:
    """COPY rows that are written out, inside the running transaction."""
    if lines.rows:
        copy_in(model, lines.columns, lines.text)


def as_text(field: models.Field[Any, Any], value: Any) -> Any:
    """A value of a column that cannot travel inside an array, as text; others as they are."""
    if isinstance(field, models.JSONField):
        return None if value is None else json_text(value)
    return array_literal(value) if isinstance(field, ArrayField) and value is not None else value


def rows_update(model: type[models.Model], rows: Sequence[tuple[UUID, dict[str, Any]]]) -> None:
    """Change records with one UPDATE for each set of changed fields; every one gets its next version."""
    groups: dict[tuple[str, ...], list[tuple[UUID, dict[str, Any]]]] = defaultdict(list)
    for row in rows:
        groups[tuple(sorted(row[1]))].append(row)
    for names, group in groups.items():
        fields = [cast("models.Field[Any, Any]", model._meta.get_field(name)) for name in names]
        sql = update_statement(model, fields, ("version = old.version + 1", "updated_at = now()"))
        values = [[as_text(f, row[name]) for _, row in group] for f, name in zip(fields, names, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(sql, [[pk for pk, _ in group], *values])


def columns_write(model: type[models.Model], columns: Columns) -> None:
    """Write columns of rows that are no records, by their key: one UPDATE (Django's own makes a CASE of each value)."""
    key = model._meta.pk
    fields = [cast("models.Field[Any, Any]", model._meta.get_field(name)) for name in columns if name != key.name]
    values = [[as_text(field, value) for value in columns[field.name]] for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(update_statement(model, fields), [list(columns[key.name]), *values])


def search_write(model: type[models.Model], rows: Sequence[tuple[UUID, str]]) -> None:
    """Write the search column only: what a record is found by is no change of it."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{table}" AS old SET search = new.search::tsvector '  # noqa: S608
            "FROM unnest(%s::uuid[], %s::text[]) AS new(id, search) WHERE old.id = new.id",
            [[pk for pk, _ in rows], [text for _, text in rows]],
        )


def update_statement(
    model: type[models.Model], fields: Sequence[models.Field[Any, Any]], beside: Sequence[str] = ()
) -> str:
    """The UPDATE of these fields from arrays, one of ids and one for each field; all names are our own models'."""
    links = [isinstance(f, models.ForeignKey) for f in fields]
    types = [
        str(f.rel_db_type(connection) if link else f.db_type(connection)) for f, link in zip(fields, links, strict=True)
    ]
    texts = [isinstance(f, (models.JSONField, ArrayField, SearchField)) for f in fields]
    arrays = "".join(f", %s::{'text' if text else kind}[]" for kind, text in zip(types, texts, strict=True))
    sets = [f'"{f.column}" = new."{f.column}"::{kind}' for f, kind in zip(fields, types, strict=True)]
    key = str(model._meta.pk.rel_db_type(connection))
    columns = "".join(f', "{f.column}"' for f in fields)
    return (
        f'UPDATE "{model._meta.db_table}" AS old SET {", ".join([*sets, *beside])} '  # noqa: S608
        f"FROM unnest(%s::{key}[]{arrays}) AS new(id{columns}) WHERE old.id = new.id"
    )


def events_write(facts: Iterable[Fact], actor: Actor, written: Lines | None = None) -> int:
    """One event a record; transaction number, sequence and time are the table's defaults. Some may be written out."""
    rows, count = list(facts), written.rows if written else 0
    if not rows and not count:
        return 0
    rows_insert(Event, FACT_COLUMNS, rows, by_whom(actor))
    if written:
        lines_insert(Event, written)
    Wakeup.objects.create(schema_name=connection.schema_name)  # type: ignore[attr-defined]  # the tenants' connection has it
    return len(rows) + count


def by_whom(actor: Actor) -> dict[str, Any]:
    """What all events of one writer have."""
    return {"actor_kind": actor.kind, "actor_id": actor.id, "via": actor.via, "request_id": actor.request_id}


def births_lines(label: str, ids: Sequence[str], after: Sequence[Mapping[str, Any]], actor: Actor) -> Lines:
    """The events of new records, written out."""
    same = {"name": f"{label}.created", "object_type": label, **by_whom(actor)}
    return Lines.of_columns(Event, {"object_id": ids, "after": after}, same)


def constraints_now() -> None:
    """Judge every deferred constraint here, so that nothing is left to fail at COMMIT."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
