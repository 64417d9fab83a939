"""What is taken off beyond a limit waits for somebody to agree, whichever way it is taken off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.sales.models import Approval, Deal, DiscountLimit, LostReason, PriceBook, Product, Quote, Stage
from crm.team.models import User
from crm.team.services import actor_of_user
from tests.crm.api.asking import hashes, sent
from tests.crm.sales.test_pricing import book
from tests.examples import a_customer

WORK = ["*.view_*", "*.add_*", "*.change_*", "*.win_*", "*.lose_*", "*.move_*"]


def person(role: str) -> Actor:
    """Somebody of a role."""
    return actor_of_user(User.objects.get(email=f"{role}@kith.test"), via="page", request_id="")


def refused(noun: str, verb: str, pk: UUID, actor: Actor, **inputs: Any) -> str:
    """With what an action is refused, of many reasons the first; nothing has changed."""
    before = hashes()
    with pytest.raises(CrmError) as refusal:
        verb_run(registry[noun], verb, pk, actor=actor, inputs=inputs)
    assert hashes() == before
    told: Any = refusal.value.details.get("errors", [{"code": refusal.value.code}])
    return str(told[0]["code"])


@pytest.fixture
def limits(pot: str) -> None:
    """Members take off 10 %, of kitchen things 20 %; everybody else 5 %."""
    DiscountLimit.objects.all().delete()
    member = {"role": "member", "percent": "10"}
    for values in (member, {**member, "category": "Kitchen", "percent": "20"}, {"percent": "5"}):
        record_save(DiscountLimit, {"name": "Limit", **values}, actor=SYSTEM)


def cut(pot: str, percent: str, *more: str, quantity: str = "1") -> list[dict[str, Any]]:
    """Lines with discounts: of a pot, and of other things."""
    lines = [{"product": pot, "unit_price": "20", "discount_percent": percent, "quantity": quantity}]
    return lines + [{"description": "Other", "unit_price": "10", "discount_percent": one} for one in more]


def offer(pot: str, percent: str, *more: str) -> UUID:
    """A quote with discounts: on a pot, and on other things."""
    return record_save(Quote, {"currency": "USD", "lines": cut(pot, percent, *more)}, actor=SYSTEM)


def test_what_is_within_the_limit_goes_out_and_what_is_beyond_waits(pot: str, limits: None) -> None:
    member, manager, quotes = person("member"), person("manager"), "sales.quote"
    verb_run(registry[quotes], "send", offer(pot, "20", "10"), actor=member, inputs={})
    verb_run(registry[quotes], "send", offer(pot, "90"), actor=manager, inputs={})
    assert refused(quotes, "send", offer(pot, "20.5"), member) == "approval_needed"
    one = offer(pot, "20", "11")
    assert refused(quotes, "send", one, member) == "approval_needed"
    verb_run(registry[quotes], "ask_approval", one, actor=member, inputs={"reason": "A first order."})
    asked = Approval.objects.get(object_id=one)
    assert (asked.percent, asked.status, asked.asked_by_id) == (11, "open", member.id)
    assert refused(quotes, "send", one, manager) == "approval_open"
    assert refused("sales.approval", "approve", asked.pk, member) == "forbidden"
    verb_run(registry["sales.approval"], "approve", asked.pk, actor=manager, inputs={"answer": "Once."})
    asked.refresh_from_db()
    assert (asked.status, asked.decided_by_id, asked.answer) == ("approved", manager.id, "Once.")
    assert refused("sales.approval", "refuse", asked.pk, manager) == "already_decided"
    lines = [{"description": "Other", "unit_price": "10", "discount_percent": "12"}]
    record_save(Quote, {"lines": lines}, actor=SYSTEM, id=one)
    assert refused(quotes, "send", one, member) == "approval_needed"
    record_save(Quote, {"lines": cut(pot, "20", "11", quantity="9")}, actor=SYSTEM, id=one)
    assert refused(quotes, "send", one, member) == "approval_needed", "as much off, but of more"
    record_save(Quote, {"lines": [*cut(pot, "20", "11"), {"description": "At full price"}]}, actor=SYSTEM, id=one)
    verb_run(registry[quotes], "send", one, actor=member, inputs={})


def quoted(key_client: Any, *lines: dict[str, str], **values: Any) -> tuple[UUID, int, list[Any]]:
    """A quote written by a program that may not decide, how it is answered when it sends it, and with what codes."""
    program = key_client(scopes=[*WORK, "sales.send_quote"])
    made = sent(program.post, "/api/v1/quotes", {"currency": "USD", "lines": list(lines), **values})
    answer = sent(program.post, f"/api/v1/quotes/{made.json()['id']}/send", {})
    return UUID(made.json()["id"]), answer.status_code, [answer.json().get("code")]


def test_a_price_below_the_listed_one_is_a_discount_too(pot: str, key_client: Any, client_for: Any) -> None:
    DiscountLimit.objects.all().delete()
    record_save(DiscountLimit, {"name": "All", "percent": "10"}, actor=SYSTEM)
    record_save(DiscountLimit, {"name": "Kitchen", "category": "Kitchen", "percent": "30"}, actor=SYSTEM)
    other = str(record_save(Product, {"name": "Pan", "unit_price": "50", "currency": "USD"}, actor=SYSTEM))
    low: list[tuple[dict[str, str], ...]] = [
        ({"product": other, "unit_price": "44.99"},),
        ({"product": other, "unit_price": "47", "discount_percent": "5"},),
        ({"product": pot, "unit_price": "13.99"},),
        ({"product": pot}, {"description": "Because it is you", "unit_price": "-2.01"}),
        ({"product": pot, "unit_price": "0"},),
        ({"product": pot, "unit_price": "16"}, *[{"description": "Rebate", "unit_price": "-1.60"}] * 5),
        ({"product": other, "unit_price": "45"}, {"description": "Because it is you", "unit_price": "-1"}),
    ]
    high: list[tuple[dict[str, str], ...]] = [
        ({"product": other, "unit_price": "45"}, {"product": pot, "unit_price": "14"}),
        ({"product": other, "unit_price": "60", "discount_percent": "20"},),
        ({"product": pot}, {"description": "Because it is you", "unit_price": "-2"}),
        ({"product": pot, "unit_price": "16"}, *[{"description": "Rebate", "unit_price": "-1"}] * 2),
    ]
    for lines in low:
        assert quoted(key_client, *lines)[1:] == (409, ["approval_needed"]), lines
    for lines in high:
        assert quoted(key_client, *lines)[1] == 200, lines
    book(pot, ("1", "12"), customer=a_customer())
    theirs = PriceBook.objects.latest("created_at")
    cheap = {"product": pot, "unit_price": "12"}
    assert quoted(key_client, cheap, price_book=str(theirs.pk), customer=str(a_customer()))[1] == 409, "another's book"
    one = quoted(key_client, cheap, price_book=str(theirs.pk), customer=str(theirs.customer_id))
    assert one[1] == 200
    record_save(Product, {"unit_price": "100"}, actor=SYSTEM, id=UUID(pot))
    shown = client_for("owner").get(f"/quotes/{one[0]}/").content.decode()
    assert "Listed price" not in shown, "it was sold as listed"
    assert "Listed price" in client_for("owner").get(f"/quotes/{quoted(key_client, *low[0])[0]}/").content.decode()


def test_a_deal_sold_as_a_whole_for_less_is_not_won_without_a_word(pot: str, limits: None, key_client: Any) -> None:
    program = key_client(scopes=[*WORK, "sales.ask_approval_deal"])
    values = {"name": "Pots", "currency": "USD", "amount": "80", "lines": [{"product": pot, "quantity": "5"}]}
    fair, low = (sent(program.post, "/api/v1/deals", {**values, "amount": a}).json()["id"] for a in ("95", "80"))
    path = f"/api/v1/deals/{low}"
    assert sent(program.post, f"/api/v1/deals/{fair}/win", {}).status_code == 200
    assert sent(program.post, f"{path}/win", {}).json()["errors"][0]["code"] == "approval_needed"
    assert sent(program.post, f"{path}/ask_approval", {"reason": "Five at once."}).status_code == 200
    asked = Approval.objects.get(object_id=low)
    assert asked.percent == 20
    verb_run(registry["sales.approval"], "approve", asked.pk, actor=SYSTEM, inputs={})
    sent(program.patch, path, {"amount": "70"})
    assert sent(program.post, f"{path}/win", {}).status_code == 422, "it was agreed to 80"
    sent(program.patch, path, {"amount": "80"})
    assert sent(program.post, f"{path}/win", {}).status_code == 200
    lines = [{"product": pot, "quantity": "5", "discount_percent": "10"}]
    one = sent(program.post, "/api/v1/deals", {**values, "amount": "90", "lines": lines}).json()["id"]
    assert sent(program.post, f"/api/v1/deals/{one}/ask_approval", {"reason": "Five."}).status_code == 200
    assert Approval.objects.get(object_id=one).percent == 10, "what a line takes off is not taken off twice"


@pytest.mark.parametrize(("noun", "verb"), [("quotes", "send"), ("deals", "win")])
def test_another_customer_or_book_is_asked_anew_and_a_dearer_list_is_not(
    pot: str, limits: None, key_client: Any, noun: str, verb: str
) -> None:
    program, customer = key_client(scopes=[*WORK, "sales.send_quote"]), str(a_customer())
    cheap = str(book(pot, ("1", "2")))
    book(pot, ("1", "2"), customer=customer)
    own = {"name": "Pots"} if noun == "deals" else {}
    base = {"currency": "USD", "lines": [{"product": pot}], **own}

    def made(change: dict[str, Any], **values: Any) -> tuple[list[Any], int]:
        one = sent(program.post, f"/api/v1/{noun}", {**base, **values}).json()["id"]
        record_save(Product, {"unit_price": "40"}, actor=SYSTEM, id=UUID(pot))
        lines = sent(program.patch, f"/api/v1/{noun}/{one}", change).json()["lines"]
        answer = sent(program.post, f"/api/v1/{noun}/{one}/{verb}", {}).status_code
        record_save(Product, {"unit_price": "20"}, actor=SYSTEM, id=UUID(pot))
        return [line["list_price"] and float(line["list_price"]) for line in lines], answer

    low = 409 if noun == "quotes" else 422
    assert made({"customer": str(a_customer())}, customer=customer) == ([40], low)
    assert made({"price_book": None}, price_book=cheap) == ([40], low)
    more = [{"product": pot, "unit_price": "20"}, {"description": "Lid", "unit_price": "3"}]
    assert made({"lines": more}) == ([20, None], 200), "what was promised is no discount"
    assert made({"lines": [more[0]] * 2})[0] == [20, 40], "once promised is not promised twice"


def test_a_member_does_not_set_what_things_cost(pot: str, client_for: Any) -> None:
    member, manager = client_for("member"), client_for("manager")
    before = hashes()
    for path, values in ((f"/products/{pot}/edit/", {"unit_price": "1"}), ("/price-books/new/", {"name": "Mine"})):
        assert member.post(path, values).status_code == 403, path
    assert hashes() == before
    assert manager.post("/price-books/new/", {"name": "Theirs", "currency": "USD"}).status_code == 302
    assert member.get("/products/new/").status_code == 200


def test_what_was_refused_or_withdrawn_counts_for_nothing(pot: str, limits: None) -> None:
    member, manager = person("member"), person("manager")
    one = offer(pot, "50")
    for verb, actor in (("refuse", manager), ("withdraw", member)):
        verb_run(registry["sales.quote"], "ask_approval", one, actor=member, inputs={"reason": "Please."})
        asked = Approval.objects.filter(object_id=one, status="open").get()
        verb_run(registry["sales.approval"], verb, asked.pk, actor=actor, inputs={})
        assert refused("sales.quote", "send", one, member) == "approval_needed"


def test_nobody_decides_what_they_asked_for(tenant: Any) -> None:
    manager = person("manager")
    values, before = {"reason": "A present for Mr Lin"}, hashes()
    with pytest.raises(CrmError) as refusal:
        record_save(Approval, values, actor=manager)
    told: Any = refusal.value.details["errors"]
    assert [(one["pointer"], one["code"]) for one in told] == [("/object_id", "required")], "it is about nothing"
    assert hashes() == before
    about = {"object_type": "customers.customer", "object_id": str(a_customer())}
    one = record_save(Approval, {**values, **about}, actor=manager)
    assert refused("sales.approval", "approve", one, manager) == "own_approval"
    verb_run(registry["sales.approval"], "approve", one, actor=person("owner"), inputs={})


def test_a_deal_beyond_the_limit_is_not_won_by_any_way(pot: str, limits: None) -> None:
    member = person("member")
    lines = [{"product": pot, "unit_price": "10", "discount_percent": "40"}]
    one = record_save(Deal, {"name": "Pots", "currency": "USD", "lines": lines}, actor=SYSTEM)
    won = Stage.objects.filter(pipeline=Deal.objects.get(pk=one).pipeline, outcome="won")[0]
    assert refused("sales.deal", "win", one, member) == "approval_needed"
    assert refused("sales.deal", "move", one, member, stage=str(won.pk)) == "approval_needed"
    verb_run(registry["sales.deal"], "ask_approval", one, actor=member, inputs={"reason": "A year's worth."})
    verb_run(registry["sales.approval"], "approve", Approval.objects.get(object_id=one).pk, actor=SYSTEM, inputs={})
    verb_run(registry["sales.deal"], "win", one, actor=member, inputs={})


def test_no_other_door_wins_or_loses_a_deal_past_the_rules(
    pot: str, limits: None, key_client: Any, client_for: Any
) -> None:
    lines = [{"product": pot, "unit_price": "10", "discount_percent": "40"}]
    values = {"name": "Pots", "currency": "USD", "lines": lines}
    one = str(record_save(Deal, values, actor=SYSTEM))
    ends = dict(Stage.objects.filter(pipeline__is_default=True, deleted_at=None).values_list("outcome", "pk"))
    program, page, before = key_client(scopes=WORK), client_for("member"), hashes()
    path = f"/api/v1/deals/{one}"

    def told(answer: Any) -> list[tuple[str, str]]:
        return [(row["pointer"], row["code"]) for row in answer.json()["errors"]]

    needed, unsaid = [("/stage", "approval_needed")], [("/lost_reason", "required")]
    for ask in (
        lambda: sent(program.patch, path, {"stage": str(ends["won"])}),
        lambda: sent(program.patch, path, {"stage": str(ends["won"]), "lines": lines}),
        lambda: sent(program.post, f"{path}/win", {}),
        lambda: sent(program.post, "/api/v1/deals", {**values, "stage": str(ends["won"])}),
    ):
        assert told(ask()) == needed
    lost = {"stage": str(ends["lost"])}
    assert told(sent(program.patch, path, lost)) == told(sent(program.post, f"{path}/move", lost)) == unsaid
    shown = page.post(f"/deals/{one}/move/", {"stage": str(ends["won"])})
    assert "needs an approval" in shown.content.decode()
    assert hashes() == before
    assert sent(program.post, "/api/v1/deals", {"name": "Elsewhere", **lost}).status_code == 201, "told, not decided"
    why = str(LostReason.objects.filter(deleted_at=None)[0].pk)
    assert sent(program.patch, path, {**lost, "lost_reason": why}).status_code == 200
    assert told(sent(program.patch, path, {"stage": str(ends["won"])})) == [("/stage", "deal_closed")]
    assert told(sent(program.patch, path, {"lost_reason": None})) == unsaid


def test_who_may_change_but_not_win_wins_by_no_door(tenant: Any, key_client: Any) -> None:
    one = record_save(Deal, {"name": "Pots"}, actor=SYSTEM)
    won = Stage.objects.filter(pipeline__is_default=True, outcome="won", deleted_at=None)[0].pk
    scopes = ["sales.view_deal", "sales.change_deal", "sales.view_stage"]
    answer = sent(key_client(scopes=scopes).patch, f"/api/v1/deals/{one}", {"stage": str(won)})
    assert [row["code"] for row in answer.json()["errors"]] == ["forbidden"]
    assert Deal.objects.get(pk=one).status == "open"
    more = key_client(scopes=[*scopes, "sales.win_deal"])
    assert sent(more.patch, f"/api/v1/deals/{one}", {"stage": str(won)}).status_code == 200


def test_what_was_asked_stays_as_it_was_asked(pot: str, limits: None, key_client: Any) -> None:
    one, other, member = offer(pot, "50"), offer(pot, "60"), person("member")
    verb_run(registry["sales.quote"], "ask_approval", one, actor=member, inputs={"reason": "A first order."})
    asked, program, before = Approval.objects.get(object_id=one), key_client(scopes=WORK), hashes()
    path = f"/api/v1/approvals/{asked.pk}"
    for values in ({"percent": "99"}, {"object_id": str(other)}, {"reason": "A small thing."}):
        assert sent(program.patch, path, values).status_code == 422
    made = {"reason": "Please.", "kind": "discount", "percent": "99"}
    assert sent(program.post, "/api/v1/approvals", made).status_code == 422
    assert hashes() == before
    verb_run(registry["sales.approval"], "approve", asked.pk, actor=person("manager"), inputs={})
    assert sent(program.patch, path, {"reason": "Any discount."}).status_code == 422
    assert sent(program.patch, path, {"owner": str(member.id)}).status_code == 200


def test_a_limit_speaks_of_a_role_that_there_is(tenant: Any) -> None:
    before = hashes()
    for role, code in (("emperor", "choice"), ("manager", "not_bound")):
        with pytest.raises(CrmError) as refusal:
            record_save(DiscountLimit, {"name": "Limit", "role": role, "percent": "5"}, actor=SYSTEM)
        told: Any = refusal.value.details["errors"]
        assert [(one["code"], "member" in one["allowed"], "manager" in one["allowed"]) for one in told] == [
            (code, True, False)
        ]
    assert hashes() == before
