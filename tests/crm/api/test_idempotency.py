"""A POST that is sent twice under one key is done once, whatever happens in between."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from crm.api.models import IdempotencyKey
from crm.api.tasks import forget_old_keys
from crm.core.actors import SYSTEM
from crm.core.locking import try_lock
from crm.core.registry import registry
from crm.customers.models import Customer
from crm.exchange.models import ImportJob
from crm.team.services import api_key_create
from tenants.context import inside
from tenants.models import Tenant
from tests.crm.api.asking import hashes, made, sent
from tests.tenants.conftest import until

CUSTOMERS = "/api/v1/customers"
AT_ONCE = 5


def test_a_repeated_request_gets_the_first_answer(tenant: Any, key_client: Any) -> None:
    client, key = key_client(), uuid4().hex
    first, second = (
        sent(client.post, f"{CUSTOMERS}/", {"name": "Ann"}, HTTP_IDEMPOTENCY_KEY=key) for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert (first.content, first["ETag"], first["Location"]) == (second.content, second["ETag"], second["Location"])
    assert ("Idempotent-Replayed" in first, second["Idempotent-Replayed"]) == (False, "true")
    assert first["X-Request-Id"] != second["X-Request-Id"]
    assert Customer.objects.filter(name="Ann").count() == 1


def test_the_order_of_names_makes_no_other_request_but_a_value_does(tenant: Any, key_client: Any) -> None:
    client = key_client()
    sent(client.post, f"{CUSTOMERS}/", {"name": "Ann", "city": "Oslo"}, HTTP_IDEMPOTENCY_KEY="k")
    same = sent(client.post, f"{CUSTOMERS}/", {"city": "Oslo", "name": "Ann"}, HTTP_IDEMPOTENCY_KEY="k")
    assert same["Idempotent-Replayed"] == "true"
    before = hashes()
    for path, body in ((f"{CUSTOMERS}/", {"name": "Bob"}), (f"{CUSTOMERS}/batch", {"name": "Ann", "city": "Oslo"})):
        other = sent(client.post, path, body, HTTP_IDEMPOTENCY_KEY="k")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert hashes() == before


def test_a_key_is_its_callers_own(tenant: Any, key_client: Any) -> None:
    one, two = key_client(), key_client()
    ids = {sent(c.post, f"{CUSTOMERS}/", {"name": "A"}, HTTP_IDEMPOTENCY_KEY="k").json()["id"] for c in (one, two)}
    assert len(ids) == 2


def test_a_refused_request_leaves_its_key_free(tenant: Any, key_client: Any) -> None:
    client, before = key_client(), hashes()
    assert sent(client.post, f"{CUSTOMERS}/", {"name": ""}, HTTP_IDEMPOTENCY_KEY="k").status_code == 422
    assert hashes() == before
    assert sent(client.post, f"{CUSTOMERS}/", {"name": "Ann"}, HTTP_IDEMPOTENCY_KEY="k").status_code == 201


def test_it_holds_for_verbs_batches_and_files(tenant: Any, key_client: Any) -> None:
    client, task = key_client(), made(registry["activities.task"])
    rows = {"rows": [{"action": "create", "values": {"name": "Ann"}}]}
    for path, body in ((f"/api/v1/tasks/{task}/complete", {}), (f"{CUSTOMERS}/batch", rows)):
        answers = [sent(client.post, path, body, HTTP_IDEMPOTENCY_KEY=path[-9:]) for _ in range(2)]
        assert answers[0].content == answers[1].content
        assert [answer.status_code < 300 for answer in answers] == [True, True]
        assert answers[1]["Idempotent-Replayed"] == "true"

    def upload(content: bytes) -> Any:
        file = SimpleUploadedFile("customers.csv", content)
        return client.post("/api/v1/bulk/jobs", {"object": "customers", "file": file}, HTTP_IDEMPOTENCY_KEY="f")

    jobs = ImportJob.objects.count()
    answers = [upload(b"name,city\nAnn,Oslo\n"), upload(b"name,city\nAnn,Oslo\n"), upload(b"name,city\nBob,Oslo\n")]
    assert [answer.status_code for answer in answers] == [202, 202, 422]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert ImportJob.objects.count() == jobs + 1


def test_trials_and_searches_need_no_key_and_keep_none(tenant: Any, key_client: Any) -> None:
    client, before = key_client(), hashes()
    for name in ("Ann", "Bob"):
        trial = sent(client.post, f"{CUSTOMERS}/?dry_run=1", {"name": name}, HTTP_IDEMPOTENCY_KEY="k")
        assert trial.status_code == 201
        found = sent(client.post, f"{CUSTOMERS}/search", {"search": name}, HTTP_IDEMPOTENCY_KEY="k")
        assert found.status_code == 200
    assert hashes() == before


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "é", "a\tb"])
def test_a_key_that_is_none_is_refused(tenant: Any, key_client: Any, key: str) -> None:
    client, before = key_client(), hashes()
    answer = sent(client.post, f"{CUSTOMERS}/", {"name": "Ann"}, HTTP_IDEMPOTENCY_KEY=key)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "Idempotency-Key")
    assert hashes() == before


def test_a_key_counts_for_a_day_and_is_forgotten_after_it(tenant: Any, key_client: Any) -> None:
    client, ids = key_client(), set()
    for hours in (0, 23, 25):
        IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=hours))
        ids.add(sent(client.post, f"{CUSTOMERS}/", {"name": "Ann"}, HTTP_IDEMPOTENCY_KEY="k").json()["id"])
    assert len(ids) == 2
    kept = set(IdempotencyKey.objects.filter(created_at__gt=timezone.now() - timedelta(hours=23)))
    forget_old_keys()
    assert set(IdempotencyKey.objects.all()) == kept != set()


@pytest.fixture
def address(committed: Tenant) -> Iterator[str]:
    """A live server over a database of its own."""
    server = LiveServer("localhost")
    yield server.url
    server.stop()


def test_five_at_once_have_one_effect(committed: Tenant, address: str) -> None:
    with inside(committed):
        _, plain = api_key_create("five", actor=SYSTEM, scopes=["*"])
    ready, answers = threading.Barrier(AT_ONCE), list[tuple[int, Any]]()

    def post() -> None:
        request = Request(  # noqa: S310 -- our own address
            f"{address}{CUSTOMERS}/",
            json.dumps({"name": "Only one"}).encode(),
            {
                "Host": "tenant-a.localhost",
                "Authorization": f"Bearer {plain}",
                "Content-Type": "application/json",
                "Idempotency-Key": "one",
            },
        )
        ready.wait()
        try:
            with urlopen(request) as answer:  # noqa: S310
                answers.append((answer.status, json.loads(answer.read())["id"]))
        except HTTPError as error:
            answers.append((error.code, f"{json.loads(error.read())['code']} {error.headers['Retry-After']}"))

    for _ in range(4):
        threads = [threading.Thread(target=post) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(answers) == 4 * AT_ONCE
    assert {said for status, said in answers if status == 409} <= {"idempotency_in_flight 1"}
    assert {status for status, _ in answers} <= {201, 409}
    assert len({said for status, said in answers if status == 201}) == 1
    with inside(committed):
        assert Customer.objects.filter(name="Only one").count() == 1


def test_whoever_dies_at_work_leaves_neither_an_effect_nor_a_block(committed: Tenant) -> None:
    """The connection of a process that is killed goes, and with it the lock, the row and the effect."""
    held, gone = threading.Event(), threading.Event()

    def die() -> None:
        with inside(committed):
            transaction.set_autocommit(False)
            assert try_lock("idempotency", "x")
            Customer.objects.create(name="Half done")
            IdempotencyKey.objects.create(digest=b"x", fingerprint=b"x", status=201, body=b"")
            held.set()
            gone.wait()
            connection.connection.close()  # as the kernel does with the sockets of a killed process
            connection.connection = None
            connection.needs_rollback = False

    thread = threading.Thread(target=die)
    thread.start()
    held.wait()
    with inside(committed), transaction.atomic():
        assert not try_lock("idempotency", "x")
    gone.set()
    thread.join()

    def is_free() -> bool:
        with inside(committed), transaction.atomic():
            return try_lock("idempotency", "x")

    until(is_free, what="the server to see that its client is gone")
    with inside(committed):
        assert not IdempotencyKey.objects.filter(digest=b"x").exists()
        assert not Customer.objects.filter(name="Half done").exists()
