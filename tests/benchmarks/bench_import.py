"""How fast files come in, upload to last row: Online Retail (541,909 rows of CSV) whole, and 100,000 customers.

The design asks for 15,000 rows a second. Beside the wall clock stands the processor time of this process and of the
database's: on a machine that others use it is the steadier figure.
"""

from __future__ import annotations

import io
import os
import random
import sys
import time
from pathlib import Path
from typing import BinaryIO

from django.db import connection

from crm.core.actors import SYSTEM
from crm.exchange.services import import_account, import_analyse, import_confirm, import_run, import_start
from tenants.context import inside
from tenants.models import Tenant
from tests.database import database_copied

FILE = Path(__file__).parents[3] / "shared" / "data" / "online_retail.csv.gz"
ASKED = 15_000


def customers(rows: int) -> BinaryIO:
    """A file of people with phones, addresses and dates."""
    r = random.Random(5)
    cities, names = ("Paris", "Lyon", "北京", "上海", "Austin", "Oslo"), ("Ann", "Bob", "Zoë", "张伟", "王芳")
    lines = ["Member number,Name,E-mail,Phone,City,Country,Date of birth,Total spent,Favourite colour"]
    for n in range(rows):
        born = f"{1950 + n % 50}-0{1 + n % 9}-1{n % 9}"
        lines.append(
            f"B{n},{r.choice(names)} {r.getrandbits(40):x},p{n}@x{n % 97}.example.com,+33 6 {n:08d},"
            f"{r.choice(cities)},France,{born},{n % 1000}.50,blue"
        )
    return io.BytesIO("\n".join(lines).encode())


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


def measured(what: str, file: BinaryIO, label: str, template: str = "") -> None:
    """Import a file and print one line."""
    wall, own, server = time.perf_counter(), time.process_time(), server_seconds()
    job = import_start(file, label=label, actor=SYSTEM, filename="bench", template=template)
    import_confirm(job, import_analyse(job, actor=SYSTEM).proposal(), actor=SYSTEM, background=False)
    account = import_account(import_run(job.pk))
    wall, own, server = time.perf_counter() - wall, time.process_time() - own, server_seconds() - server
    load = os.getloadavg()[0]
    sys.stdout.write(
        f"{what:24s} {account.read:8,} rows {wall:6.1f} s {account.read / wall:8,.0f} rows/s (asked {ASKED:,}); "
        f"processor: own {own:.1f} s, server {server:.1f} s; load {load:.1f}; unexplained {account.unexplained}\n"
    )


def main() -> None:
    """Both files, each into a tenant of its own."""
    with database_copied(), inside(Tenant.objects.get(schema_name="t_a")):
        measured("customers", customers(100_000), "customers.customer")
        if FILE.exists():
            with FILE.open("rb") as file:
                measured("online retail, whole", file, "", "online_retail")
        else:
            sys.stdout.write(f"{FILE} is not here: Online Retail was not measured\n")


if __name__ == "__main__":
    main()
