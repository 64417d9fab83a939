"""How much a program may ask: what answers say of it, where it ends, and that a cache that is away stops nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings

from crm.activities.models import Note
from crm.core.actors import SYSTEM
from crm.team import usage
from crm.team.models import ApiKey
from crm.team.services import api_key_create
from tenants import hosts
from tenants.models import Plan, Tenant

LIST = "/api/v1/customers/?count=none"


@pytest.fixture
def plan(tenant: Tenant) -> Iterator[Any]:
    """Sets limits of the tenant's plan, and forgets what the process remembers of them."""

    def limit(**limits: int) -> None:
        Plan.objects.filter(pk=tenant.plan_id).update(**limits)
        hosts.forget()

    yield limit
    hosts.forget()


@pytest.fixture
def away() -> Iterator[None]:
    """A Valkey that refuses the connection."""
    usage.store.cache_clear()
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        yield
        usage.store.cache_clear()
    usage.Pause.until = 0.0


def test_every_answer_says_what_is_allowed_and_what_is_left(tenant: Any, key_client: Any, plan: Any) -> None:
    plan(burst_limit=100)
    client = key_client()
    first, second = client.get(LIST), client.get("/api/v1/customers/?wrong=1")
    assert first["RateLimit-Policy"] == second["RateLimit-Policy"] == '"burst";q=100;w=60'
    assert re.fullmatch(r'"burst";r=99;t=\d+', first["RateLimit"])
    assert re.fullmatch(r'"burst";r=98;t=\d+', second["RateLimit"])
    nowhere, stranger = client.get("/api/v1/nowhere"), Client(HTTP_HOST="tenant-a.localhost").get(LIST)
    assert (nowhere.status_code, stranger.status_code) == (404, 401)
    assert "RateLimit-Policy" in nowhere
    assert "RateLimit" in stranger


def test_one_request_too_many_is_refused_and_changes_nothing(tenant: Any, key_client: Any, plan: Any) -> None:
    plan(burst_limit=2)
    client, other = key_client(), key_client()
    answers = [client.post("/api/v1/notes/", {"body": f"Note {n}"}, content_type="application/json") for n in range(4)]
    assert [one.status_code for one in answers[:2]] == [201, 201], answers[0].content
    for refused in answers[2:]:
        assert refused.status_code == 429
        assert refused["Content-Type"] == "application/problem+json"
        assert refused.json()["code"] == "too_many_requests"
        assert 1 <= int(refused["Retry-After"]) <= 60
        assert refused["RateLimit"].startswith('"burst";r=0;t=')
    assert Note.objects.filter(body__startswith="Note ").count() == 2
    assert other.get(LIST).status_code == 200, "another key has a minute of its own"


def test_a_key_can_be_held_to_less_than_the_plan_but_not_to_more(tenant: Any, plan: Any) -> None:
    plan(burst_limit=5)
    for own, told in ((3, 3), (50, 5)):
        _key, plain = api_key_create("Shop", actor=SYSTEM, scopes=["*.view_*"], burst_limit=own)
        client = Client(HTTP_HOST="tenant-a.localhost", headers={"Authorization": f"Bearer {plain}"})
        assert client.get(LIST)["RateLimit-Policy"] == f'"burst";q={told};w=60'


def test_the_day_of_the_plan_is_shared_by_all_keys(tenant: Any, key_client: Any, plan: Any) -> None:
    usage.store().registered_client.delete(usage.key_of(f"day:{usage.usage_read(1)[0].on}"))
    plan(daily_limit=3)
    one, two = key_client(), key_client()
    good = [one.get(LIST), two.get(LIST), one.get(LIST)]
    assert [answer.status_code for answer in good] == [200, 200, 200]
    assert re.search(r'"daily";r=0;t=\d+$', good[-1]["RateLimit"])
    assert good[-1]["RateLimit-Policy"].endswith('"daily";q=3;w=86400')
    refused = two.get(LIST)
    assert refused.status_code == 429
    assert "midnight" in refused.json()["detail"]
    assert int(refused["Retry-After"]) > 0


def test_requests_and_failures_are_counted_for_the_usage_page(tenant: Any) -> None:
    key, plain = api_key_create("Shop", actor=SYSTEM, scopes=["*.view_*"])
    client = Client(HTTP_HOST="tenant-a.localhost", headers={"Authorization": f"Bearer {plain}"})
    client.get(LIST), client.get(LIST), client.get("/api/v1/customers/?wrong=1")
    before = usage.usage_read(2)[-1].failures.get("oauth", 0)
    assert client.post("/oauth/token/", {"grant_type": "client_credentials", "client_id": "x"}).status_code == 401
    today = usage.usage_read(2)[-1]
    assert today.requests[f"key:{key.pk}"] == 3
    assert today.failures[f"key:{key.pk}"] == 1
    assert today.failures["oauth"] == before + 1


def test_requests_go_on_uncounted_while_the_counters_are_away(
    tenant: Any, key_client: Any, plan: Any, away: Any
) -> None:
    plan(burst_limit=1)
    client = key_client()
    answers = [client.get(LIST) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 200]
    assert "RateLimit" not in answers[0]
    assert answers[0]["RateLimit-Policy"] == '"burst";q=1;w=60'
    assert usage.usage_read(1)[0].requests == {}


def test_a_forged_address_cannot_escape_the_limit_of_strangers(tenant: Any, plan: Any) -> None:
    plan(burst_limit=2)
    client = Client(HTTP_HOST="tenant-a.localhost", REMOTE_ADDR="198.51.100.77")
    usage.store().registered_client.delete(usage.key_of("burst:address:198.51.100.77"))
    codes = [client.get(LIST, headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in range(4)]
    assert codes == [401, 401, 429, 429]


def test_a_limit_of_one_company_is_none_of_another(tenant: Any, other: Tenant, key_client: Any) -> None:
    key = ApiKey.objects.first()
    assert key is not None
    before = usage.usage_read(1)[0].requests
    assert key_client(tenant=other).get(LIST).status_code == 200
    assert usage.usage_read(1)[0].requests == before
