"""The sample in a schema: made like a save would make it, copied whole, scored, and removed without a trace."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from analytics.models import ModelVersion, Recommendation, Run
from analytics.services import refresh
from crm.activities.models import Call, File, Meeting, Note, Task
from crm.automation.models import Notification
from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.core.fields import uuid7
from crm.core.models import Event, Record
from crm.core.names import name_key
from crm.core.registry import registry
from crm.core.services import Change, record_save, records_save
from crm.customers.models import Contact, Customer, Need, StaticList, Tag
from crm.exchange.samples.copying import OWN_IDS
from crm.exchange.samples.patterns import pattern_day, pattern_name, sample_prepare
from crm.exchange.samples.removal import sample_present, sample_remove
from crm.exchange.samples.tables import links_of, sample_condition, sample_models
from crm.exchange.samples.writing import sample_make
from crm.messaging.models import Message, Thread
from crm.sales.models import (
    Approval,
    Deal,
    DealContact,
    ForecastAdjustment,
    Holding,
    Lead,
    Order,
    OrderLine,
    Payment,
    Pipeline,
    PriceBook,
    Product,
    Quote,
    Stage,
    Subscription,
    Target,
)
from crm.team.models import Team, User
from tenants.context import in_schema, inside
from tenants.models import Tenant
from tenants.ready import fresh, ready_build
from tenants.services import sample_of, tenant_open
from tests.database import database_copied

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
    """The nouns that the shop's sample brings."""
    selling = [Product, Order, Payment, Deal, DealContact, Lead, Quote, Approval, Holding, PriceBook, Subscription]
    around = [Customer, Contact, Note, Task, Call, Meeting, Need, Tag, StaticList, Thread, Message, File]
    return [*selling, Target, ForecastAdjustment, *around, Team]


@pytest.fixture(scope="module", autouse=True)
def _samples_stand_ready(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database with the samples in it; what a test does there is rolled back."""
    with django_db_blocker.unblock(), database_copied(is_sampled=True):
        yield


@pytest.fixture
def pattern(db: None) -> Iterator[date]:
    """Where the English sample is kept, scored: what every copy is made from. Gives its day."""
    with in_schema(sample_prepare("shop")):
        day = pattern_day(pattern_name("shop", "en"))
        assert day is not None
        yield day


@pytest.fixture
def chinese(db: None) -> Iterator[None]:
    """Where the Chinese one is kept."""
    with in_schema(sample_prepare("shop-zh")):
        yield


@pytest.fixture
def copied(db: None) -> Iterator[Tenant]:
    """A company that has just signed up, entered: its schema is a copy of the pattern."""
    with inside(signed_up("fresh")) as tenant:
        yield tenant


def signed_up(slug: str, **more: str) -> Tenant:
    """One more such company; there is one schema ready for each language."""
    if not fresh().filter(sample=sample_of("shop", more.get("locale", "en"))).exists():
        ready_build("shop")
    return tenant_open(slug=slug, name="Fresh", email=f"owner@{slug}.test", password_hash="!", **more)


def own_rows() -> dict[str, str]:
    """What every table that a sample fills holds beside the sample."""
    found = {}
    with connection.cursor() as cursor:
        for model in (one for one in sample_models() if one is not Run):
            beside = f"WHERE NOT ({condition})" if (condition := sample_condition(model)) else ""
            table = model._meta.db_table
            cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t {beside}')  # noqa: S608
            found[table] = cursor.fetchone()[0]
    return found


def own_rows_make() -> None:
    """What somebody wrote before the sample was removed."""
    record_save(Customer, {"name": "Ann", "number": "R-1"}, actor=SYSTEM)
    record_save(Note, {"body": "Not a sample."}, actor=SYSTEM)


def test_every_record_is_marked(pattern: date) -> None:
    assert not any(model.objects.filter(is_sample=False).exists() for model in nouns())
    assert Customer.objects.count() == 2000
    assert OrderLine.objects.count() > 20_000


def test_amounts_are_the_sums_of_the_lines(pattern: date) -> None:
    orders = Order.objects.annotate(total=Sum("lines__amount"))
    assert not orders.exclude(total=F("amount")).exists()
    assert not orders.exclude(amount_home=F("amount")).exists()


def test_some_were_asked_how_content_they_are_and_firms_have_people_with_a_say(pattern: date) -> None:
    asked = Customer.objects.exclude(csat_score=None)
    assert 0.2 < asked.count() / Customer.objects.count() < 0.4
    assert not asked.filter(Q(csat_scale=None) | Q(nps_score=None) | Q(surveyed_on__gt=pattern)).exists()
    assert set(Contact.objects.values_list("role", flat=True)) == {"decides", "buys", "uses"}


def test_lines_are_numbered_from_one(pattern: date) -> None:
    orders = Order.objects.annotate(n=Count("lines"), last=Max("lines__position"))
    assert not orders.exclude(last=F("n")).exists()


def test_names_sort_and_are_found_as_after_a_save(chinese: None, other: Tenant) -> None:
    sample = Customer.objects.filter(kind="person").exclude(email="").earliest("id")
    assert Customer.objects.filter(pk=sample.pk, search__words=sample.name).exists()
    names = set(registry.of(Customer).fields) - {"number", "parent"}
    values = {name: getattr(sample, name) for name in names} | {"number": "1"}
    with inside(other):
        saved = Customer.objects.get(pk=record_save(Customer, values, actor=SYSTEM))
        assert sample.name_key == saved.name_key == name_key(sample.name)
        assert Customer.objects.filter(pk=saved.pk, search__words=sample.name).exists()


def test_each_language_has_names_and_money_of_its_own(chinese: None) -> None:
    for model in (Customer, Deal, Stage, Target, Task, Note, Meeting, Thread):
        assert not model.objects.filter(**{f"{registry.of(model).title}__regex": r"^[\x01-\x7f]+$"}).exists(), model
    assert set(Order.objects.values_list("currency", flat=True)) == {"CNY"}
    assert set(Customer.objects.values_list("country", flat=True)) == {"CN"}


def test_made_again_it_is_the_same_and_tells_nobody(pattern: date, tenant: Tenant) -> None:
    facts = ("id", "number", "amount", "customer", "search")
    with in_schema(pattern_name("shop", "en")):
        there = set(Order.objects.values_list(*facts))
    own = {model: set(model.objects.values_list("id", "version", "updated_at")) for model in nouns()}
    events = Event.objects.count()
    made = sample_make(as_of=pattern)
    assert set(Order.objects.filter(is_sample=True).values_list(*facts)) == there
    brought = {model._meta.label_lower: model.objects.filter(is_sample=True).count() for model in nouns()}
    assert made == brought | {"customers.relationship": 0}
    real = {model: model.objects.filter(is_sample=False) for model in nouns()}
    assert own == {model: set(rows.values_list("id", "version", "updated_at")) for model, rows in real.items()}
    assert Event.objects.count() == events


def test_the_pattern_is_scored(pattern: date) -> None:
    samples = Customer.objects.all()
    bands = dict(samples.exclude(churn_band="").values_list("churn_band").annotate(n=Count("id")))
    assert bands.keys() == {"low", "medium", "high", "critical"}
    assert samples.filter(prediction_status="ok").count() > 1_400
    assert samples.filter(prediction_status="").count() == 0
    risky = samples.filter(churn_band__in=["high", "critical"])
    assert all(reasons for reasons in risky.values_list("churn_reasons", flat=True))
    assert not samples.filter(is_profiling_refused=True).exclude(prediction_status="opted_out").exists()


def test_its_model_is_good_but_not_too_good_to_be_true(pattern: date) -> None:
    churn = ModelVersion.objects.get(predictor="churn", is_sample=True, status="active")
    assert churn.grade in {"A", "B"}
    assert 0.74 < churn.metrics["auc"] < 0.88


def test_it_recommends_on_both_shelves_with_reasons(pattern: date) -> None:
    assert set(Recommendation.objects.values_list("shelf", flat=True)) == {"again", "new"}
    assert not Recommendation.objects.filter(reason_text="").exists()


def test_a_copy_holds_all_that_the_pattern_holds(copied: Tenant) -> None:
    with in_schema(pattern_name("shop", "en")):
        counts = {model: model._default_manager.count() for model in sample_models()}
    assert {model: model._default_manager.count() for model in sample_models()} == counts
    assert all(counts[model] for model in nouns())


def test_a_copy_tells_nobody(copied: Tenant) -> None:
    assert not Event.objects.exists()


def test_who_signs_up_takes_a_place_among_the_people_and_each_company_has_its_own(copied: Tenant) -> None:
    owner = User.objects.get(email="owner@fresh.test")
    assert (owner.is_sample, owner.role.code, owner.password) == (False, "owner", "!")
    assert User.objects.filter(is_sample=True, email=None).count() == User.objects.count() - 1 == 4
    assert Deal.objects.filter(owner=owner, status="open").exists()
    assert Task.objects.filter(owner=owner, status="open", due_at__lt=timezone.now()).exists()
    here = {model: set(model._default_manager.values_list("pk", flat=True)) for model in OWN_IDS}
    with inside(signed_up("another")):
        there = {model: set(model._default_manager.values_list("pk", flat=True)) for model in OWN_IDS}
    assert all(here[model] and not here[model] & there[model] for model in OWN_IDS)


def test_deals_won_and_lost_and_open_stand_where_their_stage_says(pattern: date) -> None:
    deals = Deal.objects.all()
    assert not deals.exclude(status=F("stage__outcome")).exists()
    assert not deals.exclude(pipeline=F("stage__pipeline")).exists()
    assert set(deals.filter(status="open").values_list("stage__position", flat=True)) == {1, 2, 3, 4}
    assert not deals.filter(status="lost", lost_reason=None).exists()
    assert not deals.exclude(status="open").filter(closed_on=None).exists()
    assert deals.dates("closed_on", "month").count() >= 12
    assert not deals.exclude(amount_home=F("amount")).exists()
    late = timezone.now() - F("stage__days_limit") * timedelta(days=1)
    assert deals.filter(status="open", stage_at__lt=late).exists()
    assert Deal.objects.exclude(last_follow_up_at=None).exists()


def test_orders_owe_what_their_payments_say(pattern: date) -> None:
    paid = Sum("payments__amount", filter=Q(payments__status="paid"))
    with_payments = Order.objects.filter(payments__isnull=False).annotate(paid=Coalesce(paid, Decimal(0)))
    assert with_payments.filter(open_amount__gt=0).exists()
    assert not with_payments.exclude(paid_amount=F("paid")).exists()
    assert not with_payments.exclude(open_amount=F("amount") + F("tax_amount") - F("paid")).exists()


def test_no_copied_row_points_at_a_counted_key() -> None:
    """Counted keys are counted anew in each copy, so nothing may remember them."""
    counted = {model for model in sample_models() if isinstance(model._meta.pk, models.AutoField)}
    assert counted
    assert not [link for model in sample_models() for link in links_of(model) if link.related_model in counted]


def test_the_pattern_knows_its_day(pattern: date) -> None:
    assert (datetime.now(tz=UTC).date() - pattern).days <= 1
    assert pattern_day("kith_sample_of_nothing") is None


@pytest.mark.parametrize(("locale", "currency"), [("en", "USD"), ("zh-hans", "CNY")])
def test_a_company_that_signs_up_finds_the_sample_of_its_language(db: None, locale: str, currency: str) -> None:
    with inside(signed_up("fresh", locale=locale)):
        assert Pipeline.objects.get().is_default
        assert set(Product.objects.values_list("currency", flat=True)) == {currency}
        assert Customer.objects.filter(churn_band="high").exists()
        assert sample_present()


def test_removal_leaves_not_a_trace(copied: Tenant) -> None:
    own_rows_make()
    before = own_rows()
    assert sample_present()
    counts = sample_remove(actor=SYSTEM).removed
    assert not sample_present()
    assert own_rows() == before
    conditions = {model: sample_condition(model) for model in sample_models()}
    with connection.cursor() as cursor:
        for model, condition in conditions.items():
            if condition:
                cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}" WHERE {condition}')  # noqa: S608
                assert cursor.fetchone()[0] == 0, model
    assert list(Customer.objects.values_list("name", flat=True)) == ["Ann"]
    assert list(User.objects.values_list("email", flat=True)) == ["owner@fresh.test"]
    assert Pipeline.objects.exists()
    assert counts["customers.customer"] == 2000
    assert counts.keys() == {model._meta.label_lower for model in nouns()}


def test_removal_is_told_once_with_its_counts(copied: Tenant) -> None:
    before = Event.objects.count()
    counts = sample_remove(actor=SYSTEM.by(via="page")).removed
    event = Event.objects.latest("seq")
    assert Event.objects.count() == before + 1
    assert (event.name, event.via, event.after) == ("exchange.sample.removed", "page", counts)


def test_removing_nothing_is_no_news(tenant: Tenant) -> None:
    before = Event.objects.count()
    assert sample_remove(actor=SYSTEM) == ({}, [])
    assert Event.objects.count() == before


def test_who_may_not_removes_nothing(copied: Tenant) -> None:
    before = digests()
    with pytest.raises(CrmError) as refusal:
        sample_remove(actor=MEMBER)
    assert refusal.value.status == 403
    assert digests() == before


def test_other_tenants_keep_their_samples(copied: Tenant) -> None:
    other = signed_up("another")
    with inside(other):
        before = digests()
    sample_remove(actor=SYSTEM)
    with inside(other):
        assert digests() == before


def test_somebody_of_the_sample_who_was_given_real_work_stays(copied: Tenant) -> None:
    busy, idle = User.objects.filter(is_sample=True).order_by("pk")[:2]
    record_save(Task, {"title": "Call Ann", "owner": busy.pk}, actor=SYSTEM)
    Notification.objects.create(user=idle, kind="assigned", text="x", object_type="activities.task", object_id=uuid7())
    sample_remove(actor=SYSTEM)
    assert set(User.objects.values_list("pk", "is_sample")) == {
        (busy.pk, False), (User.objects.get(email="owner@fresh.test").pk, False)}
    assert Task.objects.get().owner_id == busy.pk


def test_what_a_real_record_points_at_stays_and_counts_as_real(copied: Tenant) -> None:
    samples = list(Customer.objects.filter(is_sample=True, kind="person").order_by("id")[:3])
    product = Product.objects.filter(is_sample=True).earliest("id")
    lines = [{"product": str(product.pk), "quantity": "1", "unit_price": "5"}]
    order = record_save(Order, {"number": "R-1", "customer": samples[0].pk, "lines": lines}, actor=SYSTEM)
    about: dict[str, Any] = {"object_type": "customers.customer", "object_id": samples[1].pk}
    note = record_save(Note, {"body": "Called us.", **about}, actor=SYSTEM)
    told = {(one.id, one.holder_label, one.holder_id) for one in sample_remove(actor=SYSTEM).kept}
    assert told >= {
        (samples[0].pk, "sales.order", order), (product.pk, "sales.order", order),
        (samples[1].pk, "activities.note", note),
    }
    kept = set(Customer.objects.filter(pk__in=[sample.pk for sample in samples]).values_list("pk", "is_sample"))
    assert kept == {(samples[0].pk, False), (samples[1].pk, False)}
    assert Order.objects.get(pk=order).customer_id == samples[0].pk
    assert OrderLine.objects.get(order=order).product_id == product.pk
    assert Product.objects.filter(is_sample=True).count() == 0


def test_samples_and_real_rows_never_learn_from_each_other(copied: Tenant) -> None:
    samples = Customer.objects.filter(is_sample=True).order_by("id")
    scores = samples.values_list("id", "churn_probability", "rfm_segment")
    before, day = list(scores), pattern_day(pattern_name("shop", "en"))
    assert day is not None
    changes = [Change({"name": f"Real {n}", "number": f"R-{n}"}) for n in range(60)]
    real = records_save(Customer, changes, actor=SYSTEM).saved
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    lines = [{"description": "Tea", "quantity": "1", "unit_price": "9"}]
    orders = [{"number": f"R-{n}", "customer": id, "ordered_at": moment - timedelta(days=3 + n % 50), "lines": lines}
              for n, id in real.items()]
    records_save(Order, [Change(values) for values in orders], actor=SYSTEM)
    refresh(as_of=moment, contest=True)
    assert list(scores) == before
    learned = ModelVersion.objects.filter(is_sample=False, predictor="churn").exclude(rung="")
    assert all(version.trained_count <= 61 for version in learned)
    assert not Customer.objects.filter(pk__in=real.values(), churn_probability__isnull=False).exists()
    for real_rows in (True, False):
        mixed = Recommendation.objects.filter(customer__is_sample=real_rows, product__is_sample=not real_rows)
        assert not mixed.exists()
