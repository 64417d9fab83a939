"""kill -9 in the middle of the real night: another worker finishes it, and the scores are those of a calm night."""
from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from analytics.models import Recommendation, Run
from analytics.tasks import night_job
from crm.customers.models import Customer
from crm.exchange.samples.writing import sample_make
from crm.sales.models import Deal, Holding, Order, Payment, Quote, Subscription
from tenants import night
from tenants.context import inside
from tenants.models import NightRun, Tenant
from tests.tenants.conftest import Process, until, worker_start, workshop_open

JOB = "analytics.tasks.night_job"
MOMENT = datetime.now(UTC).replace(hour=2, minute=30, second=0, microsecond=0) + timedelta(days=2)
SCORES = (
    "number", "churn_probability", "churn_band", "churn_percentile", "clv_predicted", "clv_low", "clv_high",
    "rfm_segment", "next_purchase_expected_on", "buy_within_30d_probability", "next_best_action", "model_grade",
    "prediction_status", "features_at",
)


@pytest.fixture
def start(module_database: None, quick: None, tmp_path: Path, settings: Any) -> Iterator[Callable[..., Process]]:
    """Two tenants with the same shop, and a way to start workers that score it."""
    settings.NIGHT_JOBS = {"count": JOB}
    with workshop_open(tmp_path, TEST_NIGHT_JOB=JOB) as starting:
        Tenant.objects.update(time_zone="UTC")
        Tenant.objects.exclude(schema_name="t_a").update(state=Tenant.State.SUSPENDED)
        for schema in ("t_a", "t_b"):
            with inside(Tenant.objects.get(schema_name=schema)):
                sample_make("shop", as_of=MOMENT.date())
                some_leave()
        yield starting


def some_leave() -> None:
    """A night's course is the same with six hundred customers as with all of the sample's."""
    leaving = list(Customer.objects.order_by("number").values_list("pk", flat=True)[600:])
    for model in (Payment, Quote, Deal, Holding, Subscription, Order):
        model.objects.filter(customer__in=leaving).delete()
    Customer.objects.filter(pk__in=leaving).delete()


def scores(schema: str) -> tuple[list[Any], list[Any]]:
    """Every score and recommendation of a tenant's samples, by what people know the customers by."""
    with inside(Tenant.objects.get(schema_name=schema)):
        customers = list(Customer.objects.filter(is_sample=True).order_by("number").values_list(*SCORES))
        shelves = Recommendation.objects.filter(customer__is_sample=True)
        products = list(shelves.order_by("customer__number", "reason_type", "rank").values_list(
            "customer__number", "reason_type", "rank", "product__sku", "score"))
    return customers, products


def test_a_night_that_was_killed_ends_in_the_scores_of_a_calm_one(start: Callable[..., Process]) -> None:
    workers = [worker_start(start, name, "night", "large") for name in ("one", "two")]
    for worker in workers:
        worker.await_line(" ready.")
    assert (night.rows_make(MOMENT), night.dispatch()) == (1, 1)
    with inside(Tenant.objects.get(schema_name="t_a")):
        until(lambda: Run.objects.filter(as_of=MOMENT, step__contains="recommending").exists(), what="scores half done")
    victim = next(worker for worker in workers if "received" in worker.log.read_text())
    victim.end(signal.SIGKILL)
    assert NightRun.objects.get(as_of=MOMENT).state == "running"

    def finished() -> bool:
        night.reaper()
        return NightRun.objects.filter(as_of=MOMENT, state="done").exists()

    until(finished, what="the other worker to finish", seconds=240)
    assert NightRun.objects.get(as_of=MOMENT).tries == 2
    with inside(Tenant.objects.get(schema_name="t_b")):
        night_job(MOMENT)
    killed, calm = scores("t_a"), scores("t_b")
    assert len(killed[0]) > 500
    assert sum(row[1] is not None for row in killed[0]) >= 300
    assert killed[1]
    assert killed == calm
    connection.set_schema_to_public()
