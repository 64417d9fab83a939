"""How fast a list of the API is: requests a second beside a bare REST framework list, in one run, on one machine.

Fifty rows of twelve columns, gunicorn with two workers. The design asks for 0.9 of the floor, the same on the last page
and with 100,000 rows.
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

import psutil
from django.conf import settings
from django.db import connection

from crm.core.actors import SYSTEM
from crm.core.services import Change, records_save
from crm.customers.models import Customer
from crm.team.services import api_key_create
from tenants.context import inside
from tenants.models import Tenant
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
OURS, FLOOR = 23690, 23691
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
        "gthread",
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


def rate(port: int, path: str, headers: dict[str, str]) -> float:
    """Requests a second of a few clients that keep their lines open."""
    counts, until = [0] * CLIENTS, time.perf_counter() + SECONDS

    def client(at: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.perf_counter() < until:
            line.request("GET", path, headers=headers)
            line.getresponse().read()
            counts[at] += 1

    threads = [threading.Thread(target=client, args=[at]) for at in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


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


def compare(name: str, path: str, headers: dict[str, str], ours: psutil.Process, floor: psutil.Process) -> None:
    """Print requests a second and processor time a request, the medians of rounds that take turns."""
    sides = ((OURS, path, headers, ours), (FLOOR, "/floor/", {}, floor))
    figures: list[list[tuple[float, float]]] = [[], []]
    for turn in range(ROUNDS + 1):
        for side, (port, address, sent, server) in enumerate(sides):
            before = seconds_of(server)
            found = rate(port, address, sent)
            if turn:  # the first one only warms up
                figures[side].append((found, (seconds_of(server) - before) * 1000 / (found * SECONDS)))
    (rate_ours, cpu_ours), (rate_floor, cpu_floor) = (
        [statistics.median(one) for one in zip(*side, strict=True)] for side in figures
    )
    print(
        f"{name:<26} {rate_ours:7.0f}/s, floor {rate_floor:5.0f}/s, ratio {rate_ours / rate_floor:5.2f};  "
        f"web CPU {cpu_ours:5.2f} ms, floor {cpu_floor:5.2f} ms, ratio {cpu_floor / cpu_ours:5.2f}",
        flush=True,
    )


def main() -> None:
    """A thousand rows, then a hundred thousand; first page and last."""
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
            for rows in (1_000, 100_000):
                with inside(tenant):
                    fill(rows)
                answered(OURS, LIST, headers), answered(FLOOR, "/floor/", {})
                compare(f"{rows:,} rows, first page", LIST, headers, ours, floor)
                compare(f"{rows:,} rows, last page", last_page(headers), headers, ours, floor)


if __name__ == "__main__":
    main()
