"""Facts at a date: nothing later, nothing that does not count, days as the tenant lives them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from analytics.design import COLUMNS, RECENCY, TOPICS, design
from analytics.features import NAMES, reference_day, returned_within, snapshot
from analytics.reasons import TOPICS as DECLARED
from crm.customers.models import Customer
from crm.sales.models import Order
from tenants.models import Tenant
from tests.analytics.shops import Shop

T = date(2025, 3, 31)


@pytest.fixture
def shop(tenant: Tenant) -> Shop:
    made = Shop()
    made.sell("ann", T - timedelta(days=100), [("tea", 2, 10.0), ("!post", 1, 5.0)])
    made.sell("ann", T - timedelta(days=40), [("tea", 1, 10.0), ("cup", 1, 20.0)])
    made.sell("ann", T - timedelta(days=10), [("pot", 1, 60.0)])
    made.sell("ann", T - timedelta(days=9), [("pot", -1, 60.0)], kind="credit")
    made.sell("bob", T, [("tea", 1, 10.0)])
    made.sell("eve", T + timedelta(days=1), [("tea", 1, 10.0)])
    made.write()
    return made


def facts(shop: Shop, name: str, on: date = T) -> dict[str, float]:
    found = snapshot(on, is_sample=False)
    row = found.ids.index(shop.customers[name])
    return dict(zip(NAMES, found.values[row].tolist(), strict=True))


def test_it_sums_up_what_a_customer_did(shop: Shop) -> None:
    ann = facts(shop, "ann")
    expected = {
        "recency_days": 10, "tenure_days": 100, "order_days": 3, "gap_average": 45, "gap_spread": 15, "gap_longest": 60,
        "orders": 3, "spend": 115, "largest_order": 60, "latest_order": 60, "orders_30": 1, "orders_90": 2,
        "orders_180": 3, "spend_30": 60, "spend_90": 90, "spend_180": 115, "lines": 4, "products": 3, "units": 5,
        "products_90": 3, "returns": 1, "returned": 60,
    }  # fmt: skip
    assert ann == pytest.approx(expected)


def test_it_knows_nothing_of_the_day_after(shop: Shop) -> None:
    assert shop.customers["eve"] not in snapshot(T, is_sample=False).ids
    assert facts(shop, "ann", T - timedelta(days=11))["orders"] == 2


def test_a_later_row_changes_no_earlier_fact(shop: Shop) -> None:
    before = facts(shop, "ann")
    more = Shop(customers=shop.customers.copy())
    more.sell("ann", T + timedelta(days=5), [("lid", 1, 3.0)], number="late")
    more.orders = [(*row[:2], *row[2:]) for row in more.orders]
    Order.objects.create(
        number="late", customer_id=shop.customers["ann"], ordered_at=more.orders[0][3], amount=3, amount_home=3
    )
    assert facts(shop, "ann") == before


@pytest.mark.parametrize(
    "change",
    [{"status": "cancelled"}, {"kind": "credit"}, {"amount_home": 0}, {"deleted_at": datetime(2025, 1, 1, tzinfo=UTC)}],
)
def test_what_does_not_count_is_left_out(shop: Shop, change: dict[str, object]) -> None:
    orders = Order.objects.filter(customer_id=shop.customers["ann"], kind="sale").order_by("-ordered_at")
    Order.objects.filter(pk=orders[0].pk).update(**change)
    assert facts(shop, "ann")["orders"] == 2


def test_who_objects_to_profiling_is_not_looked_at(shop: Shop) -> None:
    Customer.objects.filter(pk=shop.customers["ann"]).update(is_profiling_refused=True)
    found = snapshot(T, is_sample=False)
    assert shop.customers["ann"] not in found.ids
    assert shop.customers["bob"] in found.ids


def test_samples_and_real_customers_never_mix(shop: Shop) -> None:
    sample = Shop(is_sample=True)
    sample.sell("sam", T, [("toy", 1, 1.0)])
    sample.write()
    assert sample.customers["sam"] not in snapshot(T, is_sample=False).ids
    assert snapshot(T, is_sample=True).ids == [sample.customers["sam"]]


def test_a_day_is_a_day_where_the_tenant_lives(shop: Shop, tenant: Tenant) -> None:
    Order.objects.create(
        number="night", customer_id=shop.customers["bob"], amount=1, amount_home=1,
        ordered_at=datetime(2025, 3, 31, 20, tzinfo=UTC),
    )  # fmt: skip
    assert facts(shop, "bob")["orders"] == 2
    tenant.time_zone = "Asia/Shanghai"
    assert facts(shop, "bob")["orders"] == 1


def test_only_the_asked_customers_are_read(shop: Shop) -> None:
    found = snapshot(T, is_sample=False, only=[shop.customers["bob"]])
    assert found.ids == [shop.customers["bob"]]
    assert found.values[0].tolist() == pytest.approx(list(facts(shop, "bob").values()))


def test_the_window_opens_after_the_day_and_closes_with_its_last(shop: Shop) -> None:
    eve = shop.customers["eve"]
    assert eve in returned_within(T, 1, is_sample=False)
    assert eve not in returned_within(T + timedelta(days=1), 30, is_sample=False)
    assert eve not in returned_within(T - timedelta(days=30), 30, is_sample=False)


def test_a_file_that_ends_last_year_is_scored_as_of_its_end(shop: Shop) -> None:
    end = T + timedelta(days=1)
    assert reference_day(T + timedelta(days=300), is_sample=False) == end
    assert reference_day(T + timedelta(days=20), is_sample=False) == T + timedelta(days=20)


def test_the_learning_matrix_is_complete_and_every_column_has_its_topic(shop: Shop) -> None:
    matrix = design(snapshot(T, is_sample=False))
    assert matrix.shape[1] == len(COLUMNS)
    assert COLUMNS[: len(NAMES)] == NAMES
    assert COLUMNS[RECENCY] == "recency_days"
    assert not (matrix != matrix).any()
    assert set(TOPICS) == set(DECLARED)
