"""One implementation of every write, judged set-wise."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from crm.core.actors import SYSTEM, Actor
from crm.core.drafts import Outcome
from crm.core.errors import CrmError
from crm.core.fields import uuid7
from crm.core.models import Event, ExternalId
from crm.core.registry import registry
from crm.core.services import Change, record_save, records_delete, records_restore, records_save
from crm.customers.models import Customer
from crm.sales.models import Order
from tests.examples import EXAMPLES, a_product


@pytest.fixture(autouse=True)
def _empty(tenant: Any) -> None:
    """These tests count rows: A's own go first (they come back with the rollback)."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_customer, core_event, core_externalid CASCADE")


def save(*changes: Any, **options: Any) -> Outcome:
    return records_save(Customer, [c if isinstance(c, Change) else Change(c) for c in changes], actor=SYSTEM, **options)


def codes(outcome: Outcome) -> dict[int, dict[str, list[str]]]:
    return {
        at: {name: [p.code for p in found] for name, found in errors.items()} for at, errors in outcome.errors.items()
    }


def test_it_saves_and_tells() -> None:
    out = save(
        {"number": "1", "name": "Ann", "opening_spend": "10.5", "born_on": "1980-01-02", "tags": ["a", "b", "a"]}
    )
    event = Event.objects.get()
    assert event.object_id == out.saved[0]
    assert event.tx > 0
    assert event.before is None
    assert out.created == {0}
    moving = {name: event.after.pop(name) for name in ("age", "next_birthday_on")}
    assert moving["next_birthday_on"].endswith("-01-02")
    assert event.after == {
        "number": "1",
        "name": "Ann",
        "kind": "person",
        "lifecycle": "customer",
        "opening_spend": "10.5",
        "born_on": "1980-01-02",
        "tags": ["a", "b"],
        "is_profiling_refused": False,
    }


@pytest.mark.parametrize("many", [1, 60])
def test_a_change_names_what_was_and_what_is(many: int) -> None:
    ids = save(*({"number": str(i), "name": "Ann", "tags": ["x"]} for i in range(many))).saved
    out = save(
        *(
            Change({"name": "Bob", "opening_spend": "2", "tags": ['a"b', "c,d"], "parent": None}, id=pk, version=1)
            for pk in ids.values()
        )
    )
    assert not out.errors
    assert set(Customer.objects.values_list("version", "name", "name_key")) == {(2, "Bob", "bob")}
    event = Event.objects.order_by("-seq")[0]
    assert (event.before, event.after) == (
        {"name": "Ann", "opening_spend": None, "tags": ["x"]},
        {"name": "Bob", "opening_spend": "2", "tags": ['a"b', "c,d"]},
    )
    assert Customer.objects.order_by("number")[0].tags == ['a"b', "c,d"]


def test_a_change_to_the_same_value_writes_nothing() -> None:
    pk = save({"number": "1", "name": "Ann", "opening_spend": "2"}).saved[0]
    out = save(Change({"name": "Ann", "opening_spend": "2.0000"}, id=pk))
    assert not out.changed
    assert Customer.objects.get().version == 1
    assert Event.objects.count() == 1


BAD_VALUES: list[tuple[Any, dict[str, list[str]]]] = [
    ({"number": "1", "name": "twice"}, {"number": ["not_unique"]}),
    ({"number": "2"}, {"name": ["required"]}),
    ({"name": "x" * 201}, {"name": ["max_length"]}),
    ({"name": "a", "kind": "dog"}, {"kind": ["choice"]}),
    ({"name": "a", "born_on": "soon"}, {"born_on": ["invalid"]}),
    ({"name": "a", "email": "no"}, {"email": ["invalid"]}),
    ({"name": "a", "parent": str(uuid7())}, {"parent": ["not_found"]}),
    ({"name": "a", "colour": "red"}, {"colour": ["unknown_field"]}),
    (Change({"name": "z"}, id=uuid7()), {"id": ["not_found"]}),
    ({"name": "   "}, {"name": ["required"]}),
    ({"name": "a\x00"}, {"name": ["characters"]}),
    ({"name": "a\ud800"}, {"name": ["characters"]}),
    ({"name": ["a"]}, {"name": ["type"]}),
    ({"name": "a", "opening_spend": "NaN"}, {"opening_spend": ["number"]}),
    ({"name": "a", "opening_spend": "1.123456"}, {"opening_spend": ["decimal_places"]}),
    ({"name": "a", "opening_spend": "-1"}, {"opening_spend": ["customer_opening_spend"]}),
    ({"name": "a", "churn_probability": 1}, {"churn_probability": ["read_only"]}),
    ({"name": "a", "is_profiling_refused": "perhaps"}, {"is_profiling_refused": ["yes_no"]}),
]


def test_it_refuses_each_kind_of_bad_value_and_changes_nothing() -> None:
    out = save({"number": "1", "name": "Ann"}, *(change for change, _codes in BAD_VALUES))
    assert codes(out) == {at: wanted for at, (_change, wanted) in enumerate(BAD_VALUES, start=1)}
    assert not Customer.objects.exists()
    assert not Event.objects.exists()


def test_it_keeps_the_good_rows_if_asked() -> None:
    assert list(save({"number": "1", "name": "Ann"}, {"number": "2"}, keep_good=True).saved) == [0]
    assert Customer.objects.count() == Event.objects.count() == 1


def test_a_stale_version_is_refused_with_both_values() -> None:
    pk = save({"number": "1", "name": "Ann"}).saved[0]
    save(Change({"name": "Bob"}, id=pk, version=1))
    with pytest.raises(CrmError) as refused:
        record_save(Customer, {"name": "Cid"}, id=pk, version=1, actor=SYSTEM)
    assert refused.value.status == 409
    assert refused.value.details["fields"] == {"name": {"yours": "Cid", "theirs": "Bob"}}
    assert Customer.objects.get().name == "Bob"


def test_a_number_is_free_again_after_a_delete_and_then_bars_the_way_back() -> None:
    first = save({"number": "1", "name": "Ann"}).saved[0]
    assert save({"number": "1", "name": "Bob"}).errors
    records_delete(Customer, [first], actor=SYSTEM)
    second = save({"number": "1", "name": "Bob"}).saved[0]
    with pytest.raises(CrmError) as refused:
        records_restore(Customer, [first], actor=SYSTEM)
    assert refused.value.status == 409
    assert Customer.objects.get(deleted_at=None).pk == second
    records_delete(Customer, [second], actor=SYSTEM)
    assert records_restore(Customer, [first], actor=SYSTEM) == 1
    assert [e.name.rpartition(".")[2] for e in Event.objects.filter(object_id=first).order_by("seq")] == [
        "created",
        "deleted",
        "restored",
    ]


def test_a_dry_run_leaves_nothing() -> None:
    assert save({"number": "1", "name": "Ann"}, dry_run=True).saved
    assert not Customer.objects.exists()
    assert not Event.objects.exists()


def test_it_refuses_who_may_not_and_changes_nothing() -> None:
    for permissions in (frozenset[str](), frozenset({"*.view_*"})):
        with pytest.raises(CrmError, match="add_customer"):
            records_save(Customer, [Change({"number": "1", "name": "A"})], actor=Actor("user", permissions=permissions))
    assert not Customer.objects.exists()
    assert not Event.objects.exists()
    assert records_save(
        Customer, [Change({"number": "1", "name": "A"})], actor=Actor("user", permissions=frozenset({"*.add_*"}))
    ).saved


def test_a_field_that_the_role_hides_cannot_be_written() -> None:
    actor = Actor("user", permissions=frozenset({"*"}), hidden_fields=frozenset({"customers.customer.email"}))
    out = records_save(Customer, [Change({"name": "A", "email": "a@b.example"})], actor=actor)
    assert codes(out) == {0: {"email": ["read_only"]}}
    assert not Customer.objects.exists()


def test_an_outside_name_finds_the_record_again_and_brings_a_deleted_one_back() -> None:
    first = save(Change({"name": "Ann"}, external=("shop", "77")))
    again = save(Change({"name": "Anna"}, external=("shop", "77")))
    assert first.saved[0] == again.saved[0]
    assert again.changed == {0}
    assert ExternalId.objects.count() == 1
    records_delete(Customer, [first.saved[0]], actor=SYSTEM)
    assert save(Change({"name": "Anna"}, external=("shop", "77"))).changed == {0}
    assert Customer.objects.get().deleted_at is None


def test_an_order_is_saved_with_its_lines_and_what_follows_from_them() -> None:
    product = a_product()
    lines = [{"product": product, "quantity": "3", "unit_price": "1.10"}, {"kind": "fee", "unit_price": "4"}]
    pk = record_save(Order, {"number": "1", "exchange_rate": "2", "lines": lines}, actor=SYSTEM)
    order = Order.objects.get(pk=pk)
    assert (order.amount, order.amount_home) == (Decimal("7.3"), Decimal("14.6"))
    assert list(order.lines.order_by("position").values_list("position", "amount")) == [
        (1, Decimal("3.3")),
        (2, Decimal(4)),
    ]
    record_save(Order, {"lines": lines}, id=pk, actor=SYSTEM)
    assert Order.objects.get(pk=pk).version == 1, "the same lines are no change"
    record_save(Order, {"lines": lines[:1]}, id=pk, version=1, actor=SYSTEM)
    event = Event.objects.filter(object_id=pk).order_by("-seq")[0]
    assert Order.objects.get(pk=pk).amount == Decimal("3.3")
    assert len(event.before["lines"]) == 2
    assert len(event.after["lines"]) == 1


def test_a_bad_line_is_refused_by_its_place() -> None:
    out = records_save(
        Order,
        [Change({"number": "1", "lines": [{"quantity": "many"}, {"product": str(uuid7())}, {"price": 1}]})],
        actor=SYSTEM,
    )
    assert codes(out) == {
        0: {"lines.0.quantity": ["number"], "lines.1.product": ["not_found"], "lines.2.price": ["unknown_field"]}
    }
    assert not Order.objects.exists()


@pytest.mark.parametrize("label", list(EXAMPLES))
def test_every_noun_has_an_example_that_saves(label: str) -> None:
    assert record_save(registry[label].model, EXAMPLES[label](), actor=SYSTEM)


def test_a_record_named_twice_in_one_call_is_refused_the_second_time() -> None:
    pk = save({"number": "1", "name": "Ann"}).saved[0]
    out = save(Change({"name": "Bob"}, id=pk), Change({"name": "Cid"}, id=pk), keep_good=True)
    assert codes(out) == {1: {"record": ["named_twice"]}}
    assert Customer.objects.get().name == "Bob"
    again = save(Change({"name": "A"}, external=("shop", "1")), Change({"name": "B"}, external=("shop", "1")))
    assert codes(again) == {1: {"record": ["named_twice"]}}
    assert not ExternalId.objects.exists()


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_at_the_edge_of_time_is_refused(moment: str) -> None:
    out = records_save(Order, [Change({"number": "1", "ordered_at": moment})], actor=SYSTEM)
    assert codes(out) == {0: {"ordered_at": ["range"]}}
    assert not Order.objects.exists()
    assert records_save(Order, [Change({"number": "1", "ordered_at": "9998-12-31T23:59:59Z"})], actor=SYSTEM).saved


def test_what_only_the_database_refuses_is_no_conflict() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE customers_customer ADD CONSTRAINT no_oslo CHECK (city <> 'Oslo')")
    with pytest.raises(CrmError) as refused:
        save({"name": "Ann", "city": "Oslo"})
    assert (refused.value.code, refused.value.status) == ("invalid", 422)
    assert not Customer.objects.exists()
    assert save({"name": "Ann", "city": "Bergen"}).created == {0}
