"""Every route of a company's site is closed to strangers, unless tests/house/lists.py says why not: each is tried."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tenants.models import Tenant
from tenants.services import host_of
from tests.house.lists import OPEN_ROUTES, PUBLIC_ROUTES

REFUSALS = {301, 302, 401, 403, 404, 405}
SAMPLES = {"uuid": str(uuid.UUID(int=7)), "resource": "customers", "slug": "x", "str": "x", "int": "1"}


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each route's address, with samples in place of its arguments, and its name."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield address(prefix + str(entry.pattern)), entry.name or ""


def address(pattern: str) -> str:
    """A route's pattern with its arguments filled in; regular ones are read as far as ours go."""
    filled = re.sub(r"<(\w+):\w+>", lambda found: SAMPLES[found.group(1)], pattern)
    filled = re.sub(r"\(\?P<(\w+)>[^()]*\)", lambda found: SAMPLES["uuid"] if found.group(1) == "id" else "x", filled)
    return "/" + filled.replace("^", "").replace(r"\Z", "").replace("/?", "/").replace("\\", "")


TENANT_ROUTES = sorted(set(routes(get_resolver("config.urls"))))


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_a_stranger_is_refused(method: str, stranger: Client) -> None:
    let_in = []
    for path, name in TENANT_ROUTES:
        if name not in OPEN_ROUTES:
            answer = getattr(stranger, method)(path)
            led = answer.headers.get("Location", "") if answer.status_code in {301, 302} else "/log-in/"
            if answer.status_code not in REFUSALS or ("/log-in/" not in led and led.rstrip("/") != path.rstrip("/")):
                let_in.append(f"{path} ({name}) answers {answer.status_code} {led}")
    assert let_in == []


@pytest.mark.parametrize("path", ["/", "/customers/", "/imports/", "/settings/people/"])
def test_an_owner_is_let_in_where_a_stranger_is_not(path: str, client_for: Any) -> None:
    assert client_for("owner").get(path).status_code == 200


def test_the_lists_of_routes_name_no_ghosts() -> None:
    assert sorted(set(OPEN_ROUTES) - {name for _, name in TENANT_ROUTES}) == []


def test_every_public_route_is_listed() -> None:
    assert {name for _, name in routes(get_resolver("config.public_urls"))} == PUBLIC_ROUTES


@pytest.fixture
def stranger(other: Tenant) -> Client:
    """Somebody at a company's address who is not logged in."""
    return Client(HTTP_HOST=host_of(other.slug))
