"""What a page costs the server: processor time and statements of list, record and board, at few rows and at many.

`./kith bench pages` asks each page forty times in this process, by the client of the tests, so that what is counted
is the processor time of the web process alone: no server, no network, no browser. The database works beside it.
The table goes into docs/performance.md between its marks.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client

from crm.core.actors import SYSTEM
from crm.core.services import Change, records_save
from crm.customers.models import Customer
from crm.sales.models import Deal, Stage
from crm.team.models import User
from tenants.context import inside
from tenants.models import Tenant
from tenants.services import host_of
from tests.counting import cost
from tests.database import database_copied

SIZES = ((1_000, 100), (100_000, 10_000))
TIMES, CHUNK = 40, 5000
DOCS = Path(__file__).resolve().parents[2] / "docs/performance.md"
BEGIN, END = "<!-- bench pages -->", "<!-- end pages -->"
CITIES = ("Hangzhou", "Lyon", "Oslo", "Rome", "Austin", "Leeds", "Porto")
GROUPS = '{"or":[{"field":"city","value":"Oslo"},{"field":"tags","value":"vip"}]}'
ALLOWED = {"board": 80.0}  # milliseconds; every other page 60
STATEMENTS = 12
HEAD = ("| customers | deals | page | CPU ms p50 | p95 | allowed | SQL | kB |", "|--:|--:|---|--:|--:|--:|--:|--:|")


def fill(customers: int, deals: int) -> None:
    """As many customers and deals as asked for, with owners, towns, tags and stages."""
    owner = User.objects.get(email="owner@kith.test").pk
    for start in range(Customer.objects.count(), customers, CHUNK):
        rows = range(start, min(start + CHUNK, customers))
        values: list[dict[str, Any]] = [
            {
                "name": f"Ann {n % 977} Example {n}",
                "number": f"B{n}",
                "email": f"p{n}@x{n % 97}.example.com",
                "city": CITIES[n % len(CITIES)],
                "tags": ["vip"] if n % 9 == 0 else [],
                "owner": owner if n % 3 else None,
            }
            for n in rows
        ]
        records_save(Customer, [Change(one) for one in values], actor=SYSTEM)
    stages = list(Stage.objects.filter(pipeline__is_default=True, deleted_at=None).order_by("position"))[:4]
    buyers = list(Customer.objects.order_by("pk").values_list("pk", flat=True)[:500])
    for start in range(Deal.objects.count(), deals, CHUNK):
        rows = range(start, min(start + CHUNK, deals))
        given = [
            {"name": f"Deal {n}", "stage": stages[n % 4].pk, "amount": 100 + n % 900, "customer": buyers[n % 500]}
            for n in rows
        ]
        records_save(Deal, [Change(one) for one in given], actor=SYSTEM)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def pages() -> dict[str, str]:
    """What is measured: name and address."""
    customer, deal = (model.objects.filter(deleted_at=None).latest("pk").pk for model in (Customer, Deal))
    return {
        "list": "/customers/",
        "list, sorted by name": "/customers/?ordering=name",
        "list, filtered by town": "/customers/?city=Oslo",
        "list, groups of conditions": f"/customers/?where={GROUPS}",
        "list, searched": "/customers/?search=Ann",
        "list of deals": "/deals/",
        "record": f"/customers/{customer}/",
        "record of a deal": f"/deals/{deal}/",
        "board": "/deals/board/",
    }


def measured(client: Client, path: str) -> tuple[float, float, int]:
    """Median and 95th percentile of the processor's milliseconds, and the page's size."""
    found = []
    size = 0
    for _time in range(TIMES):
        started = time.process_time()
        answer = client.get(path)
        found.append((time.process_time() - started) * 1000)
        size = len(answer.content)
    ordered = sorted(found)
    return statistics.median(ordered), ordered[int(len(ordered) * 0.95) - 1], size // 1024


def rows_of(client: Client, customers: int, deals: int) -> tuple[list[str], list[str]]:
    """A line a page, and what is over the limit."""
    lines, over = [], []
    for name, path in pages().items():
        statements = cost(client, path)
        middle, high, size = measured(client, path)
        allowed = ALLOWED.get(name, 60.0)
        figures = f"{middle:.1f} | {high:.1f} | {allowed:.0f} | {statements} | {size}"
        line = f"| {customers:,} | {deals:,} | {name} | {figures} |"
        lines.append(line)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        if middle > allowed or statements > STATEMENTS:
            over.append(f"{name}: {middle:.1f} ms of {allowed:.0f}, {statements} statements of {STATEMENTS}")
    return lines, over


def main() -> None:
    """Few rows, then many; the table; a failure where a page is over its limit."""
    table, over = [*HEAD], []
    with database_copied(), inside(Tenant.objects.get(schema_name="t_a")) as tenant:
        for customers, deals in SIZES:
            fill(customers, deals)
            client = Client(HTTP_HOST=host_of(tenant.slug))
            client.force_login(User.objects.get(email="owner@kith.test"))
            lines, worse = rows_of(client, customers, deals)
            table, over = [*table, *lines], [*over, *worse]
    text = DOCS.read_text(encoding="utf-8")
    head, _mark, rest = text.partition(BEGIN)
    note = f"Load of the machine during the run: {os.getloadavg()[1]:.1f} on {os.cpu_count()} processors."
    DOCS.write_text(head + "\n".join([BEGIN, *table, "", note, END]) + rest.partition(END)[2], encoding="utf-8")
    sys.stdout.write("\n".join(over) + "\n")
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()
