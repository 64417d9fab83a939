"""The recomputation: what it stores, what it refuses to store, and that it is the same each time."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from analytics import refreshing
from analytics.models import ModelVersion, PredictionSnapshot, Recommendation, Run
from analytics.predictors import PREDICTORS
from analytics.services import refresh, rescore
from crm.core.models import Event
from crm.customers.models import Customer, Scored
from crm.sales.models import Order
from tenants.models import Tenant
from tests.analytics.shops import AS_OF, Shop, evening, lively_shop, noisy_shop, scores

NOW = evening(AS_OF)
PROVENANCE = {"prediction_status", "scored_at", "features_at"}


def version(predictor: str, *, is_sample: bool = False) -> ModelVersion:
    return ModelVersion.objects.exclude(status="retired").get(predictor=predictor, is_sample=is_sample)


@pytest.fixture
def shop(tenant: Tenant) -> Shop:
    Order.objects.update(deleted_at=NOW)
    made = lively_shop(800)
    made.write()
    return made


def test_it_scores_everyone_who_has_ordered(shop: Shop) -> None:
    run = refresh(as_of=NOW, contest=True)
    assert run.state == Run.State.DONE
    assert run.counts["real"]["scored"] == len(shop.customers)
    churn = version("churn")
    assert (churn.verdict, churn.status, churn.rung, churn.window_days) == ("ok", "active", "full", 90)
    assert {entry["name"] for entry in churn.contest} == {"base_rate", "silence_rule", "logistic", "boosting"}
    assert churn.metrics["auc"] > 0.65
    for customer in Customer.objects.filter(pk__in=shop.customers.values()):
        assert customer.prediction_status == "ok"
        assert 0 <= (customer.churn_probability or 0) <= 1
        assert customer.churn_band in {"low", "medium", "high", "critical"}
        assert (customer.clv_low or 0) <= (customer.clv_predicted or 0) <= (customer.clv_high or 0)
        assert (customer.next_purchase_low_on or AS_OF) > AS_OF
        assert customer.rfm_segment
        assert (customer.model_version, customer.model_grade) == (churn.name, churn.grade)


def test_every_declared_field_of_every_predictor_is_written(shop: Shop) -> None:
    refresh(as_of=NOW, contest=True)
    known = {field.name for field in Scored._meta.concrete_fields}
    for predictor in PREDICTORS:
        for name in predictor.fields:
            assert name in known, name
            assert Customer.objects.exclude(**{name: None}).exclude(prediction_status="").exists(), name
        assert version(predictor.name).verdict == "ok"


def test_the_levels_are_absolute_and_kept_on_the_version(shop: Shop) -> None:
    refresh(as_of=NOW, contest=True)
    limits = version("churn").thresholds
    for customer in Customer.objects.filter(churn_band="high"):
        assert limits["high"] <= (customer.churn_probability or 0) < limits["critical"]
    assert Customer.objects.filter(churn_band="low", churn_probability__gte=limits["medium"]).count() == 0


def test_reasons_carry_their_number_and_add_up(shop: Shop) -> None:
    refresh(as_of=NOW, contest=True)
    for customer in Customer.objects.filter(churn_band="critical"):
        reasons: list[dict[str, Any]] = customer.churn_reasons or []
        assert 1 <= len(reasons) <= 5
        for reason in reasons:
            assert set(reason) == {"feature", "label", "value", "direction", "points", "actionable"}
            assert (reason["points"] > 0) == (reason["direction"] == "up")
        assert sum(reason["points"] for reason in reasons) > 0
        silent = next((r for r in reasons if r["feature"] == "recency_days"), None)
        assert silent is None or str(round(silent["value"])) in silent["label"]


def test_pure_noise_is_refused_and_says_so(tenant: Tenant) -> None:
    made = noisy_shop(700)
    made.write()
    refresh(as_of=NOW, contest=True)
    churn = version("churn")
    assert (churn.verdict, churn.status, churn.grade) == ("no_signal", "shadow", "D")
    assert churn.metrics["refused_for"]
    people = Customer.objects.filter(pk__in=made.customers.values())
    assert set(people.values_list("prediction_status", "churn_probability", "churn_band")) == {("no_signal", None, "")}
    assert people.exclude(rfm_segment="").count() == len(made.customers)


def test_a_small_shop_gets_segments_and_no_probability(tenant: Tenant) -> None:
    made = lively_shop(30)
    made.write()
    refresh(as_of=NOW, contest=True)
    people = Customer.objects.filter(pk__in=made.customers.values())
    assert set(people.values_list("prediction_status", "churn_probability")) == {("insufficient_history", None)}
    assert people.exclude(rfm_segment="").count() == 30


def test_a_middling_shop_gets_the_small_contest(tenant: Tenant) -> None:
    lively_shop(300, seed=3).write()
    refresh(as_of=NOW, contest=True)
    churn = version("churn")
    assert churn.rung == "logistic"
    assert {entry["name"] for entry in churn.contest} == {"base_rate", "silence_rule", "logistic"}
    assert churn.grade in {"B", "C", "D"}


def test_totals_from_before_are_enough_for_a_segment(tenant: Tenant) -> None:
    for number in range(20):
        Customer.objects.create(
            name=f"p{number}", number=f"P{number}", opening_orders_count=number + 1, opening_spend=100 * (number + 1),
            opening_last_order_on=AS_OF - timedelta(days=10 * (20 - number)),
        )  # fmt: skip
    refresh(as_of=NOW, contest=True)
    best, worst = Customer.objects.get(number="P19"), Customer.objects.get(number="P0")
    assert (best.rfm_segment, best.orders_count, best.prediction_status) == ("champions", 20, "insufficient_history")
    assert worst.rfm_segment == "lost"
    assert best.is_high_value
    assert not worst.is_high_value


def test_the_same_data_on_the_same_day_trains_and_writes_nothing(shop: Shop) -> None:
    first = refresh(as_of=NOW, contest=True)
    before, versions = scores(), ModelVersion.objects.count()
    again = refresh(as_of=NOW - timedelta(hours=3), contest=True)
    assert again.pk == first.pk
    assert ModelVersion.objects.count() == versions
    assert scores() == before


def test_the_same_data_gives_the_same_scores_bit_for_bit(shop: Shop) -> None:
    refresh(as_of=NOW, contest=True)
    before, lists = scores(), list(Recommendation.objects.order_by("id").values_list("id", "product", "rank", "score"))
    Run.objects.all().delete()
    run = refresh(as_of=NOW, contest=True)
    assert (run.counts["real"]["changed"], run.counts["real"]["recommendations_changed"]) == (0, 0)
    assert scores() == before
    assert list(Recommendation.objects.order_by("id").values_list("id", "product", "rank", "score")) == lists


def test_scores_move_neither_version_nor_date_of_change(shop: Shop) -> None:
    before = list(Customer.objects.order_by("id").values_list("id", "version", "updated_at"))
    refresh(as_of=NOW, contest=True)
    assert list(Customer.objects.order_by("id").values_list("id", "version", "updated_at")) == before


def test_a_fact_is_written_only_when_a_level_is_crossed(shop: Shop) -> None:
    refresh(as_of=NOW, contest=True)
    assert not Event.objects.filter(name="customers.customer.band_crossed").exists()
    old = dict(Customer.objects.exclude(churn_band="").values_list("id", "churn_band"))
    run = refresh(as_of=NOW + timedelta(days=25), contest=False)
    new = dict(Customer.objects.exclude(churn_band="").values_list("id", "churn_band"))
    moved = {pk for pk in old if old[pk] != new[pk]}
    facts = Event.objects.filter(name="customers.customer.band_crossed")
    assert set(facts.values_list("object_id", flat=True)) == moved
    assert run.counts["real"]["crossed"] == len(moved) > 0


def test_a_night_without_contest_refits_the_champion(shop: Shop) -> None:
    refresh(as_of=NOW, contest=True)
    first = version("churn")
    refresh(as_of=NOW + timedelta(days=1), contest=False)
    second = version("churn")
    assert second.name != first.name
    assert (second.algorithm, second.contest) == (first.algorithm, first.contest)
    assert ModelVersion.objects.get(pk=first.pk).status == "retired"
    assert second.thresholds["high"] == first.thresholds["high"]


def test_a_model_is_withdrawn_when_its_orders_are_gone(shop: Shop) -> None:
    refresh(as_of=NOW, contest=True)
    kept = [pk for name, pk in shop.customers.items() if name.endswith("7")][:20]
    Order.objects.exclude(customer__in=kept).update(deleted_at=NOW)
    refresh(as_of=NOW, contest=False)
    assert (version("churn").verdict, version("churn").status) == ("insufficient_history", "shadow")
    assert not Customer.objects.filter(churn_probability__isnull=False).exists()
    assert Customer.objects.exclude(rfm_segment="").count() == len(kept)


def test_who_objects_is_blanked_and_forgotten(shop: Shop) -> None:
    refresh(as_of=NOW, contest=True)
    pk = Recommendation.objects.values_list("customer", flat=True).first()
    Customer.objects.filter(pk=pk).update(is_profiling_refused=True)
    refresh(as_of=NOW, contest=False)
    customer = Customer.objects.get(pk=pk)
    assert customer.prediction_status == "opted_out"
    kept = {f.name for f in Scored._meta.concrete_fields if getattr(customer, f.name) not in {None, ""}}
    assert kept == PROVENANCE
    assert not Recommendation.objects.filter(customer=pk).exists()
    assert not PredictionSnapshot.objects.filter(customer=pk).exists()
    assert Recommendation.objects.exists()


def test_samples_and_real_customers_have_models_of_their_own(shop: Shop) -> None:
    sample = lively_shop(120, seed=9, is_sample=True)
    sample.write()
    refresh(as_of=NOW, contest=True)
    assert version("churn").trained_count > version("churn", is_sample=True).trained_count > 0
    mixed = Recommendation.objects.exclude(customer__is_sample=False, product__is_sample=False)
    assert not mixed.exclude(customer__is_sample=True, product__is_sample=True).exists()
    Customer.objects.filter(is_sample=True).update(churn_probability=None)


def test_one_customer_is_rescored_by_the_models_in_use(shop: Shop) -> None:
    refresh(as_of=timezone.now(), contest=True)
    people = Customer.objects.filter(pk__in=shop.customers.values(), churn_band__in=["high", "critical"])
    customer, versions = people.order_by("-churn_probability", "id")[0], ModelVersion.objects.count()
    assert rescore([customer.pk]) == 0
    last = Order.objects.order_by("-ordered_at").filter(customer__in=shop.customers.values())[0].ordered_at
    Order.objects.create(number="new", customer=customer, ordered_at=last, amount=500, amount_home=500)
    others = dict(Customer.objects.exclude(pk=customer.pk).values_list("pk", "churn_probability"))
    assert rescore([customer.pk]) == 1
    after = Customer.objects.get(pk=customer.pk)
    assert (after.churn_probability or 1) < (customer.churn_probability or 0)
    assert after.orders_count == (customer.orders_count or 0) + 1
    assert ModelVersion.objects.count() == versions
    assert dict(Customer.objects.exclude(pk=customer.pk).values_list("pk", "churn_probability")) == others


def test_progress_is_told_and_kept_on_the_run(shop: Shop) -> None:
    told: list[tuple[str, float]] = []
    run = refresh(as_of=NOW, contest=True, progress=lambda step, share: told.append((step, share)))
    assert [share for _, share in told] == sorted(share for _, share in told)
    assert told
    assert (run.state, run.progress) == ("done", 1.0)


def test_a_tenant_without_customers_is_no_failure(tenant: Tenant) -> None:
    Order.objects.update(deleted_at=timezone.now())
    Customer.objects.all().update(deleted_at=NOW)
    run = refresh(as_of=NOW, contest=True)
    assert run.counts == {"real": {"customers": 0}, "sample": {"customers": 0}}


def test_recommendations_keep_to_their_shelf(shop: Shop) -> None:
    refresh(as_of=NOW, contest=True)
    bought = {
        (customer, product)
        for customer, product in Order.objects.filter(kind="sale").values_list("customer", "lines__product")
    }
    for row in Recommendation.objects.all():
        assert ((row.customer_id, row.product_id) in bought) == (row.shelf == "again")
        assert any(letter.isdigit() for letter in row.reason_text)
        assert row.rank <= 5
    assert set(Recommendation.objects.values_list("shelf", flat=True)) == {"again", "new"}


def test_the_bytes_of_a_model_are_read_back_to_the_same_answers(shop: Shop) -> None:
    refresh(as_of=NOW, contest=True)
    before = scores()
    refreshing.rescore_population(list(shop.customers.values()), AS_OF, is_sample=False)
    assert scores() == before
