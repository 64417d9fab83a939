"""How fast lists go out, and in how much memory: 100,000 customers with ten columns and with all, in each format."""

from __future__ import annotations

import os
import resource
import sys
import time

from crm.core.actors import SYSTEM
from crm.core.services import Change, records_save
from crm.customers.models import Customer
from crm.exchange.exporting.asking import Asked
from crm.exchange.exporting.services import export_open, export_run, export_start
from tenants.context import inside
from tenants.models import Tenant
from tests.database import database_copied

ROWS = 100_000
COLUMNS = ("name", "number", "email", "phone", "city", "country", "born_on", "tags", "created_at", "owner")


def fill() -> None:
    """Customers with phones, addresses and dates."""
    for start in range(0, ROWS, 5000):
        changes = [
            Change(
                {
                    "name": f"Ann {n}",
                    "number": f"B{n}",
                    "email": f"p{n}@x{n % 97}.example.com",
                    "phone": f"+336{n:08d}",
                    "city": "Lyon",
                    "country": "FR",
                    "born_on": f"{1950 + n % 50}-0{1 + n % 9}-1{n % 9}",
                    "tags": ["vip"],
                }
            )
            for n in range(start, start + 5000)
        ]
        records_save(Customer, changes, actor=SYSTEM)


def memory() -> int:
    """The most that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measured(format: str, columns: tuple[str, ...]) -> None:
    """Export, download, print one line."""
    started, own = time.perf_counter(), time.process_time()
    job = export_start(Asked("customers.customer", format, columns=columns), actor=SYSTEM, background=True)
    job = export_run(job.pk)
    wall, own = time.perf_counter() - started, time.process_time() - own
    size = sum(len(piece) for piece in export_open(job, actor=SYSTEM))
    sys.stdout.write(
        f"{format:7s} {len(columns) or 'all':>4} columns {job.rows_done:8,} rows {wall:6.1f} s "
        f"{job.rows_done / wall:8,.0f} rows/s; {size / 1e6:6.1f} MB; processor {own:.1f} s; "
        f"memory at most {memory()} MB; load {os.getloadavg()[0]:.1f}\n"
    )
    sys.stdout.flush()


def main() -> None:
    """Each format, few columns and all."""
    with database_copied(), inside(Tenant.objects.get(schema_name="t_a")):
        fill()
        sys.stdout.write(f"{ROWS:,} customers are there; memory {memory()} MB\n")
        for columns in (COLUMNS, ()):
            for format in ("csv", "ndjson", "xlsx"):
                measured(format, columns)


if __name__ == "__main__":
    main()
