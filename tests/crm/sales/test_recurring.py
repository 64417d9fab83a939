"""What recurs each month, what made it more or less, and how it begins with a quote."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from crm.core.actors import SYSTEM
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.sales.models import Order, Product, Quote, Subscription
from crm.sales.services.paper import quote_paper
from tests.examples import a_customer

CHANGES = ("before", "new", "expansion", "contraction", "churned", "after", "customers", "lost")


@pytest.fixture
def subscriptions(tenant: Any) -> None:
    """Four customers over the first months of 2024: one stays and grows, one shrinks, one leaves, one comes."""
    Subscription.objects.all().delete()
    grows, shrinks, leaves, comes = (a_customer() for _n in range(4))
    for customer, amount, starts, ends, more in (
        (grows, 100, "2023-06-01", None, {}),
        (grows, 600, "2024-02-10", None, {"interval": "year"}),
        (shrinks, 80, "2023-01-01", "2024-02-15", {}),
        (shrinks, 30, "2024-02-16", None, {}),
        (leaves, 90, "2023-01-01", "2024-02-28", {"interval": "quarter"}),
        (comes, 20, "2024-02-29", None, {"currency": "USD", "exchange_rate": "2"}),
    ):
        values = {"name": "S", "customer": customer, "amount": amount, "starts_on": starts, "ends_on": ends}
        record_save(Subscription, {**values, **more}, actor=SYSTEM)


def told(client: Any, **params: str) -> list[dict[str, Any]]:
    """The lines of the page."""
    answer = client.get("/api/v1/figures/recurring", params)
    assert answer.status_code == 200, answer.content
    return list(answer.json()["rows"])


def test_each_month_tells_what_made_recurring_revenue_more_or_less(subscriptions: None, key_client: Any) -> None:
    client = key_client()
    rows = {row["title"]: row for row in told(client, year="2024")}
    february = rows["February 2024"]["values"]
    assert [float(february[name]) for name in CHANGES] == [210, 40, 50, -50, -30, 220, 3, 1]
    assert february["kept"] == pytest.approx(180 / 210)
    assert [float(rows["January 2024"]["values"][name]) for name in CHANGES] == [210, 0, 0, 0, 0, 210, 3, 0]
    assert [float(rows["Total"]["values"][name]) for name in CHANGES] == [210, 40, 50, -50, -30, 220, 3, 1]
    assert rows["Total"]["values"]["kept"] == pytest.approx(180 / 210)
    behind = client.get(rows["February 2024"]["records"]["after"]).json()["results"]
    assert sum(Decimal(one["monthly_home"]) for one in behind) == 220


def test_the_page_opens_for_whoever_sees_subscriptions(subscriptions: None, client_for: Any, key_client: Any) -> None:
    assert "February 2024" in client_for("member").get("/figures/recurring/?year=2024").content.decode()
    assert key_client(scopes=["sales.view_deal"]).get("/api/v1/figures/recurring").status_code == 403


def test_a_recurring_line_of_a_quote_becomes_a_subscription_with_the_order(tenant: Any) -> None:
    customer = a_customer()
    lines = [
        {"description": "Setting up", "quantity": "1", "unit_price": "500"},
        {"description": "Care", "quantity": "2", "unit_price": "60", "interval": "month", "discount_percent": "50"},
    ]
    values = {"customer": customer, "currency": "EUR", "valid_until": "2099-01-01", "lines": lines}
    pk = record_save(Quote, values, actor=SYSTEM)
    paper = quote_paper(Quote.objects.get(pk=pk))
    assert [row[paper.heads.index("Paid")] for row in paper.rows] == ["", "Every month"]
    for verb, inputs in (("send", {}), ("accept", {"name": "Ann"}), ("order", {"wins_deal": False})):
        verb_run(registry["sales.quote"], verb, pk, actor=SYSTEM, inputs=inputs)
    one = Subscription.objects.get(customer=customer)
    assert (one.name, one.amount, one.interval, one.monthly_amount) == ("Care", 60, "month", 60)
    assert one.order is not None
    assert one.order.quote_id == UUID(str(pk))
    assert one.starts_on == timezone.localdate()
    assert list(one.order.lines.order_by("position").values_list("interval", flat=True)) == ["once", "month"]


def test_sales_are_told_by_category_and_product_in_own_currency(tenant: Any, key_client: Any, client_for: Any) -> None:
    Order.objects.update(deleted_at=timezone.now())
    pots = [record_save(Product, {"name": n, "category": c, "unit_cost": "10"}, actor=SYSTEM)
            for n, c in (("Pot", "Kitchen"), ("Cup", "Kitchen"), ("Tea", ""))]  # fmt: skip
    for number, day, more, lines in (
        ("A", "2026-05-01", {"exchange_rate": "2", "currency": "USD"}, [(0, 3, "20"), (1, 1, "5")]),
        ("B", "2026-06-30", {}, [(0, 1, "30"), (2, 2, "7")]),
        ("C", "2026-05-01", {"status": "cancelled"}, [(0, 9, "99")]),
        ("D", "2026-07-01", {}, [(0, 9, "99")]),
        ("E", f"{(old := timezone.localdate().year - 4)}-05-01", {}, [(2, 1, "8")]),
    ):
        rows = [{"product": pots[at], "quantity": n, "unit_price": price} for at, n, price in lines]
        values = {"number": f"SP-{number}", "ordered_at": f"{day}T12:00:00Z", "lines": rows, **more}
        record_save(Order, values, actor=SYSTEM)
    client = key_client()
    told = client.get("/api/v1/figures/products?period=2026-Q2").json()["rows"]
    figures = [(one["title"], float(one["values"]["revenue"]), float(one["values"]["quantity"])) for one in told]
    assert figures == [
        ("Kitchen", 160, 5), ("Pot", 150, 4), ("Cup", 10, 1), ("Without a category", 14, 2), ("Tea", 14, 2),
        ("Total", 174, 7),
    ]  # fmt: skip
    assert [float(one["values"]["margin"]) for one in told[:3]] == [160 - 60 - 10 - 20, 150 - 60 - 10, -10]
    behind = client.get(told[1]["records"]["revenue"]).json()["results"]
    assert sorted(one["number"] for one in behind) == ["SP-A", "SP-B"]
    assert sorted(one["number"] for one in client.get(told[2]["records"]["revenue"]).json()["results"]) == ["SP-A"]
    assert "Kitchen" in client_for("member").get("/figures/products/?period=2026-Q2").content.decode()
    long_ago = client.get(f"/api/v1/figures/products?period={old}-Q2").json()["rows"]
    assert float(long_ago[-1]["values"]["revenue"]) == 8
    assert key_client(scopes=["sales.view_order"]).get("/api/v1/figures/products").status_code == 403
