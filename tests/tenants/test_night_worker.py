"""kill -9 of a worker in mid-night: another takes it up and finishes it, as of the same moment."""
from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tenants import night
from tenants.models import NightRun, Tenant
from tests.tenants import jobs
from tests.tenants.conftest import Process, until, worker_start, workshop_open

MOMENT = datetime(2046, 1, 10, 2, tzinfo=UTC)  # far from the nights that the real beat asks for
QUEUES = ("clock", "night", "large")


@pytest.fixture
def start(module_database: None, quick: None, tmp_path: Path, settings: Any) -> Iterator[Callable[..., Process]]:
    """A way to start workers whose night takes its time, and beats."""
    settings.NIGHT_JOBS = {"count": "tests.tenants.jobs.night_slow"}
    with workshop_open(tmp_path, TEST_NIGHT_JOB="tests.tenants.jobs.night_slow") as starting:
        Tenant.objects.update(time_zone="UTC")
        yield starting


def beat_start(start: Callable[..., Process], folder: Path) -> Process:
    """The one clock."""
    return start("beat", "--schedule", str(folder / "schedule"), "--pidfile", "", "--loglevel", "INFO")


def ours() -> Any:
    """The rows of this test's night."""
    return NightRun.objects.filter(as_of=MOMENT)


def finished() -> list[str]:
    """In which tenants this test's night was finished, once for each time."""
    return sorted(schema for _, schema, said in jobs.marks("night") if said == MOMENT.isoformat())


@pytest.mark.parametrize("whole", [True, False], ids=["the whole worker", "only its child"])
def test_a_killed_worker_in_mid_night_is_replaced_and_the_night_finished(
    start: Callable[..., Process], tmp_path_factory: pytest.TempPathFactory, whole: bool, record_property: Any,
) -> None:
    workers = {process.process.pid: process for process in (
        worker_start(start, "one", *QUEUES), worker_start(start, "two", *QUEUES))}
    beat_start(start, tmp_path_factory.mktemp("beat"))
    for process in workers.values():
        process.await_line(" ready.")
    assert night.rows_make(MOMENT) == 3
    assert night.dispatch() == 3
    until(lambda: jobs.makers("begun"), what="the night to begin")
    child = jobs.makers("begun")[0]
    victim, killed = os.getpgid(child), time.monotonic()
    if whole:
        workers[victim].end(signal.SIGKILL)
    else:
        os.kill(child, signal.SIGKILL)
    assert ours().filter(state="running").count() == 1
    assert ours().filter(state="done").count() < 3

    until(lambda: ours().filter(state="done").count() == 3, what="the other worker to finish", seconds=100)
    record_property("seconds until finished, with leases of 3 s instead of 45", round(time.monotonic() - killed, 1))
    assert child not in jobs.makers("night")
    assert finished() == ["t_a", "t_b", "t_c"]
    assert sorted(ours().values_list("tries", flat=True)) == [1, 1, 2]  # only what was running counts as tried
    assert set(ours().values_list("as_of", flat=True)) == {MOMENT}


def test_two_beats_at_once_make_one_night(
    start: Callable[..., Process], tmp_path_factory: pytest.TempPathFactory,
) -> None:
    worker_start(start, "one", *QUEUES).await_line(" ready.")
    for _ in range(2):
        beat_start(start, tmp_path_factory.mktemp("beat"))
    night.rows_make(MOMENT)
    connection.close()
    until(lambda: ours().filter(state="done").count() == 3, what="the night", seconds=100)
    assert finished() == ["t_a", "t_b", "t_c"]
    assert set(ours().values_list("tries", "sends")) == {(1, 1)}
