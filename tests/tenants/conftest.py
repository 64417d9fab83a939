"""Real workers: processes of their own on the test's database and the real broker, under a prefix of their own."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection

from config.celery import QUEUES
from tenants.ready import pool_fill
from tests.database import database_copied
from tests.tenants import jobs, worker_settings

ROOT = Path(__file__).parents[2]


class Process:
    """A worker or a beat, with all its children in a process group of its own."""

    def __init__(self, log: Path, *words: str, **environment: str) -> None:
        self.log = log
        command = [sys.executable, "-m", "celery", "--app", "config.celery", *words]
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **surroundings(), **environment}, stdout=out, stderr=out,
                start_new_session=True)

    def await_line(self, text: str) -> None:
        """Until the log says so."""
        until(lambda: text in self.log.read_text(), what=f"{text!r} in {self.log}")

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the group; -9 leaves it no word."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)


def surroundings() -> dict[str, str]:
    """The environment that points a process at this test's database and messages."""
    d = settings.DATABASES["default"]
    return {
        "DJANGO_SETTINGS_MODULE": "tests.tenants.worker_settings", "BROKER_PREFIX": settings.BROKER_PREFIX,
        "REDIS_URL": settings.REDIS_URL, "LOG_LEVEL": "INFO",
        "DATABASE_URL": f"postgresql://{d['USER']}:{d['PASSWORD']}@{d['HOST']}:{d['PORT']}/{d['NAME']}",
    }


def until(holds: Callable[[], Any], *, what: str = "", seconds: float = 150) -> None:
    """Wait for what other processes do; long enough for a machine that is busy."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(what or "It never came.")
        time.sleep(0.05)


def broker_empty() -> None:
    """No message of this run is left behind."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    for key in client.scan_iter(f"{settings.BROKER_PREFIX}*", count=1000):
        client.delete(key)
    client.close()


@contextmanager
def workshop_open(folder: Path, **environment: str) -> Iterator[Callable[..., Process]]:
    """A committed database with a table of marks, and a way to start workers and beats on it."""
    broker_empty()
    connection.set_schema_to_public()
    with database_copied(), ExitStack() as running:
        jobs.marks_make()

        def start(*words: str) -> Process:
            process = Process(folder / f"{len(list(folder.iterdir()))}.log", *words, **environment)
            running.callback(process.end, signal.SIGKILL)
            return process
        yield start
        broker_empty()
        connection.set_schema_to_public()


def worker_start(start: Callable[..., Process], name: str, *queues: str) -> Process:
    """One worker with one child."""
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return start("worker", "--queues", ",".join(queues or QUEUES), "--concurrency", "1", "--hostname", f"{name}@test",
                 "--include", "tests.tenants.jobs", "--loglevel", "INFO", *quiet)


@contextmanager
def worker_running(folder: Path) -> Iterator[Process]:
    """A worker on all queues of this test's database, with the whole application."""
    words = ("worker", "--queues", ",".join(QUEUES), "--concurrency", "1", "--loglevel", "INFO")
    process = Process(folder / "worker.log", *words, DJANGO_SETTINGS_MODULE="tests.settings")
    try:
        process.await_line("ready.")
        yield process
    finally:
        process.end()
        broker_empty()


@pytest.fixture
def quick(settings: Any) -> None:
    """This process keeps the same short leases as its workers, and hands events to nobody."""
    settings.LEASE_SECONDS = worker_settings.LEASE_SECONDS
    settings.EVENT_CONSUMERS = {}


@pytest.fixture(scope="module")
def module_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database may be written for good by all tests of the module."""
    with django_db_blocker.unblock(), database_copied():
        yield


@pytest.fixture(scope="module")
def three_ready(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Three plain schemas to claim, in a database of the module's own; what its tests do there is rolled back."""
    with django_db_blocker.unblock(), database_copied():
        pool_fill({"": 3})
        yield


@pytest.fixture(scope="module")
def ledger(module_database: None) -> Iterator[None]:
    """With a table of marks, for tests that commit and need no worker; copied anew after the module."""
    connection.set_schema_to_public()
    jobs.marks_make()
    yield
    connection.set_schema_to_public()


@pytest.fixture(scope="module")
def worker(module_database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One worker on all queues, for a whole module."""
    with workshop_open(tmp_path_factory.mktemp("worker")) as start:
        process = worker_start(start, "one")
        process.await_line(" ready.")
        yield process
