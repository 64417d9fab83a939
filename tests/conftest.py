"""What every test may ask for.

tenant       Tenant A; the test stands inside it and is rolled back.      other   Tenant B; not entered.
clone        Tenant C: the same ids, password hashes and addresses as A; not entered.
committed    Tenant A for tests that truly commit (threads, workers, servers); not entered; the database is its own.
samples      Beside `committed`: there are ready schemas with the scored sample, in English and in Chinese.
client_for   client_for("owner", tenant=None, **headers): a test client logged in at A's (or that tenant's) host.
key_client   key_client(role="owner", scopes=None, tenant=None): a test client that sends an API key.
public       A test client at the public host; the test stands in the catalogue.
served       The address of a live server over a committed database: for browsers; who signs up asks for `samples`.

Roles: "owner", "manager", "member", "read-only"; each has one person, <role>@kith.test, password tests.world.PASSWORD.
Canaries: tests.world.CANARIES["a" | "b" | "c"] stands in every text of every row.
"""
from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import translation
from pytest_django.live_server_helper import LiveServer

from crm.api import docs
from crm.core.actors import SYSTEM
from crm.core.custom import known
from crm.team.models import Role, User
from crm.team.services import api_key_create
from tenants import hosts
from tenants.context import inside
from tenants.models import Tenant
from tenants.services import host_of
from tests.database import database_copied
from tests.ordering import order

ROLES = ("owner", "manager", "member", "read-only")
COUNTER = itertools.count()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long tests begin first."""
    order(config, items)


def pytest_collection_finish() -> None:
    """What thousands of collected tests hold is not searched for garbage again and again: a tenth of all work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """Instead of Django's own test database, which knows one schema only."""
    with django_db_blocker.unblock(), database_copied():
        yield


@pytest.fixture(autouse=True)
def _nothing_left_over() -> Iterator[None]:
    """No test finds the cache of another, or stands where another stood."""
    prefix = f"test-{os.getpid()}-{next(COUNTER)}"
    settings.CACHES["default"]["KEY_PREFIX"] = cache.key_prefix = prefix
    hosts.forget()
    known.forget()
    docs.forget()
    translation.deactivate()
    yield
    connection.set_schema_to_public()


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    """Tenant A, entered."""
    with inside(Tenant.objects.get(schema_name="t_a")) as a:
        yield a


@pytest.fixture
def other(db: None) -> Tenant:
    """Tenant B."""
    return Tenant.objects.get(schema_name="t_b")


@pytest.fixture
def clone(db: None) -> Tenant:
    """Tenant C, whose rows have A's ids."""
    return Tenant.objects.get(schema_name="t_c")


@pytest.fixture
def samples() -> None:
    """Asked for beside `committed`: the pool has schemas with the scored sample in both languages."""


@pytest.fixture
def committed(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[Tenant]:
    """Tenant A in a database of this test's own: a flush would see neither tenants' nor qualified tables."""
    is_sampled = "samples" in request.fixturenames
    with django_db_blocker.unblock():
        connection.set_schema_to_public()
        with database_copied(is_sampled=is_sampled):
            yield Tenant.objects.get(schema_name="t_a")
            connection.set_schema_to_public()


@pytest.fixture
def served(committed: Tenant) -> Iterator[str]:
    """A live server."""
    server = LiveServer("localhost")
    yield server.url
    server.stop()


@pytest.fixture
def public(db: None) -> Client:
    """Nobody, at the public site."""
    connection.set_schema_to_public()
    return Client(HTTP_HOST=settings.PUBLIC_HOST)


def at_home(tenant: Tenant | None) -> Tenant:
    """The tenant asked for, or A."""
    return tenant or Tenant.objects.get(schema_name="t_a")


@pytest.fixture
def client_for(request: pytest.FixtureRequest) -> Callable[..., Client]:
    """Someone of a role, logged in."""
    if "committed" not in request.fixturenames:
        request.getfixturevalue("db")

    def client_for(role: str = "owner", tenant: Tenant | None = None, **headers: str) -> Client:
        home = at_home(tenant)
        client = Client(HTTP_HOST=host_of(home.slug), **headers)
        with inside(home):
            client.force_login(User.objects.get(email=f"{role}@kith.test"))
        return client
    return client_for


@pytest.fixture
def key_client(request: pytest.FixtureRequest) -> Callable[..., Client]:
    """A program with an API key."""
    if "committed" not in request.fixturenames:
        request.getfixturevalue("db")

    def key_client(role: str = "owner", scopes: list[str] | None = None, tenant: Tenant | None = None) -> Client:
        home = at_home(tenant)
        with inside(home):
            given = scopes or Role.objects.get(code=role).permissions
            _, plain = api_key_create(f"key {next(COUNTER)}", actor=SYSTEM, scopes=given)
        return Client(HTTP_HOST=host_of(home.slug), headers={"Authorization": f"Bearer {plain}"})
    return key_client
