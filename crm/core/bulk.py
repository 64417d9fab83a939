"""The set-wise statements: insert rows, update rows, write events. Few rows go by INSERT, many by COPY."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from crm.core.actors import Actor
from crm.core.copying import JSON_TEXT, array_literal, copy_in
from crm.core.fields import SearchField
from crm.core.models import Event
from tenants.models import Wakeup

COPY_FROM = 50
EVENT_COLUMNS = ("name", "object_type", "object_id", "actor_kind", "actor_id", "via", "request_id", "before", "after")


@dataclass(frozen=True)
class Fact:
    """An event before it is written."""

    name: str
    object_type: str
    object_id: UUID
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def rows_insert(model: type[models.Model], attnames: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows given as values in the order of `attnames`; columns left out take their default."""
    if len(rows) < COPY_FROM:
        model._default_manager.bulk_create(
            [model(**dict(zip(attnames, row, strict=True))) for row in rows], batch_size=1000
        )
        return
    by_attname = {f.attname: f for f in model._meta.concrete_fields}
    left = [f for f in by_attname.values() if f.attname not in attnames and f.has_default() and not f.has_db_default()]
    fields = [*(by_attname[name] for name in attnames), *left]
    copy_in(model, fields, ([*row, *(f.get_default() for f in left)] for row in rows) if left else rows)


def as_text(field: models.Field[Any, Any], value: Any) -> Any:
    """A value of a column that cannot travel inside an array, as text; others as they are."""
    if isinstance(field, models.JSONField):
        return None if value is None else JSON_TEXT(value)
    return array_literal(value) if isinstance(field, ArrayField) and value is not None else value


def rows_update(model: type[models.Model], rows: Sequence[tuple[UUID, dict[str, Any]]]) -> None:
    """Change records with one UPDATE for each set of changed fields; every one gets its next version."""
    groups: dict[tuple[str, ...], list[tuple[UUID, dict[str, Any]]]] = defaultdict(list)
    for row in rows:
        groups[tuple(sorted(row[1]))].append(row)
    for names, group in groups.items():
        fields = [cast("models.Field[Any, Any]", model._meta.get_field(name)) for name in names]
        sql = update_statement(model, fields)
        values = [[as_text(f, row[name]) for _, row in group] for f, name in zip(fields, names, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(sql, [[pk for pk, _ in group], *values])


def search_write(model: type[models.Model], rows: Sequence[tuple[UUID, str]]) -> None:
    """Write the search column only: what a record is found by is no change of it."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{table}" AS old SET search = new.search::tsvector '  # noqa: S608
            "FROM unnest(%s::uuid[], %s::text[]) AS new(id, search) WHERE old.id = new.id",
            [[pk for pk, _ in rows], [text for _, text in rows]],
        )


def update_statement(model: type[models.Model], fields: Sequence[models.Field[Any, Any]]) -> str:
    """The UPDATE of these fields from arrays, one of ids and one for each field; all names are our own models'."""
    links = [isinstance(f, models.ForeignKey) for f in fields]
    types = [
        str(f.rel_db_type(connection) if link else f.db_type(connection)) for f, link in zip(fields, links, strict=True)
    ]
    texts = [isinstance(f, (models.JSONField, ArrayField, SearchField)) for f in fields]
    arrays = "".join(f", %s::{'text' if text else kind}[]" for kind, text in zip(types, texts, strict=True))
    sets = "".join(f'"{f.column}" = new."{f.column}"::{kind}, ' for f, kind in zip(fields, types, strict=True))
    columns = "".join(f', "{f.column}"' for f in fields)
    return (
        f'UPDATE "{model._meta.db_table}" AS old SET {sets}version = old.version + 1, updated_at = now() '  # noqa: S608
        f"FROM unnest(%s::uuid[]{arrays}) AS new(id{columns}) WHERE old.id = new.id"
    )


def events_write(facts: Iterable[Fact], actor: Actor) -> int:
    """One event a record, in one statement; transaction number, sequence and time are the table's defaults."""
    rows = [
        (f.name, f.object_type, f.object_id, actor.kind, actor.id, actor.via, actor.request_id, f.before, f.after)
        for f in facts
    ]
    if not rows:
        return 0
    rows_insert(Event, EVENT_COLUMNS, rows)
    Wakeup.objects.create(schema_name=connection.schema_name)  # type: ignore[attr-defined]  # the tenants' connection has it
    return len(rows)


def constraints_now() -> None:
    """Judge every deferred constraint here, so that nothing is left to fail at COMMIT."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
