"""One way to read: pages by keyset, filters by name, counts that do not wait."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.core.actors import SYSTEM, Actor
from crm.core.drafts import Change
from crm.core.errors import CrmError
from crm.core.querying import where_of_tree
from crm.core.reading import ListQuery, count_read, list_query, page_read, record_read
from crm.core.registry import registry
from crm.core.services import record_save, records_save
from crm.customers.models import Customer
from crm.sales.models import Order
from crm.team.reach import reach_of
from tests.examples import EXAMPLES

CUSTOMERS = registry["customers.customer"]


@pytest.fixture
def many(tenant: Any) -> int:
    """Customers, a third of them without a score, some with the same."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_customer CASCADE")
    chance = random.Random(1)
    records_save(
        Customer,
        [
            Change(
                {
                    "name": f"{'张李王'[i % 3]}{i}",
                    "city": ["Rome", "", "Oslo"][i % 3],
                    "tags": ["even"] if i % 2 == 0 else [],
                    "phone": f"1380013{i:04d}",
                }
            )
            for i in range(157)
        ],
        actor=SYSTEM,
    )
    for pk in Customer.objects.values_list("pk", flat=True):
        score = None if chance.random() < 0.3 else round(chance.random(), 1)
        Customer.objects.filter(pk=pk).update(
            churn_probability=score, churn_band="" if score is None else "high" if score > 0.5 else "low"
        )
    return 157


def asked(actor: Actor = SYSTEM, **params: str) -> ListQuery:
    return list_query(CUSTOMERS, params, actor=actor)


def walk(query: ListQuery, size: int) -> tuple[list[Any], str]:
    ids, cursor, last = [], "", ""
    while True:
        page = page_read(query, cursor=cursor, size=size)
        ids += [row["id"] for row in page.rows]
        if not page.next:
            return ids, page.previous or last
        cursor, last = page.next, page.previous


@pytest.mark.parametrize(
    "ordering", ["churn_probability", "-churn_probability", "name", "-created_at", "-last_order_at"]
)
@pytest.mark.parametrize("size", [1, 7, 50, 157])
def test_pages_lose_and_double_nothing_forward_and_back(many: int, ordering: str, size: int) -> None:
    query = asked(ordering=ordering)
    ids, previous = walk(query, size)
    assert len(ids) == len(set(ids)) == many
    back = list(ids[-(many % size or size) :])
    while previous:
        page = page_read(query, cursor=previous, size=size)
        back = [row["id"] for row in page.rows] + back
        previous = page.previous
    assert back == ids
    scores = [r["churn_probability"] for r in Customer.objects.filter(pk__in=ids).values("churn_probability")]
    assert None in scores


def test_rows_without_a_value_come_last_in_both_directions(many: int) -> None:
    for ordering in ("churn_probability", "-churn_probability"):
        scores = [row["churn_probability"] for row in page_read(asked(ordering=ordering), size=200).rows]
        known = [s for s in scores if s is not None]
        assert scores[: len(known)] == sorted(known, reverse=ordering.startswith("-"))
        assert None in scores


def test_a_page_costs_the_same_whatever_its_length_and_place(many: int) -> None:
    costs = set()
    for size, cursor in ((10, ""), (50, ""), (10, page_read(asked(), size=50).next)):
        with CaptureQueriesContext(connection) as caught:
            page_read(asked(), size=size, cursor=cursor)
        costs.add(len(caught))
    assert costs == {1}


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({"city": "Rome"}, lambda c: c.city == "Rome"),
        ({"city__ne": "Rome"}, lambda c: c.city != "Rome"),
        ({"city__empty": "true"}, lambda c: not c.city),
        ({"city__in": "Rome,Oslo"}, lambda c: c.city),
        ({"churn_band": "high"}, lambda c: c.churn_band == "high"),
        ({"churn_probability__gte": "0.5"}, lambda c: (c.churn_probability or 0) >= 0.5),
        ({"churn_probability__empty": "yes"}, lambda c: c.churn_probability is None),
        ({"tags": "even"}, lambda c: c.tags),
        ({"search": "张"}, lambda c: c.name[0] == "张"),
        ({"search": "zhang"}, lambda c: c.name[0] == "张"),
        ({"search": "13800130007"}, lambda c: c.name[1:] == "7"),
        ({"search": "0007"}, lambda c: c.name[1:] == "7"),
        ({"churn_probability__between": "0.2,0.4"}, lambda c: 0.2 <= (c.churn_probability or 0) <= 0.4),
        ({"name__starts": "李1"}, lambda c: c.name.startswith("李1")),
    ],
)
def test_a_filter_finds_what_it_says(many: int, params: dict[str, str], wanted: Any) -> None:
    expected = {c.pk for c in Customer.objects.all() if wanted(c)}
    found = {row["id"] for row in page_read(asked(**params), size=200).rows}
    assert found == expected
    assert expected


def test_a_tree_says_the_same_in_and_or_and_not(many: int) -> None:
    tree = {
        "or": [
            {
                "and": [
                    {"field": "city", "op": "eq", "value": "Rome"},
                    {"not": {"field": "churn_band", "op": "in", "value": ["high"]}},
                ]
            },
            {"field": "city", "op": "is_empty", "value": True},
        ]
    }
    found = set(Customer.objects.filter(where_of_tree(CUSTOMERS, tree, actor=SYSTEM)).values_list("pk", flat=True))
    assert (
        found
        == {c.pk for c in Customer.objects.all() if (c.city == "Rome" and c.churn_band != "high") or not c.city}
        != set()
    )


def test_a_filter_reaches_over_a_link(tenant: Any) -> None:
    pk = record_save(Order, EXAMPLES["sales.order"](), actor=SYSTEM)
    Customer.objects.filter(orders__pk=pk).update(churn_band="critical")
    query = list_query(registry["sales.order"], {"customer__churn_band": "critical"}, actor=SYSTEM)
    row = next(row for row in page_read(query).rows if row["id"] == pk)
    assert row["customer"]["label"] == "customers.customer"
    assert row["customer"]["title"].startswith("Lin Yi")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"password": "1"}, "unknown_filter"),
        ({"owner__password": "x"}, "unknown_filter"),
        ({"churn_reasons": "x"}, "unknown_filter"),
        ({"city__gt": "x"}, "unknown_filter"),
        ({"churn_probability__gte": "much"}, "bad_value"),
        ({"churn_band": "purple"}, "bad_value"),
        ({"cursor": "nonsense"}, "bad_cursor"),
        ({"cursor": "W10"}, "bad_cursor"),
        ({"ordering": "email"}, "unknown_ordering"),
        ({"fields": "search"}, "unknown_field"),
        ({"id_document__contains": "33"}, "unknown_filter"),
        ({"search": "\x00"}, "bad_value"),
        ({"name": "\x00"}, "bad_value"),
    ],
)
def test_what_is_not_known_is_refused_by_name(tenant: Any, params: dict[str, str], code: str) -> None:
    with pytest.raises(CrmError) as refused:
        page_read(asked(**params), cursor=params.get("cursor", ""))
    assert refused.value.code == code
    assert refused.value.status == 400


def test_sensitive_values_are_masked_but_for_those_who_may_see_them(tenant: Any) -> None:
    pk = record_save(Customer, EXAMPLES["customers.customer"](), actor=SYSTEM)
    reader = Actor("user", permissions=frozenset({"*.view_*"}))
    assert record_read(CUSTOMERS, pk, actor=reader)["id_document"] == "•" * 16 + "02"
    assert record_read(CUSTOMERS, pk, actor=SYSTEM)["id_document"] == "330106199002030002"


def test_a_role_sees_only_its_own_records_and_not_its_hidden_fields(tenant: Any) -> None:
    pk = record_save(Customer, EXAMPLES["customers.customer"](), actor=SYSTEM)
    own = Actor("user", id=pk, permissions=frozenset({"*"}), reach=reach_of({"customers.customer": {"see": "own"}}))
    with pytest.raises(CrmError, match="no such record"):
        record_read(CUSTOMERS, pk, actor=own)
    assert not page_read(asked(own)).rows
    assert page_read(asked()).rows
    hidden = Actor("user", permissions=frozenset({"*"}), hidden_fields=frozenset({"customers.customer.email"}))
    assert "email" not in record_read(CUSTOMERS, pk, actor=hidden)
    assert record_read(CUSTOMERS, pk, actor=SYSTEM)["email"]
    for params in ({"email": "lin@shop.example"}, {"fields": "email"}):
        with pytest.raises(CrmError):
            asked(hidden, **params)


def test_parts_come_with_the_record(tenant: Any) -> None:
    pk = record_save(Order, EXAMPLES["sales.order"](), actor=SYSTEM)
    row = record_read(registry["sales.order"], pk, actor=SYSTEM)
    assert row["version"] == 1
    assert row["lines"][0]["product"]["title"] == "Tea pot"
    assert str(row["lines"][0]["amount"]) == "25.0000"


def test_what_an_activity_is_about_has_a_name(tenant: Any) -> None:
    pk = record_save(registry["activities.note"].model, EXAMPLES["activities.note"](), actor=SYSTEM)
    assert record_read(registry["activities.note"], pk, actor=SYSTEM)["object_id"]["title"].startswith("Lin Yi")


def test_counts_are_exact_while_few(many: int) -> None:
    count = count_read(asked(city="Rome"))
    assert (count.n, count.is_exact) == (53, True)


def test_a_line_does_not_name_what_its_reader_may_not_see(tenant: Any) -> None:
    pk = record_save(Order, EXAMPLES["sales.order"](), actor=SYSTEM)
    reader = Actor("user", permissions=frozenset({"sales.view_order"}))
    row = record_read(registry["sales.order"], pk, actor=reader)
    assert row["lines"][0]["product"]["title"] == ""
    assert row["customer"]["title"] == ""
