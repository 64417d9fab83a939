"""The Python client: its nouns are those of the API, and its own tests pass against a running Kith."""

from __future__ import annotations

import json
import os
import re
import runpy
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.sales.models import ExchangeRate, Order
from crm.team.services import api_key_create
from tenants.context import inside
from tenants.models import Tenant
from tests.tenants.conftest import worker_running

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "clients" / "python"
TUTORIAL = ROOT / "docs" / "tutorials" / "sync-orders.md"


def test_its_nouns_are_those_of_the_api() -> None:
    generate = runpy.run_path(str(CLIENT / "generate.py"))
    document = json.loads((ROOT / "tests" / "snapshots" / "openapi.json").read_text(encoding="utf-8"))
    folder = CLIENT / "src" / "kith_client" / "nouns"
    written = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.py")}
    assert written == generate["sources"](document), "run: .venv/bin/python clients/python/generate.py"


@pytest.mark.long(40)
def test_its_own_tests_pass_against_a_running_kith(served: str, committed: Tenant, tmp_path: Path) -> None:
    with inside(committed):
        _key, plain = api_key_create("Client", actor=SYSTEM, scopes=["*"])
    with worker_running(tmp_path):
        told = {**os.environ, "KITH_URL": f"{served}/t/{committed.slug}", "KITH_KEY": plain}
        command = [sys.executable, "-m", "pytest", "-q", "-c", "pyproject.toml", "--rootdir", ".", "-p", "no:django"]
        done = subprocess.run(command, cwd=CLIENT, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout


SHOP = """
CREATE TABLE buyers (id, name, email);
CREATE TABLE orders (id, buyer_id, placed_at, currency, changed_at);
CREATE TABLE order_lines (order_id, sku, title, quantity, unit_price);
INSERT INTO buyers VALUES (1, 'Ada Byron', 'ada@mill.example'), (2, 'Bo Ek', 'bo@ek.example');
INSERT INTO orders VALUES (7, 1, '2026-03-05 10:00', 'USD', '2026-03-05 10:00');
INSERT INTO orders VALUES (8, 2, '2026-03-06 11:30', 'USD', '2026-03-06 11:30');
INSERT INTO orders VALUES (9, 1, '2026-03-07 09:15', 'USD', '2026-03-07 09:15');
INSERT INTO order_lines VALUES (7, 'S-1', 'Soap', 2, 4.5), (7, 'S-2', 'Brush', 1, 9);
INSERT INTO order_lines VALUES (8, 'S-1', 'Soap', 1, 4.5), (9, 'S-2', 'Brush', 3, 9);
"""


LATER = """
INSERT INTO orders VALUES (10, 1, '2026-03-07 09:15', 'EUR', '2026-03-07 09:15');
INSERT INTO orders VALUES (11, 2, '2026-03-08 09:00', 'USD', '2026-03-08 09:00');
INSERT INTO order_lines VALUES (10, 'S-1', 'Soap', 1, 4), (11, 'S-2', 'Brush', 1, 9);
"""


def program() -> str:
    """The program of the tutorial."""
    return re.findall(r"```python\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)[0]


def facts(tenant: Tenant) -> tuple[Any, ...]:
    """What the shop's part of the tenant looks like, versions included."""
    with inside(tenant):
        orders = Order.objects.filter(number__startswith="S-").order_by("number")
        versions = [
            *Customer.objects.filter(pk__in=orders.values("customer")).order_by("pk").values_list("pk", "version")
        ]
        return [*orders.values_list("number", "customer__name", "amount", "version")], versions


@pytest.fixture
def sync(served: str, committed: Tenant, tmp_path: Path) -> Callable[[], str]:
    """The program beside a shop's database; calling it runs it once."""
    with inside(committed):
        _key, plain = api_key_create("Shop", actor=SYSTEM, scopes=["customers.*", "sales.*"])
    with sqlite3.connect(tmp_path / "shop.db") as shop:
        shop.executescript(SHOP)
    told = {
        **os.environ,
        "KITH_URL": f"{served}/t/{committed.slug}",
        "KITH_KEY": plain,
        "SHOP_DB": str(tmp_path / "shop.db"),
        "PYTHONPATH": str(CLIENT / "src"),
    }

    def sync() -> str:
        done = subprocess.run(
            [sys.executable, "-c", program()], cwd=tmp_path, env=told, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return sync


def test_the_program_of_the_tutorial_may_be_run_again(
    sync: Callable[[], str], committed: Tenant, tmp_path: Path
) -> None:
    assert sync() == "3 orders"
    first = facts(committed)
    assert [row[:3] for row in first[0]] == [
        ("S-7", "Ada Byron", Decimal("18")),
        ("S-8", "Bo Ek", Decimal("4.5")),
        ("S-9", "Ada Byron", Decimal("27")),
    ]
    assert sync() == "1 orders", "the last moment is asked for again: another order may have come in it"
    (tmp_path / "last_sync.txt").unlink()  # as if it had died before it wrote its place
    assert sync() == "3 orders"
    assert facts(committed) == first
    with sqlite3.connect(tmp_path / "shop.db") as shop:
        shop.executescript(LATER)
    with inside(committed):
        ExchangeRate.objects.all().delete()
    assert "S-10 is tried again next time: 422" in sync()
    assert [row[0] for row in facts(committed)[0]] == ["S-11", "S-7", "S-8", "S-9"]
    with inside(committed):
        record_save(ExchangeRate, {"currency": "EUR", "rate": "2", "valid_on": "2026-01-01"}, actor=SYSTEM)
    assert sync() == "3 orders"
    assert len(facts(committed)[0]) == 5
    assert sum(1 for line in program().splitlines() if line.strip()) <= 30
