"""Each tenant's night comes once for each local date, whatever the clocks, the beats and the workers do."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.functions import Now

from config.celery import timetable
from tenants import leases, night, tasks
from tenants.models import NightRun, Tenant
from tests.tenants import jobs
from tests.tenants.jobs import marks

NEW_YORK, BERLIN, SHANGHAI, KATHMANDU = "America/New_York", "Europe/Berlin", "Asia/Shanghai", "Asia/Kathmandu"


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def catalogue(db: None, settings: Any) -> None:
    """The catalogue with A, B and C in UTC; one job, whose marks stay in the test's transaction."""
    settings.NIGHT_JOBS = {"count": "tests.tenants.jobs.night_quick"}
    connection.set_schema_to_public()
    jobs.marks_make()
    Tenant.objects.update(time_zone="UTC", state="active")


@pytest.fixture
def unsent(catalogue: None) -> Iterator[None]:
    """Nothing reaches the broker."""
    tasks.Pause.until = float("inf")
    yield
    tasks.Pause.until = 0.0


def zone(schema: str, name: str) -> None:
    """Move a tenant."""
    Tenant.objects.filter(schema_name=schema).update(time_zone=name)


def dates(schema: str) -> list[date]:
    """The nights of a tenant."""
    rows = NightRun.objects.filter(tenant__schema_name=schema).order_by("local_date")
    return list(rows.values_list("local_date", flat=True))


@pytest.mark.parametrize(("name", "now", "expected"), [
    ("UTC", "2026-01-10T01:59:59", None),
    ("UTC", "2026-01-10T02:00:00", date(2026, 1, 10)),
    ("UTC", "2026-01-10T23:59:00", date(2026, 1, 10)),
    (SHANGHAI, "2026-01-09T17:59:00", None),
    (SHANGHAI, "2026-01-09T18:00:00", date(2026, 1, 10)),
    (KATHMANDU, "2026-01-09T20:14:00", None),  # +05:45
    (KATHMANDU, "2026-01-09T20:15:00", date(2026, 1, 10)),
    ("Pacific/Kiritimati", "2026-01-09T12:00:00", date(2026, 1, 10)),  # +14
    ("Pacific/Pago_Pago", "2026-01-10T13:00:00", date(2026, 1, 10)),  # -11
    (NEW_YORK, "2026-03-08T06:59:00", None),  # 01:59, and then it is 03:00: 02:00 does not exist
    (NEW_YORK, "2026-03-08T07:00:00", date(2026, 3, 8)),
    (NEW_YORK, "2026-11-01T05:30:00", None),  # 01:30 for the first time
    (NEW_YORK, "2026-11-01T06:30:00", None),  # 01:30 for the second time
    (NEW_YORK, "2026-11-01T07:00:00", date(2026, 11, 1)),
    (BERLIN, "2026-03-29T00:59:00", None),  # 01:59, then 03:00
    (BERLIN, "2026-03-29T01:00:00", date(2026, 3, 29)),
    (BERLIN, "2026-10-25T00:00:00", date(2026, 10, 25)),  # 02:00 for the first time
    (BERLIN, "2026-10-25T01:00:00", date(2026, 10, 25)),  # 02:00 for the second time: the same date, so the same row
    ("Nowhere/At_All", "2026-01-10T02:00:00", date(2026, 1, 10)),
])
def test_the_night_begins_at_two_in_the_morning_there(name: str, now: str, expected: date | None) -> None:
    assert night.local_date(name, at(now)) == expected


@pytest.mark.parametrize(("name", "day"), [
    (NEW_YORK, "2026-03-08"), (NEW_YORK, "2026-11-01"), (BERLIN, "2026-03-29"), (BERLIN, "2026-10-25"),
    (SHANGHAI, "2026-06-01"),
    ("America/Havana", "2026-11-01"), ("Australia/Lord_Howe", "2026-04-05"), ("Africa/Cairo", "2026-04-24"),
])
def test_every_date_has_one_night_also_when_the_clocks_change(name: str, day: str) -> None:
    start, nights = at(day) - timedelta(days=2), []
    for quarter in range(4 * 24 * 4):
        today = night.local_date(name, start + timedelta(minutes=15 * quarter))
        if today and today not in nights:
            nights.append(today)
    assert date.fromisoformat(day) in nights
    assert nights == [nights[0] + timedelta(days=n) for n in range(len(nights))]
    assert len(nights) in {4, 5}


def test_the_hour_that_comes_twice_has_one_night(unsent: None) -> None:
    zone("t_a", BERLIN)
    Tenant.objects.exclude(schema_name="t_a").update(state="suspended")
    beats = [at("2026-10-24T23:45:00") + timedelta(minutes=15 * n) for n in range(12)]
    assert sum(night.rows_make(beat) for beat in beats) == 1
    assert dates("t_a") == [date(2026, 10, 25)]


def test_each_tenant_has_its_own_hour(unsent: None) -> None:
    zone("t_b", SHANGHAI)
    assert night.rows_make(at("2026-01-09T18:00:00")) == 3
    assert (dates("t_a"), dates("t_b")) == ([date(2026, 1, 9)], [date(2026, 1, 10)])


def test_a_doubled_beat_does_nothing(unsent: None) -> None:
    assert night.rows_make(at("2026-01-10T02:00:00")) == 3
    before = list(NightRun.objects.values())
    assert night.rows_make(at("2026-01-10T02:00:01")) == 0
    assert night.rows_make(at("2026-01-10T02:15:00")) == 0
    assert list(NightRun.objects.values()) == before


def test_only_active_tenants_have_a_night(unsent: None) -> None:
    for schema, state in (("t_b", "suspended"), ("t_c", "closing")):
        Tenant.objects.filter(schema_name=schema).update(state=state)
    assert night.rows_make(at("2026-01-10T02:00:00")) == 1
    assert (dates("t_a"), dates("t_b"), dates("t_c")) == ([date(2026, 1, 10)], [], [])


def test_a_night_that_never_began_makes_way_for_the_next(unsent: None) -> None:
    night.rows_make(at("2026-01-10T02:00:00"))
    NightRun.objects.filter(tenant__schema_name="t_b").update(state="running")
    night.rows_make(at("2026-01-11T02:00:00"))
    states = dict(NightRun.objects.filter(local_date=date(2026, 1, 10)).values_list("tenant__schema_name", "state"))
    assert states == {"t_a": "failed", "t_b": "running", "t_c": "failed"}


def test_small_tenants_go_in_chunks_and_large_or_risky_ones_alone() -> None:
    runs = [NightRun(pk=n, is_large=n == 7, tries=n == 9) for n in range(120)]
    bundles = list(night.bundled(runs))
    assert bundles[:2] == [("large", [7]), ("night", [9])]
    assert [(queue, len(keys)) for queue, keys in bundles[2:]] == [("night", 50), ("night", 50), ("night", 18)]
    assert sorted(key for _, keys in bundles for key in keys) == list(range(120))


def test_a_tenant_with_many_rows_is_large(catalogue: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t_b.big AS SELECT generate_series(1, 200000) n; ANALYZE t_b.big")
    monkeypatch.setattr(night, "LARGE_ROWS", 150_000)
    assert night.large_schemas(["t_a", "t_b", "t_c"]) == {"t_b"}


def run_all() -> int:
    """As a worker would."""
    return night.chunk(list(NightRun.objects.filter(state="waiting").values_list("pk", flat=True)))


def test_a_chunk_runs_each_in_its_tenant_with_the_frozen_moment(unsent: None) -> None:
    moment = at("2026-01-10T02:00:00")
    night.rows_make(moment)
    assert run_all() == 3
    assert marks() == [("night", schema, moment.isoformat()) for schema in ("t_a", "t_b", "t_c")]
    assert set(NightRun.objects.values_list("state", "tries")) == {("done", 1)}
    assert connection.schema_name == "public"
    assert run_all() == 0


def test_a_chunk_delivered_again_finds_nothing_to_do(unsent: None) -> None:
    night.rows_make(at("2026-01-10T02:00:00"))
    runs = list(NightRun.objects.values_list("pk", flat=True))
    assert [night.chunk(runs) for _ in range(5)] == [3, 0, 0, 0, 0]
    assert len(marks()) == 3


def test_a_chunk_that_takes_too_long_gives_back_the_rest(unsent: None, monkeypatch: pytest.MonkeyPatch) -> None:
    night.rows_make(at("2026-01-10T02:00:00"))
    monkeypatch.setattr(night, "CHUNK_SECONDS", -1)
    assert run_all() == 0
    assert set(NightRun.objects.values_list("state", "tries", "worker")) == {("waiting", 0, "")}
    monkeypatch.undo()
    assert run_all() == 3


def test_a_night_that_fails_is_tried_three_times_and_does_not_stop_the_others(unsent: None, settings: Any) -> None:
    settings.NIGHT_JOBS = {"count": "tests.tenants.jobs.night_broken"}
    night.rows_make(at("2026-01-10T02:00:00"))
    assert [run_all() for _ in range(4)] == [2, 0, 0, 0]
    failed = NightRun.objects.get(state="failed")
    assert (failed.tenant.schema_name, failed.tries) == ("t_b", 3)
    assert "B's night never works." in failed.error
    assert failed.as_of == at("2026-01-10T02:00:00")
    assert [schema for _, schema, _ in marks()] == ["t_a", "t_c"]


def test_a_tenant_suspended_after_the_asking_is_left_alone(unsent: None) -> None:
    night.rows_make(at("2026-01-10T02:00:00"))
    Tenant.objects.filter(schema_name="t_b").update(state="suspended")
    assert run_all() == 2
    assert [schema for _, schema, _ in marks()] == ["t_a", "t_c"]


def test_the_reaper_gives_back_what_lost_its_worker_and_only_that(unsent: None) -> None:
    night.rows_make(at("2026-01-10T02:00:00"))
    leases.claim(NightRun.objects.all())
    past, ahead = Now() - timedelta(seconds=1), Now() + timedelta(seconds=45)
    rows = NightRun.objects.filter
    rows(tenant__schema_name="t_a").update(state="running", tries=1, lease_until=past)
    rows(tenant__schema_name="t_b").update(state="running", tries=3, lease_until=past)
    rows(tenant__schema_name="t_c").update(lease_until=ahead)
    assert leases.reap(NightRun) == 2
    found = dict(rows().values_list("tenant__schema_name", "state"))
    assert found == {"t_a": "waiting", "t_b": "failed", "t_c": "held"}
    assert rows(state="waiting").get().as_of == at("2026-01-10T02:00:00")


def test_a_worker_that_lost_its_lease_cannot_say_that_it_is_done(unsent: None) -> None:
    night.rows_make(at("2026-01-10T02:00:00"))
    run = NightRun.objects.select_related("tenant").first()
    assert run is not None
    token = leases.claim(NightRun.objects.filter(pk=run.pk))
    NightRun.objects.filter(pk=run.pk).update(worker="another")
    assert night.run_one(run, token) is False
    run.refresh_from_db()
    assert (run.state, run.worker, marks()) == ("held", "another", [])


def test_the_defaults_are_the_ones_of_the_design(settings: Any) -> None:
    schedule = settings_schedule()
    assert (settings.LEASE_SECONDS, schedule["reaper"], schedule["pump"]) == (45, 60, 1)
    assert (leases.backoff(1), leases.backoff(2)) == (timedelta(seconds=5), timedelta(seconds=20))
    assert (night.CHUNK, night.STARTS.hour, leases.TRIES) == (50, 2, 3)


def settings_schedule() -> dict[str, Any]:
    """The timetable's intervals."""
    return {name: entry["schedule"] for name, entry in timetable().items()}


def test_progress_is_counted_by_job_and_state(unsent: None) -> None:
    night.rows_make(at("2026-01-10T02:00:00"))
    night.chunk([NightRun.objects.order_by("pk").values_list("pk", flat=True)[0]])
    assert night.progress(datetime.now(UTC) - timedelta(hours=1)) == {"count": {"waiting": 2, "done": 1}}


def test_the_command_runs_one_tenants_night_now_and_again(catalogue: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("night", "tenant-b")
    first = NightRun.objects.get()
    call_command("night", "tenant-b")
    second = NightRun.objects.get()
    assert [(label, schema) for label, schema, _ in marks()] == [("night", "t_b"), ("night", "t_b")]
    assert (second.state, second.pk) == ("done", first.pk)
    assert second.as_of > first.as_of
    assert "count: done" in capsys.readouterr().out


def test_the_command_says_what_went_wrong(catalogue: None, settings: Any) -> None:
    settings.NIGHT_JOBS = {"count": "tests.tenants.jobs.night_broken"}
    with pytest.raises(CommandError, match="B's night never works"):
        call_command("night", "tenant-b")
    with pytest.raises(CommandError, match="no active tenant"):
        call_command("night", "nobody")
