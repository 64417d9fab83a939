"""What is judged and written out ahead is stored as if it had not been."""

from __future__ import annotations

from typing import Any

from crm.core.actors import SYSTEM
from crm.core.models import Event
from crm.core.ready import records_ready
from crm.core.services import Change, records_save
from crm.customers.models import Customer
from tenants.models import Tenant

ROWS: list[dict[str, Any]] = [
    {"name": "Ann 'Tab'\tBack\\slash", "number": "R1", "email": "ann@x.example", "tags": ["a", "b,c"]},
    {"name": "王芳", "phone": "+8613800138000", "born_on": "1990-02-03", "opening_spend": "12.50"},
    {"name": "  Trimmed ", "notes": "two\nlines", "id_document": "X1234567"},
    {"name": "Same number", "number": "R1"},
    {"name": "", "number": "R5"},
    {"name": "Odd", "gender": "no such"},
]
LEFT = {"id", "created_at", "updated_at"}


def stored(names: set[str]) -> list[dict[str, Any]]:
    """The customers of these names, whole, each with its event."""
    rows = []
    for row in Customer.objects.filter(name__in=names).order_by("name"):
        facts = list(Event.objects.filter(object_id=row.pk).values("name", "via", "before", "after"))
        values = {f.attname: getattr(row, f.attname) for f in Customer._meta.concrete_fields if f.attname not in LEFT}
        rows.append({**values, "events": facts})
    return rows


def columns() -> dict[str, list[Any]]:
    """The rows as columns."""
    names = dict.fromkeys(name for row in ROWS for name in row)
    return {name: [row.get(name) for row in ROWS] for name in names}


def test_what_was_written_out_ahead_is_stored_like_anything_else(tenant: Tenant) -> None:
    changes = [Change(values) for values in ROWS]
    found = records_ready(Customer, columns(), len(ROWS), actor=SYSTEM)
    assert found is not None
    at, ready = found
    assert at == [0, 1, 2, 3]
    names = {str(values["name"]).strip() for values in ROWS}
    plain = records_save(Customer, changes, actor=SYSTEM, keep_good=True)
    expected = stored(names)
    Customer.objects.filter(pk__in=plain.saved.values()).delete()
    quick = records_save(Customer, changes[4:], actor=SYSTEM, keep_good=True, ready=ready.only([0, 1, 2]))
    assert stored(names) == expected
    assert len(expected) == 3
    assert {4 + place for place in quick.errors} == plain.errors.keys() - {3} == {4, 5}
    assert not quick.held
    assert not quick.saved
    assert {pk.hex for pk in Customer.objects.filter(name__in=names).values_list("pk", flat=True)} == set(ready.ids[:3])


def test_of_those_written_out_whoever_shares_a_key_is_held_back(tenant: Tenant) -> None:
    records_save(Customer, [Change({"name": "First", "number": "R1"})], actor=SYSTEM)
    found = records_ready(Customer, {"name": ["A", "B", "C", "D"], "number": ["R1", "R2", "R3", "R3"]}, 4, actor=SYSTEM)
    assert found is not None
    own = [Change({"name": "Own", "number": "R2"})]
    outcome = records_save(Customer, own, actor=SYSTEM, keep_good=True, ready=found[1])
    assert (outcome.held, outcome.created) == ({0, 1, 2, 3}, {0})
    assert not Customer.objects.filter(pk__in=found[1].ids).exists()


def test_records_that_point_at_others_are_not_judged_ahead(tenant: Tenant) -> None:
    parent = records_save(Customer, [Change({"name": "Head"})], actor=SYSTEM).saved[0]
    rows = {"name": ["Branch", "Branch"], "parent": [parent, None]}
    found = records_ready(Customer, rows, 2, actor=SYSTEM)
    assert found is not None
    assert found[0] == [1]
