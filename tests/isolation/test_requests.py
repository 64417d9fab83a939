"""Requests of two tenants at once, and what a stranger is told by an error."""
from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from tenants.models import Tenant
from tests.world import CANARIES

ROUNDS = 25


def test_requests_of_three_tenants_in_one_process_never_mix(
    committed: Tenant, client_for: Callable[..., Client], key_client: Callable[..., Client],
) -> None:
    wrong: list[str] = []
    letters = {tenant.schema_name[-1]: tenant for tenant in Tenant.objects.all()}
    clients = {letter: (client_for("owner", tenant), key_client(tenant=tenant)) for letter, tenant in letters.items()}
    begin = threading.Barrier(len(letters))

    def work(letter: str) -> None:
        begin.wait()
        strangers = [canary.encode() for other, canary in CANARIES.items() if other != letter]
        for _ in range(ROUNDS):
            for client, path in zip(clients[letter], ("/customers/", "/api/v1/customers/"), strict=True):
                answer = client.get(path)
                if answer.status_code != 200 or CANARIES[letter].encode() not in answer.content:
                    wrong.append(f"{letter} {path}: {answer.status_code}")
                wrong.extend(f"{letter} reads {word!r}" for word in strangers if word in answer.content)
        connection.close()

    threads = [threading.Thread(target=work, args=(letter,)) for letter in letters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("path", [
    "/customers/?ordering=nonsense", "/nothing/", "/customers/00000000-0000-7000-8000-000000000000/",
    "/api/v1/customers/?nonsense=1", "/api/v1/customers/00000000-0000-7000-8000-000000000000/",
])
def test_an_error_tells_nothing_of_another_tenant(
    tenant: Tenant, client_for: Callable[..., Client], key_client: Callable[..., Client], path: str,
) -> None:
    client = key_client() if path.startswith("/api/") else client_for()
    answer = client.get(path)
    assert not any(CANARIES[letter].encode() in answer.content for letter in "bc")
    assert not re.search(rb"\bt_a\b", answer.content)
