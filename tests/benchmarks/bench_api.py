"""How fast a list of the API is: requests a second beside a bare REST framework list, in one run, on one machine.

Fifty rows of twelve columns, gunicorn with two workers. The design asks for 0.9 of the floor, the same on the last page
and with 100,000 rows. Both sides take turns; where others use the machine, processor time is the steadier figure.
The table goes into docs/performance.md between its marks.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from django.conf import settings
from django.db import connection
from django.test import Client

from crm.core.actors import SYSTEM
from crm.core.services import Change, records_save
from crm.customers.models import Customer
from crm.team.services import api_key_create
from tenants.context import inside
from tenants.models import Tenant
from tests.counting import cost
from tests.database import database_copied

COLUMNS = (
    "name",
    "email",
    "phone",
    "city",
    "kind",
    "lifecycle",
    "created_at",
    "churn_probability",
    "churn_band",
    "clv_predicted",
    "orders_count",
    "last_order_at",
)
ROUNDS, SECONDS, CLIENTS = 5, 1.5, 4
SIZES = (1_000, 20_000, 100_000)
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- bench api -->", "<!-- end -->"
HEAD = (
    "| rows | what | req/s | p50 ms | p99 ms | CPU ms | SQL | floor: req/s | p50 ms | p99 ms | CPU ms "
    "| req/s : floor | floor's CPU : ours |",
    "|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
)
OURS, FLOOR = 23290, 23291
LIST = f"/api/v1/customers/?page_size=50&count=none&fields={','.join(COLUMNS)}"


@contextmanager
def gunicorn(application: str, port: int, settings_module: str) -> Iterator[psutil.Process]:
    """Two workers of two threads on the copied database."""
    d = settings.DATABASES["default"]
    url = f"postgresql://{d['USER']}:{d['PASSWORD']}@{d['HOST']}:{d['PORT']}/{d['NAME']}"
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": settings_module}
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-k",
        "config.worker.Worker",
        "-w",
        "2",
        "--threads",
        "2",
        "-b",
        f"127.0.0.1:{port}",
        "--log-level",
        "error",
        application,
    ]
    server = subprocess.Popen(command, env=environment)
    try:
        yield psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait(20)


def answered(port: int, path: str, headers: dict[str, str]) -> bytes:
    """One answer; waits for the server to come up."""
    for _ in range(100):
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            line.request("GET", path, headers=headers)
            answer = line.getresponse()
            body = answer.read()
        except OSError:
            time.sleep(0.2)
            continue
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return body
    raise RuntimeError(f"nothing answers on port {port}")


def waits(port: int, path: str, headers: dict[str, str]) -> list[float]:
    """How long each answer took, of a few clients that keep their lines open and ask as fast as they can."""
    found: list[float] = []
    until = time.perf_counter() + SECONDS

    def client() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while (began := time.perf_counter()) < until:
            line.request("GET", path, headers=headers)
            line.getresponse().read()
            found.append(time.perf_counter() - began)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def last_page(headers: dict[str, str]) -> str:
    """The address of the last page, found by walking there."""
    url = "/api/v1/customers/?page_size=200&count=none&fields=name"
    cursor = ""
    while True:
        page = json.loads(answered(OURS, url + (f"&cursor={cursor}" if cursor else ""), headers))
        if not page["next"]:
            return f"{LIST}&cursor={cursor}"
        cursor = page["next"].rpartition("cursor=")[2]


def fill(total: int) -> None:
    """So many customers, a few of them scored."""
    for start in range(Customer.objects.count(), total, 5000):
        changes = [
            Change({"name": f"Customer {n}", "email": f"c{n}@shop.example", "city": "Oslo"})
            for n in range(start, min(total, start + 5000))
        ]
        records_save(Customer, changes, actor=SYSTEM)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer SET churn_probability = random(), churn_band = 'high', clv_predicted = 100 "
            "WHERE churn_probability IS NULL"
        )
        cursor.execute("VACUUM ANALYZE customers_customer")


def seconds_of(server: psutil.Process) -> float:
    """The processor time that a server and its workers have used."""
    times = [process.cpu_times() for process in (server, *server.children(recursive=True))]
    return sum(time.user + time.system for time in times)


@dataclass(frozen=True)
class Figures:
    """What one side came to: medians of rounds."""

    rate: float
    p50: float
    p99: float
    cpu: float

    def cells(self) -> str:
        """As cells of a table."""
        return f"{self.rate:.0f} | {self.p50:.1f} | {self.p99:.1f} | {self.cpu:.2f}"


def measured(rounds: list[tuple[list[float], float]]) -> Figures:
    """The medians over rounds of (waits, processor seconds)."""
    every = sorted(one for found, _cpu in rounds for one in found)
    return Figures(
        statistics.median(len(found) / SECONDS for found, _cpu in rounds),
        every[len(every) // 2] * 1000,
        every[int(len(every) * 0.99)] * 1000,
        statistics.median(cpu * 1000 / len(found) for found, cpu in rounds),
    )


def compare(path: str, headers: dict[str, str], ours: psutil.Process, floor: psutil.Process) -> tuple[Figures, Figures]:
    """Both sides, in turns."""
    sides = ((OURS, path, headers, ours), (FLOOR, "/floor/", {}, floor))
    rounds: list[list[tuple[list[float], float]]] = [[], []]
    for turn in range(ROUNDS + 1):
        for side, (port, address, sent, server) in enumerate(sides):
            before = seconds_of(server)
            found = waits(port, address, sent)
            if turn:  # the first one only warms up
                rounds[side].append((found, seconds_of(server) - before))
    return measured(rounds[0]), measured(rounds[1])


def statements(tenant: Tenant, path: str, headers: dict[str, str]) -> int:
    """Statements of one warm answer, as the server itself counts them (the SET of the tenant's path aside)."""
    sent = {"HTTP_HOST": headers["Host"], "HTTP_AUTHORIZATION": headers["Authorization"]}
    return cost(Client(**sent), path)  # type: ignore[arg-type]  # headers by name


def table_write(lines: list[str]) -> None:
    """Put the table between its marks."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join([*HEAD, *lines]) + f"\n{END}{after}", encoding="utf-8")


def main() -> None:
    """A thousand rows, twenty thousand, a hundred thousand; first page and last, and one record."""
    lines = []
    with database_copied():
        tenant = Tenant.objects.get(schema_name="t_a")
        with inside(tenant):
            _, plain = api_key_create("bench", actor=SYSTEM, scopes=["*.view_*"])
        headers = {"Host": "tenant-a.localhost", "Authorization": f"Bearer {plain}"}
        floor_application = "django.core.wsgi:get_wsgi_application()"
        with (
            gunicorn("config.wsgi:application", OURS, "tests.settings") as ours,
            gunicorn(floor_application, FLOOR, "tests.benchmarks._floor") as floor,
        ):
            for rows in SIZES:
                with inside(tenant):
                    fill(rows)
                    one = f"/api/v1/customers/{Customer.objects.latest('id').pk}"
                answered(OURS, LIST, headers), answered(FLOOR, "/floor/", {})
                for name, path in (("first page", LIST), ("last page", last_page(headers)), ("one record", one)):
                    own, bare = compare(path, headers, ours, floor)
                    lines.append(
                        f"| {rows:,} | {name} | {own.cells()} | {statements(tenant, path, headers)} | {bare.cells()} "
                        f"| {own.rate / bare.rate:.2f} | {bare.cpu / own.cpu:.2f} |"
                    )
                    print(lines[-1], flush=True)
    table_write(lines)


if __name__ == "__main__":
    main()
