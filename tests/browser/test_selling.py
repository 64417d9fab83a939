"""The whole way of a sale, by hand: a lead becomes a customer, a deal, a quote, a yes, an order, money, a result."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.sales.models import Deal, Lead, Letterhead, Order, Product, Quote, Target
from crm.team.models import User
from tenants.context import inside
from tenants.models import Tenant
from tests.browser.conftest import Visitor

NAME = "杭州龙井茶馆"


def shot(visitor: Visitor, name: str) -> None:
    """A picture, where somebody wants to look."""
    if shots := os.environ.get("KITH_SHOTS"):
        visitor.page.screenshot(path=f"{shots}/selling_{name}.png", full_page=True)


def act(visitor: Visitor, verb: str) -> None:
    """Press the button of an action."""
    visitor.page.click(f".head-actions button[hx-get$='/{verb}/'], .head-actions button[hx-post$='/{verb}/']")


def agree(visitor: Visitor, title: str) -> None:
    """Confirm an action's dialog and wait for the page that follows."""
    with visitor.page.expect_navigation():
        visitor.page.click(f".modal-footer button:text-is('{title}')")
    visitor.settle()


@pytest.fixture
def lead(committed: Tenant) -> str:
    """Somebody who asked for tea pots."""
    with inside(committed):
        Deal.objects.all().delete()
        Target.objects.all().delete()
        seller = User.objects.get(email="owner@kith.test").pk
        goal = {"person": seller, "measure": "won_value", "goal": "20000", "starts_on": timezone.localdate()}
        record_save(Target, goal, actor=SYSTEM)
        head = {"name": "西湖茶业有限公司", "mark": "西湖茶业", "address": "杭州市龙井路 1 号", "is_default": True}
        record_save(Letterhead, {**head, "terms": "款到发货，含运费。"}, actor=SYSTEM)
        pot = {"sku": "POT-1", "name": "紫砂茶壶", "unit_price": "680", "unit_cost": "300", "currency": "CNY"}
        record_save(Product, pot, actor=SYSTEM)
        values = {"name": "王小明", "company": NAME, "email": "wang@tea.example", "amount": "5000"}
        return str(record_save(Lead, {**values, "owner": seller}, actor=SYSTEM))


@pytest.mark.long(20)
def test_a_lead_becomes_money(committed: Tenant, lead: str, visitor_for: Callable[..., Visitor]) -> None:
    visitor = visitor_for()
    visitor.log_in()
    deal = convert(visitor, committed, lead)
    move(visitor, deal)
    quote = offer(visitor, committed, deal)
    answer(visitor_for, committed, quote)
    order(visitor, quote)
    pay(visitor, committed, quote)
    result(visitor)
    assert visitor.wrong == []


def convert(visitor: Visitor, tenant: Tenant, lead: str) -> str:
    """The lead becomes customer, contact and deal."""
    visitor.go(f"/leads/{lead}/")
    act(visitor, "convert")
    agree(visitor, "Convert")
    with inside(tenant):
        return str(Lead.objects.get(pk=lead).deal_id)


def move(visitor: Visitor, deal: str) -> None:
    """The deal goes on by mouse, then by keyboard."""
    visitor.go("/deals/board/")
    page, card = visitor.page, f"[data-card='{deal}']"
    columns = page.locator(".board-column")
    with page.expect_response("**/board/move/**"):
        page.locator(card).drag_to(columns.nth(1).locator("[data-cards]"))
    columns.nth(1).locator(card).wait_for()
    page.focus(card)
    page.keyboard.press("Shift+ArrowRight")
    columns.nth(2).locator(card).wait_for()


def offer(visitor: Visitor, tenant: Tenant, deal: str) -> str:
    """A quote of the deal, looked at on paper, sent."""
    visitor.go(f"/deals/{deal}/")
    with visitor.page.expect_navigation():
        act(visitor, "quote")
    visitor.settle()
    with inside(tenant):
        quote = str(Quote.objects.get(deal=deal).pk)
    assert visitor.page.url.endswith(f"/quotes/{quote}/")
    shot(visitor, "quote")
    file: Any = visitor.page.request.get(visitor.page.url + "paper/")
    assert file.body().startswith(b"%PDF-")
    if shots := os.environ.get("KITH_SHOTS"):
        with open(f"{shots}/quote.pdf", "wb") as out:
            out.write(file.body())
    with visitor.page.expect_navigation():
        act(visitor, "send")
    visitor.settle()
    visitor.judge("/quotes/")
    return quote


def answer(visitor_for: Callable[..., Visitor], tenant: Tenant, quote: str) -> None:
    """The customer reads the quote on a phone and says yes."""
    owner = visitor_for()
    owner.log_in()
    owner.go(f"/quotes/{quote}/")
    owner.page.click(".head-actions button[hx-get$='/link/']")
    address = owner.page.input_value("#link")
    stranger = visitor_for(phone=True)
    stranger.page.goto(address)
    stranger.settle()
    shot(stranger, "paper_phone")
    stranger.judge("/paper/")
    stranger.page.fill("#accept-name", "王小明")
    stranger.page.click("form[action$='/accept/'] button")
    stranger.page.wait_for_selector(".alert-success:has-text('王小明')")
    shot(stranger, "paper_yes")
    stranger.judge("/paper/")
    assert stranger.wrong + owner.wrong == []
    with inside(tenant):
        assert Quote.objects.get(pk=quote).status == "accepted"


def order(visitor: Visitor, quote: str) -> None:
    """The order of what was accepted; the deal is won with it."""
    visitor.go(f"/quotes/{quote}/")
    act(visitor, "order")
    agree(visitor, "Make order")
    assert "/orders/" in visitor.page.url
    shot(visitor, "order")
    visitor.judge("/orders/")


def pay(visitor: Visitor, tenant: Tenant, quote: str) -> None:
    """A part of the money comes, then the rest."""
    for amount in ("2000", ""):
        act(visitor, "pay")
        visitor.page.wait_for_selector("#id-amount")
        visitor.page.fill("#id-amount", amount)
        agree(visitor, "Record payment")
    shot(visitor, "paid")
    with inside(tenant):
        order = Order.objects.get(quote=quote)
        assert (order.paid_amount, order.open_amount) == (5000, 0)
        assert order.payments.count() == 2


def result(visitor: Visitor) -> None:
    """What was sold stands against the target of the seller, and the number leads to the deal."""
    visitor.go("/figures/leaderboard/")
    cells = visitor.page.locator("#figures tbody tr").first.locator("th, td").all_inner_texts()
    told = [re.sub(r"[^0-9%]", "", cell) for cell in cells[1:4]]
    assert told == ["5000", "20000", "25%"], cells
    shot(visitor, "result")
    visitor.judge("/figures/")
    visitor.page.locator("#figures tbody tr").first.locator("td a").first.click()
    visitor.page.wait_for_selector(f".list-card td:has-text('{NAME}')")
