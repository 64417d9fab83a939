"""A real worker process on a real broker: what reaches it, what it refuses, and what its death does."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.utils.module_loading import import_string

from tenants import night, pump, tasks
from tenants.context import inside
from tenants.models import Outbox, Tenant
from tenants.tasks import enqueue, header_of
from tests.tenants.conftest import Process, until
from tests.tenants.jobs import makers, marks


@pytest.fixture
def home(worker: Process, quick: None) -> Iterator[Tenant]:
    """Tenant A, entered, with a worker at work."""
    with inside(Tenant.objects.get(schema_name="t_a")) as a:
        yield a


def state(key: int) -> str:
    """Of a message."""
    return Outbox.objects.get(pk=key).state


def until_state(key: int, wanted: str) -> Outbox:
    """Ticks the pump as beat would, until the message has come so far."""
    until(lambda: pump.tick() >= 0 and state(key) == wanted, what=f"{wanted}: {Outbox.objects.get(pk=key).error}")
    return Outbox.objects.get(pk=key)


def test_it_is_sent_when_the_transaction_commits_and_done_in_the_tenant(home: Tenant) -> None:
    with transaction.atomic():
        key = enqueue("tests.mark", label="sent")
        assert Outbox.objects.get(pk=key).sends == 0
    assert Outbox.objects.get(pk=key).sends == 1
    until(lambda: state(key) == "done")
    assert marks("sent") == [("sent", "t_a", "")]


def test_five_messages_of_one_row_are_one_run(home: Tenant) -> None:
    key = enqueue("tests.linger", label="five", seconds=0.2)
    row = Outbox.objects.get(pk=key)
    for _ in range(4):
        tasks.post([row])
    last = enqueue("tests.mark", label="after five")
    until(lambda: state(last) == "done")
    assert marks("five") == [("five", "t_a", "begun"), ("five", "t_a", "done")]
    assert Outbox.objects.get(pk=key).tries == 1


FORGERIES: dict[str, dict[str, Any] | None] = {
    "to b": {"schema": "t_b"}, "to the clone": {"schema": "t_c"}, "by another key": {"signature": "0" * 64},
    "bare": None,
}


@pytest.mark.parametrize("label", FORGERIES)
def test_a_forged_message_on_the_wire_never_runs(home: Tenant, label: str) -> None:
    header = FORGERIES[label]
    tasks.Pause.until = float("inf")
    row = Outbox.objects.get(pk=enqueue("tests.mark", label=label))
    tasks.Pause.until = 0.0
    forged = {"kith": {**header_of(row), **header}} if header else {}
    assert tasks.send([("tests.mark", "interactive", row.ids, {"headers": forged})]) == 1
    last = enqueue("tests.mark", label="after forged")
    until(lambda: state(last) == "done")
    assert marks(label) == []
    assert state(row.pk) == "waiting"
    tasks.post([row])  # the positive control: the same row, honestly sent
    until(lambda: state(row.pk) == "done")
    assert marks(label) == [(label, "t_a", "")]


def test_a_tenant_that_was_suspended_meanwhile_is_left_alone(home: Tenant) -> None:
    tasks.Pause.until = float("inf")
    row = Outbox.objects.get(pk=enqueue("tests.mark", label="asleep"))
    tasks.Pause.until = 0.0
    Tenant.objects.filter(pk=home.pk).update(state="suspended")
    tasks.post([row])
    until(lambda: state(row.pk) == "failed")
    Tenant.objects.filter(pk=home.pk).update(state="active")
    assert marks("asleep") == []
    assert Outbox.objects.get(pk=row.pk).error == "Refused: the tenant is suspended."


def test_poison_fails_after_three_tries_and_the_queue_goes_on(home: Tenant) -> None:
    key = enqueue("tests.poison", label="poison")
    other = enqueue("tests.mark", label="beside poison")
    until(lambda: state(other) == "done")
    row = until_state(key, "failed")
    assert len(marks("poison")) == row.tries == 3
    assert "ValueError: This never works." in row.error


def test_a_task_that_kills_its_worker_each_time_fails_after_three_tries(home: Tenant) -> None:
    key = enqueue("tests.killer", label="killer")

    def is_over() -> bool:
        night.reaper()
        pump.tick()
        return state(key) == "failed"

    until(is_over, what="the killer to fail")
    other = enqueue("tests.mark", label="beside killer")
    until(lambda: state(other) == "done")
    assert len(set(makers("killer"))) == Outbox.objects.get(pk=key).tries == 3
    assert "vanished" in Outbox.objects.get(pk=key).error


def test_a_task_longer_than_its_lease_stays_with_its_worker(home: Tenant) -> None:
    key = enqueue("tests.linger", label="long", seconds=5)
    until(lambda: night.reaper() + pump.tick() >= 0 and state(key) == "done")
    assert [said for _, _, said in marks("long")] == ["begun", "done"]
    assert Outbox.objects.get(pk=key).tries == 1


def test_what_the_broker_lost_is_sent_again(home: Tenant) -> None:
    tasks.Pause.until = float("inf")
    key = enqueue("tests.mark", label="lost")
    tasks.Pause.until = 0.0
    assert Outbox.objects.get(pk=key).sends == 0
    row = until_state(key, "done")
    assert (row.sends, marks("lost")) == (1, [("lost", "t_a", "")])


def test_the_request_succeeds_while_the_broker_is_gone(home: Tenant) -> None:
    app = import_string("config.celery.app")
    there, app.conf.broker_url = app.conf.broker_url, "redis://127.0.0.1:9/0"
    tasks.postman.cache_clear()
    try:
        with transaction.atomic():
            key = enqueue("tests.mark", label="gone")
        assert (state(key), Outbox.objects.get(pk=key).sends) == ("waiting", 0)
        assert tasks.Pause.until > 0
    finally:
        app.conf.broker_url = there
        tasks.postman.cache_clear()
        tasks.Pause.until = 0.0
    row = until_state(key, "done")
    assert (row.sends, marks("gone")) == (1, [("gone", "t_a", "")])


def test_the_worker_stands_in_the_catalogue_between_tasks(home: Tenant, worker: Process) -> None:
    key = enqueue("tests.stray", label="stray")
    until(lambda: Outbox.objects.get(pk=key).error)
    last = enqueue("tests.mark", label="after stray")
    until(lambda: state(last) == "done")
    assert marks("after stray") == [("after stray", "t_a", "")]
    Outbox.objects.filter(pk=key).delete()
