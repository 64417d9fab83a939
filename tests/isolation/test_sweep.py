"""Every address × method × (session, API key) of A, held against B and C: refused, nothing told, nothing changed.

Where one route serves all nouns, the methods that pages do not have are tried on the first of them; and with B, whose
ids are not A's, only reading and writing: C, in whose rows every id of A's is found, is tried with everything."""
from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client

from crm.team.models import ApiKey
from tenants.context import inside
from tenants.models import Tenant
from tenants.services import host_of
from tests.isolation.defences import salt_off, session_hash_off, session_salt_off
from tests.isolation.routes import OPEN, Address, addresses
from tests.rows import tenant_models
from tests.world import CANARIES

PLAIN = ("GET", "POST")
METHODS = (*PLAIN, "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
REFUSED = {400, 401, 403, 404, 405, 415}


HASH = (
    "SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM {} t "
    "WHERE position(%s in t::text) = 0"
)


def tables(tenant: Tenant, session: str) -> dict[str, str]:
    """A hash of each table, but for the intruder's own session: logging out ends it wherever it is shown."""
    with inside(tenant), connection.cursor() as cursor:
        found = {}
        for table in sorted({model._meta.db_table for model in tenant_models()}):
            cursor.execute(HASH.format(f'"{table}"'), [session])
            found[table] = cursor.fetchone()[0]
        return found


def body(answer: HttpResponseBase) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content


def credentials_cloned(mine: Tenant, theirs: Tenant) -> None:
    """Sessions and keys of A's come into the other schema as a copy of the database would bring them."""
    with inside(mine):
        sessions, keys = list(Session.objects.values()), list(ApiKey.objects.values())
    with inside(theirs):
        for row in sessions:
            Session.objects.get_or_create(session_key=row["session_key"], defaults=row)
        for row in keys:
            ApiKey.objects.get_or_create(pk=row["id"], defaults=row | {"created_by_id": None})


@pytest.fixture(params=["session", "key"])
def intruder(
    request: pytest.FixtureRequest, tenant: Tenant,
    client_for: Callable[..., Client], key_client: Callable[..., Client],
) -> Client:
    """A's owner, or a program of A's that may do everything."""
    client: Client = client_for("owner") if request.param == "session" else key_client()
    client.raise_request_exception = False
    return client


def knock(client: Client, address: Address, method: str, host: str) -> HttpResponseBase:
    return client.generic(method, address.path, b"", content_type="application/json", HTTP_HOST=host)


def complaints(client: Client, address: Address, letter: str) -> Iterator[str]:
    """What is wrong with the answers at one address of another tenant's."""
    host, canary = host_of(f"tenant-{letter}"), CANARIES[letter]
    for method in PLAIN if address.is_repeated or letter == "b" else METHODS:
        answer = knock(client, address, method, host)
        led_away = answer.status_code in {302, 303} and "log-in" in answer.headers.get("Location", "")
        if not (answer.status_code in REFUSED or led_away or address.name in OPEN):
            yield f"{method} {address.path}: {answer.status_code}"
        if answer.status_code >= 500:
            yield f"{method} {address.path}: {answer.status_code}"
        if canary.encode() in body(answer):
            yield f"{method} {address.path} tells what is {canary[-1]}'s"


@pytest.mark.long(50)
@pytest.mark.parametrize("letter", ["b", "c"])
def test_nothing_of_another_tenant_is_reached(tenant: Tenant, intruder: Client, letter: str) -> None:
    theirs = Tenant.objects.get(schema_name=f"t_{letter}")
    credentials_cloned(tenant, theirs)
    cookie = intruder.cookies.get(settings.SESSION_COOKIE_NAME)
    session = cookie.value if cookie else "no session"
    known, before = addresses(), tables(theirs, session)
    found = [text for one in known for text in complaints(intruder, one, letter)]
    assert found == []
    after = tables(theirs, session)
    assert {name for name in before if before[name] != after[name]} == set()


def test_the_same_addresses_answer_at_home(tenant: Tenant, client_for: Callable[..., Client]) -> None:
    """The positive control: without it, the sweep could be knocking at addresses that are nowhere."""
    mine = client_for("owner")
    mine.raise_request_exception = False
    told, broken = set(), []
    for address in (one for one in addresses() if not one.is_repeated):
        answer = knock(mine, address, "GET", host_of(tenant.slug))
        broken += [address.path] * (answer.status_code >= 500)
        if answer.status_code == 200 and CANARIES["a"].encode() in body(answer):
            told.add(address.name)
    assert broken == []
    assert {"list", "record", "edit", "home", "people", "keys"} <= told


def test_files_and_trials_of_another_tenant_are_its_own_alone(
    tenant: Tenant, clone: Tenant, intruder: Client, key_client: Callable[..., Client]
) -> None:
    """What a sweep with empty bodies does not come to: a file that was made, and answers that a body asks for."""
    at_home, host = key_client(tenant=clone), host_of(clone.slug)
    file = {"object": "customers", "format": "csv"}
    job = at_home.post("/api/v1/bulk/exports", json.dumps(file), content_type="application/json").json()["id"]
    credentials_cloned(tenant, clone)
    asked: list[tuple[str, str, object]] = [
        ("GET", f"/api/v1/bulk/exports/{job}/file", {}),
        ("POST", "/api/v1/customers/search", {"page_size": 200}),
        ("POST", "/api/v1/reports/run", {"object": "customers", "rows": [{"field": "city"}]}),
        ("POST", "/api/v1/customers/batch?dry_run=1", {"rows": [{"action": "create", "values": {"name": "Ann"}}]}),
    ]
    for method, path, content in asked:
        own = at_home.generic(method, path, json.dumps(content), content_type="application/json")
        answer = intruder.generic(
            method, path, json.dumps(content), content_type="application/json", HTTP_HOST=host, HTTP_ORIGIN=f"http://{host}"
        )
        assert (own.status_code in (200, 207), answer.status_code in REFUSED) == (True, True), (path, body(own))
        assert CANARIES["c"].encode() not in body(answer)
        assert CANARIES["c"].encode() in body(own) or "batch" in path, path


def test_the_same_key_answers_at_home(tenant: Tenant, key_client: Callable[..., Client]) -> None:
    mine = key_client()
    told = {one.name for one in addresses() if "/api/" in one.path
            and CANARIES["a"].encode() in body(knock(mine, one, "GET", host_of(tenant.slug)))}
    assert {"customers", "customers-one", "orders", "notes", "contacts", "products"} <= told


@pytest.mark.parametrize("method", METHODS)
def test_who_is_not_logged_in_gets_nothing(tenant: Tenant, method: str) -> None:
    nobody, found = Client(raise_request_exception=False), []
    for address in addresses():
        if address.is_repeated and method not in PLAIN:
            continue
        answer = knock(nobody, address, method, host_of(tenant.slug))
        if CANARIES["a"].encode() in body(answer) or (answer.status_code == 200 and address.name not in OPEN):
            found.append(f"{address.path}: {answer.status_code}")
    assert found == []


def test_without_the_walls_the_sweep_would_see_it(
    tenant: Tenant, clone: Tenant, client_for: Callable[..., Client], key_client: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for take_down in (session_salt_off, session_hash_off, salt_off):
        take_down(monkeypatch)
    customers = [Address("/customers/", "list"), Address("/api/v1/customers/", "customers")]
    clients = [client_for("owner"), key_client()]
    credentials_cloned(tenant, clone)
    for client, address in zip(clients, customers, strict=True):
        assert any("tells" in text for text in complaints(client, address, "c"))
