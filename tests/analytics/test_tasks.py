"""When scores are recomputed, and the two commands."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics.models import ModelVersion, Run
from analytics.services import evaluate
from analytics.tasks import customers_of, is_contest_due, night_job, refresh_task, rescore_from_events
from crm.core.actors import SYSTEM
from crm.core.feed import COLUMNS
from crm.core.models import Event
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.sales.models import Order
from tenants.models import Tenant
from tenants.tasks import work_off
from tests.analytics.shops import AS_OF, Shop, evening, lively_shop

NOW = evening(AS_OF)


@pytest.fixture
def shop(tenant: Tenant) -> Shop:
    Order.objects.update(deleted_at=NOW)
    made = lively_shop(300)
    made.write()
    return made


def events() -> list[dict[str, Any]]:
    return list(Event.objects.order_by("seq").values(*COLUMNS))


def test_the_contest_is_held_once_a_week(shop: Shop) -> None:
    night_job(NOW)
    assert Run.objects.order_by("-pk")[0].is_contest
    night_job(NOW + timedelta(days=1))
    assert not Run.objects.order_by("-pk")[0].is_contest
    assert not is_contest_due(NOW + timedelta(days=6))
    assert is_contest_due(NOW + timedelta(days=7))


def test_drift_calls_for_a_contest(shop: Shop) -> None:
    night_job(NOW)
    assert not is_contest_due(NOW + timedelta(days=1))
    ModelVersion.objects.filter(predictor="churn").update(drift={"is_alarm": True})
    assert is_contest_due(NOW + timedelta(days=1))


def test_an_order_rescores_its_customer(shop: Shop) -> None:
    refresh_task()
    customer = Customer.objects.filter(churn_probability__isnull=False).order_by("-churn_probability", "id")[0]
    last = Order.objects.filter(customer__in=shop.customers.values()).order_by("-ordered_at")[0].ordered_at
    line = {"kind": "fee", "description": "work", "quantity": "1", "unit_price": "90"}
    values = {"number": "W-1", "customer": str(customer.pk), "ordered_at": last.isoformat(), "lines": [line]}
    record_save(Order, values, actor=SYSTEM.by(via="page"))
    rescore_from_events(events())
    assert work_off("analytics.tasks.rescore") == 1
    after = Customer.objects.get(pk=customer.pk)
    assert after.orders_count == (customer.orders_count or 0) + 1
    assert (after.churn_probability or 1) < (customer.churn_probability or 0)


def test_an_objection_blanks_the_fields_at_once(shop: Shop) -> None:
    refresh_task()
    customer = Customer.objects.filter(churn_probability__isnull=False).order_by("id")[0]
    record_save(Customer, {"is_profiling_refused": True}, actor=SYSTEM, id=customer.pk)
    rescore_from_events(events())
    assert work_off("analytics.tasks.rescore") == 1
    after = Customer.objects.get(pk=customer.pk)
    assert (after.prediction_status, after.churn_probability, after.churn_reasons) == ("opted_out", None, None)


def test_imports_and_other_changes_move_nothing(shop: Shop) -> None:
    customer = shop.customers["c0"]
    record_save(Customer, {"city": "Hangzhou"}, actor=SYSTEM, id=customer)
    record_save(Customer, {"opening_orders_count": 5}, actor=SYSTEM.by(via="import"), id=customer)
    mine = [event for event in events() if event["object_id"] == customer]
    assert len(mine) == 2
    assert customers_of([mine[0]]) == set()
    assert customers_of([mine[1]]) == {customer}
    rescore_from_events(mine)
    assert work_off("analytics.tasks.rescore") == 0
    assert Customer.objects.get(pk=customer).scored_at is None


def test_refresh_says_what_it_did(shop: Shop, tenant: Tenant) -> None:
    out = StringIO()
    call_command("refresh", tenant.slug, stdout=out)
    assert "scored 300" in out.getvalue()
    again = StringIO()
    call_command("refresh", tenant.slug, stdout=again)
    assert "Nothing has changed" in again.getvalue()


def test_evaluate_prints_one_object(shop: Shop, tenant: Tenant) -> None:
    out = StringIO()
    as_of = (AS_OF - timedelta(days=90)).isoformat()
    call_command("evaluate", tenant.slug, "--as-of", as_of, "--window", "90", "--json", stdout=out)
    figures = json.loads(out.getvalue())
    wanted = {"champion", "auc", "brier", "base_rate", "recall_new", "recall_again", "status", "contestants"}
    assert wanted <= figures.keys()
    champion = next(entry for entry in figures["contestants"] if entry["name"] == figures["champion"])
    assert figures["auc"] == champion["auc"]


def test_evaluate_prints_a_table_for_people(shop: Shop, tenant: Tenant) -> None:
    out = StringIO()
    call_command("evaluate", tenant.slug, "--as-of", (AS_OF - timedelta(days=90)).isoformat(), stdout=out)
    assert "Logistic regression" in out.getvalue()
    assert "Recall at 10" in out.getvalue()


def test_evaluate_stores_nothing_and_sees_nothing_of_the_future(shop: Shop) -> None:
    as_of = AS_OF - timedelta(days=90)
    before = evaluate(as_of, 90)
    assert not ModelVersion.objects.filter(data_hash__gt="").exclude(predictor="xx").filter(verdict="ok").exists()
    Order.objects.filter(ordered_at__gt=evening(as_of + timedelta(days=91))).update(deleted_at=timezone.now())
    after = evaluate(as_of, 90)
    assert (after["auc"], after["brier"], after["trained_on"]) == (before["auc"], before["brier"], before["trained_on"])


def test_evaluate_of_an_empty_tenant_says_so(tenant: Tenant) -> None:
    Order.objects.update(deleted_at=timezone.now())
    figures = evaluate(AS_OF, 90)
    assert (figures["status"], figures["auc"], figures["contestants"]) == ("insufficient_history", None, [])


def test_an_unknown_tenant_is_named_in_the_error(tenant: Tenant) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("refresh", "nowhere")
