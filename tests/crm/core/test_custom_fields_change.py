"""Custom fields as they change: indexes, kinds, words, order, the end for good; who sees a change, and when."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, transaction

from crm.core.actors import SYSTEM, Actor
from crm.core.custom import known
from crm.core.customising.indexes import custom_index_drop, custom_index_make, index_settle
from crm.core.customising.services import (
    custom_field_change,
    custom_field_create,
    custom_field_purge,
    custom_field_restore,
    custom_field_retire,
    custom_fields_order,
)
from crm.core.customising.values import search_refill
from crm.core.errors import CrmError
from crm.core.models import CustomField, Event
from crm.core.reading import list_query, page_read, record_read
from crm.core.registry import registry
from crm.core.services import Change, record_save, records_save
from crm.customers.models import Customer
from crm.sales.models import Order
from crm.team.reach import reach_of
from tenants.context import inside
from tenants.models import Tenant
from tests.crm.core.test_custom_fields import CUSTOMERS, found
from tests.examples import EXAMPLES


def made(label: str = "Rank", kind: str = "text", **more: Any) -> CustomField:
    """A field on customers."""
    return custom_field_create(CUSTOMERS, actor=SYSTEM, label_text=label, kind=kind, **more)


def has_index(field: CustomField) -> bool:
    """Whether the index stands in this tenant's schema."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"{connection.schema_name}.custom_{field.key}"])
        return cursor.fetchone()[0] is not None


def pages(ordering: str, size: int = 3) -> list[str]:
    """The names of all real customers that begin with N, page by page, there and back."""
    there: list[str] = []
    cursor, back = "", ""
    query = list_query(registry[CUSTOMERS], {"ordering": ordering, "name__starts": "N"}, actor=SYSTEM, fields=["name"])
    while True:
        page = page_read(query, cursor=cursor, size=size)
        there += [row["name"] for row in page.rows]
        if not page.next:
            back = page.previous
            break
        cursor = page.next
    returned = [row["name"] for row in page.rows]
    while back:
        page = page_read(query, cursor=back, size=size)
        returned = [row["name"] for row in page.rows] + returned
        back = page.previous
    assert returned == there
    return there


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("integer", [None, 9, 10, 100, None, -5, 7]),
        ("money", [None, "9.5", "10", "100.25", None, "-5", "7"]),
        ("text", ["b", None, "a", "B", "c", None, "aa"]),
        ("date", ["2026-01-02", None, "1999-12-31", "2026-01-01", None, "0900-01-01", "2030-05-05"]),
        ("moment", ["2026-01-02T10:00:00Z", None, "2026-01-02T10:00:00.5Z", "2026-01-02T09:00:00+08:00", None]),
    ],
)
def test_a_list_is_sorted_by_an_indexed_field_in_pages_both_ways(kind: str, values: list[Any], tenant: Tenant) -> None:
    field = made(kind=kind)
    records_save(Customer, [Change({"name": f"N{at}", field.name: v}) for at, v in enumerate(values)], actor=SYSTEM)
    with pytest.raises(CrmError, match="cannot be sorted"):
        found(ordering=field.name)
    custom_index_make(field.pk, actor=SYSTEM)
    index_settle(CUSTOMERS, field.key)
    assert has_index(field)
    rising, falling = pages(field.name), pages(f"-{field.name}")
    filled = [f"N{at}" for at, value in enumerate(values) if value is not None]
    assert set(rising[: len(filled)]) == set(filled) == set(falling[: len(filled)])
    assert rising[: len(filled)] == falling[: len(filled)][::-1]
    typed = [record_read(registry[CUSTOMERS], pk, actor=SYSTEM)[field.name] for pk in ids_of(rising[: len(filled)])]
    assert typed == sorted(typed)


def ids_of(names: list[str]) -> list[Any]:
    """The ids of customers, in this order."""
    known_ids = dict(Customer.objects.filter(name__in=names).values_list("name", "pk"))
    return [known_ids[name] for name in names]


def test_an_index_goes_with_its_field_and_comes_back_with_it(tenant: Tenant) -> None:
    field = made(kind="integer")
    custom_index_make(field.pk, actor=SYSTEM)
    index_settle(CUSTOMERS, field.key)
    custom_field_retire(field.pk, actor=SYSTEM)
    index_settle(CUSTOMERS, field.key)
    assert not has_index(field)
    custom_field_restore(field.pk, actor=SYSTEM)
    with pytest.raises(CrmError, match="cannot be sorted"):
        found(ordering=field.name)
    index_settle(CUSTOMERS, field.key)
    assert has_index(field)
    assert found(ordering=field.name)
    custom_index_drop(field.pk, actor=SYSTEM)
    index_settle(CUSTOMERS, field.key)
    assert not has_index(field)


def test_an_index_is_made_beside_other_work_and_only_here(committed: Tenant) -> None:
    with inside(committed):
        field = made(kind="integer")
        custom_index_make(field.pk, actor=SYSTEM)
        index_settle(CUSTOMERS, field.key)
        index_settle(CUSTOMERS, field.key)
        assert has_index(field)
        assert CustomField.objects.get(pk=field.pk).indexed_at is not None
        assert Event.objects.filter(name="core.customfield.indexed").count() == 1
    with inside(Tenant.objects.get(schema_name="t_c")):
        assert not has_index(field)


@pytest.mark.parametrize("kind", ["long_text", "choices", "link"])
def test_some_kinds_have_no_index(kind: str, tenant: Tenant) -> None:
    more = {"choices": {"choices": ["a"]}, "link": {"target": CUSTOMERS}}.get(kind, {})
    field = made(kind=kind, **more)
    with pytest.raises(CrmError, match="cannot be sorted"):
        custom_index_make(field.pk, actor=SYSTEM)


def test_another_kind_is_taken_only_if_every_value_fits(tenant: Tenant) -> None:
    field = made()
    ten, odd = (record_save(Customer, {"name": "Ann", field.name: value}, actor=SYSTEM) for value in ("10", "tall"))
    with pytest.raises(CrmError) as refused:
        custom_field_change(field.pk, {"kind": "integer"}, actor=SYSTEM)
    problems: Any = refused.value.details["errors"]
    assert (problems[0]["pointer"], problems[0]["code"], "tall" in problems[0]["message"]) == ("/kind", "values", True)
    assert CustomField.objects.get(pk=field.pk).kind == "text"
    record_save(Customer, {field.name: "7"}, actor=SYSTEM, id=odd)
    custom_field_change(field.pk, {"kind": "integer"}, actor=SYSTEM)
    assert record_read(registry[CUSTOMERS], ten, actor=SYSTEM)[field.name] == 10
    assert found(**{f"{field.name}__lt": "8"}) == {"Ann"}
    assert Customer.objects.get(pk=ten).version == 1


def test_words_of_a_field_are_found_as_long_as_it_is_searched(tenant: Tenant) -> None:
    field = made(label="Hobby", is_searchable=False)
    record_save(Customer, {"name": "Ann", field.name: "Zymurgy"}, actor=SYSTEM)
    assert found(search="zymurgy") == set()
    custom_field_change(field.pk, {"is_searchable": True}, actor=SYSTEM)
    assert search_refill(CUSTOMERS, field.key, None) is None
    assert found(search="zymur") == {"Ann"}
    custom_field_retire(field.pk, actor=SYSTEM)
    search_refill(CUSTOMERS, field.key, None)
    assert found(search="zymurgy") == set()
    assert found(search="Ann") >= {"Ann"}


def test_a_field_ends_for_good_only_with_the_number_of_its_values(tenant: Tenant) -> None:
    field = made()
    pk = record_save(Customer, {"name": "Ann", field.name: "Gold"}, actor=SYSTEM)
    for values in (0, 2):
        with pytest.raises(CrmError):
            custom_field_purge(field.pk, values=values, actor=SYSTEM)
    custom_field_retire(field.pk, actor=SYSTEM)
    with pytest.raises(CrmError, match="1 records"):
        custom_field_purge(field.pk, values=0, actor=SYSTEM)
    assert Customer.objects.get(pk=pk).custom == {field.key: "Gold"}
    assert custom_field_purge(field.pk, values=1, actor=SYSTEM) == 1
    assert Customer.objects.get(pk=pk).custom is None
    assert made().name == field.name, "the name is free again"


def test_fields_stand_in_the_order_that_people_give_them(tenant: Tenant) -> None:
    one, two, three = (made(label=label) for label in ("One", "Two", "Three"))
    custom_fields_order(CUSTOMERS, [three.pk, one.pk], actor=SYSTEM)
    own = [name for name in registry[CUSTOMERS].specs if name.startswith("x_")]
    assert own == [three.name, one.name, two.name]


def test_conditions_reach_through_links(tenant: Tenant) -> None:
    rank, friend = made(), made(label="Friend", kind="link", target=CUSTOMERS)
    aim = record_save(Customer, {"name": "Aim", rank.name: "Gold"}, actor=SYSTEM)
    record_save(Customer, {"name": "Ann", friend.name: str(aim)}, actor=SYSTEM)
    assert found(**{f"{friend.name}__{rank.name}": "Gold"}) == {"Ann"}
    assert found(**{f"{friend.name}__name": "Nobody"}) == set()
    order = record_save(Order, {**EXAMPLES["sales.order"](), "customer": str(aim)}, actor=SYSTEM)
    query = list_query(registry["sales.order"], {f"customer__{rank.name}": "Gold"}, actor=SYSTEM, fields=["number"])
    assert [row["id"] for row in page_read(query).rows] == [order]


def test_a_link_leads_only_where_the_writer_may_look(tenant: Tenant) -> None:
    friend = made(label="Friend", kind="link", target=CUSTOMERS)
    aim = record_save(Customer, {"name": "Aim"}, actor=SYSTEM)
    limited = Actor("user", aim, frozenset({"*.view_*", "*.add_*"}), reach=reach_of({CUSTOMERS: {"see": "own"}}))
    with pytest.raises(CrmError) as refused:
        record_save(Customer, {"name": "Ann", friend.name: str(aim)}, actor=limited)
    problems: Any = refused.value.details["errors"]
    assert [(p["pointer"], p["code"]) for p in problems] == [(f"/{friend.name}", "not_found")]
    assert record_save(Customer, {"name": "Ann", friend.name: str(aim)}, actor=SYSTEM)


def test_a_change_that_is_rolled_back_was_never_there(tenant: Tenant) -> None:
    kept = made(label="Kept")
    with transaction.atomic():
        made(label="Gone")
        assert "x_gone" in registry[CUSTOMERS].specs
        transaction.set_rollback(True)
    assert "x_gone" not in registry[CUSTOMERS].specs
    assert kept.name in registry[CUSTOMERS].specs


def in_thread(act: Callable[[], Any]) -> Any:
    """What a thread with a connection of its own sees."""
    seen: list[Any] = []

    def run() -> None:
        try:
            seen.append(act())
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()
    return seen[0]


def specs_in(slug: str) -> set[str]:
    """The custom fields of customers in a tenant whose row is read now."""
    with inside(Tenant.objects.get(slug=slug)):
        return {name for name in registry[CUSTOMERS].specs if name.startswith("x_")}


def test_others_see_a_change_after_its_commit_and_never_before(committed: Tenant) -> None:
    with inside(committed):
        with transaction.atomic():
            made()
            assert "x_rank" in registry[CUSTOMERS].specs
            assert in_thread(lambda: specs_in("tenant-a")) == set()
        assert "x_rank" in registry[CUSTOMERS].specs
    assert in_thread(lambda: specs_in("tenant-a")) == {"x_rank"}
    assert in_thread(lambda: specs_in("tenant-b") | specs_in("tenant-c")) == set()


def test_a_process_that_has_not_heard_of_a_field_looks_again(
    committed: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = Tenant.objects.get(slug="tenant-a")
    with inside(stale):
        assert "x_rank" not in registry[CUSTOMERS].specs
    with monkeypatch.context() as elsewhere, inside(committed):
        elsewhere.setattr(known, "_known", {})  # another process
        made()
    with inside(stale):
        assert "x_rank" not in registry[CUSTOMERS].specs
        record_save(Customer, {"name": "Ann", "x_rank": "Gold"}, actor=SYSTEM)
        assert found(x_rank="Gold") == {"Ann"}


def test_two_who_add_the_same_name_at_once_get_one_field(committed: Tenant) -> None:
    start, outcomes = Barrier(2), []

    def add() -> None:
        with inside(Tenant.objects.get(slug="tenant-a")):
            start.wait()
            try:
                outcomes.append(made(name="x_rank").name)
            except CrmError as refusal:
                outcomes.append(refusal.code)
        connection.close()

    threads = [Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["invalid", "x_rank"]
    with inside(committed):
        assert CustomField.objects.filter(object_type=CUSTOMERS, name="x_rank").count() == 1


def test_a_noun_has_room_for_so_many_fields(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.core.customising.services.MOST_FIELDS", 2)
    first = made(label="One")
    made(label="Two")
    with pytest.raises(CrmError, match="retire one first"):
        made(label="Three")
    custom_field_retire(first.pk, actor=SYSTEM)
    made(label="Three")
    with pytest.raises(CrmError, match="retire one first"):
        custom_field_restore(first.pk, actor=SYSTEM)


def test_what_is_sensitive_is_masked_and_asked_for_exactly_only(tenant: Tenant) -> None:
    field = made(label="Passport", is_sensitive=True)
    pk = record_save(Customer, {"name": "Ann", field.name: "E12345678"}, actor=SYSTEM)
    reader = Actor("user", None, frozenset({"*.view_*"}))
    assert record_read(registry[CUSTOMERS], pk, actor=reader)[field.name].endswith("78")
    assert "12345" not in record_read(registry[CUSTOMERS], pk, actor=reader)[field.name]
    assert record_read(registry[CUSTOMERS], pk, actor=SYSTEM)[field.name] == "E12345678"
    assert "12345" not in str(Event.objects.get(object_id=pk).after)
    assert found(search="E12345678") == set()
    with pytest.raises(CrmError):
        found(**{f"{field.name}__starts": "E1"})
    assert found(**{field.name: "E12345678"}) == {"Ann"}
