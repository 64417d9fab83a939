"""What people see of a score: the card, the work list, the page about the models."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.utils import translation

from analytics.actions import action_label
from analytics.cards import Card, PredictionData, RecommendationsData, cards_of, model_page
from analytics.models import Recommendation
from analytics.reasons import reason_label
from analytics.services import feedback_give, recommendation_mark, refresh
from analytics.worklist import worklist
from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.customers.models import Customer
from crm.sales.models import Order
from crm.team.reach import reach_of
from tenants.models import Tenant
from tenants.standing import standing
from tests.analytics.shops import AS_OF, Shop, evening, shop_learned

NOW = evening(AS_OF)
READER = Actor("user", UUID(int=7), frozenset({"*.view_*", "analytics.change_recommendation"}))


@pytest.fixture(scope="module")
def learned(django_db_setup: None, django_db_blocker: Any) -> Iterator[Shop]:
    with django_db_blocker.unblock(), shop_learned(NOW) as made:
        yield made


@pytest.fixture
def shop(learned: Shop, tenant: Tenant) -> Shop:
    """Made once for all these tests; what each of them does is rolled back."""
    return learned


def prediction(pk: UUID, actor: Actor = SYSTEM) -> PredictionData:
    card = cards_of("customers.customer", pk, actor=actor)[0]
    assert isinstance(card.data, PredictionData)
    return card.data


def lists(pk: UUID) -> RecommendationsData:
    data = cards_of("customers.customer", pk, actor=SYSTEM)[1].data
    assert isinstance(data, RecommendationsData)
    return data


def riskiest() -> Customer:
    return Customer.objects.filter(churn_probability__isnull=False).order_by("-churn_probability", "id")[0]


def test_the_card_shows_the_risk_beside_the_usual_one(shop: Shop) -> None:
    customer = riskiest()
    shown = prediction(customer.pk)
    assert (shown.status, shown.probability, shown.band) == ("ok", customer.churn_probability, customer.churn_band)
    assert (shown.base_rate, shown.window_days) == (customer.churn_base_rate, 90)
    assert shown.reasons_up
    assert len(shown.reasons_up) <= 3
    assert {reason.direction for reason in shown.reasons_up} == {"up"}
    assert [action.name for action in shown.actions] == ["create_task", "dismiss"]
    assert (shown.why, shown.lifts_it) == ("", "")


def test_reasons_are_told_in_the_readers_language(shop: Shop) -> None:
    customer = riskiest()
    english = [reason.label for reason in prediction(customer.pk).reasons_up]
    with translation.override("zh-hans"):
        chinese = [reason.label for reason in prediction(customer.pk).reasons_up]
    assert all(label.isascii() for label in english)
    assert not any(label.isascii() for label in chinese)


@pytest.mark.parametrize(
    ("industry", "word", "column"),
    [("shop", "订单", "最近下单"), ("bank", "业务", "最近业务"), ("travel", "预订", "最近预订")],
)
def test_orders_are_called_as_the_trade_calls_them(
    shop: Shop, industry: str, word: str, column: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing.tenant, "industry", industry)
    with translation.override("zh-hans"):
        said = [reason_label(name, 5) for name in ("recency_days", "orders", "orders_90", "gap_average")]
        assert all(word in text for text in [*said, action_label("remind"), action_label("second_order")])
        assert str(registry["customers.customer"].specs["last_order_at"].label) == column
    words = {"shop": "orders", "bank": "transactions", "travel": "bookings"}
    assert reason_label("orders", 2) == f"2 {words[industry]} so far"


def test_without_orders_the_card_says_what_lifts_it(shop: Shop) -> None:
    nobody = Customer.objects.create(name="New", number="N-1")
    refresh(as_of=NOW, contest=False)
    shown = prediction(nobody.pk)
    assert (shown.status, shown.probability) == ("insufficient_history", None)
    assert "no orders" in shown.why
    assert "order" in shown.lifts_it
    assert lists(nobody.pk).new_for_you[0].reason_type == "trending"


def test_an_objection_is_respected_in_words(shop: Shop) -> None:
    customer = riskiest()
    Customer.objects.filter(pk=customer.pk).update(is_profiling_refused=True)
    refresh(as_of=NOW, contest=False)
    assert "objects to profiling" in prediction(customer.pk).why
    assert lists(customer.pk).buy_again == ()


@pytest.mark.parametrize(
    "actor",
    [
        Actor("user", UUID(int=7)),
        Actor("user", UUID(int=7), frozenset({"*.view_*"}), reach=reach_of({"customers.customer": {"see": "own"}})),
    ],
    ids=["without the permission", "another owner's"],
)
def test_who_may_not_see_the_customer_sees_no_card(shop: Shop, actor: Actor) -> None:
    assert cards_of("customers.customer", riskiest().pk, actor=READER)
    assert cards_of("customers.customer", riskiest().pk, actor=actor) == []
    assert worklist(READER)
    assert worklist(actor) == []


def test_a_hidden_field_is_not_on_the_card(shop: Shop) -> None:
    hidden = frozenset({"customers.customer.churn_probability", "customers.customer.clv_predicted"})
    shown = prediction(riskiest().pk, Actor("user", UUID(int=7), frozenset({"*.view_*"}), hidden_fields=hidden))
    assert (shown.probability, shown.clv_predicted) == (None, None)
    assert prediction(riskiest().pk, READER).clv_predicted is not None


def test_other_nouns_have_no_cards(shop: Shop) -> None:
    order = Order.objects.all()[0]
    assert cards_of("sales.order", order.pk, actor=SYSTEM) == []


def test_both_lists_carry_their_reasons(shop: Shop) -> None:
    found = lists(riskiest().pk)
    assert [product.rank for product in found.buy_again] == list(range(1, len(found.buy_again) + 1))
    assert found.buy_again[0].reason_type == "buy_again"
    assert {product.reason_type for product in found.new_for_you} <= {"similar_item", "trending"}
    for product in (*found.buy_again, *found.new_for_you):
        assert any(letter.isdigit() for letter in product.reason_text)


def test_a_dismissed_product_is_not_shown_again(shop: Shop) -> None:
    customer = riskiest()
    first = lists(customer.pk).buy_again[0]
    recommendation_mark(first.id, "dismissed", actor=READER)
    assert first.product_id not in {product.product_id for product in lists(customer.pk).buy_again}
    refresh(as_of=NOW, contest=False)
    assert Recommendation.objects.get(pk=first.id).dismissed_at is not None


@pytest.mark.parametrize(
    "call",
    [
        lambda pk, actor: feedback_give(pk, "wrong", actor=actor),
        lambda pk, actor: recommendation_mark(
            Recommendation.objects.filter(customer=pk)[0].pk, "dismissed", actor=actor
        ),
    ],
    ids=["feedback", "mark"],
)
def test_feedback_is_for_those_who_see_the_customer(shop: Shop, call: Callable[[UUID, Actor], object]) -> None:
    stranger = Actor("user", UUID(int=8), READER.permissions, reach=reach_of({"customers.customer": {"see": "own"}}))
    with pytest.raises(CrmError) as refused:
        call(riskiest().pk, stranger)
    assert refused.value.code == "not_found"
    assert not Recommendation.objects.filter(dismissed_at__isnull=False).exists()
    call(riskiest().pk, READER)


def test_feedback_keeps_the_number_that_was_shown(shop: Shop) -> None:
    customer = riskiest()
    kept = feedback_give(customer.pk, "wrong", actor=READER, reason="moved abroad")
    assert (kept.probability, kept.model_version) == (customer.churn_probability, customer.model_version)
    with pytest.raises(CrmError) as refused:
        feedback_give(customer.pk, "maybe", actor=READER)
    assert refused.value.code == "bad_value"


def test_the_work_list_begins_with_the_most_at_stake(shop: Shop) -> None:
    found = worklist(SYSTEM, limit=20)
    stakes = [item.at_stake for item in found if item.at_stake is not None]
    assert stakes == sorted(stakes, reverse=True)
    assert len(found) > 3
    assert {item.band for item in found} <= {"high", "critical"}
    assert all(item.reason for item in found)


def test_the_model_page_shows_the_whole_contest(shop: Shop) -> None:
    page = model_page(actor=READER)
    churn = next(entry for entry in page["predictors"] if entry["name"] == "churn")
    assert page["predictors"][0]["name"] == "churn"
    assert sum(entry["is_champion"] for entry in churn["contest"]) == 1
    assert {"base_rate", "silence_rule", "logistic"} == {entry["name"] for entry in churn["contest"]}
    assert len(churn["calibration"]) == 10
    assert len(page["grade_rule"]) == 4
    assert churn["rung"] == "logistic"
    assert churn["history"][0]["version"] == churn["version"]
    with pytest.raises(CrmError):
        model_page(actor=Actor("user", UUID(int=7)))


def test_a_card_names_its_template(shop: Shop) -> None:
    cards: list[Card] = cards_of("customers.customer", riskiest().pk, actor=SYSTEM)
    assert [card.kind for card in cards] == ["prediction", "recommendations"]
    assert all(card.title for card in cards)
