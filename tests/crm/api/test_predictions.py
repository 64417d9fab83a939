"""What the models say, by the API: of one record, and of themselves."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from analytics.models import ModelVersion, Recommendation
from crm.core.registry import registry
from crm.core.samples import sample_shown
from tenants.models import Outbox
from tests.crm.api.asking import made


def test_a_record_without_orders_says_why_it_has_no_score(tenant: Any, key_client: Any) -> None:
    pk = made(registry["customers.customer"])
    told = key_client("read-only").get(f"/api/v1/customers/{pk}/predictions").json()["predictions"]
    assert told["probability"] is None
    assert told["why"]


def test_recommendations_are_as_many_as_asked_for(tenant: Any, key_client: Any) -> None:
    pk, client = made(registry["customers.customer"]), key_client("read-only")
    told = client.get(f"/api/v1/customers/{pk}/recommendations?n=2").json()
    assert len(told["buy_again"]) <= 2
    assert len(told["new_for_you"]) <= 2
    for odd in ("0", "51", "x", "-1", "1e3", "٣"):
        assert client.get(f"/api/v1/customers/{pk}/recommendations", {"n": odd}).status_code == 400


def test_models_show_their_quality(tenant: Any, key_client: Any) -> None:
    assert "grade_rule" in key_client().get("/api/v1/models").json()


def test_predictions_of_what_is_not_there_or_not_to_be_seen(tenant: Any, key_client: Any, client: Any) -> None:
    pk = made(registry["customers.customer"])
    assert key_client().get(f"/api/v1/customers/{uuid4()}/predictions").status_code == 404
    assert key_client(scopes=["sales.view_order"]).get(f"/api/v1/customers/{pk}/predictions").status_code == 403
    assert client.get(f"/api/v1/customers/{pk}/predictions", HTTP_HOST="tenant-a.localhost").status_code == 401


@pytest.fixture
def offered(tenant: Any) -> Recommendation:
    """A product that is recommended to a customer."""
    customer, product = made(registry["customers.customer"]), made(registry["sales.product"])
    return Recommendation.objects.create(
        customer_id=customer, product_id=product, shelf="again", rank=1, score=1.0, reason_type="buy_again",
        reason_text="Buys it again", expires_at=timezone.now() + timedelta(days=9),
    )  # fmt: skip


def post(client: Any, path: str, body: Any = None) -> Any:
    text = json.dumps({} if body is None else body)
    return client.post(f"/api/v1/{path}", text, content_type="application/json")


def test_a_recommendation_is_accepted_dismissed_and_taken_back(offered: Recommendation, key_client: Any) -> None:
    client, path = key_client("member"), f"recommendations/{offered.pk}"
    trial = post(client, f"{path}/accept?dry_run=1").json()
    assert trial["accepted_at"]
    offered.refresh_from_db()
    assert offered.accepted_at is None
    assert post(client, f"{path}/accept").json()["accepted_at"]
    told = post(client, f"{path}/dismiss", {"reason": "Has it already"}).json()
    assert (told["accepted_at"], told["dismissed_for"]) == (None, "Has it already")
    shown = client.get(f"/api/v1/customers/{offered.customer_id}/recommendations").json()
    assert offered.pk not in [one["id"] for one in shown["buy_again"]]
    told = post(client, f"{path}/undo").json()
    assert (told["accepted_at"], told["dismissed_at"], told["dismissed_for"]) == (None, None, "")


def test_who_only_reads_judges_no_recommendation(
    offered: Recommendation, key_client: Any, other: Any, clone: Any
) -> None:
    for verb in ("accept", "dismiss", "undo"):
        path = f"recommendations/{offered.pk}/{verb}"
        assert post(key_client("read-only"), path).status_code == 403
        assert post(key_client(scopes=["analytics.*", "customers.*"]), path).status_code == 403, "no products"
        assert post(key_client(tenant=other), path).status_code == 404
    offered.refresh_from_db()
    assert (offered.accepted_at, offered.dismissed_at) == (None, None)


@pytest.mark.parametrize("body", [{"reason": 7}, {"reason": "x" * 301}, {"why": "x"}, []])
def test_an_odd_dismissal_is_refused(offered: Recommendation, key_client: Any, body: Any) -> None:
    assert post(key_client(), f"recommendations/{offered.pk}/dismiss", body).status_code in (400, 422)
    offered.refresh_from_db()
    assert offered.dismissed_at is None


def test_a_model_is_learned_anew_in_the_background_or_only_tried(tenant: Any, key_client: Any) -> None:
    client, before = key_client("manager"), Outbox.objects.count()
    assert post(client, "models/churn/retrain?dry_run=1").status_code == 202
    assert Outbox.objects.count() == before
    answer = post(client, "models/churn/retrain")
    assert answer.status_code == 202
    assert answer.json()["progress"].endswith("/api/v1/models")
    assert Outbox.objects.filter(task="analytics.tasks.refresh").count() == 1
    assert post(key_client("member"), "models/churn/retrain").status_code == 403
    assert post(client, "models/weather/retrain").status_code == 404
    assert post(client, "models/churn/activate", {"version": "newest"}).status_code == 422
    assert post(client, "models/churn/activate", {"version": 2**62}).status_code == 404
    assert post(client, "models/churn/retrain", {"version": 1}).status_code == 422
    assert Outbox.objects.count() == before + 1


def test_a_version_has_a_card_and_can_be_put_in_use(tenant: Any, key_client: Any) -> None:
    values = {"predictor": "rfm", "verdict": "ok", "algorithm": "quintiles", "features_on": "2026-01-01"}
    is_sample = sample_shown()
    ModelVersion.objects.filter(predictor="rfm").delete()
    old, new = (
        ModelVersion.objects.create(name=name, status=status, is_sample=is_sample, data_hash="x", **values)
        for name, status in (("2026-01-01.1", "retired"), ("2026-01-02.1", "active"))
    )
    client = key_client("manager")
    assert client.get(f"/api/v1/models/{old.pk}/card").json()["status"] == "retired"
    assert post(client, "models/rfm/rollback?dry_run=1").json()["version_id"] == old.pk
    new.refresh_from_db()
    assert new.status == "active"
    assert post(client, "models/rfm/activate", {"version": old.pk}).json()["version"] == old.name
    assert client.get(f"/api/v1/models/{old.pk}/card").json()["is_held"] is True
    assert client.get(f"/api/v1/models/{new.pk}/card").json()["status"] == "retired"


def test_the_readiness_of_the_data_is_told(tenant: Any, key_client: Any) -> None:
    told = key_client("manager").get("/api/v1/data-readiness").json()
    assert {one["name"] for one in told["models"]} >= {"churn", "clv", "rfm", "recommendations"}
    assert key_client(scopes=["customers.*"]).get("/api/v1/data-readiness").status_code == 403
