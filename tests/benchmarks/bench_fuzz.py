"""Schemathesis for long: every operation of the document, as owner, as reader and as a stranger, with fresh seeds.

By hand: `./kith bench fuzz [examples of an operation] [seed]`. Each example is taken back. The suite's own run is the
same with few examples and a fixed seed; what is found here becomes an example of `tests/hostile`.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections import Counter
from functools import partial
from typing import Any

import jsonschema_rs
import schemathesis
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings

from crm.core.actors import SYSTEM
from crm.core.registry import registry
from crm.team.models import Role
from crm.team.services import api_key_create
from tenants.context import inside
from tenants.models import Tenant
from tests.crm.api.asking import made
from tests.crm.api.test_schemathesis import STATUSES, about_records, asked, said
from tests.database import database_copied

HOST = "tenant-a.localhost"
MOST_TOLD = 20


def client_of(name: str) -> Client:
    """A program of this caller's; a failure of ours is an answer to be counted."""
    headers = {}
    if name != "stranger":
        scopes = Role.objects.get(code="owner" if name == "owner" else "read-only").permissions
        headers["Authorization"] = f"Bearer {api_key_create(f'fuzz {name}', actor=SYSTEM, scopes=scopes)[1]}"
    return Client(raise_request_exception=False, HTTP_HOST=HOST, headers=headers)


class Tally:
    """What came back of one caller's requests."""

    def __init__(self, name: str, document: dict[str, Any]) -> None:
        self.name, self.document, self.client = name, document, client_of(name)
        self.statuses, self.failures = Counter[int](), list[str]()

    def take(self, case: Any, about: dict[str, Any]) -> None:
        """Send one, take it back, and judge the answer as the suite does."""
        with transaction.atomic():
            answer = asked(self.client, case)
            transaction.set_rollback(True)
        self.statuses[answer.status_code] += 1
        where = f"{case.method.upper()} {case.formatted_path} → {answer.status_code}"
        if answer.status_code not in STATUSES[self.name]:
            self.failures.append(f"{where} is no answer of this caller's; body {case.body!r}, query {case.query!r}")
        elif schema := said(answer, about, self.document):
            judge = jsonschema_rs.validator_for({**schema, "components": self.document["components"]})
            self.failures += [f"{where}: {error}" for error in judge.iter_errors(answer.json())][:1]


def shot(operation: Any, take: Any, chosen: Any, many: Any) -> None:
    """The examples of one operation."""

    @chosen
    @many
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        take(case)

    run()


def hunt(tally: Tally, examples: int, chosen: int) -> int:
    """So many examples of every operation; how many operations there are."""
    many = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    count = 0
    for found in schemathesis.openapi.from_dict(tally.document).get_all_operations():
        operation = found.ok()
        take = partial(tally.take, about=tally.document["paths"][operation.path][operation.method])
        shot(operation, take, seed(chosen), many)
        count += 1
    return count


def main() -> None:
    """Three callers; the exit status says whether anything was found."""
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    chosen = int(sys.argv[2]) if len(sys.argv) > 2 else secrets.randbelow(2**32)
    print(f"{examples} examples of an operation, seed {chosen}", flush=True)
    failed = 0
    with database_copied(), inside(Tenant.objects.get(schema_name="t_a")):
        document = about_records({noun.slug: str(made(noun)) for noun in registry})
        for name in STATUSES:
            began, tally = time.perf_counter(), Tally(name, document)
            count = hunt(tally, examples, chosen)
            told = ", ".join(f"{status}: {many:,}" for status, many in sorted(tally.statuses.items()))
            total = sum(tally.statuses.values())
            print(
                f"{name}: {count} operations, {total:,} requests in {time.perf_counter() - began:.0f} s, "
                f"{len(tally.failures)} failures ({told})",
                flush=True,
            )
            for line in list(dict.fromkeys(tally.failures))[:MOST_TOLD]:
                print(f"  {line[:1000]}", flush=True)
            failed += len(tally.failures)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
