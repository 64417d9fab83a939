"""Events reach their consumers in the order of commits, none missed and none twice, however many write and pump."""
from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connection
from psycopg.sql import SQL, Identifier

from crm.core.actors import SYSTEM
from crm.core.services import record_save
from tenants import pump
from tenants.context import inside
from tenants.database.columns import OldestOpenTransaction
from tenants.models import Tenant, Wakeup
from tests.gadgets.models import Gadget
from tests.tenants import jobs
from tests.tenants.conftest import until
from tests.tenants.jobs import marks

WRITERS, EVENTS = 8, 250


@contextmanager
def session() -> Iterator[psycopg.Connection[Any]]:
    """A writer's own connection."""
    d = django_settings.DATABASES["default"]
    with psycopg.connect(
        host=d["HOST"], port=d["PORT"], user=d["USER"], password=d["PASSWORD"], dbname=d["NAME"],
    ) as opened:
        yield opened


def write(writer: psycopg.Connection[Any], *names: str, schema: str = "t_a") -> None:
    """Events, and the wake-up that belongs to their transaction."""
    for name in names:
        statement = SQL(
            "INSERT INTO {} (name, object_type, object_id, actor_kind, via, request_id)"
            " VALUES (%s, 'gadgets.gadget', uuidv7(), 'system', 'job', '')")
        writer.execute(statement.format(Identifier(schema, "core_event")), [name])
    writer.execute("INSERT INTO public.tenants_wakeup (schema_name, error) VALUES (%s, '')", [schema])


def seen(label: str = "event") -> list[str]:
    """The events that the consumer noted, in its order."""
    return [said for _, _, said in marks(label)]


def pumped() -> int:
    """One tick, once all can be read: an open transaction anywhere in the server holds the feed back."""
    unread = Wakeup.objects.filter(tx__gte=OldestOpenTransaction())
    until(lambda: not unread.exists(), what="the oldest transaction to end", seconds=300)
    return pump.tick()


@pytest.fixture
def feed(ledger: None, settings: Any) -> None:
    """Tenants A, B and C with nothing left to read, and one consumer."""
    settings.EVENT_CONSUMERS = {"noting": "tests.tenants.jobs.consume"}
    for tenant in Tenant.objects.all():
        Wakeup.objects.create(schema_name=tenant.schema_name)
    pumped()
    assert not Wakeup.objects.exists()
    jobs.marks_forget()


def test_an_event_is_handed_over_inside_its_tenant_and_once(feed: None) -> None:
    with session() as one:
        write(one, "first", "second")
        write(one, "in b", schema="t_b")
    assert pumped() == 3
    assert pumped() == 0
    assert sorted(marks()) == [("event", "t_a", "first"), ("event", "t_a", "second"), ("event", "t_b", "in b")]
    assert connection.schema_name == "public"


def test_what_was_begun_first_and_commits_last_is_not_missed(feed: None) -> None:
    with session() as early, session() as late:
        write(early, "early")
        write(late, "late")
        late.commit()
        pump.tick()
        assert seen() == []  # a reader by number would have passed over the early one here
        early.commit()
        pumped()
    assert seen() == ["early", "late"]
    assert not Wakeup.objects.exists()


def test_what_was_rolled_back_never_happened(feed: None) -> None:
    with session() as one:
        write(one, "no")
        one.rollback()
        write(one, "yes")
    pumped()
    assert seen() == ["yes"]


def writing(number: int, committed: list[str]) -> None:
    """One writer: transactions of one to five events that stay open for a random while; some are rolled back."""
    chance, done = random.Random(number), 0
    with session() as writer:
        while done < EVENTS:
            names = [f"{number}:{n}" for n in range(done, min(EVENTS, done + chance.randint(1, 5)))]
            write(writer, *names)
            time.sleep(chance.random() * .02)
            done += len(names)
            if chance.random() < .1:
                writer.rollback()
            else:
                writer.commit()
                committed += names


def pumping(stop: threading.Event, failures: list[BaseException]) -> None:
    """A pump beside others."""
    while not stop.is_set():
        try:
            pump.tick()
        except Exception as error:  # noqa: BLE001 -- the test fails with it, at its end
            failures.append(error)
    connection.close()


def test_eight_writers_with_random_commits_lose_nothing_and_double_nothing(feed: None) -> None:
    committed: list[list[str]] = [[] for _ in range(WRITERS)]
    stop, failures = threading.Event(), []
    pumps = [threading.Thread(target=pumping, args=(stop, failures)) for _ in range(2)]
    writers = [threading.Thread(target=writing, args=(n, committed[n])) for n in range(WRITERS)]
    for thread in pumps + writers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in pumps:
        thread.join()
    pumped()
    got, wanted = seen(), [name for names in committed for name in names]
    assert failures == []
    assert len(wanted) > WRITERS * EVENTS / 2
    assert Counter(got) == Counter(wanted)
    for number in range(WRITERS):
        assert [name for name in got if name.startswith(f"{number}:")] == committed[number]
    assert not Wakeup.objects.exists()


def test_only_one_pumps_at_a_time(feed: None) -> None:
    with session() as one:
        write(one, "x")
    with pump.single() as first, pump.single() as second:
        assert (first, second) == (True, False)
        assert pumped() == 0
        assert seen() == []
    with pump.single() as again:
        assert again
    pumped()
    assert seen() == ["x"]


def test_the_lock_is_let_go_when_the_pump_fails(feed: None) -> None:
    with pytest.raises(ZeroDivisionError), pump.single():
        _ = 1 / 0
    with pump.single() as again:
        assert again


def test_a_consumer_that_fails_gets_its_events_again_and_hinders_nobody(feed: None, settings: Any) -> None:
    settings.EVENT_CONSUMERS = {
        "broken": "tests.tenants.jobs.consume_then_fail", "noting": "tests.tenants.jobs.consume"}
    with session() as one:
        write(one, "a1")
        write(one, "b1", schema="t_b")
    pumped()
    assert sorted(seen()) == ["a1", "b1"]
    assert seen("half") == []  # what it wrote fell with its transaction
    waiting = Wakeup.objects.get(schema_name="t_a")
    assert "This consumer never works." in waiting.error
    with session() as one:
        write(one, "a2")
    assert pumped() == 0  # a tenant in pause waits, news or not
    settings.EVENT_CONSUMERS = {"broken": "tests.tenants.jobs.consume", "noting": "tests.tenants.jobs.consume"}
    Wakeup.objects.update(not_before=waiting.not_before.replace(year=2000))
    pumped()
    ours = [name for name in seen() if name in {"a1", "a2", "b1"}]  # the repaired one reads from the first event ever
    assert Counter(ours) == {"a1": 2, "b1": 2, "a2": 2}  # each consumer once
    assert not Wakeup.objects.exists()


def test_a_tenant_asleep_is_read_from_where_it_was_when_it_returns(feed: None) -> None:
    Tenant.objects.filter(schema_name="t_a").update(state="suspended")
    with session() as one:
        write(one, "asleep")
    pumped()
    assert seen() == []
    Tenant.objects.filter(schema_name="t_a").update(state="active")
    with session() as one:
        write(one, "awake")
    pumped()
    assert seen() == ["asleep", "awake"]


def test_a_tenant_with_much_news_takes_turns(feed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump, "BATCH", 2)
    monkeypatch.setattr(pump, "BATCHES", 2)
    with session() as one:
        write(one, *(f"a{n}" for n in range(9)))
        write(one, "b", schema="t_b")
    assert pumped() == 5
    assert "b" in seen()
    assert [pumped(), pumped(), pumped()] == [4, 1, 0]
    assert [name for name in seen() if name != "b"] == [f"a{n}" for n in range(9)]


def test_a_save_wakes_the_pump(feed: None) -> None:
    with inside(Tenant.objects.get(schema_name="t_a")):
        assert not Wakeup.objects.exists()
        example_save()
        assert Wakeup.objects.get().schema_name == "t_a"
    pumped()
    assert seen() == ["gadgets.gadget.created"]


def example_save() -> None:
    """One gadget."""
    record_save(Gadget, {"name": "x"}, actor=SYSTEM)
