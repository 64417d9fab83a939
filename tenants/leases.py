"""Who holds a piece of work: claimed for 45 seconds, renewed each 15 from a thread and connection of its own.

A worker that dies renews nothing; the reaper then gives its work to the next. All times are the database's.
"""
from __future__ import annotations

import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from tenants.models import Work

log = logging.getLogger(__name__)
State = Work.State
OWNED = (State.HELD, State.RUNNING)
TRIES = 3


class LeaseLost(RuntimeError):
    """The work was taken away from this worker while it was doing it: what it did must not count."""


def lease() -> timedelta:
    """How long a claim stands without being renewed."""
    return timedelta(seconds=settings.LEASE_SECONDS)


def backoff(tries: int) -> timedelta:
    """How long a failed piece of work waits for its next try: 5 s, 20 s, 80 s …"""
    return timedelta(seconds=settings.LEASE_SECONDS / 9 * 4 ** (tries - 1))


def mend() -> None:
    """Leave a broken connection behind before writing down what broke; inside a transaction none can be opened."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def claim(rows: QuerySet[Any]) -> str:
    """Take those that wait, in one statement: of five deliveries one gets them. The claim's token, or nothing."""
    token = f"{socket.gethostname()[:40]}-{uuid4().hex}"
    taken = rows.filter(state=State.WAITING).update(state=State.HELD, worker=token, lease_until=Now() + lease())
    return token if taken else ""


@contextmanager
def renewed(model: type[Work], token: str) -> Iterator[None]:
    """Keep the claim alive while the work goes on; what was not begun by the end waits again."""
    done = threading.Event()
    thread = threading.Thread(target=_renew, args=(model, token, done), name=f"lease-{token[-8:]}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        mend()
        _wait_again(model._default_manager.filter(worker=token, state=State.HELD))


def _renew(model: type[Work], token: str, done: threading.Event) -> None:
    """The thread: a database that is away for a moment costs a beat, not the work."""
    owned = model._default_manager.filter(worker=token, state__in=OWNED)
    try:
        while not done.wait(settings.LEASE_SECONDS / 3):
            try:
                if not owned.update(lease_until=Now() + lease()) and not done.is_set():
                    log.error("The lease %s is lost.", token)
            except (DatabaseError, InterfaceError) as error:
                log.warning("The lease %s could not be renewed: %s", token, error)
                connection.close()
    finally:
        connection.close()


def _wait_again(rows: QuerySet[Any]) -> int:
    """Due at once, and no try is counted."""
    return rows.update(state=State.WAITING, worker="", lease_until=None, send_after=Now())


def give_back(rows: QuerySet[Any], error: str, *, after: Callable[[int], timedelta] = backoff) -> int:
    """Try again later what has tries left; the rest has failed."""
    changed = rows.filter(tries__gte=TRIES).update(state=State.FAILED, lease_until=None, finished_at=Now(), error=error)
    for tries in range(1, TRIES):
        changed += rows.filter(tries=tries).update(
            state=State.WAITING, worker="", lease_until=None, error=error, send_after=Now() + after(tries))
    return changed


def reap(model: type[Work]) -> int:
    """Give the work of workers that renew no longer to the next; a claim lost three times in mid-work has failed."""
    expired = model._default_manager.filter(lease_until__lt=Now())
    count = _wait_again(expired.filter(state=State.HELD))
    lost = "The worker vanished while it was doing this."
    return count + give_back(expired.filter(state=State.RUNNING), lost, after=lambda _: timedelta())


class Contained:
    """Keeps an error to one piece of work, logged and at hand, so that the others go on."""

    def __init__(self, what: object) -> None:
        self.what, self.error = what, ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        mend()
        self.error = as_text(error)
        log.error("%s went wrong.", self.what, exc_info=error)
        return True


class Attempt:
    """One try at one piece of work: begun, then done or failed, and recorded as such whatever happens in it.

    The error goes on upward; after three tries the work has failed and is left alone.
    """

    def __init__(self, work: Work, token: str) -> None:
        self.work = work
        self.mine = type(work)._default_manager.filter(pk=work.pk, worker=token)

    def __enter__(self) -> Self:
        begun = self.mine.filter(state=State.HELD)
        if not begun.update(state=State.RUNNING, tries=F("tries") + 1, started_at=Now(), error=""):
            raise LeaseLost(f"{self.work} is not this worker's.")
        return self

    def finish(self) -> None:
        """Say that it is done, if it is still ours; inside the work's own transaction the two hold or fall together."""
        running = self.mine.filter(state=State.RUNNING)
        if not running.update(state=State.DONE, lease_until=None, finished_at=Now()):
            raise LeaseLost(f"{self.work} was given to another worker.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, LeaseLost):
            mend()
            give_back(self.mine.filter(state=State.RUNNING), as_text(error))


def as_text(error: Exception) -> str:
    """The end of the traceback, for the row."""
    return "".join(traceback.format_exception(error))[-4000:]
