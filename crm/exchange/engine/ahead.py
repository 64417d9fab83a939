"""Chunks made ahead by a process beside this one: it reads, cleans and writes out while this one asks the database.

The other process is a copy of this one (fork) that never speaks to the database. What it sends should be columns, which
cost a fraction of what objects cost in a pipe; it ends as soon as nobody reads there.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, NoReturn, TypeVar

from django.db import connection

from crm.core.errors import CrmError

T = TypeVar("T")
ROWS_FROM = 4000  # a smaller file is read sooner than a process is copied


class Refusal(NamedTuple):
    """What the other process met with."""

    code: str
    sentence: str
    status: int
    details: dict[str, Any]


def ahead(source: Iterator[T], rows: int) -> Generator[T]:
    """The chunks in order, made by another process where that is worth it."""
    if rows < ROWS_FROM:
        yield from source
        return
    reading, writing = Pipe(duplex=False)
    child = os.fork()
    if not child:
        reading.close()
        make(source, writing)
    writing.close()
    try:
        with reading:
            yield from received(reading, child)
    finally:
        os.waitpid(child, 0)


def received(pipe: Connection[Any, Any], child: int) -> Iterator[Any]:
    """What comes through the pipe; the next one is fetched while the database is busy with this one."""
    with ThreadPoolExecutor(1) as pool:
        try:
            following = pool.submit(fetch, pipe)
            while chunk := following.result():
                following = pool.submit(fetch, pipe)
                yield chunk
        finally:
            os.kill(child, signal.SIGKILL)  # it may be in the middle of a chunk that nobody wants any more


def fetch(pipe: Connection[Any, Any]) -> Any:
    """The next chunk, None at the end; or the refusal that the other process met with."""
    try:
        found = pipe.recv()
    except EOFError as error:
        raise ChildProcessError("the process that reads the file has died") from error
    if isinstance(found, Refusal):
        raise CrmError(found.code, found.sentence, status=found.status, **found.details)
    return found


def make(source: Iterator[Any], pipe: Connection[Any, Any]) -> NoReturn:
    """The whole life of the other process."""
    status = 1
    try:
        connection.execute_wrappers.append(never)
        try:
            for chunk in source:
                pipe.send(chunk)
            pipe.send(None)
        except CrmError as error:
            pipe.send(Refusal(error.code, str(error.message), error.status, error.details))
        status = 0
    except BrokenPipeError:
        status = 0  # nobody wants to know any more
    finally:
        if status:
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(status)


def never(execute: Callable[..., Any], sql: str, *rest: Any) -> NoReturn:
    """Two processes on one connection would talk at cross purposes."""
    raise RuntimeError(f"the process that reads the file asks the database: {sql}")
