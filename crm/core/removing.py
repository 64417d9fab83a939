"""Rows removed for good with all that hangs on them: one statement a table.

Django's own collector does the same with thousands of parameters for each table that could hold something."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db import connection, models
from django.db.models.deletion import CASCADE, DO_NOTHING, SET_NULL, ProtectedError


def rows_remove(model: type[models.Model], ids: Collection[Any]) -> None:
    """Remove rows; what is a part of them goes too, other links to them are emptied, or keep them (ProtectedError)."""
    if not ids:
        return
    for relation in relations_to(model):
        let_go(relation, model, ids)
    key, table = model._meta.pk, model._meta.db_table
    with connection.cursor() as cursor:
        column, kind = key.column, key.rel_db_type(connection)
        cursor.execute(f'DELETE FROM "{table}" WHERE "{column}" = ANY(%s::{kind}[])', [list(ids)])  # noqa: S608  # our own models' names


def let_go(relation: Any, model: type[models.Model], ids: Collection[Any]) -> None:
    """What the rows of another table that point at these have to do with their end."""
    holder, name = relation.related_model, relation.field.name
    pointing = holder._base_manager.filter(**{f"{name}__any_of": ids})
    if holder is model:
        pointing = pointing.exclude(pk__any_of=ids)
    if relation.on_delete is CASCADE:
        rows_remove(holder, list(pointing.values_list("pk", flat=True)))
    elif relation.on_delete is SET_NULL:
        pointing.update(**{name: None})
    elif relation.on_delete is not DO_NOTHING and (held := set(pointing)):
        raise ProtectedError(f"{holder._meta.label}.{name}", held)


def relations_to(model: type[models.Model]) -> Iterator[Any]:
    """Every link of any table to this one."""
    for field in model._meta.get_fields(include_hidden=True):
        if field.auto_created and not field.concrete and (field.one_to_many or field.one_to_one):
            yield field
