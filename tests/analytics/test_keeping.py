"""Which model is in use: held by somebody's choice, learned anew, one step back; and what the data unlocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from analytics.keeping import model_activate, model_retrain, model_rollback
from analytics.model_cards import model_page, version_card
from analytics.models import ModelVersion, Run
from analytics.readiness import readiness
from analytics.services import refresh
from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.customers.models import Customer
from tenants.models import Outbox, Tenant
from tenants.tasks import work_off
from tests.analytics.shops import AS_OF, Shop, evening, shop_learned

NOW = evening(AS_OF)
MANAGER = Actor("user", UUID(int=7), frozenset({"analytics.*", "*.view_*"}))
MEMBER = Actor("user", UUID(int=8), frozenset({"*.view_*", "*.change_*"}))


@pytest.fixture(scope="module")
def learned(django_db_setup: None, django_db_blocker: Any) -> Iterator[Shop]:
    with django_db_blocker.unblock(), shop_learned(NOW - timedelta(days=1), NOW) as made:
        yield made


@pytest.fixture
def shop(learned: Shop, tenant: Tenant) -> Shop:
    """A shop whose models were learned on two evenings; what each test does is rolled back."""
    return learned


def versions(kind: str = "churn") -> list[ModelVersion]:
    """Newest first."""
    return list(ModelVersion.objects.filter(predictor=kind, is_sample=False).order_by("-pk"))


def used_by_customers() -> set[str]:
    """The versions that scores name."""
    scored = Customer.objects.filter(is_sample=False, churn_probability__isnull=False)
    return set(scored.values_list("model_version", flat=True))


def test_an_older_version_scores_everybody_and_no_night_replaces_it(shop: Shop) -> None:
    newest, older = versions()[:2]
    assert used_by_customers() == {newest.name}
    model_activate("churn", older.pk, actor=MANAGER)
    work_off("analytics.tasks.rescore_all")
    assert used_by_customers() == {older.name}
    assert Run.objects.order_by("-pk")[0].state == "done"
    refresh(as_of=NOW + timedelta(days=1), contest=True)
    assert used_by_customers() == {older.name}
    assert version_card(older.pk, actor=MANAGER)["status"] == "active"
    shown = next(one for one in model_page(actor=MANAGER)["predictors"] if one["name"] == "churn")
    assert (shown["id"], shown["is_held"]) == (older.pk, True)


def test_learning_anew_releases_what_was_held(shop: Shop) -> None:
    model_activate("churn", versions()[1].pk, actor=MANAGER)
    model_retrain("churn", actor=MANAGER)
    work_off()
    assert not ModelVersion.objects.filter(is_held=True).exists()
    assert used_by_customers() == {versions()[0].name}
    assert versions()[0].status == "active"


def test_one_step_back_and_no_further_than_there_is(shop: Shop) -> None:
    newest, older = versions()[:2]
    assert model_rollback("churn", actor=MANAGER).pk == older.pk
    assert {one.status for one in versions() if one.pk != older.pk} == {"retired"}
    with pytest.raises(CrmError) as refused:
        model_rollback("churn", actor=MANAGER)
    assert refused.value.status == 409
    assert versions()[0].pk == newest.pk


@pytest.mark.parametrize("verb", ["retrain", "activate", "rollback"])
def test_who_may_not_changes_no_model(shop: Shop, verb: str) -> None:
    before = ([(one.pk, one.status, one.is_held) for one in versions()], Outbox.objects.count())
    acts: dict[str, Any] = {
        "retrain": lambda: model_retrain("churn", actor=MEMBER),
        "activate": lambda: model_activate("churn", versions()[1].pk, actor=MEMBER),
        "rollback": lambda: model_rollback("churn", actor=MEMBER),
    }
    with pytest.raises(CrmError) as refused:
        acts[verb]()
    assert refused.value.status == 403
    assert ([(one.pk, one.status, one.is_held) for one in versions()], Outbox.objects.count()) == before


def test_a_version_of_another_kind_or_without_its_bytes_is_refused(shop: Shop) -> None:
    clv, churn = versions("clv")[0], versions()[1]
    with pytest.raises(CrmError):
        model_activate("churn", clv.pk, actor=MANAGER)
    ModelVersion.objects.filter(pk=churn.pk).update(artifact=None)
    with pytest.raises(CrmError):
        model_activate("churn", churn.pk, actor=MANAGER)
    with pytest.raises(CrmError):
        model_retrain("weather", actor=MANAGER)
    assert not ModelVersion.objects.filter(is_held=True).exists()


def test_the_data_of_a_shop_unlocks_every_model(shop: Shop) -> None:
    told = readiness(actor=SYSTEM)
    assert {one["name"]: one["is_ready"] for one in told["models"]} == dict.fromkeys(
        ("churn", "next_purchase", "clv", "rfm", "recommendations"), True
    )
    assert told["data"]["customers"] > 300
    assert all(one["text"] for one in told["models"])
