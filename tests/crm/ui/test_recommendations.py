"""The recommendations card: what a person says of a product is noted, and can be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from analytics.models import Recommendation
from crm.core.registry import registry
from tests.crm.ui.asking import made


@pytest.fixture
def offered(tenant: Any) -> Recommendation:
    """A product that is recommended to a customer."""
    customer, product = made(registry["customers.customer"]), made(registry["sales.product"])
    return Recommendation.objects.create(
        customer_id=customer, product_id=product, shelf="again", rank=1, score=1.0, reason_type="buy_again",
        reason_text="Buys it again", expires_at=timezone.now() + timedelta(days=9),
    )  # fmt: skip


def test_a_product_is_dismissed_for_a_reason_and_brought_back(offered: Recommendation, client_for: Any) -> None:
    client, page = client_for("member"), f"/customers/{offered.customer_id}/"
    assert f"{page}recommendations/{offered.pk}/" in client.get(page).content.decode()
    dialog = client.get(f"{page}recommendations/{offered.pk}/").content.decode()
    assert "Not interested" in dialog
    said = {"do": "dismiss", "answer": "Not interested", "reason": "told us so"}
    card = client.post(f"{page}recommendations/{offered.pk}/", said).content.decode()
    assert "was dismissed" in card
    offered.refresh_from_db()
    assert offered.dismissed_for == "Not interested told us so"
    card = client.post(f"{page}recommendations/{offered.pk}/", {"do": "undo"}).content.decode()
    assert "rec-name" in card
    offered.refresh_from_db()
    assert offered.dismissed_at is None
    assert "Accepted" in client.post(f"{page}recommendations/{offered.pk}/", {"do": "accept"}).content.decode()


def test_a_reader_sees_the_card_without_buttons_and_changes_nothing(offered: Recommendation, client_for: Any) -> None:
    client, page = client_for("read-only"), f"/customers/{offered.customer_id}/"
    shown = client.get(page).content.decode()
    assert 'id="recommendations"' in shown
    assert f"recommendations/{offered.pk}/" not in shown
    assert client.post(f"{page}recommendations/{offered.pk}/", {"do": "accept"}).status_code == 403
    offered.refresh_from_db()
    assert offered.accepted_at is None


def test_a_recommendation_of_somebody_else_is_not_found_here(offered: Recommendation, client_for: Any) -> None:
    elsewhere = made(registry["customers.customer"])
    answer = client_for().post(f"/customers/{elsewhere}/recommendations/{offered.pk}/", {"do": "accept"})
    assert answer.status_code == 404
    offered.refresh_from_db()
    assert offered.accepted_at is None
