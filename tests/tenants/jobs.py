"""Tasks and a night's job made for the tests: each run leaves a mark that says where it stood."""
from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from tenants.tasks import tenant_task


def marks_make() -> None:
    """The table of marks, outside the tenants."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS public.marks (id bigserial, label text, schema text, said text, pid int)")


def marks_forget() -> None:
    """An empty table."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE public.marks")


def mark(label: str, said: str = "") -> None:
    """Who was here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO public.marks (label, schema, said, pid) VALUES (%s, current_schema(), %s, %s)",
            [label, said, os.getpid()])


def marks(label: str = "") -> list[tuple[Any, ...]]:
    """(label, schema, said) in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT label, schema, said FROM public.marks WHERE label = %s OR %s = '' ORDER BY id", [label, label])
        return cursor.fetchall()


def makers(label: str) -> list[int]:
    """The processes that left this mark, in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM public.marks WHERE label = %s ORDER BY id", [label])
        return [pid for (pid,) in cursor.fetchall()]


@tenant_task(name="tests.mark")
def leave_mark(label: str) -> None:
    """The plain case."""
    mark(label)


@tenant_task(name="tests.linger")
def linger(label: str, seconds: float) -> None:
    """Takes its time."""
    mark(label, "begun")
    time.sleep(seconds)
    mark(label, "done")


@tenant_task(name="tests.atomic", atomic=True)
def leave_mark_once(label: str) -> None:
    """In one transaction with the note that it is done."""
    mark(label)


@tenant_task(name="tests.poison")
def poison(label: str) -> None:
    """Fails whenever it is tried."""
    mark(label)
    raise ValueError("This never works.")


@tenant_task(name="tests.killer")
def killer(label: str) -> None:
    """Takes its worker process with it."""
    mark(label)
    os.kill(os.getpid(), signal.SIGKILL)


@tenant_task(name="tests.stray")
def stray(label: str) -> None:
    """Forgets to come back."""
    mark(label)
    connection.set_schema_to_public()  # type: ignore[attr-defined]  # the tenants' connection has it


def night_quick(as_of: datetime) -> None:
    """A night's job that is over at once."""
    mark("night", as_of.isoformat())


def night_slow(as_of: datetime) -> None:
    """A night's job that can be caught in the middle."""
    mark("begun", as_of.isoformat())
    time.sleep(1.5)
    mark("night", as_of.isoformat())


def consume(events: Sequence[dict[str, Any]]) -> None:
    """A consumer of events that notes each."""
    for event in events:
        mark("event", event["name"])


def consume_then_fail(events: Sequence[dict[str, Any]]) -> None:
    """A consumer that has already written when it fails."""
    for event in events:
        mark("half", event["name"])
    raise ValueError("This consumer never works.")


def night_broken(as_of: datetime) -> None:
    """A night's job that fails in tenant B only."""
    if connection.schema_name == "t_b":  # type: ignore[attr-defined]  # the tenants' connection has it
        raise ValueError("B's night never works.")
    mark("night", as_of.isoformat())
