"""A pipeline of 8,800 deals comes in by file: accounts, products, teams and deals, its dirt mended by value mapping.

The figures are computed here from the file itself, by other means than the product's."""

from __future__ import annotations

import csv
import os
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any
from unittest import SkipTest

import pytest
from django.conf import settings
from django.db.models import Count, Sum

from crm.core.actors import SYSTEM
from crm.core.services import Change, record_save, records_save
from crm.customers.models import Customer
from crm.sales.models import Deal, Pipeline, Stage
from crm.team.models import Role, User
from tests.crm.exchange.running import imported, reported

DATA = settings.BASE_DIR.parent / "shared" / "data"
STAGES = {"Prospecting": ("open", 10), "Engaging": ("open", 40), "Won": ("won", 100), "Lost": ("lost", 0)}
MENDED = {"technolgy": "technology", "Philipines": "Philippines", "GTXPro": "GTX Pro"}


def rows_of(name: str) -> list[dict[str, str]]:
    """A file as its lines; it must be there in CI."""
    if not (DATA / name).exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{DATA / name} is missing")
        raise SkipTest(f"{DATA / name} is not on this machine")
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def put(name: str, label: str, **more: Any) -> Any:
    """Import a file as it is proposed, with its misspelt words mended."""
    with (DATA / name).open("rb") as file:
        width = file.readline().count(b",") + 1
        file.seek(0)
        return imported(file, label, values=dict.fromkeys(range(width), MENDED), **more)


def sales() -> list[dict[str, str]]:
    """The whole pipeline, imported; the deals of the file."""
    deals, member = rows_of("crm_sales_pipeline.csv"), Role.objects.get(code="member")
    for agent in rows_of("crm_sales_teams.csv"):
        name = agent["sales_agent"]
        User.objects.create(email=f"{name.replace(' ', '.').lower()}@maven.example", name=name, role=member)
    Deal.objects.all().delete()
    Pipeline.objects.update(is_default=False)
    pipeline = record_save(Pipeline, {"name": "Maven", "is_default": True}, actor=SYSTEM)
    stages = [
        {"pipeline": pipeline, "name": name, "position": place, "outcome": outcome, "probability": probability}
        for place, (name, (outcome, probability)) in enumerate(STAGES.items(), 1)
    ]
    records_save(Stage, [Change(values) for values in stages], actor=SYSTEM)
    put("crm_accounts.csv", "customers.customer", constants={"kind": "company"})
    put("crm_products.csv", "sales.product")
    job, account = put("crm_sales_pipeline.csv", "sales.deal")
    assert (account.created, account.refused, reported(job)) == (8800, 0, [])
    return deals


def test_the_whole_pipeline_comes_in_by_files_and_every_figure_is_the_files(tenant: Any) -> None:
    deals = sales()
    accounts_are_the_files()
    deals_are_the_files(deals)
    agents_and_quarters_are_the_files(deals)


def accounts_are_the_files() -> None:
    """Each account is a company with its industry, country and the company above it."""
    accounts = {row["account"]: row for row in rows_of("crm_accounts.csv")}
    stored = Customer.objects.filter(kind="company", name__in=accounts)
    found = {
        name: (sector, parent or "") for name, sector, parent in stored.values_list("name", "industry", "parent__name")
    }
    expected = {
        name: (MENDED.get(row["sector"], row["sector"]), row["subsidiary_of"]) for name, row in accounts.items()
    }
    assert found == expected
    assert sum(bool(row["subsidiary_of"]) for row in accounts.values()) == stored.exclude(parent=None).count() == 15
    assert set(stored.filter(industry="technology").values_list("industry", flat=True)) == {"technology"}
    assert not stored.filter(country="").exists()


def deals_are_the_files(deals: list[dict[str, str]]) -> None:
    """Each deal stands where the file says, with its product, its account if it has one, and what it was worth."""
    assert dict(Deal.objects.values_list("stage__name").annotate(n=Count("id"))) == Counter(
        row["deal_stage"] for row in deals
    )
    assert Deal.objects.filter(customer=None).count() == sum(not row["account"] for row in deals) == 1425
    products = Counter(MENDED.get(row["product"], row["product"]) for row in deals)
    assert dict(Deal.objects.values_list("lines__product__name").annotate(n=Count("id"))) == products
    assert products["GTX Pro"] == 1480
    assert set(Deal.objects.values_list("name", flat=True)) == {row["opportunity_id"] for row in deals}
    won = Deal.objects.filter(status="won").aggregate(total=Sum("amount_home"))["total"]
    assert won == sum(Decimal(row["close_value"]) for row in deals if row["deal_stage"] == "Won") == 10_005_534
    assert Deal.objects.filter(status="open").exclude(closed_on=None).count() == 0


def agents_and_quarters_are_the_files(deals: list[dict[str, str]]) -> None:
    """Won value, deals won and deals closed of each agent and quarter."""
    expected: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    for row in (one for one in deals if one["close_date"]):
        year, month = row["close_date"].split("-")[:2]
        cell = expected[row["sales_agent"], f"{year}Q{(int(month) + 2) // 3}"]
        cell[0] += Decimal(row["close_value"]) if row["deal_stage"] == "Won" else 0
        cell[1] += row["deal_stage"] == "Won"
        cell[2] += 1
    found: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    closed = Deal.objects.exclude(closed_on=None).values_list("owner__name", "closed_on", "status", "amount_home")
    for agent, day, status, amount in closed:
        cell = found[agent, f"{day.year}Q{(day.month + 2) // 3}"]
        cell[0] += amount if status == "won" else 0
        cell[1] += status == "won"
        cell[2] += 1
    assert found == expected
    assert len({agent for agent, _quarter in found}) == 30
