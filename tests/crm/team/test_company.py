"""The company's own page and endpoint: what changes, what stays, and who may."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.models import Event
from crm.sales.models import Deal
from crm.team.company import company_change, counted, has_amounts
from tenants.models import Tenant

COMPANY = "/api/v1/company"
PAGE = "/settings/company/"


def kept(tenant: Tenant) -> Tenant:
    """As the catalogue has it."""
    return Tenant.objects.get(pk=tenant.pk)


def test_the_owner_changes_it_by_page_and_the_change_is_told(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    values = {"name": "Lin Tea & Sons", "industry": "bank", "locale": "zh-hans", "region": "GB"}
    values["time_zone"] = "Asia/Tokyo"
    assert client.post(PAGE, values)["Location"] == PAGE
    now = kept(tenant)
    assert {name: getattr(now, name) for name in values} == values
    assert now.currency == tenant.currency
    event = Event.objects.get(name="team.tenant.changed")
    assert event.after["name"] == "Lin Tea & Sons"
    assert event.before["name"] == tenant.name
    shown = client.get(PAGE).content.decode()
    assert f"{tenant.name} → Lin Tea &amp; Sons" in shown
    assert client.get(COMPANY).json()["time_zone"] == "Asia/Tokyo"


@pytest.mark.parametrize("role", ["manager", "member", "read-only"])
def test_nobody_else_changes_it(tenant: Any, client_for: Any, role: str) -> None:
    client = client_for(role)
    assert client.post(PAGE, {"name": "Mine"}).status_code == 403
    assert client.patch(COMPANY, {"name": "Mine"}, content_type="application/json").status_code == 403
    assert kept(tenant).name == tenant.name
    assert PAGE not in client.get("/settings/profile/").content.decode()
    assert client.get(COMPANY).json()["name"] == tenant.name


@pytest.mark.parametrize(
    "value",
    [
        {"name": " \u200b"}, {"name": 7}, {"industry": "mafia"}, {"currency": "ZZZ"}, {"currency": "DEM"},
        {"time_zone": "Mars/Base"}, {"locale": "klingon"}, {"region": "ZZ"}, {"slug": "other"},
    ],
)  # fmt: skip
def test_what_says_nothing_is_refused_by_name(tenant: Any, client_for: Any, value: dict[str, Any]) -> None:
    answer = client_for("owner").patch(COMPANY, value, content_type="application/json")
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [f"/{next(iter(value))}"]
    now = kept(tenant)
    assert all(getattr(now, name) == getattr(tenant, name) for name in value)


def test_the_currency_stays_as_soon_as_an_own_amount_is_counted_in_it(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    Deal.objects.filter(pk=Deal.objects.values("pk")[:1]).update(is_sample=False, amount=Decimal(5))
    assert has_amounts()
    refused = client.patch(COMPANY, {"currency": "EUR", "name": "X"}, content_type="application/json")
    assert refused.status_code == 422
    assert "amounts of your own" in refused.json()["detail"]
    assert kept(tenant).name == tenant.name
    assert "disabled" in client.get(PAGE).content.decode().partition('name="currency"')[2][:20]


def test_amounts_of_the_sample_leave_it_free(other: Tenant, tenant: Any) -> None:
    assert has_amounts()
    for resource, _amounts in counted():
        resource.model._default_manager.update(is_sample=True)
    assert not has_amounts()
    assert company_change({"currency": "EUR"}, actor=SYSTEM)["currency"] == "EUR"
    assert kept(tenant).currency == "EUR"
    assert kept(other).currency == other.currency
