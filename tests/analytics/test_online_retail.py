"""The models on real orders, judged out of time by the protocols of the design."""

import csv
import gzip
import os
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from unittest import SkipTest

import pytest
from django.conf import settings
from django.utils import timezone

from analytics.services import evaluate, refresh
from analytics.worklist import worklist
from crm.core.actors import SYSTEM
from crm.customers.models import Customer
from crm.sales.models import Order
from tenants.models import Tenant
from tests.analytics.shops import Shop

DATA = Path(settings.BASE_DIR).parent / "shared" / "data" / "online_retail.csv.gz"
Row = dict[str, str]


def rows() -> Iterator[Row]:
    """The file's lines of known customers with a price; it must be there in CI."""
    if not DATA.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{DATA} is missing")
        raise SkipTest(f"{DATA} is not on this machine")
    with gzip.open(DATA, "rt", encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["CustomerID"] and float(row["UnitPrice"]) > 0:
                yield row


def retail() -> Shop:
    """Invoices as orders, cancellations as credits, codes that begin with five digits as products."""
    shop, invoices = Shop(), defaultdict[str, list[Row]](list)
    for row in rows():
        invoices[row["InvoiceNo"]].append(row)
    for number, invoice in invoices.items():
        is_credit = number.startswith("C")
        kept = [
            (("" if row["StockCode"][:5].isdigit() else "!") + row["StockCode"], quantity, float(row["UnitPrice"]))
            for row in invoice
            if (quantity := float(row["Quantity"])) > 0 or is_credit
        ]
        at = datetime.fromisoformat(invoice[0]["InvoiceDate"]).replace(tzinfo=UTC)
        kind = "credit" if is_credit else "sale"
        shop.sell(invoice[0]["CustomerID"], at, kept, kind=kind, number=number)
    return shop


def test_online_retail_reaches_the_figures(tenant: Tenant) -> None:
    Order.objects.update(deleted_at=timezone.now())
    shop = retail()
    shop.write()
    churn = evaluate(date(2011, 9, 9), 90)
    assert churn["status"] == "ok"
    assert churn["auc"] >= 0.735
    assert churn["brier"] <= 0.212
    assert {entry["name"] for entry in churn["contestants"]} == {"base_rate", "silence_rule", "logistic", "boosting"}
    assert churn["warnings"] == []
    lists = evaluate(date(2011, 10, 31), 90)
    assert lists["recall_new"] >= 0.088
    assert lists["recall_again"] >= 0.28
    assert lists["warnings"]
    run = refresh(as_of=timezone.now(), contest=True)
    assert run.features_on == date(2011, 12, 9)
    assert run.counts["real"]["scored"] > 4300
    assert Customer.objects.filter(churn_band__in=["high", "critical"], prediction_status="ok").exists()
    assert worklist(SYSTEM)[0].reason
