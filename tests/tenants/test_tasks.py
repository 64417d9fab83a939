"""A task stands in the tenant that its message names, runs once, or does not run."""
from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery.exceptions import Reject
from django.db import connection, transaction
from django.utils.module_loading import import_string

from tenants import tasks
from tenants.context import OutsideTenant, inside
from tenants.leases import LeaseLost
from tenants.models import Outbox, Tenant
from tenants.tasks import WrongSchema, enqueue, header_of
from tests.tenants import jobs
from tests.tenants.jobs import marks

app = import_string("config.celery.app")


@pytest.fixture
def home(ledger: None) -> Iterator[Tenant]:
    """Tenant A, entered, in a database that is written for good; its messages stay where they are."""
    Outbox.objects.all().delete()
    jobs.marks_forget()
    tasks.Pause.until = float("inf")
    with inside(Tenant.objects.get(schema_name="t_a")) as a:
        yield a
    tasks.Pause.until = 0.0
    connection.set_schema_to_public()
    Tenant.objects.update(state="active")


def message(task: str, **ids: Any) -> Outbox:
    """A task asked for where the test stands."""
    return Outbox.objects.get(pk=enqueue(task, **ids))


def deliver(row: Outbox, **changes: Any) -> Any:
    """The worker's door, with the message as sent or altered."""
    connection.set_schema_to_public()
    header = {**header_of(row), **changes.pop("header", {})}
    return tasks.deliver(app.tasks[changes.pop("task", row.task)], header, {**row.ids, **changes})


def test_it_runs_inside_the_tenant_of_the_message(home: Tenant) -> None:
    row = message("tests.mark", label="x")
    deliver(row)
    row.refresh_from_db()
    assert marks() == [("x", "t_a", "")]
    assert (row.state, row.tries, row.error, connection.schema_name) == ("done", 1, "", "public")


def test_it_is_written_with_the_callers_transaction_or_not_at_all(home: Tenant) -> None:
    with transaction.atomic():
        enqueue("tests.mark", label="x")
        assert Outbox.objects.count() == 1
        transaction.set_rollback(True)
    assert Outbox.objects.count() == 0


def test_nothing_is_asked_for_outside_a_tenant(db: None) -> None:
    with pytest.raises(OutsideTenant):
        enqueue("tests.mark", label="x")
    with pytest.raises(OutsideTenant):
        jobs.leave_mark(label="x")
    assert Outbox.objects.count() == 0


def test_a_task_nobody_declared_is_refused_where_it_is_asked_for(home: Tenant) -> None:
    with pytest.raises(KeyError):
        enqueue("tests.no_such_task")
    assert Outbox.objects.count() == 0


@pytest.mark.parametrize("forgery", [
    {"header": {"schema": "t_b"}},
    {"header": {"schema": "t_c"}},
    {"header": {"schema": "public"}},
    {"header": {"signature": "0" * 64}},
    {"header": {"id": 10**6}},
    {"label": "y"},
    {"task": "tests.linger"},
])
def test_an_altered_message_is_refused(home: Tenant, forgery: dict[str, Any]) -> None:
    row = message("tests.mark", label="x")
    with pytest.raises(Reject):
        deliver(row, **forgery)
    assert marks() == []
    deliver(row)
    assert marks() == [("x", "t_a", "")]


def test_a_message_without_a_tenant_is_refused(home: Tenant) -> None:
    connection.set_schema_to_public()
    for header in (None, {}, {"schema": "t_a"}, "t_a"):
        with pytest.raises(Reject):
            tasks.deliver(app.tasks["tests.mark"], header, {"label": "x"})
    assert marks() == []


def test_the_task_of_a_tenant_that_is_gone_never_runs(home: Tenant) -> None:
    gone = Tenant.objects.create(schema_name="t_gone", slug="gone", name="Gone", plan=home.plan, state="active")
    with inside(gone):
        row = message("tests.mark", label="x")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.tenants_tenant WHERE schema_name = 't_gone'")
    with pytest.raises(Reject):
        deliver(row)
    row.refresh_from_db()
    assert marks() == []
    assert (row.state, row.error) == ("failed", "Refused: there is no such tenant.")


@pytest.mark.parametrize("state", ["suspended", "closing", "preparing"])
def test_the_task_of_a_tenant_that_is_not_active_never_runs(home: Tenant, state: str) -> None:
    row = message("tests.mark", label="x")
    Tenant.objects.filter(pk=home.pk).update(state=state)
    with pytest.raises(Reject):
        deliver(row)
    row.refresh_from_db()
    assert marks() == []
    assert row.state == "failed"


def test_it_may_not_end_in_another_schema(home: Tenant) -> None:
    row = message("tests.stray", label="x")
    with pytest.raises(WrongSchema):
        deliver(row)
    row.refresh_from_db()
    assert row.state == "waiting"
    assert "WrongSchema" in row.error


def test_it_stands_in_its_own_tenant_whatever_stood_there_before(home: Tenant) -> None:
    row = message("tests.mark", label="x")
    with inside(Tenant.objects.get(schema_name="t_b")):
        tasks.deliver(app.tasks["tests.mark"], header_of(row), row.ids)
        assert connection.schema_name == "t_b"
    assert marks() == [("x", "t_a", "")]


def at_once(count: int, act: Callable[[], Any]) -> None:
    """The same in several threads that start together."""
    gate = threading.Barrier(count)

    def run() -> None:
        gate.wait()
        act()
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_five_deliveries_at_once_are_one_run(home: Tenant) -> None:
    row = message("tests.linger", label="x", seconds=0.2)
    at_once(5, lambda: deliver(row))
    deliver(row)
    row.refresh_from_db()
    assert marks() == [("x", "t_a", "begun"), ("x", "t_a", "done")]
    assert (row.state, row.tries) == ("done", 1)


def test_poison_is_tried_three_times_and_then_left_alone(home: Tenant) -> None:
    row, waits = message("tests.poison", label="x"), []
    for state in ("waiting", "waiting", "failed"):
        with pytest.raises(ValueError, match="never works"):
            deliver(row)
        row.refresh_from_db()
        assert row.state == state
        waits.append((row.send_after - row.started_at).total_seconds())
    deliver(row)
    assert len(marks()) == row.tries == 3
    assert "This never works." in row.error
    assert 5 <= waits[0] < 10 < 20 <= waits[1]


def test_an_atomic_task_and_the_note_that_it_is_done_hold_or_fall_together(home: Tenant) -> None:
    row = message("tests.atomic", label="x")
    with connection.cursor() as cursor:  # another worker was given the row while this one slept
        cursor.execute(
            "CREATE FUNCTION public.taken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
            "CREATE TRIGGER taken BEFORE UPDATE ON public.tenants_outbox FOR EACH ROW"
            " WHEN (NEW.state = 'done') EXECUTE FUNCTION public.taken()")
    with pytest.raises(LeaseLost):
        deliver(row)
    assert marks() == []
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER taken ON public.tenants_outbox")
    Outbox.objects.update(state="waiting")
    deliver(row)
    assert marks() == [("x", "t_a", "")]


def test_ids_arrive_as_json_has_them(home: Tenant) -> None:
    row = message("tests.mark", label=home.created_at)
    assert row.ids == {"label": home.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def test_what_waits_can_be_done_here_and_now(home: Tenant) -> None:
    enqueue("tests.mark", label="x")
    enqueue("tests.mark", label="y")
    with inside(Tenant.objects.get(schema_name="t_b")):
        enqueue("tests.mark", label="b")
    assert tasks.work_off("tests.mark") == 2
    assert marks() == [("x", "t_a", ""), ("y", "t_a", "")]
    assert connection.schema_name == "t_a"
