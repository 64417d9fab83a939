"""The transaction numbers of PostgreSQL as a column: what orders events and wake-ups by their commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    IntegerColumn = models.Field[int, int]
else:
    IntegerColumn = models.Field


class TransactionIdField(IntegerColumn):
    """PostgreSQL's `xid8`: the number of the transaction that wrote the row, never wrapping."""

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None or hasattr(value, "resolve_expression") else str(int(value))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)


class CurrentTransaction(models.Func):
    """`pg_current_xact_id()`: gives the transaction its number if it has none."""

    function = "pg_current_xact_id"
    arity = 0
    output_field = TransactionIdField()


class OldestOpenTransaction(models.Func):
    """`pg_snapshot_xmin(pg_current_snapshot())`: every transaction below it has ended."""

    template = "pg_snapshot_xmin(pg_current_snapshot())"
    arity = 0
    output_field = TransactionIdField()
