"""Chunks made ahead by a process beside this one: it reads, cleans and writes out while this one asks the database.

The other process is a copy of this one (fork) that never speaks to the database. It sends each chunk as columns, which
cost a fraction of what objects cost in a pipe, and ends as soon as nobody reads there.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, NoReturn
from uuid import UUID

from django.db import connection

from crm.core.errors import CrmError
from crm.core.ready import Ready
from crm.exchange.engine.gather import Chunk, Pending

ROWS_FROM = 4000  # a smaller file is read sooner than a process is copied


class Packed(NamedTuple):
    """A chunk as columns; of records that are ready, those in a list of their own."""

    chunk: Chunk
    paths: list[str]
    values: list[list[Any]]
    rest: list[tuple[Any, ...]]
    ready: list[tuple[Any, ...] | None]
    batches: list[Any]


def ahead(source: Iterator[Chunk], rows: int) -> Generator[Chunk]:
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


def received(pipe: Connection[Any, Any], child: int) -> Iterator[Chunk]:
    """What comes through the pipe; the next one is fetched while the database is busy with this one."""
    with ThreadPoolExecutor(1) as pool:
        try:
            following = pool.submit(fetch, pipe)
            while chunk := following.result():
                following = pool.submit(fetch, pipe)
                yield chunk
        finally:
            os.kill(child, signal.SIGKILL)  # it may be in the middle of a chunk that nobody wants any more


def fetch(pipe: Connection[Any, Any]) -> Chunk | None:
    """The next chunk, None at the end; or the refusal that the other process met with."""
    try:
        found = pipe.recv()
    except EOFError as error:
        raise ChildProcessError("the process that reads the file has died") from error
    if isinstance(found, Packed):
        return unpacked(found)
    if found is not None:
        code, sentence, status, details = found
        raise CrmError(code, sentence, status=status, **details)
    return None


def make(source: Iterator[Chunk], pipe: Connection[Any, Any]) -> NoReturn:
    """The whole life of the other process."""
    status = 1
    try:
        connection.execute_wrappers.append(never)
        try:
            for chunk in source:
                pipe.send(packed(chunk))
            pipe.send(None)
        except CrmError as error:
            pipe.send((error.code, str(error.message), error.status, error.details))
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


def packed(chunk: Chunk) -> Packed:
    """A chunk as columns."""
    pendings = chunk.pendings
    paths = list(dict.fromkeys(chain.from_iterable(pending.values for pending in pendings)))
    batches = {id(pending.ready.batch): pending.ready.batch for pending in pendings if pending.ready}
    places = {key: at for at, key in enumerate(batches)}
    return Packed(
        replace(chunk, pendings=[]),
        paths,
        [[pending.values.get(path) for pending in pendings] for path in paths],
        [(pending.rows, pending.notes, pending.external, pending.lines) for pending in pendings],
        [
            (one.id.int, one.keys, one.line, one.event, places[id(one.batch)]) if (one := pending.ready) else None
            for pending in pendings
        ],
        list(batches.values()),
    )


def unpacked(found: Packed) -> Chunk:
    """The chunk again."""
    paths, batches, pendings = found.paths, found.batches, found.chunk.pendings
    columns = zip(*found.values, strict=True) if paths else iter(() for _ in found.rest)
    for cells, (rows, notes, external, lines), ready in zip(columns, found.rest, found.ready, strict=True):
        values = {path: cell for path, cell in zip(paths, cells, strict=True) if cell is not None}
        pending = Pending(rows, values, notes, external, (), lines)
        if ready:
            id, keys, line, event, batch = ready
            pending.ready = Ready(UUID(int=id), keys, line, event, batches[batch])
        pendings.append(pending)
    return found.chunk
