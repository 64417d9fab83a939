"""kill -9 in the middle of an import and of its undo, two workers at once, the same file twice: as if all were calm."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection

from crm.core.actors import SYSTEM
from crm.core.models import Event
from crm.customers.models import Customer
from crm.exchange.models import ImportedRecord, ImportJob
from crm.exchange.services import (
    import_account,
    import_analyse,
    import_confirm,
    import_percent,
    import_run,
    import_start,
    import_undo,
    undo_run,
)
from tenants.context import inside
from tenants.models import Tenant
from tests.crm.exchange.running import imported
from tests.crm.exchange.tables import table_hashes

KNOWN, ROWS = 3_000, 8_000
State = ImportJob.State
SCRIPT = """
import sys, uuid, django
django.setup()
from tenants.context import inside
from tenants.models import Tenant
from crm.exchange.services import import_run, undo_run
with inside(Tenant.objects.get(schema_name="t_a")):
    if sys.argv[1] == "import":
        import_run(uuid.UUID(sys.argv[2]))
    else:
        undo_run(uuid.UUID(sys.argv[2]), actor_kind="system", actor_id=None)
"""


def table(rows: int, city: str) -> bytes:
    """So many customers, with what cleaning changes: a phone, a date, money with too many decimals, tags."""
    lines = ["Member number,Name,City,Mobile,Date of birth,Opening spend,Tags,Colour"]
    lines += [f'K{n},Person {n},{city},+86 138 {n:08d},{1950 + n % 50}年3月5日,1.23456,"b,a",red' for n in range(rows)]
    return "\n".join(lines).encode()


def worker(what: str, job: ImportJob) -> subprocess.Popen[bytes]:
    """Another process that does a job in this test's database."""
    d = settings.DATABASES["default"]
    url = f"postgresql://{d['USER']}:{d['PASSWORD']}@{d['HOST']}:{d['PORT']}/{connection.settings_dict['NAME']}"
    env = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.Popen([sys.executable, "-c", SCRIPT, what, str(job.pk)], env=env)


def killed(what: str, job: ImportJob, begun: Callable[[], bool]) -> None:
    """Let a worker begin, and kill it at once."""
    process, until = worker(what, job), time.monotonic() + 180
    while time.monotonic() < until and not begun():
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    job.refresh_from_db()


def content() -> str:
    """What the file's customers hold, whatever their ids."""
    names = ("number", "name", "city", "phone", "born_on", "opening_spend", "tags", "notes", "search")
    rows = Customer.objects.filter(deleted_at=None, number__startswith="K").order_by("number").values_list(*names)
    return hashlib.md5(repr(list(rows)).encode(), usedforsecurity=False).hexdigest()


def confirmed(data: bytes) -> ImportJob:
    """A job that is ready to run."""
    job = import_start(io.BytesIO(data), label="customers.customer", actor=SYSTEM, filename="many.csv")
    return import_confirm(job, import_analyse(job, actor=SYSTEM).proposal(), actor=SYSTEM, background=False)


def chunks_done(job: ImportJob) -> int:
    """How far the job has come."""
    return ImportJob.objects.get(pk=job.pk).chunks_done


def marks(job: ImportJob) -> int:
    """How many records the undo has been through."""
    return ImportedRecord.objects.filter(job=job).exclude(undone="").count()


@pytest.mark.long(20)
def test_killed_twice_and_undone_it_is_as_if_nothing_had_been(committed: Tenant) -> None:
    with inside(committed):
        imported(table(KNOWN, "Oslo"))
        before = table_hashes()

        job = confirmed(table(ROWS, "Bergen"))
        killed("import", job, lambda: chunks_done(job) == 1)
        assert job.chunks_done == 1
        assert Customer.objects.filter(city="Bergen").count() == job.rows_done
        pair = [worker("import", job), worker("import", job)]
        assert [process.wait() for process in pair] == [0, 0]
        job = import_run(job.pk)
        account = import_account(job)
        assert (job.state, account.created, account.updated) == (State.DONE, ROWS - KNOWN, KNOWN)
        assert account.unexplained == 0
        assert Event.objects.filter(request_id=str(job.pk)).count() == ROWS
        once = content()

        whole = table_hashes(())
        again, account = imported(table(ROWS, "Bergen"))
        assert (account.unchanged, account.read) == (ROWS, ROWS)
        assert table_hashes(()) == whole
        assert not Event.objects.filter(request_id=str(again.pk)).exists()

        job = import_undo(job, actor=SYSTEM)
        killed("undo", job, lambda: marks(job) > 0)
        assert job.state == State.UNDOING
        assert 0 < import_percent(job) < 100
        assert 0 < marks(job) < ROWS
        pair = [worker("undo", job), worker("undo", job)]
        assert [process.wait() for process in pair] == [0, 0]
        undo_run(job.pk, actor_kind="system", actor_id=None)
        job.refresh_from_db()
        assert job.state == State.UNDONE
        assert job.account["undo"] == {"customers.customer": {"deleted": ROWS - KNOWN, "restored": KNOWN}}
        assert table_hashes() == before
        assert Event.objects.filter(request_id=str(job.pk)).count() == 2 * ROWS

        imported(table(ROWS, "Bergen"))
        assert content() == once
