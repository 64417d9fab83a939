"""The launcher: embedded services, processes that are known by their moment of start, secrets, plain refusals."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import redis

from config.embedded import PROGRAMS, is_port_free, lock_clear, port_free
from config.launcher.arguments import arguments_read
from config.launcher.keeping import file_read, file_write
from config.launcher.printing import LauncherError
from config.launcher.processes import Identity, child_start, processes_end
from config.launcher.services import Services, database_check

ROOT = Path(__file__).resolve().parents[2]
KEPT = dict.fromkeys(("secret_key", "postgresql_admin", "postgresql", "valkey"), "word-of-a-test")
BARE = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the services' account can reach (pytest's own is closed to it)."""
    made = Path(tempfile.mkdtemp(prefix="kith-test-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def without_services() -> Iterator[None]:
    """An environment that names no services."""
    named = {name: os.environ.pop(name) for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ}
    yield
    os.environ.update(named)


@pytest.fixture
def services(folder: Path, without_services: None) -> Iterator[Services]:
    """Services of our own."""
    made = Services(folder, KEPT, is_lasting=False)
    yield made
    made.stop()
    made.forget()


def test_the_embedded_database_is_what_kith_needs(services: Services, folder: Path) -> None:
    services.start(folder / "data")
    with psycopg.connect(services.told["DATABASE_URL"]) as connection:
        row = connection.execute(
            "SELECT rolsuper, current_setting('search_path'), datlocale, datlocprovider"
            " FROM pg_roles, pg_database WHERE rolname = 'kith' AND datname = 'kith'"
        ).fetchone()
        assert row == (False, '""', "C.UTF-8", "b")
        ours = "SELECT extname FROM pg_extension WHERE extnamespace = 'ext'::regnamespace"
        found = connection.execute(ours).fetchall()
        assert {name for (name,) in found} == {"pg_trgm", "unaccent", "btree_gin"}
        assert connection.execute("SHOW password_encryption").fetchone() == ("scram-sha-256",)
    with redis.Redis.from_url(services.told["REDIS_URL"]) as broker:
        assert broker.ping()


def test_nobody_enters_the_embedded_services_without_a_password(services: Services, folder: Path) -> None:
    services.start(folder / "data")
    for account in ("kith", "postgres"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(services.told["DATABASE_URL"].replace("kith:word-of-a-test", f"{account}:wrong"))
    broker = services.told["REDIS_URL"].replace("word-of-a-test", "wrong")
    with redis.Redis.from_url(broker) as stranger, pytest.raises(redis.exceptions.AuthenticationError):
        stranger.ping()


def test_what_was_stored_is_there_after_a_restart(services: Services, folder: Path) -> None:
    services.start(folder / "data")
    with psycopg.connect(services.told["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE public.kept AS SELECT 7 AS n")
    services.stop()
    services.start(folder / "data")
    with psycopg.connect(services.told["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT n FROM public.kept").fetchone() == (7,)


def test_below_a_closed_folder_the_services_live_elsewhere(services: Services, folder: Path) -> None:
    folder.chmod(0o700)
    (folder / "inner").mkdir()
    services.start(folder / "inner")
    is_root = os.geteuid() == 0  # an ordinary user's services are the user's own and reach the folder
    assert services.homes[0].is_relative_to(PROGRAMS if is_root else folder)
    services.stop()
    services.forget()
    assert not services.homes[0].exists()


def test_a_killed_launcher_takes_its_services_with_it(folder: Path) -> None:
    command = [sys.executable, "-m", "tests.config.running_services", str(folder)]
    launcher = subprocess.Popen(command, cwd=ROOT, env=BARE, stdout=subprocess.PIPE, text=True)
    assert launcher.stdout
    *numbers, _ = launcher.stdout.readline().split()
    left = [Identity.of(int(number)) for number in numbers]
    assert len(left) == 2
    assert all(identity.is_alive() for identity in left)
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    deadline = time.monotonic() + 15
    while any(identity.is_alive() for identity in left) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(identity.is_alive() for identity in left)


def test_a_number_that_was_given_out_again_is_left_alone(folder: Path) -> None:
    child = child_start("sleeper", ["sleep", "60"], log=folder / "log", environment=BARE)
    for other in (replace(child.identity, started="1"), replace(child.identity, boot="another")):
        processes_end([other], patience=1)
        assert not other.is_alive()
    assert child.identity.is_alive()
    processes_end([child.identity], patience=5)
    child.process.wait(5)
    assert not child.identity.is_alive()


def test_a_child_that_ends_leaves_its_last_words(folder: Path) -> None:
    child = child_start("talker", ["sh", "-c", "echo farewell; exit 3"], log=folder / "log", environment=BARE)
    assert child.process.wait(5) == 3
    assert child.last_words() == "farewell"


def test_a_lock_of_a_killed_database_is_cleared_and_that_of_a_living_one_kept(folder: Path) -> None:
    lock = folder / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n")  # that number is ours now: no database of this folder
    lock_clear(folder)
    assert not lock.exists()
    alive = subprocess.Popen(["sh", "-c", "sleep 60; true", str(folder)])
    try:
        while str(folder).encode() not in Path(f"/proc/{alive.pid}/cmdline").read_bytes():
            time.sleep(0.01)  # a process has its words a moment after it is started
        lock.write_text(f"{alive.pid}\n")
        lock_clear(folder)
        assert lock.exists()
    finally:
        alive.kill()
        alive.wait()


def test_secrets_are_written_for_their_owner_alone(folder: Path) -> None:
    path = folder / "secrets.json"
    for _ in range(2):
        file_write(path, {"word": "of honour"})
        assert path.stat().st_mode & 0o777 == 0o600
    assert file_read(path) == {"word": "of honour"}
    assert file_read(folder / "absent.json") == {}


def test_a_port_that_is_held_is_seen() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port_free()))
        holder.listen()
        assert not is_port_free(holder.getsockname()[1])


def test_a_database_that_is_absent_is_named_in_plain_words() -> None:
    with pytest.raises(LauncherError, match="DATABASE_URL does not answer"):
        database_check(f"postgresql://kith:x@127.0.0.1:{port_free()}/kith")


def test_up_says_that_a_port_is_taken(folder: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port_free()))
        holder.listen()
        port = str(holder.getsockname()[1])
        command = [sys.executable, "-m", "config.launcher", "up", "--port", port]
        (folder / "run").mkdir()
        environment = {**BARE, "KITH_STATE_DIR": str(folder)}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_stop_has_nothing_to_end_where_nothing_runs(folder: Path) -> None:
    (folder / "run").mkdir()
    environment = {**BARE, "KITH_STATE_DIR": str(folder)}
    command = [sys.executable, "-m", "config.launcher", "stop"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "Nothing is running here.\n")


def test_arguments_for_others_are_passed_on_untouched() -> None:
    assert arguments_read(["manage", "migrate", "--port", "-h"]).rest == ["migrate", "--port", "-h"]
    assert arguments_read(["test", "-k", "up", "--no-demo"]).rest == ["-k", "up", "--no-demo"]
    assert arguments_read(["up", "--port", "9", "--no-demo"]).port == 9
    with pytest.raises(SystemExit):
        arguments_read(["up", "--prot", "9"])
