"""Rows go in by COPY: whatever the values are, they stand there as they were given."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from crm.core.bulk import rows_insert
from crm.core.fields import uuid7
from crm.core.models import Event
from crm.customers.models import Customer
from tenants.models import Tenant

TEXTS = ("plain", "tab\there", "line\nend\r\n", "back\\slash \\N", "\\.", "'quotes' \"both\"", "张伟 🎉", "{a,b}", "")
NAMES = ("id", "version", "name", "notes", "tags", "born_on", "opening_spend", "is_profiling_refused", "churn_reasons")


def rows(count: int) -> list[list[Any]]:
    """Rows with every kind of value, and holes."""
    found = []
    for n in range(count):
        text = TEXTS[n % len(TEXTS)]
        json = {"a": [1, 2.5, None, text], "ü": {"b": True}} if n % 2 else None
        tags = [text, 'a"b', "c,d"] if n % 3 else []
        moment, money = (date(1999, 12, 31), Decimal("12.3400")) if n % 4 else (None, None)
        found.append([uuid7(), n + 1, text, f"{n} {text}", tags, moment, money, n % 5 == 0, json])
    return found


def test_copy_stores_what_is_given(tenant: Tenant) -> None:
    many = rows(150)
    kept = {row[0] for row in many}
    texts = [f.attname for f in Customer._meta.concrete_fields if not f.null and f.get_internal_type() == "CharField"]
    blank = [name for name in texts if name not in NAMES]
    names = (*NAMES, *blank)
    rows_insert(Customer, names, [(*row, *("" for _ in blank)) for row in many])
    found = Customer.objects.filter(pk__in=kept).order_by("version")
    assert [list(row) for row in found.values_list(*NAMES)] == many
    alone = [uuid7(), *many[1][1:]]
    rows_insert(Customer, names, [(*alone, *("" for _ in blank))])
    assert list(Customer.objects.values_list(*NAMES).get(pk=alone[0])) == alone


def test_events_of_many_records_keep_their_values(tenant: Tenant) -> None:
    names = ("name", "object_type", "object_id", "actor_kind", "via", "request_id", "before", "after")
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC).isoformat()
    many = [["a.b", "a.c", uuid7(), "system", "job", "copied", None, {"at": moment, "n": n}] for n in range(50)]
    rows_insert(Event, names, many)
    found = Event.objects.filter(request_id="copied").order_by("seq")
    assert [list(row) for row in found.values_list(*names)] == many
