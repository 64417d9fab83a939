"""Lists of texts: what holds nothing is found as empty, letters are read as those of the first value are."""

from __future__ import annotations

from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.services import Change, records_save
from crm.customers.models import Customer
from tests.crm.api.asking import sent

CUSTOMERS = "/api/v1/customers"
LISTS = {"tags": ["VIP"], "other_emails": ["ann2@lee.example"], "other_phones": ["+15035550147"]}


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_is_empty(tenant: Any, key_client: Any, name: str) -> None:
    client = key_client()
    people = [{"name": "Full List", "city": "Out", name: LISTS[name]}, {"name": "Empty List", "city": "Out"}]
    records_save(Customer, [Change(values) for values in people], actor=SYSTEM)
    for is_empty, expected in ((True, "Empty List"), (False, "Full List")):
        listed = client.get(f"{CUSTOMERS}/?city=Out&{name}__empty={str(is_empty).lower()}").json()
        assert [row["name"] for row in listed["results"]] == [expected]
        tree = {"where": {"and": [{"field": "city", "op": "eq", "value": "Out"},
                                  {"field": name, "op": "is_empty", "value": is_empty}]}}  # fmt: skip
        searched = sent(client.post, f"{CUSTOMERS}/search", tree).json()
        assert [row["name"] for row in searched["results"]] == [expected]


def test_a_further_address_is_asked_for_in_any_letters(tenant: Any, key_client: Any) -> None:
    client = key_client()
    records_save(Customer, [Change({"name": "Ann List", **LISTS})], actor=SYSTEM)
    for asked in ("other_emails=ANN2@Lee.Example", "other_phones=%2B1 503-555-0147"):
        listed = client.get(f"{CUSTOMERS}/?{asked}").json()
        assert [row["name"] for row in listed["results"]] == ["Ann List"], asked


def test_words_that_differ_in_their_letters_size_alone_are_one(tenant: Any, key_client: Any) -> None:
    made = sent(key_client().post, f"{CUSTOMERS}/", {"name": "Ann List", "tags": ["VIP", "vip", "New"]})
    assert made.json()["tags"] == ["VIP", "New"], made.content


def test_a_list_of_texts_takes_no_null(tenant: Any, key_client: Any) -> None:
    refused = sent(key_client().post, f"{CUSTOMERS}/", {"name": "Null List", "tags": ["VIP", None]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/tags"), refused.content
    assert not Customer.objects.filter(name="Null List").exists()
