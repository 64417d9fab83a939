"""Nothing that can be sent makes the server fail."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from crm.api.parsers import JsonParser
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.registry import registry
from crm.customers.models import Customer
from tests.crm.api.asking import made, sent
from tests.hostile import inputs as hostile

CUSTOMERS = "/api/v1/customers"
TAKEN = {"a text for a list", "many tags", "bidi", "emoji", "sql", "template", "html", "formula", "header", "zalgo"}


@pytest.mark.parametrize("kind", hostile.BODIES)
def test_no_body_makes_it_fail(tenant: Any, key_client: Any, kind: str) -> None:
    client, before = key_client(), Customer.objects.count()
    answer = client.post(f"{CUSTOMERS}/", hostile.BODIES[kind], content_type="application/json")
    assert answer.status_code in ({201, 422} if kind in TAKEN else {400, 413, 422}), answer.content
    assert Customer.objects.count() == before + (answer.status_code == 201)
    if answer.status_code == 201 and "name" in answer.json() and kind in ("sql", "template", "html", "formula"):
        assert answer.json()["name"] in hostile.BODIES[kind].decode()


@pytest.mark.parametrize("kind", hostile.BODIES)
def test_no_body_of_a_change_makes_it_fail(tenant: Any, key_client: Any, kind: str) -> None:
    pk, client = made(registry["customers.customer"]), key_client()
    for method in (client.patch, client.put):
        answer = method(f"{CUSTOMERS}/{pk}", hostile.BODIES[kind], content_type="application/json")
        assert answer.status_code in {200, 400, 409, 413, 422}, answer.content  # 409: a body may name a version


@pytest.mark.parametrize("query", hostile.QUERIES, ids=lambda query: query[:30])
def test_no_query_makes_it_fail(tenant: Any, key_client: Any, query: str) -> None:
    client = key_client()
    assert client.get(f"{CUSTOMERS}/?{query}").status_code in {200, 400}
    assert client.get(f"{CUSTOMERS}/count?{query}").status_code in {200, 400}
    assert client.get(f"{CUSTOMERS}/{uuid4()}?{query}").status_code in {400, 404}


@pytest.mark.parametrize("path", hostile.PATHS, ids=lambda path: path[:30])
def test_no_address_makes_it_fail(tenant: Any, key_client: Any, path: str) -> None:
    client = key_client()
    for method in (client.get, client.delete):
        assert method(f"{CUSTOMERS}{path}").status_code in {400, 404, 405}
    assert sent(client.put, f"{CUSTOMERS}{path}", {}).status_code in {400, 404, 405, 422}


@pytest.mark.parametrize("headers", hostile.HEADERS, ids=lambda headers: repr(headers)[:40])
def test_no_header_makes_it_fail(tenant: Any, key_client: Any, headers: dict[str, str]) -> None:
    client, kind = key_client(), headers.get("CONTENT_TYPE", "application/json")
    given = {name: value for name, value in headers.items() if name != "CONTENT_TYPE"}
    assert client.generic("GET", f"{CUSTOMERS}/", **given).status_code in {200, 400, 401, 406, 411}
    answer = client.generic("POST", f"{CUSTOMERS}/", b'{"name": "Ann"}', content_type=kind, **given)
    assert answer.status_code in {201, 400, 401, 406, 411, 415}


@pytest.mark.parametrize("tree", [*hostile.TREES, hostile.NESTED], ids=lambda tree: repr(tree)[:40])
def test_no_tree_makes_it_fail(tenant: Any, key_client: Any, tree: object) -> None:
    answer = sent(key_client().post, f"{CUSTOMERS}/search", {"where": tree})
    assert answer.status_code in {200, 400}, answer.content


@pytest.mark.parametrize(
    "body",
    [
        {"ordering": []},
        {"search": {}},
        {"fields": [1]},
        {"fields": {}},
        {"page_size": "x"},
        {"page_size": 1.5},
        {"cursor": True},
        {"count": 7},
        {"search": "\\x"},
        {"page_size": -1},
        {"page_size": 2**62},
    ],
)
def test_no_setting_of_a_search_makes_it_fail(tenant: Any, key_client: Any, body: dict[str, Any]) -> None:
    assert sent(key_client().post, f"{CUSTOMERS}/search", body).status_code in {200, 400}


def test_a_broken_address_is_judged_as_it_was_sent(tenant: Any, key_client: Any) -> None:
    client = key_client()
    answer = sent(client.put, f"{CUSTOMERS}/ext:erp:%ff", {"name": "Ann"}, RAW_URI=f"{CUSTOMERS}/ext:erp:%ff")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert (
        sent(
            client.put, f"{CUSTOMERS}/ext:erp:%E6%9D%8E", {"name": "Ann"}, RAW_URI=f"{CUSTOMERS}/ext:erp:%E6%9D%8E"
        ).status_code
        == 201
    )


def test_a_body_that_ended_early_is_refused_though_it_can_be_read() -> None:
    request = Request(RequestFactory().generic("POST", "/", CONTENT_LENGTH="200"))
    with pytest.raises(CrmError, match="ended before"):
        JsonParser().parse(BytesIO(b'{"name": "Ann"}'), "application/json", {"request": request})


def test_odd_characters_come_back_as_they_were_sent(tenant: Any, key_client: Any) -> None:
    client = key_client()
    for name in ("👩‍👩‍👧‍👦 Wang", "李雷", "\u202egnp", "O'Hara; --", "{{ 7*7 }}", "<b>"):
        record = sent(client.post, f"{CUSTOMERS}/", {"name": name}).json()
        assert client.get(f"{CUSTOMERS}/{record['id']}").json()["name"] == name
    assert Event.objects.filter(via="api").count() >= 6
