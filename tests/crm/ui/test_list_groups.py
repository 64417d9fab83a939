"""Groups and sums of a list, and cells edited where they stand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.sales.models import Deal, Stage
from crm.team.models import Role
from tenants import hosts
from tenants.models import Tenant
from tests.crm.api.asking import hashes

HTMX = {"HX-Request": "true"}


@pytest.fixture
def deals(tenant: Any) -> list[UUID]:
    """Three deals in two currencies."""
    Deal.objects.all().delete()
    stage = Stage.objects.filter(pipeline__is_default=True, deleted_at=None).order_by("position")[0]
    rows = [("100", "EUR"), ("50", "USD"), ("25", "EUR")]
    values = [{"name": f"D {n}", "amount": amount, "currency": code} for n, (amount, code) in enumerate(rows)]
    return [record_save(Deal, {**one, "stage": stage.pk}, actor=SYSTEM) for one in values]


def fragment(client: Any, path: str) -> str:
    """A fragment that opens."""
    answer = client.get(path, headers=HTMX)
    assert answer.status_code == 200, answer.content[:400]
    return str(answer.content.decode())


def test_a_list_is_put_into_groups_with_counts_and_sums(deals: list[UUID], client_for: Any) -> None:
    client = client_for("owner")
    assert "/deals/groups/?group=stage" in client.get("/deals/?group=stage").content.decode()
    groups = fragment(client, "/deals/groups/?group=stage&fields=name,amount")
    assert groups.count("<details") == 1
    assert "$50.00 + €125.00" in groups
    assert fragment(client, "/deals/groups/?group=currency&fields=name,amount").count("<details") == 2
    rows = fragment(client, "/deals/groups/rows/?currency=USD&fields=name,amount")
    assert (rows.count("<tr>"), "D 1" in rows) == (1, True)


def test_the_sums_stand_below_the_list_and_follow_its_filters(deals: list[UUID], client_for: Any) -> None:
    client = client_for("owner")
    assert "/deals/sums/" in client.get("/deals/").content.decode()
    assert "$50.00 + €125.00" in fragment(client, "/deals/sums/?fields=name,amount")
    assert "$50.00" in fragment(client, "/deals/sums/?fields=name,amount&currency=USD")
    shares = fragment(client, "/deals/sums/?fields=name,probability,exchange_rate,amount")
    assert shares.count('<td class="text-end num"></td>') == 2  # what is no quantity is never added up
    assert Deal.objects.filter(pk__in=deals)[0].amount in (Decimal(100), Decimal(50), Decimal(25))


def test_groups_and_sums_tell_nothing_that_is_hidden(deals: list[UUID], client_for: Any) -> None:
    Role.objects.filter(code="member").update(hidden_fields=["sales.deal.amount", "sales.deal.currency"])
    member = client_for("member")
    assert "125" not in fragment(member, "/deals/sums/?fields=name,amount")
    assert "125" not in fragment(member, "/deals/groups/?group=stage&fields=name,amount")
    for path in ("/deals/groups/?group=currency", "/deals/?group=currency", "/deals/?group=name"):
        assert member.get(path).status_code == 400, path


def test_a_cell_is_edited_where_it_stands(tenant: Any, client_for: Any) -> None:
    pk = record_save(Customer, {"name": "Lin Yi", "city": "Rome"}, actor=SYSTEM)
    client, place = client_for("owner"), f"/customers/{pk}/field/city/?cell=1"
    assert 'data-f="city"' in client.get("/customers/?fields=name,city").content.decode()
    form = fragment(client, place)
    assert (form.startswith("<td"), 'value="Rome"' in form) == (True, True)
    saved = client.post(place, {"city": "Oslo", "version": "1"}, headers=HTMX).content.decode()
    assert ("Oslo" in saved, "<form" in saved) == (True, False)
    stale = client.post(place, {"city": "Bern", "version": "1"}, headers=HTMX).content.decode()
    assert ("Bern" in stale, "Oslo" in stale) == (True, True)
    before = hashes()
    reader = client_for("read-only")
    assert "data-f=" not in reader.get("/customers/?fields=name,city").content.decode()
    assert reader.post(place, {"city": "Bern", "version": "2"}).status_code == 403
    assert hashes()["customers.customer"] == before["customers.customer"]
    assert Customer.objects.get(pk=pk).city == "Oslo"


def test_a_list_of_what_sets_up_the_work_keeps_the_menu_and_adds_nothing_up(tenant: Any, client_for: Any) -> None:
    page = client_for("owner").get("/stages/").content.decode()
    assert 'class="settings-nav"' in page
    assert "<tfoot" not in page
    assert "<tfoot" in client_for("owner").get("/deals/").content.decode()


def test_what_an_industry_works_with_every_day_is_at_first_sight(tenant: Any, client_for: Any) -> None:
    for industry, is_first in (("shop", False), ("bank", True)):
        Tenant.objects.filter(pk=tenant.pk).update(industry=industry)
        hosts.forget()
        page = client_for("owner").get("/settings/profile/").content.decode()
        assert (page.index('href="/holdings/"') < page.index('class="nav-rest"')) is is_first
