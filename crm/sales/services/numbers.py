"""Numbers that papers bear: one after the other, none twice, even of what was deleted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Length

from crm.core.locking import wait_lock
from crm.core.models import Record
from crm.core.registry import Row

DIGITS = 5


def numbers_give(model: type[Record], prefix: str, rows: Iterable[Row]) -> None:
    """Give each row that has no number the next one; who else asks waits until this is stored."""
    lacking = [row for row in rows if not row["number"]]
    if not lacking:
        return
    wait_lock("numbers", model._meta.label_lower)
    last = last_number(model, prefix)
    for count, row in enumerate(lacking, last + 1):
        row["number"] = f"{prefix}{count:0{DIGITS}d}"


def number_next(model: type[Record], prefix: str) -> str:
    """The next number, for one record that is about to be made."""
    row: dict[str, Any] = {"number": ""}
    numbers_give(model, prefix, [row])
    return str(row["number"])


def last_number(model: type[Record], prefix: str) -> int:
    """The highest of our own numbers; others (imported ones, revisions) do not count."""
    every: QuerySet[Any] = model._default_manager.all()
    rows = every.filter(number__regex=rf"^{prefix}\d{{{DIGITS},15}}$")
    found = rows.order_by(Length("number").desc(), "-number").values_list("number", flat=True).first()
    return int(found.removeprefix(prefix)) if found else 0
