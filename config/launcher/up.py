"""`./kith up`: everything, in the foreground, until Ctrl-C; and `./kith stop`."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from types import FrameType
from typing import IO

from config.embedded import is_port_free
from config.launcher.application import application_start, death_notice, environment_for, health_wait
from config.launcher.keeping import file_read, file_write, secrets_read
from config.launcher.places import LOGS, PYTHON, ROOT, RUN, SECRETS, STATE
from config.launcher.printing import LauncherError, Steps, say
from config.launcher.processes import Child, Identity, processes_end, session_members
from config.launcher.services import Services
from config.launcher.static_files import collecting_begin
from config.launcher.translations import translations_compile

LOCK, RUNNING = RUN / "lock", RUN / "running.json"


class StopAskedError(Exception):
    """Ctrl-C, or `./kith stop`."""


def stop_raise(number: int, frame: FrameType | None) -> None:
    """Turn a signal into an exception that unwinds what was begun."""
    signal.signal(number, signal.SIG_IGN)
    raise StopAskedError


@contextmanager
def alone() -> Iterator[IO[str]]:
    """Hold the lock of this project; the kernel lets go of it when the launcher dies, however it dies."""
    with LOCK.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            where = running_read().get("address", "starting")
            raise LauncherError(f"Kith already runs here ({where}). To end it: ./kith stop") from error
        yield lock


def running_read() -> dict[str, str]:
    """What is known of the run that goes on, or of the last one when it was killed."""
    return file_read(RUNNING)


def identities_of(kept: dict[str, str]) -> list[Identity]:
    """The processes of a run, from what it wrote down: `name.pid`, `name.started`, `name.boot`."""
    names = sorted({name.rpartition(".")[0] for name in kept if name.endswith(".pid")})
    return [Identity(int(kept[f"{n}.pid"]), kept[f"{n}.started"], kept[f"{n}.boot"]) for n in names if n != "launcher"]


def leftovers_end() -> None:
    """End what a killed run left behind: only processes that are provably its own."""
    left = identities_of(running_read())
    members = [member for identity in left for member in session_members(identity)]
    processes_end([identity for identity in [*left, *members] if identity.is_alive()])
    RUNNING.unlink(missing_ok=True)


def running_write(children: list[Child], told: dict[str, str], address: str) -> None:
    """Write down who belongs to this run and how `./kith manage` finds its services; read by the owner alone."""
    kept = {"address": address, **{f"told.{name}": value for name, value in told.items()}}
    for name, identity in [
        ("launcher", Identity.of(os.getpid())),
        *((child.name, child.identity) for child in children),
    ]:
        kept |= {f"{name}.{key}": str(value) for key, value in asdict(identity).items()}
    file_write(RUNNING, kept)


def launcher_of(kept: dict[str, str]) -> Identity | None:
    """The launcher of a run, from what it wrote down."""
    if "launcher.pid" not in kept:
        return None
    return Identity(int(kept["launcher.pid"]), kept["launcher.started"], kept["launcher.boot"])


def told_of_running() -> dict[str, str] | None:
    """The services of the run that goes on; none when nothing runs."""
    kept = running_read()
    launcher = launcher_of(kept)
    if launcher is None or not launcher.is_alive():
        return None
    return {name.removeprefix("told."): value for name, value in kept.items() if name.startswith("told.")} or None


def up(port: int, *, has_demo: bool, steps: Steps) -> int:
    """Start everything, say where it is, wait; end it in order."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_raise)
    with alone():
        leftovers_end()
        if not is_port_free(port):
            words = f"Port {port} is taken by another program. End that one, or choose another port:"
            raise LauncherError(f"{words} ./kith up --port {port + 1}")
        services, children = Services(LOGS, secrets_read()), list[Child]()
        try:
            all_start(port, services, children, has_demo=has_demo, steps=steps)
            ready_say(port, steps, has_demo=has_demo)
            return watch([*services.children, *children])
        except StopAskedError:
            say("\nStopping …")
            return 0
        finally:
            all_stop(services, children)


def all_start(port: int, services: Services, children: list[Child], *, has_demo: bool, steps: Steps) -> None:
    """Services, then what they must hold, then our own processes."""
    address = f"http://localhost:{port}/"
    running_write([], {}, address)
    with steps.step("Start the database and the broker"):
        services.start(STATE / "data")
    running_write(services.children, services.told, address)
    translations_compile()
    collecting = collecting_begin(environment_for(services.told))
    database_prepare(services.told, has_demo=has_demo)
    if collecting:
        collecting.wait(steps)
    with steps.step("Start pages, workers and clock"):
        children += application_start(port, services.told)
        running_write([*services.children, *children], services.told, address)
        health_wait(port, children)


def database_prepare(told: Mapping[str, str], *, has_demo: bool) -> None:
    """Migrations, ready schemas, demo: a process of its own, so that the launcher stays small."""
    command = [str(PYTHON), "-m", "config.launcher.preparing", *([] if has_demo else ["--no-demo"])]
    log = LOGS / "preparing.log"
    with log.open("wb") as errors:
        done = subprocess.run(command, cwd=ROOT, env=environment_for(told), stdin=subprocess.DEVNULL, stderr=errors)
    if done.returncode:
        words = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise LauncherError(f"The start was broken off. The end of {log}:\n{words}")


def all_stop(services: Services, children: list[Child]) -> None:
    """Ask all of ours at once, then the services; a second Ctrl-C does not break this off."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        child.identity.signal(child.stop_signal)
    for child in children:
        child.stop()
    services.stop()
    RUNNING.unlink(missing_ok=True)


def watch(children: list[Child]) -> int:
    """Until a signal comes, or one of them ends by itself."""
    while True:
        for child in children:
            if child.process.poll() is not None:
                raise LauncherError(f"{death_notice(child)}\nThe rest is ended too. To start again: ./kith up")
        time.sleep(0.5)


def ready_say(port: int, steps: Steps, *, has_demo: bool) -> None:
    """The ready line: addresses, log-in, key, a call that works."""
    kept, home = secrets_read(), f"http://localhost:{port}"
    say(f"\nKith is ready at {home}/ (after {steps.total()}). Sign up a company there; Ctrl-C ends everything.")
    if has_demo:
        say(f"  Demo company   {home}/t/demo/   or http://demo.localhost:{port}/")
        say(f"  Log in as      {kept['demo_email']}   password {kept['demo_password']}")
        say(f"  API key        {kept['demo_key']}")
        say(
            f"  Try            curl -H 'Authorization: Bearer {kept['demo_key']}' "
            f"'{home}/t/demo/api/v1/customers/?ordering=-churn_probability&page_size=3'"
        )
        say(f"  These are kept in {SECRETS.relative_to(ROOT) if SECRETS.is_relative_to(ROOT) else SECRETS}")
    say(f"  Logs           {LOGS.relative_to(ROOT) if LOGS.is_relative_to(ROOT) else LOGS}/")


def stop() -> int:
    """End the run that goes on, or what a killed one left."""
    launcher = launcher_of(running_read())
    if launcher is None:
        say("Nothing is running here.")
        return 0
    if launcher.is_alive():
        launcher.signal(signal.SIGTERM)
        deadline = time.monotonic() + 60
        while launcher.is_alive() and time.monotonic() < deadline:
            time.sleep(0.1)
        if launcher.is_alive():
            raise LauncherError(f"Kith (process {launcher.pid}) does not end; see {LOGS}.")
    else:
        leftovers_end()
    say("Kith has ended.")
    return 0
