"""The sample in a schema: made like a save would make it, copied whole, scored, and removed without a trace."""
from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from crm.exchange.samples.copying import sample_copy
from django.apps import apps
from django.db import connection, models
from django.db.models import Count, F, Sum

from analytics.models import ModelVersion, Recommendation
from analytics.services import refresh
from crm.activities.models import Note, Task
from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.core.models import Event, Record
from crm.core.names import name_key
from crm.core.registry import registry
from crm.core.services import record_save
from crm.customers.models import Contact, Customer
from crm.exchange.samples.patterns import pattern_day, pattern_name
from crm.exchange.samples.removal import sample_present, sample_remove
from crm.exchange.samples.tables import sample_condition, sample_models
from crm.exchange.samples.writing import sample_make
from crm.sales.models import Order, OrderLine, Product
from tenants.context import in_schema, inside
from tenants.models import Tenant

AS_OF = date(2026, 3, 10)
MEMBER = Actor("user", UUID(int=1), frozenset({"*.view_*", "*.add_*", "*.change_*", "*.delete_*"}))


def digests() -> dict[str, str]:
    """What every table of the schema holds, row by row, but for the log of what happened and whom it wakes."""
    found = {}
    for model in apps.get_models():
        table = model._meta.db_table
        if model is not Event and '"' not in table:
            with connection.cursor() as cursor:
                cursor.execute("SELECT to_regclass(%s)", [table])
                if cursor.fetchone()[0]:
                    cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t')  # noqa: S608
                    found[table] = cursor.fetchone()[0]
    return found


def nouns() -> list[type[Record]]:
    """The nouns that a sample brings."""
    return [Product, Customer, Contact, Order, Note, Task]


@pytest.fixture
def made(tenant: Tenant) -> dict[str, int]:
    """A sample without scores, in tenant A, beside A's own rows."""
    return sample_make(as_of=AS_OF)


@pytest.fixture
def copied(tenant: Tenant) -> int:
    """The scored sample, in tenant A, beside A's own rows."""
    return sample_copy("shop")


def test_every_record_is_marked_and_counted(made: dict[str, int]) -> None:
    assert made == {model._meta.label_lower: model.objects.filter(is_sample=True).count() for model in nouns()}
    assert made["customers.customer"] == 2000
    assert OrderLine.objects.filter(order__is_sample=True).count() > 20_000


def test_it_tells_nobody(tenant: Tenant) -> None:
    before = Event.objects.count()
    sample_make(as_of=AS_OF)
    assert Event.objects.count() == before


def test_it_leaves_the_tenants_own_rows_alone(tenant: Tenant) -> None:
    own = {model: set(model.objects.values_list("id", "version", "updated_at")) for model in nouns()}
    sample_make(as_of=AS_OF)
    assert own == {m: set(m.objects.filter(is_sample=False).values_list("id", "version", "updated_at")) for m in nouns()}


def test_amounts_are_the_sums_of_the_lines(made: dict[str, int]) -> None:
    orders = Order.objects.filter(is_sample=True).annotate(total=Sum("lines__amount"))
    assert not orders.exclude(total=F("amount")).exists()
    assert not orders.exclude(amount_home=F("amount")).exists()


def test_lines_are_numbered_from_one(made: dict[str, int]) -> None:
    orders = Order.objects.filter(is_sample=True).annotate(n=Count("lines"), last=models.Max("lines__position"))
    assert not orders.exclude(last=F("n")).exists()


def test_names_sort_and_are_found_as_after_a_save(tenant: Tenant) -> None:
    sample_make(as_of=AS_OF, locale="zh-hans")
    sample = Customer.objects.filter(is_sample=True, kind="person").exclude(email="").earliest("id")
    names = set(registry.of(Customer).fields) - {"number", "parent"}
    values = {name: getattr(sample, name) for name in names} | {"number": "1"}
    saved = Customer.objects.get(pk=record_save(Customer, values, actor=SYSTEM))
    assert sample.name_key == saved.name_key == name_key(sample.name)
    assert Customer.objects.filter(pk=sample.pk, search__words=sample.name).exists()
    assert Customer.objects.filter(pk=saved.pk, search__words=sample.name).exists()


def test_made_again_it_has_the_same_ids(tenant: Tenant, other: Tenant) -> None:
    sample_make(as_of=AS_OF)
    here = set(Order.objects.filter(is_sample=True).values_list("id", "number", "amount", "customer"))
    with inside(other):
        sample_make(as_of=AS_OF)
        assert set(Order.objects.filter(is_sample=True).values_list("id", "number", "amount", "customer")) == here


def test_a_copy_holds_all_that_the_pattern_holds(copied: int) -> None:
    counts = {}
    with in_schema(pattern_name("shop", "en")):
        counts = {model: model._default_manager.count() for model in sample_models()}
    assert sum(counts.values()) == copied
    condition = {model: sample_condition(model) for model in sample_models()}
    with connection.cursor() as cursor:
        for model, count in counts.items():
            if condition[model]:
                cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}" WHERE {condition[model]}')  # noqa: S608
                assert cursor.fetchone()[0] == count, model


def test_a_copy_tells_nobody(tenant: Tenant) -> None:
    before = Event.objects.count()
    sample_copy("shop")
    assert Event.objects.count() == before


def test_a_copy_is_scored(copied: int) -> None:
    samples = Customer.objects.filter(is_sample=True)
    bands = dict(samples.exclude(churn_band="").values_list("churn_band").annotate(n=Count("id")))
    assert bands.keys() == {"low", "medium", "high", "critical"}
    assert samples.filter(prediction_status="ok").count() > 1_400
    assert samples.filter(prediction_status="").count() == 0
    risky = samples.filter(churn_band__in=["high", "critical"])
    assert all(reasons for reasons in risky.values_list("churn_reasons", flat=True))
    assert samples.filter(is_profiling_refused=True).exclude(prediction_status="opted_out").count() == 0


def test_a_copy_brings_its_models_and_recommendations(copied: int) -> None:
    churn = ModelVersion.objects.get(predictor="churn", is_sample=True, status="active")
    assert churn.grade in {"A", "B"}
    recommended = Recommendation.objects.filter(customer__is_sample=True)
    assert set(recommended.values_list("shelf", flat=True)) == {"again", "new"}
    assert not recommended.filter(reason_text="").exists()


def test_counted_keys_go_on_behind_a_copy(copied: int) -> None:
    newest = Recommendation.objects.latest("id")
    fields = {f.attname: getattr(newest, f.attname) for f in Recommendation._meta.concrete_fields if not f.primary_key}
    free = Product.objects.exclude(pk__in=Recommendation.objects.filter(
        customer=newest.customer_id, shelf=newest.shelf).values("product")).first()
    assert free is not None
    assert Recommendation.objects.create(**fields | {"product_id": free.pk}).pk > newest.pk


def test_each_language_has_names_and_money_of_its_own(tenant: Tenant) -> None:
    sample_copy("shop-zh-hans")
    assert not Customer.objects.filter(is_sample=True, name__regex=r"^[\x01-\x7f]+$").exists()
    assert set(Order.objects.filter(is_sample=True).values_list("currency", flat=True)) == {"CNY"}
    assert set(Customer.objects.filter(is_sample=True).values_list("country", flat=True)) == {"CN"}


def test_the_pattern_knows_its_day(tenant: Tenant) -> None:
    day = pattern_day(pattern_name("shop", "en"))
    assert day is not None
    assert (datetime.now(tz=UTC).date() - day).days <= 1
    assert pattern_day("kith_sample_of_nothing") is None


def test_removal_leaves_not_a_trace(tenant: Tenant) -> None:
    before = digests()
    assert not sample_present()
    sample_copy("shop")
    assert sample_present()
    assert digests() != before
    counts = sample_remove(actor=SYSTEM)
    assert not sample_present()
    assert digests() == before
    assert counts["customers.customer"] == 2000
    assert counts.keys() == {model._meta.label_lower for model in nouns()}


def test_removal_is_told_once_with_its_counts(copied: int) -> None:
    before = Event.objects.count()
    counts = sample_remove(actor=SYSTEM.by(via="page"))
    event = Event.objects.latest("seq")
    assert Event.objects.count() == before + 1
    assert (event.name, event.via, event.after) == ("exchange.sample.removed", "page", counts)


def test_removing_nothing_is_no_news(tenant: Tenant) -> None:
    before = Event.objects.count()
    assert sample_remove(actor=SYSTEM) == {}
    assert Event.objects.count() == before


def test_who_may_not_removes_nothing(copied: int) -> None:
    before = digests()
    with pytest.raises(CrmError) as refusal:
        sample_remove(actor=MEMBER)
    assert refusal.value.status == 403
    assert digests() == before


def test_other_tenants_keep_their_samples(tenant: Tenant, other: Tenant) -> None:
    sample_copy("shop")
    with inside(other):
        sample_copy("shop")
        before = digests()
    sample_remove(actor=SYSTEM)
    with inside(other):
        assert digests() == before


def test_what_a_real_record_points_at_stays_and_counts_as_real(copied: int) -> None:
    samples = list(Customer.objects.filter(is_sample=True, kind="person").order_by("id")[:3])
    product = Product.objects.filter(is_sample=True).earliest("id")
    lines = [{"product": str(product.pk), "quantity": "1", "unit_price": "5"}]
    order = record_save(Order, {"number": "R-1", "customer": samples[0].pk, "lines": lines}, actor=SYSTEM)
    about: dict[str, Any] = {"object_type": "customers.customer", "object_id": samples[1].pk}
    record_save(Note, {"body": "Called us.", **about}, actor=SYSTEM)
    sample_remove(actor=SYSTEM)
    kept = set(Customer.objects.filter(pk__in=[sample.pk for sample in samples]).values_list("pk", "is_sample"))
    assert kept == {(samples[0].pk, False), (samples[1].pk, False)}
    assert Order.objects.get(pk=order).customer_id == samples[0].pk
    assert OrderLine.objects.get(order=order).product_id == product.pk
    assert Product.objects.filter(is_sample=True).count() == 0


def test_samples_and_real_rows_never_train_together(copied: int) -> None:
    """A refresh over both: the sample's model has seen whom it saw without the real ones, and they get no score of it."""
    trained = ModelVersion.objects.get(predictor="churn", is_sample=True, status="active").trained_count
    day = pattern_day(pattern_name("shop", "en"))
    assert day is not None
    refresh(as_of=datetime(day.year, day.month, day.day, tzinfo=UTC), contest=False)
    again = ModelVersion.objects.get(predictor="churn", is_sample=True, status="active")
    assert again.trained_count == trained
    assert not Customer.objects.filter(is_sample=False, prediction_status="ok").exists()
    mixed = Recommendation.objects.exclude(customer__is_sample=F("product__is_sample"))
    assert not mixed.filter(customer__is_sample=True).exists()
