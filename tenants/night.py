"""The night: every tenant's jobs once for each local date, however many beats, workers and deaths of workers there are.

A row (tenant, job, local date) with a frozen `as_of` is idempotency and lock in one. The night asks for the rows, sends
them in chunks (large tenants alone, to a queue of their own), and the reaper sends again what lost its worker.
"""
from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, Count, Exists, F, OuterRef, QuerySet, When
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.module_loading import import_string

from tenants.context import inside
from tenants.leases import Attempt, Contained, LeaseLost, claim, reap, renewed
from tenants.models import NightRun, Outbox, Tenant
from tenants.tasks import send, service_task

log = logging.getLogger(__name__)
State = NightRun.State
STARTS = time_of_day(2, 0)
CHUNK = 50
LARGE_ROWS = 300_000
CHUNK_SECONDS = 300  # a chunk that has taken so long gives back the rest, so that other queues have their turn


class TenantAsleep(RuntimeError):
    """The tenant was suspended or is closing: nothing runs in it."""


@service_task(name="tenants.night.ask")
def ask() -> int:
    """Every 15 minutes: who has passed 02:00 without this date's rows gets them, and they are sent. How many."""
    asked = rows_make(timezone.now())
    dispatch()
    return asked


@service_task(name="tenants.night.reap")
def reaper() -> int:
    """Each minute: what lost its worker, and what was never taken up, goes to the next one."""
    given_back = reap(Outbox) + reap(NightRun)
    dispatch()
    return given_back


@service_task(name="tenants.night.chunk")
def chunk(runs: list[int]) -> int:
    """Work through these rows, as far as they still wait; returns how many were done."""
    token = claim(NightRun.objects.filter(pk__in=runs))
    if not token:
        return 0
    until, done = time.monotonic() + CHUNK_SECONDS, 0
    with renewed(NightRun, token):
        for run in NightRun.objects.filter(worker=token, state=State.HELD).select_related("tenant").order_by("pk"):
            if time.monotonic() > until:
                break
            done += run_one(run, token)
    if time.monotonic() > until:
        dispatch()
    return done


def run_one(run: NightRun, token: str) -> bool:
    """One job of one tenant: a failure is recorded on its row and does not stop the others."""
    with Contained(run), Attempt(run, token) as attempt:
        if run.tenant.state != Tenant.State.ACTIVE:
            raise TenantAsleep(f"{run.tenant.slug} is {run.tenant.state}.")
        with inside(run.tenant):
            import_string(settings.NIGHT_JOBS[run.job])(run.as_of)
        attempt.finish()
        return True
    return False


def run_now(tenant: Tenant, job: str) -> NightRun:
    """The night of today's date for one tenant, here and now; one that is over is run again, with a new `as_of`."""
    now = timezone.now()
    run, _ = NightRun.objects.get_or_create(
        tenant=tenant, job=job, local_date=now.astimezone(zone_of(tenant.time_zone)).date(), defaults={"as_of": now})
    over = NightRun.objects.filter(pk=run.pk, state__in=[State.DONE, State.FAILED])
    over.update(state=State.WAITING, tries=0, as_of=now, finished_at=None)
    token = claim(NightRun.objects.filter(pk=run.pk))
    if not token:
        raise LeaseLost(f"{run} is being done by a worker.")
    with renewed(NightRun, token):
        run.refresh_from_db()
        run_one(run, token)
    run.refresh_from_db()
    return run


# Asking

def zone_of(name: str) -> ZoneInfo:
    """The time zone; an unknown name costs that tenant the right hour, not everyone the night."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        log.error("There is no time zone %r; UTC stands in for it.", name)
        return ZoneInfo("UTC")


def local_date(zone: str, now: datetime) -> date | None:
    """The date there, if its clocks have passed 02:00; where 02:00 is skipped for summer time they have at 03:00."""
    there = now.astimezone(zone_of(zone))
    return there.date() if there.time() >= STARTS else None


def rows_make(now: datetime) -> int:
    """The rows that are missing at this moment; whoever comes second finds them there."""
    active = Tenant.objects.filter(state=Tenant.State.ACTIVE)
    made = 0
    for zone in active.values_list("time_zone", flat=True).distinct().order_by("time_zone"):
        today = local_date(zone, now)
        if today is not None:
            made += sum(rows_make_for(active.filter(time_zone=zone), job, today, now) for job in settings.NIGHT_JOBS)
    return made


def rows_make_for(tenants: QuerySet[Tenant], job: str, today: date, now: datetime) -> int:
    """The rows of one job in one time zone; a night of an earlier date that never began is given up for this one."""
    there = NightRun.objects.filter(tenant=OuterRef("pk"), job=job, local_date=today)
    missing = list(tenants.filter(~Exists(there)))
    large = large_schemas([tenant.schema_name for tenant in missing])
    NightRun.objects.bulk_create([
        NightRun(tenant=tenant, job=job, local_date=today, as_of=now, is_large=tenant.schema_name in large)
        for tenant in missing
    ], batch_size=1000, ignore_conflicts=True)
    stale = NightRun.objects.filter(tenant__in=missing, job=job, local_date__lt=today, state=State.WAITING)
    stale.update(state=State.FAILED, finished_at=Now(), error="The next night came first.")
    return len(missing)


def large_schemas(names: list[str]) -> set[str]:
    """Which of these hold so many rows, by PostgreSQL's own estimate, that they would hold up a chunk."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = ANY(%s) AND c.relkind = 'r'"
            " GROUP BY n.nspname HAVING sum(greatest(c.reltuples, 0)) > %s", [names, LARGE_ROWS])
        return {name for (name,) in cursor.fetchall()}


# Sending

def dispatch() -> int:
    """Send the rows that are due and not taken; a second beat finds them locked or not due."""
    with transaction.atomic():
        due = NightRun.objects.select_for_update(skip_locked=True).filter(state=State.WAITING, send_after__lte=Now())
        bundles = list(bundled(list(due.order_by("pk")[:10_000])))
        sent = send([("tenants.night.chunk", queue, {"runs": runs}, {}) for queue, runs in bundles])
        again = Case(When(sends=0, then=Now() + timedelta(minutes=10)), default=Now() + timedelta(minutes=60))
        keys = [run for _queue, runs in bundles[:sent] for run in runs]
        NightRun.objects.filter(pk__in=keys).update(send_after=again, sends=F("sends") + 1)
    return len(keys)


def bundled(runs: list[NightRun]) -> Iterator[tuple[str, list[int]]]:
    """Chunks of 50; alone goes what is large, and what has failed before: it may take its worker with it again."""
    for run in runs:
        if run.is_large or run.tries:
            yield ("large" if run.is_large else "night"), [run.pk]
    small = [run.pk for run in runs if not run.is_large and not run.tries]
    for start in range(0, len(small), CHUNK):
        yield "night", small[start:start + CHUNK]


def progress(since: datetime) -> dict[str, dict[str, int]]:
    """How many rows that were made since then are in which state, by job."""
    counts: dict[str, dict[str, int]] = {}
    rows = NightRun.objects.filter(created_at__gte=since).order_by().values_list("job", "state")
    for job, state, count in rows.annotate(count=Count("pk")):
        counts.setdefault(job, {})[state] = count
    return counts
