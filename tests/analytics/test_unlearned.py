"""What people see before anything was learned, and where nothing can be learned."""

from typing import Any

from analytics.model_cards import model_page
from analytics.readiness import readiness
from analytics.services import refresh
from analytics.worklist import worklist
from crm.core.actors import SYSTEM
from crm.core.samples import sample_show
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.sales.models import Order
from tenants.models import Tenant
from tests.analytics.shops import AS_OF, evening, lively_shop, noisy_shop
from tests.analytics.test_cards import prediction

NOW = evening(AS_OF)


def test_before_the_first_night_the_card_says_so(tenant: Tenant) -> None:
    fresh = Customer.objects.create(name="New", number="N-1")
    shown = prediction(fresh.pk)
    assert shown.status_label == "Not scored yet"
    assert shown.lifts_it


def test_noise_is_shown_as_insufficient_signal(tenant: Tenant) -> None:
    Order.objects.update(deleted_at=NOW)
    made = noisy_shop(400)
    made.write()
    refresh(as_of=NOW, contest=True)
    shown = prediction(made.customers["c0"])
    assert (shown.status, shown.probability) == ("no_signal", None)
    assert shown.why
    assert shown.lifts_it
    entry = next(p for p in model_page(actor=SYSTEM)["predictors"] if p["name"] == "churn")
    assert (entry["verdict"], entry["grade"]) == ("no_signal", "D")
    assert entry["why"]


def test_samples_are_listed_only_while_nothing_is_real(
    tenant: Tenant, django_capture_on_commit_callbacks: Any
) -> None:
    Order.objects.update(deleted_at=NOW)
    lively_shop(150, seed=5, is_sample=True).write()
    Customer.objects.filter(is_sample=False).update(deleted_at=NOW)
    refresh(as_of=NOW, contest=True)
    with django_capture_on_commit_callbacks(execute=True):
        sample_show(is_shown=True)
    assert {item.is_sample for item in worklist(SYSTEM)} == {True}
    assert model_page(actor=SYSTEM)["is_sample"]
    with django_capture_on_commit_callbacks(execute=True):
        record_save(Customer, {"name": "Real", "number": "R-1"}, actor=SYSTEM)
    assert worklist(SYSTEM) == []


def test_what_is_missing_is_told_in_numbers_and_words(tenant: Tenant) -> None:
    told = readiness(actor=SYSTEM)
    churn = next(one for one in told["models"] if one["name"] == "churn")
    assert not churn["is_ready"]
    need = next(one for one in churn["needs"] if one["what"] == "customers")
    assert need["missing"] == need["need"] - need["have"] > 0
    assert f"{need['have']} of {need['need']}" in churn["text"]
