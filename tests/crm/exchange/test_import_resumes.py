"""A killed worker, a message that comes five times: every chunk once, none by half."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from uuid import UUID

from django.conf import settings
from django.db import connection

from crm.core.actors import SYSTEM
from crm.core.models import Event
from crm.core.registry import registry
from crm.exchange.models import ImportedRecord, ImportJob
from crm.exchange.services import import_account, import_analyse, import_confirm, import_run, import_start
from tenants.context import inside
from tenants.models import Outbox, Tenant
from tenants.tasks import work_off

ROWS = 16_000
CUSTOMERS = registry["customers.customer"].model
SCRIPT = """
import sys, uuid, django
django.setup()
from tenants.context import inside
from tenants.models import Tenant
from crm.exchange.services import import_run
with inside(Tenant.objects.get(schema_name="t_a")):
    import_run(uuid.UUID(sys.argv[1]))
"""


def confirmed(rows: int, *, background: bool = False) -> ImportJob:
    """A job of so many customers, ready to run."""
    text = "Member number,Name,City\n" + "".join(f"K{n},Person {n},Oslo\n" for n in range(rows))
    job = import_start(io.BytesIO(text.encode()), label="customers.customer", actor=SYSTEM, filename="many.csv")
    import_confirm(job, import_analyse(job, actor=SYSTEM).proposal(), actor=SYSTEM, background=background)
    return job


def worker(job_id: UUID) -> subprocess.Popen[bytes]:
    """Another process that runs the job in this test's database."""
    d = settings.DATABASES["default"]
    url = f"postgresql://{d['USER']}:{d['PASSWORD']}@{d['HOST']}:{d['PORT']}/{connection.settings_dict['NAME']}"
    env = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(job_id)], env=env)


def imported_count() -> int:
    """Live customers of the file."""
    return CUSTOMERS._default_manager.filter(deleted_at=None, number__startswith="K", name__startswith="Person").count()


def check_whole(job_id: UUID) -> None:
    """Every row once: records, events, the job's own account."""
    account = import_account(ImportJob.objects.get(pk=job_id))
    assert (account.read, account.created, account.unexplained) == (ROWS, ROWS, 0)
    assert imported_count() == ROWS
    assert ImportedRecord.objects.filter(job_id=job_id).count() == ROWS
    assert Event.objects.filter(request_id=str(job_id), name="customers.customer.created").count() == ROWS


def test_a_killed_worker_leaves_whole_chunks_and_the_next_goes_on(committed: Tenant) -> None:
    with inside(committed):
        job = confirmed(ROWS)
        process = worker(job.pk)
        until = time.monotonic() + 120
        while time.monotonic() < until and ImportJob.objects.get(pk=job.pk).chunks_done < 1:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        job.refresh_from_db()
        assert job.state == ImportJob.State.RUNNING
        assert 0 < job.rows_done < ROWS
        assert imported_count() == job.account["created"] == job.rows_done
        assert import_run(job.pk).state == ImportJob.State.DONE
        check_whole(job.pk)


def test_five_workers_at_once_do_it_once(committed: Tenant) -> None:
    with inside(committed):
        job = confirmed(ROWS)

    def run() -> None:
        with inside(committed):
            import_run(job.pk)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with inside(committed):
        assert ImportJob.objects.get(pk=job.pk).state == ImportJob.State.DONE
        check_whole(job.pk)


def test_the_queued_task_runs_it(committed: Tenant) -> None:
    with inside(committed):
        job = confirmed(20, background=True)
        asked = Outbox.objects.get(task="crm.exchange.tasks.import_run", ids={"job_id": str(job.pk)})
        assert asked.queue == "bulk"
        assert work_off("crm.exchange.tasks.import_run") == 1
        assert ImportJob.objects.get(pk=job.pk).state == ImportJob.State.DONE
        assert imported_count() == 20


def test_what_came_in_is_found_before_and_after_its_search_terms_are_merged(committed: Tenant) -> None:
    with inside(committed):
        import_run(confirmed(300).pk)
        found = CUSTOMERS._default_manager.filter(search__words="person k29")
        assert found.count() == 11  # K29 and K290 to K299
        assert work_off("crm.exchange.tasks.search_merge") == 1
        assert found.count() == 11


def test_a_person_who_lost_the_right_meanwhile_stops_the_import(committed: Tenant) -> None:
    with inside(committed):
        job = confirmed(20)
        ImportJob.objects.filter(pk=job.pk).update(actor_kind="user", actor_id=UUID(int=1))
        failed = import_run(job.pk)
        assert (failed.state, failed.failure) == (ImportJob.State.FAILED, "forbidden")
        assert imported_count() == 0
