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


def test_what_was_written_out_ahead_is_stored_like_anything_else(tenant: Tenant) -> None:
    changes = [Change(values) for values in ROWS]
    ready = records_ready(Customer, changes, actor=SYSTEM)
    assert ready.keys() == {0, 1, 2, 3}
    names = {str(values["name"]).strip() for values in ROWS}
    plain = records_save(Customer, changes, actor=SYSTEM, keep_good=True)
    expected = stored(names)
    Customer.objects.filter(pk__in=plain.saved.values()).delete()
    again = [Change(values, ready=ready.get(at)) for at, values in enumerate(ROWS)]
    quick = records_save(Customer, again, actor=SYSTEM, keep_good=True)
    assert stored(names) == expected
    assert len(expected) == 3
    assert dict(quick.errors) == dict(plain.errors)
    assert quick.errors.keys() == {3, 4, 5}
    assert (quick.saved.keys(), quick.created) == (plain.saved.keys(), plain.created)
    assert quick.saved[0] == ready[0].id


def test_records_that_point_at_others_are_not_judged_ahead(tenant: Tenant) -> None:
    parent = records_save(Customer, [Change({"name": "Head"})], actor=SYSTEM).saved[0]
    assert not records_ready(Customer, [Change({"name": "Branch", "parent": parent})], actor=SYSTEM)
    assert records_ready(Customer, [Change({"name": "Branch"})], actor=SYSTEM)
