"""Kith's own processes: pages, workers, the clock."""

import os
import time
from collections.abc import Mapping

from config.launcher.health import is_healthy
from config.launcher.places import LOGS, PYTHON, RUN
from config.launcher.printing import LauncherError
from config.launcher.processes import Child, child_start

THREADS = 8


def environment_for(told: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment, and what the services told."""
    settings = os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings")
    cores = str(os.cpu_count() or 1)  # where scikit-learn's own count fails (containers), it warns at length
    return {"LOKY_MAX_CPU_COUNT": cores, **os.environ, **told, "DJANGO_SETTINGS_MODULE": settings}


def commands_of(port: int) -> dict[str, list[str]]:
    """Each process and its command; nobody waits for `night-worker`, so a night never holds up a click."""
    lines = {
        "web": f"gunicorn config.wsgi:application --worker-class config.worker.Worker --workers 2 --threads {THREADS}"
        f" --bind 127.0.0.1:{port} --graceful-timeout 10 --access-logfile - --logger-class config.access_log.WebLogger"
        " --no-control-socket",
        "worker": "celery --app config.celery worker --queues clock,interactive,outbound --concurrency 2"
        " --hostname worker@%h",
        "night-worker": "celery --app config.celery worker --queues night,large,bulk --concurrency 1"
        " --hostname night@%h",
        "beat": "celery --app config.celery beat",
    }
    commands = {name: [str(PYTHON), "-m", *line.split()] for name, line in lines.items()}
    commands["beat"] += ["--schedule", str(RUN / "beat-schedule"), "--pidfile", ""]
    return commands


def application_start(port: int, told: Mapping[str, str]) -> list[Child]:
    """Start all of them."""
    environment = environment_for(told)
    return [
        child_start(name, command, log=LOGS / f"{name}.log", environment=environment)
        for name, command in commands_of(port).items()
    ]


def health_wait(port: int, children: list[Child], *, patience: float = 60) -> None:
    """Wait until pages are served; a process that dies meanwhile is named with its last words."""
    deadline = time.monotonic() + patience
    while not is_healthy(port):
        fallen = [child for child in children if child.process.poll() is not None]
        if fallen:
            raise LauncherError(death_notice(fallen[0]))
        if time.monotonic() > deadline:
            raise LauncherError(
                f"No page answers after {patience:.0f} s. The end of its log:\n{children[0].last_words()}"
            )
        time.sleep(0.1)


def death_notice(child: Child) -> str:
    """What is said of a process that ended by itself."""
    return f"{child.name} ended (status {child.process.poll()}). The end of {child.log}:\n{child.last_words()}"
