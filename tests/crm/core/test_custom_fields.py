"""A tenant's own fields through the save, the reading and the filters: every kind."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Q

from crm.core.actors import SYSTEM, Actor, Reach
from crm.core.customising.services import custom_field_create, custom_field_restore, custom_field_retire
from crm.core.errors import CrmError
from crm.core.fields import uuid7
from crm.core.models import CustomField, Event
from crm.core.reading import list_query, page_read, record_read
from crm.core.registry import registry
from crm.core.services import Change, record_save, records_save
from crm.customers.models import Customer
from crm.team.models import Role, User
from tenants.models import Tenant

CUSTOMERS = "customers.customer"
# kind: what the field needs, what is sent, what is read back, another value, what is refused and why
KINDS: dict[str, tuple[dict[str, Any], Any, str, Any, tuple[Any, str]]] = {
    "text": ({}, "  Gold ", "Gold", "Silver", ("x" * 256, "max_length")),
    "long_text": ({}, "two\nlines", "two\nlines", "one", ("a\x00b", "characters")),
    "integer": ({}, "42", "42", 7, (1.5, "type")),
    "number": ({}, "1234.50000001", "1234.50000001", "-3", ("many", "number")),
    "money": ({"currency": "EUR"}, "1200.5", "1200.5", "0.01", ("1.23456", "decimal_places")),
    "percent": ({}, 0.125, "0.125", 0.5, ("nan", "number")),
    "yes_no": ({}, True, "True", False, ("perhaps", "yes_no")),
    "date": ({}, "2026-02-03", "2026-02-03", "1999-12-31", ("2026-02-30", "invalid_date")),
    "moment": (
        {},
        "2026-02-03T10:00:00+08:00",
        "2026-02-03 02:00:00+00:00",
        "2026-02-03T02:00:00.5Z",
        ("soon", "invalid"),
    ),
    "choice": ({"choices": ["Gold card", "银卡"]}, "gold_card", "gold_card", "yin_ka", ("bronze", "choice")),
    "choices": ({"choices": ["Tea", "Silk"]}, ["tea", "silk"], "['tea', 'silk']", ["silk"], (["wine"], "choice")),
    "url": ({}, "https://kith.test/a", "https://kith.test/a", "http://b.test/", ("javascript:alert(1)", "invalid")),
    "email": ({}, "Ann@Kith.test", "ann@kith.test", "b@kith.test", ("ann", "invalid")),
    "phone": ({}, "+86 138 0013 8000", "+8613800138000", "+12025550123", ("\ud800", "characters")),
    "link": ({"target": CUSTOMERS}, None, "", None, ("no id", "invalid")),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def made_field(kind: str, **more: Any) -> str:
    """A field of that kind on customers; its name."""
    given = KINDS[kind][0] | more
    return custom_field_create(CUSTOMERS, actor=SYSTEM, label_text=f"My {kind}", kind=kind, **given).name


def values_for(kind: str) -> tuple[Any, Any]:
    """Two values of that kind."""
    if kind == "link":
        aim, other = (str(record_save(Customer, {"name": name}, actor=SYSTEM)) for name in ("Aim", "Other"))
        return aim, other
    return KINDS[kind][1], KINDS[kind][3]


def found(**params: str) -> set[str]:
    """The names of the customers that a list with these parameters holds."""
    query = list_query(registry[CUSTOMERS], params, actor=SYSTEM, fields=["name"])
    return {row["name"] for row in page_read(query, size=200).rows}


@each_kind
def test_every_kind_is_saved_read_told_of_and_cleared(kind: str, tenant: Tenant) -> None:
    name = made_field(kind)
    first, second = values_for(kind)
    pk = record_save(Customer, {"name": "Ann", name: first}, actor=SYSTEM)
    read = record_read(registry[CUSTOMERS], pk, actor=SYSTEM)
    shown = read[name]["title"] if kind == "link" else str(read[name])
    assert shown == ("Aim" if kind == "link" else KINDS[kind][2])
    assert "custom" not in read
    record_save(Customer, {name: second}, actor=SYSTEM, id=pk, version=1)
    again = record_read(registry[CUSTOMERS], pk, actor=SYSTEM)
    assert again[name] != read[name]
    assert again["version"] == 2
    record_save(Customer, {name: second}, actor=SYSTEM, id=pk)
    assert record_read(registry[CUSTOMERS], pk, actor=SYSTEM)["version"] == 2, "nothing differed"
    record_save(Customer, {name: None}, actor=SYSTEM, id=pk)
    assert record_read(registry[CUSTOMERS], pk, actor=SYSTEM)[name] is None
    assert Customer.objects.get(pk=pk).custom is None
    created, changed, cleared = Event.objects.filter(object_id=pk).order_by("seq")
    assert name in created.after
    assert created.after[name] == changed.before[name]
    assert changed.after[name] == cleared.before[name]
    assert cleared.after == {name: None}


@each_kind
def test_every_kind_refuses_what_it_cannot_be(kind: str, tenant: Tenant) -> None:
    name = made_field(kind)
    bad, code = KINDS[kind][4]
    with pytest.raises(CrmError) as refused:
        record_save(Customer, {"name": "Ann", name: bad}, actor=SYSTEM)
    problems: Any = refused.value.details["errors"]
    assert [(p["pointer"], p["code"]) for p in problems] == [(f"/{name}", code)]
    assert not Customer.objects.filter(name="Ann").exists()


@each_kind
def test_every_kind_is_asked_for(kind: str, tenant: Tenant) -> None:
    name = made_field(kind)
    first, second = values_for(kind)
    records_save(Customer, [Change({"name": "One", name: first}), Change({"name": "Two", name: second})], actor=SYSTEM)
    rest = found() - {"One", "Two"}
    asked = ",".join(first) if isinstance(first, list) else str(first)
    is_list = kind == "choices"
    assert found(**{f"{name}__in" if is_list else name: "tea" if is_list else asked}) == {"One"}
    assert found(**{f"{name}__ne": "tea" if is_list else asked}) == rest | {"Two"}
    assert found(**{f"{name}__empty": "true"}) == rest
    assert found(**{f"{name}__empty": "false"}) == {"One", "Two"}
    assert found(**{f"{name}__in": asked}) >= {"One"}
    assert "One" not in found(**{f"{name}__not_in": asked})


def test_copy_and_insert_keep_the_same(tenant: Tenant) -> None:
    names = {kind: made_field(kind) for kind in KINDS if kind != "link"}
    values = {name: KINDS[kind][1] for kind, name in names.items()}
    few = records_save(Customer, [Change({"name": "Few", **values})], actor=SYSTEM).saved[0]
    many = records_save(Customer, [Change({"name": f"M{n}", **values}) for n in range(60)], actor=SYSTEM).saved[7]
    assert Customer.objects.get(pk=few).custom == Customer.objects.get(pk=many).custom


def test_a_retired_field_is_refused_by_name_and_comes_back_with_its_values(tenant: Tenant) -> None:
    name = made_field("text")
    field = CustomField.objects.get(name=name)
    pk = record_save(Customer, {"name": "Ann", name: "Gold"}, actor=SYSTEM)
    custom_field_retire(field.pk, actor=SYSTEM)
    assert name not in record_read(registry[CUSTOMERS], pk, actor=SYSTEM)
    for params in ({name: "Gold"}, {"fields": name}, {"ordering": name}):
        with pytest.raises(CrmError) as refused:
            found(**params)
        assert (refused.value.code, "My text" in str(refused.value.message)) == ("retired_field", True)
    record_save(Customer, {"name": "Ann B."}, actor=SYSTEM, id=pk)
    custom_field_restore(field.pk, actor=SYSTEM)
    assert record_read(registry[CUSTOMERS], pk, actor=SYSTEM)[name] == "Gold"
    assert found(**{name: "Gold"}) == {"Ann B."}


def test_a_link_of_ones_own_is_read_by_who_sees_own_records_only(tenant: Tenant) -> None:
    name, me = made_field("link"), uuid7()
    own = Actor("user", me, frozenset({"*"}), reach=Reach(see={CUSTOMERS: lambda actor: Q(owner=actor.id)}))
    User.objects.create(id=me, email="own@kith.test", role=Role.objects.first())
    hers, aim = (record_save(Customer, {"name": n, "owner": me}, actor=SYSTEM) for n in ("Ann", "Aim"))
    hidden = record_save(Customer, {"name": "Theirs"}, actor=SYSTEM)
    for target, title in ((aim, "Aim"), (hidden, "")):
        record_save(Customer, {name: str(target)}, actor=SYSTEM, id=hers)
        assert record_read(registry[CUSTOMERS], hers, actor=own)[name] == {
            "id": target,
            "title": title,
            "label": CUSTOMERS,
        }
        (row,) = page_read(list_query(registry[CUSTOMERS], {"name": "Ann"}, actor=own, fields=["name", name])).rows
        assert row[name]["title"] == title
