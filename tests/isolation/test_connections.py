"""What really commits: threads, cancelled statements, transactions that fail in silence."""
from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django_tenants.postgresql_backend import base as library

from crm.customers.models import Customer
from tenants.checks import is_pooled_by_transaction, session_open
from tenants.context import each_tenant, inside
from tenants.database.base import DatabaseWrapper
from tenants.models import Tenant
from tests.isolation.defences import path_swallowing, whose

READS = 10_000


@pytest.fixture
def letters(committed: Tenant) -> dict[str, Tenant]:
    """The three tenants by their letter."""
    return {tenant.schema_name[-1]: tenant for tenant in Tenant.objects.all()}


def transaction_that_fails_unheard() -> None:
    """Somebody swallows an error inside a transaction: COMMIT is then a rollback that reports success."""
    with transaction.atomic():
        whose()
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")


def read_after_it(letters: dict[str, Tenant]) -> str:
    with inside(letters["a"]):
        assert whose() == "a"
    with inside(letters["c"]):
        transaction_that_fails_unheard()
        return whose()


def test_a_failed_commit_does_not_leave_the_old_path(letters: dict[str, Tenant]) -> None:
    assert read_after_it(letters) == "c"


def test_without_the_defence_a_failed_commit_leaks(letters: dict[str, Tenant], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DatabaseWrapper, "commit", library.DatabaseWrapper.commit)
    assert read_after_it(letters) == "a"


def spoil(other: Tenant) -> None:
    """Write in another tenant, then fail."""
    with inside(other):
        assert whose() == "b"
        Customer.objects.update(notes="spoiled")
        raise ZeroDivisionError


def test_a_rollback_restores_the_path(letters: dict[str, Tenant]) -> None:
    with inside(letters["a"]):
        with suppress(ZeroDivisionError), transaction.atomic():
            spoil(letters["b"])
        assert whose() == "a"
    with inside(letters["b"]):
        assert whose() == "b"


def test_a_rollback_to_a_savepoint_restores_the_path(letters: dict[str, Tenant]) -> None:
    with inside(letters["a"]), transaction.atomic():
        with suppress(ZeroDivisionError), transaction.atomic():
            spoil(letters["b"])
        assert whose() == "a"
    with inside(letters["b"]):
        assert whose() == "b"


def test_an_error_inside_leads_back_out(letters: dict[str, Tenant]) -> None:
    with suppress(ZeroDivisionError), inside(letters["a"]), inside(letters["b"]):
        raise ZeroDivisionError
    assert connection.schema_name == "public"
    seen = [whose() for _ in each_tenant()]
    assert sorted(seen) == ["a", "b", "c"]
    assert connection.schema_name == "public"


@dataclass
class Storm:
    """What came of reading under fire."""

    seen: Counter[str] = field(default_factory=Counter)
    wrong: int = 0


@contextmanager
def cancelling(pid: int) -> Iterator[None]:
    """Cancel whatever the server process `pid` does, again and again."""
    over = threading.Event()

    def fire() -> None:
        with session_open() as gun:
            while not over.wait(0.0002):
                gun.execute("SELECT pg_cancel_backend(%s)", [pid])

    thread = threading.Thread(target=fire)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def storm(letters: dict[str, Tenant], enough: Callable[[Storm], bool]) -> Storm:
    """Read as one tenant after the other while statements are cancelled, until it is enough."""
    result, names = Storm(), sorted(letters)
    connection.ensure_connection()
    with cancelling(connection.connection.info.backend_pid):
        for number in range(6 * READS):
            letter = names[number % 3]
            with inside(letters[letter]):
                try:
                    found = whose()
                except OperationalError as error:
                    result.seen["refused" if "search_path could not" in str(error) else "cancelled"] += 1
                else:
                    result.seen["read"] += 1
                    result.wrong += found != letter
            if enough(result):
                break
    return result


def test_a_storm_of_cancelled_statements_reads_no_other_tenants_row(letters: dict[str, Tenant]) -> None:
    result = storm(letters, lambda so_far: so_far.seen.total() > READS and so_far.seen["refused"] > 0)
    assert result.wrong == 0
    assert result.seen["read"] > READS / 2
    assert result.seen["refused"] > 0, "the storm never hit a SET search_path: it proved nothing"


def test_without_the_defence_the_storm_leaks(letters: dict[str, Tenant], monkeypatch: pytest.MonkeyPatch) -> None:
    path_swallowing(monkeypatch)
    assert storm(letters, lambda so_far: so_far.wrong > 0).wrong == 1


def test_two_threads_of_one_process_never_mix(letters: dict[str, Tenant]) -> None:
    wrong: list[str] = []
    begin = threading.Barrier(2)

    def work(letter: str, rounds: int = 1500) -> None:
        begin.wait()
        for number in range(rounds):
            with inside(letters[letter]):
                if number % 5 == 0:
                    with transaction.atomic(), inside(letters["b"]):
                        wrong.extend(whose() for _ in range(1) if whose() != "b")
                if (found := whose()) != letter:
                    wrong.append(found)
            if number % 50 == 0:
                connection.close()  # back to the pool, and perhaps to the other thread
        connection.close()

    threads = [threading.Thread(target=work, args=(letter,)) for letter in "ac"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_librarys_ways_to_switch_are_closed(committed: Tenant) -> None:
    with pytest.raises(RuntimeError, match="inside"):
        committed.__enter__()
    assert connection.schema_name == "public"


def test_a_connection_from_the_pool_begins_without_a_path(letters: dict[str, Tenant]) -> None:
    with inside(letters["a"]):
        assert whose() == "a"
    connection.close()
    with inside(letters["c"]):
        assert whose() == "c"


def test_a_connection_has_no_path_before_it_is_set(committed: Tenant) -> None:
    connection.close()
    connection.close_pool()
    connection.ensure_connection()
    assert connection.connection.execute("SHOW search_path").fetchone()[0] == ""


class TransactionPooler:
    """A pooler as PgBouncer is in transaction mode: a client has a server only while a transaction is open."""

    def __init__(self) -> None:
        self.idle = [session_open(), session_open()]

    def client(self) -> PooledClient:
        """One more client."""
        return PooledClient(self)


class PooledClient:
    """A connection through the pooler."""

    def __init__(self, pooler: TransactionPooler) -> None:
        self.pooler, self.held = pooler, None

    def execute(self, query: Any) -> Any:
        """On the server held, or on the one that was used last."""
        server = self.held or self.pooler.idle.pop()
        answer = server.execute(query)
        self.held = server if server.info.transaction_status.name == "INTRANS" else None
        if self.held is None:
            self.pooler.idle.append(server)
        return answer


def test_a_transaction_pooler_is_recognised(committed: Tenant) -> None:
    pooler = TransactionPooler()
    assert is_pooled_by_transaction(pooler.client(), pooler.client())
    with session_open() as one, session_open() as two:
        assert not is_pooled_by_transaction(one, two)
    for server in pooler.idle:
        server.close()
