"""The sample and a company's own records never stand together: one rule for every list, count and refusal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.activities.models import Meeting
from crm.core.actors import SYSTEM
from crm.core.alike import groups, likely
from crm.core.registry import registry
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.sales.models import Deal, Lead, PriceBook, Target
from tenants import hosts
from tenants.models import Tenant

JSON = "application/json"
TARGET = {"measure": "won_count", "period": "quarter", "starts_on": "2031-01-01", "goal": "5"}


def sampled(model: type[Any], **values: Any) -> Any:
    """A record of the sample."""
    pk = record_save(model, values, actor=SYSTEM)
    model.objects.filter(pk=pk).update(is_sample=True)
    return model.objects.get(pk=pk)


@pytest.fixture
def sample(tenant: Tenant) -> Any:
    """A customer of the sample, in a company that has nothing of its own: everything of the fixtures is deleted."""
    for noun in (one for one in registry if not one.in_settings):
        noun.model._default_manager.update(deleted_at=timezone.now())
    customer = sampled(Customer, name="Sample Mill", email="mill@sample.example", phone="+4721000001", kind="company")
    state(tenant, is_shown=True)
    return customer


def state(tenant: Tenant, *, is_shown: bool) -> None:
    """What the row says, as the next request finds it."""
    Tenant.objects.filter(pk=tenant.pk).update(is_sample_shown=is_shown)
    tenant.is_sample_shown = is_shown
    hosts.forget()


def shown(tenant: Tenant) -> bool:
    """What is stored; a test that is rolled back never gets to a COMMIT."""
    tenant.refresh_from_db()
    hosts.forget()
    return tenant.is_sample_shown


def names(client: Any, path: str) -> list[str]:
    """The names in a list."""
    return [row["name"] for row in client.get(f"/api/v1/{path}").json()["results"]]


def test_the_first_own_customer_has_the_sample_stand_aside(sample: Any, tenant: Tenant, key_client: Any) -> None:
    client = key_client()
    assert names(client, "customers/?ordering=name") == ["Sample Mill"]
    assert shown(tenant)
    client.post("/api/v1/customers/?dry_run=1", {"name": "Own Mill"}, JSON)
    assert shown(tenant)
    client.post("/api/v1/customers/", {"name": "Own Mill", "kind": "company"}, JSON)
    assert not shown(tenant)
    for question in ("", "&city__empty=true", "&search=mill", "&ordering=created_at"):
        assert names(client, f"customers/?fields=name{question}") == ["Own Mill"], question
    assert client.get("/api/v1/customers/count").json()["count"] == 1
    assert client.get(f"/api/v1/customers/{sample.pk}").json()["is_sample"] is True


def test_who_asks_for_the_sample_is_given_it(sample: Any, tenant: Tenant, key_client: Any) -> None:
    record_save(Customer, {"name": "Own Mill"}, actor=SYSTEM)
    assert not shown(tenant)
    client, path = key_client(), "/api/v1/customers/search"
    assert names(client, "customers/?is_sample=true") == ["Sample Mill"]
    assert sorted(names(client, "customers/?is_sample__in=true,false")) == ["Own Mill", "Sample Mill"]
    asked = {"or": [{"field": "is_sample", "value": True}, {"field": "name", "value": "Own Mill"}]}
    assert client.post(path, {"where": asked}, JSON).json()["count"] == 2
    plain = {"field": "name", "op": "contains", "value": "Mill"}
    assert client.post(path, {"where": plain}, JSON).json()["count"] == 1


def test_trying_things_out_on_the_sample_does_not_count_as_own(sample: Any, tenant: Tenant, key_client: Any) -> None:
    lead = sampled(Lead, name="Sample Lead")
    state(tenant, is_shown=True)
    client = key_client()
    client.post("/api/v1/deals/", {"name": "Tried", "customer": str(sample.pk)}, JSON)
    assert client.post(f"/api/v1/leads/{lead.pk}/convert", {}, JSON).status_code == 200
    assert Deal.objects.filter(name="Tried", is_sample=False).exists()
    assert shown(tenant)
    client.post("/api/v1/deals/", {"name": "Own"}, JSON)
    assert not shown(tenant)


def test_one_s_own_target_is_not_refused_because_of_the_sample_s(sample: Any, tenant: Tenant, key_client: Any) -> None:
    sampled(Target, **TARGET)
    client = key_client()
    assert client.post("/api/v1/targets/", TARGET, JSON).status_code == 201
    again = client.post("/api/v1/targets/", TARGET, JSON)
    assert again.status_code == 422
    assert Target.objects.filter(goal=5, deleted_at=None).count() == 2


def test_a_sample_gives_way_to_whoever_needs_its_name(sample: Any, tenant: Tenant, key_client: Any) -> None:
    book = sampled(PriceBook, name="Trade", currency="USD")
    client = key_client()
    answer = client.post("/api/v1/price-books/", {"name": "Trade", "currency": "USD"}, JSON)
    assert answer.status_code == 201, answer.content
    book.refresh_from_db()
    assert book.deleted_at is not None
    assert client.post("/api/v1/price-books/", {"name": "Trade", "currency": "USD"}, JSON).status_code == 422
    assert client.post(f"/api/v1/price-books/{book.pk}/restore", {}, JSON).status_code == 409


def test_duplicates_are_looked_for_among_one_s_own(sample: Any, tenant: Tenant) -> None:
    asked, noun = {"name": "Sample Mill", "email": "mill@sample.example"}, registry["customers.customer"]
    assert [one.id for one in likely(noun, asked, actor=SYSTEM)] == [sample.pk]
    record_save(Customer, {"name": "Sample Mill", "phone": "+4721000001"}, actor=SYSTEM)
    state(tenant, is_shown=False)
    assert not any(one.id == sample.pk for one in likely(noun, asked, actor=SYSTEM))
    assert groups(noun, actor=SYSTEM) == []


def test_boards_calendars_and_the_palette_leave_the_sample_out(sample: Any, tenant: Tenant, client_for: Any) -> None:
    sampled(Lead, name="Quillon Sample")
    record_save(Lead, {"name": "Quillon Own"}, actor=SYSTEM)
    begins = timezone.now() + timedelta(hours=1)
    times = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=1)).isoformat()}
    sampled(Meeting, title="Quillon Sample", **times)
    record_save(Meeting, {"title": "Quillon Own", **times}, actor=SYSTEM)
    pages = ("/palette/?q=Quillon", "/calendar/?whose=all&look=agenda", "/leads/?search=Quillon")
    for is_shown in (True, False):
        state(tenant, is_shown=is_shown)
        for page in pages:
            text = client_for().get(page).content.decode()
            assert "Quillon Own" in text, page
            assert ("Quillon Sample" in text) is is_shown, page


def test_pages_mark_what_is_of_the_sample_and_lead_to_what_is_hidden(
    sample: Any, tenant: Tenant, client_for: Any
) -> None:
    Customer.objects.filter(pk=sample.pk).update(number="SAMPLE-00001")
    owner = client_for()
    page = owner.get("/customers/").content.decode()
    assert 'class="sample-mark"' in page
    assert "Show the sample" not in page
    assert "Remove sample data" in page
    record_save(Customer, {"name": "Own Mill"}, actor=SYSTEM)
    state(tenant, is_shown=False)
    page = owner.get("/customers/").content.decode()
    assert "Own Mill" in page
    assert 'class="sample-mark"' not in page
    assert "is_sample=true" in page
    page = owner.get("/customers/?is_sample=true").content.decode()
    assert "Own Mill" not in page
    assert 'class="sample-mark"' in page


def test_the_sample_is_shown_again_by_who_may_remove_it(sample: Any, tenant: Tenant, client_for: Any) -> None:
    Customer.objects.filter(pk=sample.pk).update(number="SAMPLE-00001")
    reader = client_for("read-only")
    assert "Remove sample data" not in (text := reader.get("/").content.decode())
    assert "You are looking" in text
    state(tenant, is_shown=False)
    assert reader.post("/settings/sample/", {"show": "1"}).status_code == 403
    assert not shown(tenant)
    assert client_for().post("/settings/sample/", {"show": "1"}).status_code == 302
    assert shown(tenant)
