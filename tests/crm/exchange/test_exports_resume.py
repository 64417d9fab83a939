"""A killed worker, five at once: the file has every row once, in the order of the list."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from uuid import UUID

import pytest
from django.db import connection

from crm.core.actors import SYSTEM
from crm.core.services import Change, records_save
from crm.customers.models import Customer
from crm.exchange.exporting.asking import Asked
from crm.exchange.exporting.services import export_run, export_start
from crm.exchange.models import ExportJob, ExportPiece
from tenants.context import inside
from tenants.models import Tenant
from tests.crm.exchange.exporting import CUSTOMER, database_url, table_of

ROWS = 14_000
SCRIPT = """
import sys, uuid, django
django.setup()
from tenants.context import inside
from tenants.models import Tenant
from crm.exchange.exporting.services import export_run
with inside(Tenant.objects.get(schema_name="t_a")):
    export_run(uuid.UUID(sys.argv[1]))
"""


def asked_for(format: str) -> ExportJob:
    """Many customers, and an export of them that waits for a worker."""
    changes = [Change({"name": f"Person {n:05}", "number": f"K{n}", "city": "Oslo"}) for n in range(ROWS)]
    records_save(Customer, changes, actor=SYSTEM)
    asked = Asked(CUSTOMER, format, {"city": "Oslo", "ordering": "name"})
    return export_start(asked, actor=SYSTEM, background=True)


def worker(job_id: UUID) -> subprocess.Popen[bytes]:
    """Another process that runs the job in this test's database."""
    url = database_url(str(connection.settings_dict["NAME"]))
    env = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(job_id)], env=env)


def check_whole(job: ExportJob, key: str) -> None:
    """Every row once, in order."""
    job.refresh_from_db()
    assert (job.state, job.rows_done) == (ExportJob.State.DONE, ROWS)
    assert [row[key] for row in table_of(job)] == [f"Person {n:05}" for n in range(ROWS)]
    assert not ExportPiece.objects.filter(job=job, is_draft=True).exists()


@pytest.mark.long(25)
@pytest.mark.parametrize(("format", "key"), [("csv", "Name"), ("xlsx", "Name"), ("ndjson", "name")])
def test_a_killed_worker_leaves_whole_chunks_and_the_next_goes_on(committed: Tenant, format: str, key: str) -> None:
    with inside(committed):
        job = asked_for(format)
        process = worker(job.pk)
        until = time.monotonic() + 120
        while time.monotonic() < until and ExportJob.objects.get(pk=job.pk).chunks_done < 2:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        job.refresh_from_db()
        assert job.state == ExportJob.State.RUNNING
        assert 0 < job.rows_done == job.chunks_done * 2000 < ROWS
        assert ExportPiece.objects.filter(job=job).count() == job.chunks_done
        export_run(job.pk)
        check_whole(job, key)


def test_five_workers_at_once_make_one_file(committed: Tenant) -> None:
    with inside(committed):
        job = asked_for("csv")

    def run() -> None:
        with inside(committed):
            export_run(job.pk)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with inside(committed):
        check_whole(job, "Name")
