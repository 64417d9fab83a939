"""What the models say, by the API: of one record, and of themselves."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from crm.core.registry import registry
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
