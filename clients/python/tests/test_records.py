"""Records by the client: read, write, refuse, restore."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from kith_client import Forbidden, Invalid, Kith, NotFound, Stale


def test_what_is_created_is_read_back_and_listed(kith: Kith, mark: str) -> None:
    made = kith.customers.create({"name": f"Ada {mark}", "city": "Portland", "country": "US"})
    assert kith.customers.get(made["id"])["city"] == "Portland"
    assert [one["id"] for one in kith.customers.list(search=mark)] == [made["id"]]
    assert kith.customers.count(search=mark) == 1


def test_a_list_goes_on_over_all_its_pages(kith: Kith, mark: str) -> None:
    made = {kith.products.create({"name": f"{mark} {n}", "sku": f"{mark}-{n}"})["id"] for n in range(5)}
    listed = [one["id"] for one in kith.products.list(search=mark, page_size=2)]
    assert len(listed) == 5
    assert set(listed) == made
    page = kith.products.page(search=mark, page_size=2, count="exact")
    assert (len(page.results), page.count, page.count_is_exact) == (2, 5, True)


def test_a_tree_of_conditions_finds_over_all_its_pages(kith: Kith, mark: str) -> None:
    for city in ("Oslo", "Bergen", "Rome"):
        kith.customers.create({"name": f"{mark} {city}", "city": city, "source": mark})
    either = {"or": [{"field": "city", "op": "eq", "value": city} for city in ("Oslo", "Bergen")]}
    where = {"and": [{"field": "source", "op": "eq", "value": mark}, either]}
    assert {one["city"] for one in kith.customers.find(where, page_size=1)} == {"Oslo", "Bergen"}


def test_an_upsert_creates_once_and_changes_afterwards(kith: Kith, mark: str) -> None:
    first = kith.customers.upsert("webshop", mark, {"name": "Ada", "city": "Oslo"})
    again = kith.customers.upsert("webshop", mark, {"name": "Ada", "city": "Rome"})
    assert (again["id"], again["city"]) == (first["id"], "Rome")
    assert kith.customers.get_external("webshop", mark)["id"] == first["id"]


def test_an_outside_name_may_hold_any_sign(kith: Kith, mark: str) -> None:
    name = f"{mark}/北京 &?#%"
    made = kith.customers.upsert("webshop", name, {"name": "Ada"})
    assert kith.customers.get_external("webshop", name)["id"] == made["id"]


def test_money_moments_and_parts_go_as_they_are_typed(kith: Kith, mark: str) -> None:
    at = datetime(2026, 3, 5, 10, tzinfo=UTC)
    customer = kith.customers.create({"name": mark})
    order = kith.orders.create(
        {
            "number": mark,
            "customer": customer["id"],
            "ordered_at": at,
            "currency": "USD",
            "lines": [{"description": "Soap", "quantity": "2", "unit_price": Decimal("14.50")}],
        }
    )
    assert Decimal(order["amount"]) == Decimal("29")
    assert datetime.fromisoformat(order["ordered_at"].replace("Z", "+00:00")) == at


def test_a_moment_without_a_time_zone_is_refused_before_it_is_sent(kith: Kith, mark: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        kith.orders.create({"number": mark, "ordered_at": datetime(2026, 3, 5)})  # noqa: DTZ001  # that is the point


def test_a_dry_run_answers_and_stores_nothing(kith: Kith, mark: str) -> None:
    assert kith.customers.create({"name": mark}, dry_run=True)["name"] == mark
    assert kith.customers.count(search=mark) == 0


def test_every_problem_is_told_at_once(kith: Kith) -> None:
    with pytest.raises(Invalid) as refused:
        kith.customers.create({"name": "", "email": "no address", "country": "Nowhere"})
    assert {one.pointer for one in refused.value.problems} == {"/name", "/email", "/country"}
    assert refused.value.request_id
    assert "/email" in str(refused.value)


def test_a_stale_version_is_refused_with_both_values(kith: Kith, mark: str) -> None:
    made = kith.customers.create({"name": mark, "city": "Oslo"})
    kith.customers.change(made["id"], {"city": "Rome"}, version=made["version"])
    with pytest.raises(Stale) as refused:
        kith.customers.change(made["id"], {"city": "Bern"}, version=made["version"])
    assert refused.value.values == {"city": ("Bern", "Rome")}
    assert kith.customers.get(made["id"])["city"] == "Rome"


def test_what_is_deleted_is_gone_until_it_is_restored(kith: Kith, mark: str) -> None:
    made = kith.customers.create({"name": mark})
    kith.customers.delete(made["id"])
    with pytest.raises(NotFound):
        kith.customers.get(made["id"])
    kith.customers.restore(made["id"])
    assert kith.customers.get(made["id"])["name"] == mark


def test_an_action_runs_on_a_record(kith: Kith, mark: str) -> None:
    task = kith.tasks.create({"title": mark})
    assert kith.tasks.act("complete", task["id"])["status"] == "done"


def test_a_wrong_key_is_told(kith: Kith) -> None:
    with Kith(kith.transport.root, "kith_wrong") as stranger, pytest.raises(Forbidden):
        stranger.me()


def test_a_noun_without_types_is_reached_by_its_address(kith: Kith, mark: str) -> None:
    customer = kith.customers.create({"name": mark})
    made = kith.records("contacts").create({"name": mark, "customer": customer["id"]})
    assert kith.records("contacts").get(made["id"])["name"] == mark
    assert any(one["name"] == "email" for one in kith.schema("contacts")["fields"])
