"""How fast files come in, and what a bare load of the same rows would cost: the figures of docs/performance.md.

A hundred thousand dirty customers (3 % of the rows bad), the same file again, its undo, and Online Retail whole; each
beside the floor: the `csv` module and one COPY into the same table with all its indexes, without cleaning, matching,
search terms, events, account or undo. On a machine that others use, processor seconds are steadier than the clock's:
"own" is the import's process, "beside" the one that reads for it, "server" PostgreSQL's; "at best" is what two free
cores would come to if nothing waited: the rows over the busiest of the three, or over half of all, whichever is more.
Search terms are put into their index by a task after the import; what that costs is a line of its own.

    ./kith bench import [--rows 100000]
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from django.db import connection

from crm.core.actors import SYSTEM
from crm.core.bulk import rows_insert
from crm.core.fields import uuid7
from crm.core.filling import search_merge
from crm.customers.models import Customer
from crm.exchange.models import ImportJob
from crm.exchange.services import (
    import_account,
    import_analyse,
    import_confirm,
    import_run,
    import_start,
    import_undo,
)
from tenants.context import inside
from tenants.models import Tenant
from tests.crm.exchange.dirty import HEADER
from tests.database import database_copied

FILE = Path(__file__).parents[3] / "shared" / "data" / "online_retail.csv.gz"
ASKED_ROWS, ASKED_MB, PEEK = 15_000, 300, 0.25
FLOOR_COLUMNS = ("number", "name", "email", "phone", "city", "country", "notes")


def server_seconds() -> float:
    """Processor time of the connection's server process, where it runs on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def beside_seconds() -> float:
    """Processor time of the processes that this one has started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory_now() -> float:
    """Memory of this process and those it has started, in MB; pages that several of them share count once."""
    pids = [os.getpid()]
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            pids += map(int, task.read_text().split())
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue  # it has just ended
        total += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / 1024


class Clock(AbstractContextManager["Clock"]):
    """Wall clock, memory, and processor seconds of this process, those it starts and its server, of what is inside."""

    wall = own = beside = server = peak = looking = 0.0

    def __enter__(self) -> Clock:
        self.done = threading.Event()
        self.watch = threading.Thread(target=self.look, daemon=True)
        self.watch.start()
        self.wall, self.own, self.server = time.perf_counter(), time.process_time(), server_seconds()
        self.beside = beside_seconds()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server, self.own = server_seconds() - self.server, time.process_time() - self.own
        self.wall, self.beside = time.perf_counter() - self.wall, beside_seconds() - self.beside
        self.done.set()
        self.watch.join()
        self.own -= self.looking

    def look(self) -> None:
        """Remember the most memory that was held, and what looking has cost."""
        while not self.done.wait(PEEK):
            self.peak = max(self.peak, memory_now())
        self.looking = time.thread_time()

    @property
    def longest(self) -> float:
        """What no machine with cores to spare can be quicker than: the busiest of the processes."""
        return max(self.own, self.beside, self.server)


def tell(what: str, rows: int, clock: Clock, rest: str = "") -> None:
    """One line of the table."""
    used = clock.own + clock.beside + clock.server
    sys.stdout.write(
        f"| {what:26s} | {rows:7,} | {clock.wall:6.2f} | {rows / clock.wall:8,.0f} | {clock.own:6.2f} "
        f"| {clock.beside:6.2f} | {clock.server:6.2f} | {used:6.2f} | {rows / max(clock.longest, used / 2):8,.0f} "
        f"| {clock.peak:4.0f} | {rest}\n"
    )
    sys.stdout.flush()


def measured(what: str, path: Path, label: str, template: str = "") -> ImportJob:
    """Upload, proposal, run to the end: one line."""
    with Clock() as clock, path.open("rb") as data:
        job = import_start(data, label=label, actor=SYSTEM, filename="bench.csv", template=template)
        import_confirm(job, import_analyse(job, actor=SYSTEM).proposal(), actor=SYSTEM, background=False)
        job = import_run(job.pk)
    account = import_account(job)
    words = ("created", "updated", "unchanged", "merged", "refused", "skipped", "unexplained")
    tell(what, account.read, clock, ", ".join(f"{getattr(account, w):,} {w}" for w in words if getattr(account, w)))
    return job


def floor(data: bytes, columns: tuple[str, ...], row: Callable[[list[str]], tuple[object, ...]]) -> None:
    """The bare load."""
    with Clock() as clock:
        lines = csv.reader(io.StringIO(data.decode()))
        next(lines)
        rows = [row(line) for line in lines if line]
        rows_insert(Customer, columns, rows)
    tell("floor: csv and COPY alone", len(rows), clock)


def floor_customers(data: bytes) -> None:
    """What any load of these customers costs."""
    at = [HEADER.index(name) for name in ("Member number", "Name", "E-mail", "Mobile", "City", "Province", "Favourite")]
    filled = ("kind", "name_key", "wechat", "tax_id", "id_document", "gender", "province", "district", "street")
    filled += ("postal_code", "industry", "lifecycle", "source", "language", "preferred_channel", "churn_band")
    filled += ("rfm_segment", "cluster_label", "best_channel", "next_best_action", "prediction_status")
    filled += ("model_version", "model_grade")
    flags = ("id", "version", "is_sample", "is_profiling_refused", "tags")
    seen: set[str] = set()

    def row(line: list[str]) -> tuple[object, ...]:
        cells = [line[i] for i in at] if len(line) > max(at) else ["", line[0], "", "", "", "", ""]
        cells[0] = "" if cells[0] in seen else cells[0]
        seen.add(cells[0])
        cells[5] = ""
        return (*(cell[:40] for cell in cells), *("" for _ in filled), uuid7(), 1, False, False, [])

    floor(data, (*FLOOR_COLUMNS, *filled, *flags), row)


def file_make(path: Path, rows: int) -> None:
    """The dirty file, written by a process of its own: the memory that takes must not count."""
    subprocess.run([sys.executable, "-m", "tests.crm.exchange.dirty", path, str(rows)], check=True)


def rounds(path: Path, rows: int, *, is_quick: bool) -> None:
    """The imports, one after the other in one database."""
    job = measured("customers, 3 % bad", path, "customers.customer")
    with Clock() as clock:
        search_merge(Customer)
    tell("its terms merged, later on", rows, clock)
    if is_quick:
        return
    measured("the same file again", path, "customers.customer")
    with Clock() as clock:
        import_undo(job, actor=SYSTEM, background=False)
    tell("its undo", rows, clock)
    if FILE.exists():
        measured("online retail, whole", FILE, "", "online_retail")
    else:
        sys.stdout.write(f"{FILE} is not here: Online Retail was not measured\n")


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true", help="customers alone")
    asked = parser.parse_args()
    sys.stdout.write(f"Asked: {ASKED_ROWS:,} rows a second, less than {ASKED_MB} MB. Load {os.getloadavg()[0]:.1f}.\n")
    sys.stdout.write("| file | rows | s | rows/s | own CPU s | beside | server | all | at best | MB | account |\n")
    sys.stdout.write("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|\n")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "customers.csv"
        file_make(path, asked.rows)
        with database_copied(), inside(Tenant.objects.get(schema_name="t_a")):
            rounds(path, asked.rows, is_quick=asked.quick)
        # the floor comes last: the memory it takes must not count
        with database_copied(), inside(Tenant.objects.get(schema_name="t_a")):
            floor_customers(path.read_bytes())


if __name__ == "__main__":
    main()
