"""The path form of development: addresses in answers stay below the tenant's prefix."""

from __future__ import annotations

from typing import Any

from django.test import Client

from crm.core.registry import registry
from tests.crm.api.asking import made, sent


def below(client: Any) -> Client:
    """The same program, by path instead of by host."""
    return Client(HTTP_HOST="localhost", HTTP_AUTHORIZATION=client.defaults["HTTP_AUTHORIZATION"])


def test_addresses_in_answers_keep_the_prefix(tenant: Any, key_client: Any) -> None:
    for _ in range(3):
        made(registry["customers.customer"])
    client = below(key_client())
    page = client.get("/t/tenant-a/api/v1/customers/?page_size=1").json()
    assert page["next"].startswith("http://localhost/t/tenant-a/api/v1/customers/?page_size=1&cursor=")
    assert client.get(page["next"]).status_code == 200
    made_now = sent(client.post, "/t/tenant-a/api/v1/customers", {"name": "Ann"})
    assert made_now["Location"].startswith("http://localhost/t/tenant-a/api/v1/customers/")
    assert client.get(made_now["Location"]).status_code == 200
    document = client.get("/t/tenant-a/api/v1/openapi.json").json()
    assert document["servers"] == [{"url": "/t/tenant-a"}]
    assert "/api/v1/customers/" in document["paths"]
    assert (
        client.get("/t/tenant-a/api/v1/schema")
        .json()["objects"][0]["url"]
        .startswith("http://localhost/t/tenant-a/api/v1/")
    )
    assert client.get("/t/tenant-b/api/v1/customers/").status_code == 401
