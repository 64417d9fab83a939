"""Pages by keyset: every row once, forward and back, nulls included, whatever is written meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from crm.core.actors import SYSTEM
from crm.core.services import Change, records_save
from crm.customers.models import Customer

ROWS = 1000


@pytest.fixture
def thousand(tenant: Any) -> int:
    """A thousand customers; scores repeat, and a fifth have none."""
    records_save(
        Customer, [Change({"name": f"Customer {n % 300:03}", "number": f"K{n}"}) for n in range(ROWS)], actor=SYSTEM
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer SET churn_probability = CASE WHEN right(number, 1) IN ('0', '5') THEN NULL "
            "ELSE (substr(number, 2)::int % 37) / 37.0 END WHERE number ~ '^K[0-9]+$'"
        )
    return Customer.objects.count()


def walked(client: Any, start: str, way: str) -> list[list[str]]:
    """The ids of every page from an address on."""
    pages, url = [], start
    while url:
        page = client.get(url).json()
        pages.append([row["id"] for row in page["results"]])
        url = page[way]
    return pages


@pytest.mark.parametrize(
    "ordering", ["-churn_probability", "churn_probability", "name", "-name", "created_at", "-last_order_at"]
)
def test_every_row_once_forward_and_back(thousand: int, key_client: Any, ordering: str) -> None:
    client, start = key_client(), f"/api/v1/customers/?ordering={ordering}&page_size=97&count=none&fields=name"
    there = walked(client, start, "next")
    ids = [pk for page in there for pk in page]
    assert len(ids) == len(set(ids)) == thousand
    last = client.get(start).json()
    while last["next"]:
        last = client.get(last["next"]).json()
    back = [
        [row["id"] for row in last["results"]],
        *(walked(client, last["previous"], "previous") if last["previous"] else []),
    ]
    assert [pk for page in reversed(back) for pk in page] == ids


def test_values_are_in_order_and_nulls_come_last(thousand: int, key_client: Any) -> None:
    client = key_client()
    for sign in ("", "-"):
        url, values = (
            f"/api/v1/customers/?ordering={sign}churn_probability&fields=churn_probability&page_size=200&count=none",
            [],
        )
        while url:
            page = client.get(url).json()
            values += [row["churn_probability"] for row in page["results"]]
            url = page["next"]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=sign == "-")
        assert all(value is None for value in values[len(known) :])


def test_a_row_written_meanwhile_shifts_nothing(thousand: int, key_client: Any) -> None:
    client = key_client()
    first = client.get("/api/v1/customers/?ordering=name&page_size=50&fields=name").json()
    records_save(Customer, [Change({"name": "Aaa first of all"})], actor=SYSTEM)
    second = client.get(first["next"]).json()
    assert not {row["id"] for row in first["results"]} & {row["id"] for row in second["results"]}
    assert client.get(second["previous"]).json()["results"] == first["results"]


def test_search_turns_its_pages_by_cursor(thousand: int, key_client: Any) -> None:
    client, seen, cursor = key_client(), [], None
    while True:
        body = {
            "where": {"field": "name", "op": "starts", "value": "Customer"},
            "page_size": 150,
            "fields": ["name"],
            **({"cursor": cursor} if cursor else {}),
        }
        page = client.post("/api/v1/customers/search", body, content_type="application/json").json()
        seen += [row["id"] for row in page["results"]]
        cursor = page["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == ROWS


def test_a_cursor_of_another_list_is_refused(thousand: int, key_client: Any) -> None:
    client = key_client()
    after = client.get("/api/v1/customers/?ordering=name&page_size=5").json()["next"].partition("cursor=")[2]
    assert client.get(f"/api/v1/customers/?ordering=-clv_predicted&cursor={after}").status_code == 400


def test_scored_rows_come_with_reasons(thousand: int, key_client: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer SET churn_band = 'high', churn_reasons = '[{\"feature\": \"recency\"}]' "
            "WHERE churn_probability > 0.8"
        )
    rows = key_client().get("/api/v1/customers/?ordering=-churn_probability&churn_band=high").json()["results"]
    assert rows
    assert all(row["churn_band"] == "high" and row["churn_reasons"] for row in rows)
    assert [row["churn_probability"] for row in rows] == sorted(
        (row["churn_probability"] for row in rows), reverse=True
    )
