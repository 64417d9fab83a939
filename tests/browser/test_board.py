"""The board by hand: a card is dragged, moved by keys and by its menu, refused, and lost with a reason."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.sales.models import Deal, LostReason, Stage
from tenants.context import inside
from tenants.models import Tenant
from tests.browser.conftest import Visitor

NAMES = ("Chairs for the office", "茶壶订单", "Lamps", "Spring catalogue and two hundred cups", "Coffee for 2027")


@pytest.fixture
def deals(committed: Tenant) -> dict[str, UUID]:
    """Deals across the stages of the default pipeline; one has stood in its stage for long."""
    with inside(committed):
        Deal.objects.all().delete()
        stages = list(Stage.objects.filter(pipeline__is_default=True, deleted_at=None).order_by("position"))
        customer = record_save(Customer, {"name": "Okafor Foods", "kind": "company"}, actor=SYSTEM)
        values: list[dict[str, Any]] = [
            {"name": name, "stage": stages[n % 4].pk, "amount": 1200 * (n + 1), "customer": customer}
            for n, name in enumerate(NAMES)
        ]
        made = {one["name"]: record_save(Deal, one, actor=SYSTEM) for one in values}
        Deal.objects.filter(pk=made["Lamps"]).update(stage_at=timezone.now() - timedelta(days=40))
        record_save(Stage, {"required_fields": ["next_step"]}, actor=SYSTEM, id=stages[3].pk)
        connection.set_schema_to_public()
    return made


def stage_of(tenant: Tenant, deal: UUID) -> str:
    """Where a deal stands."""
    with inside(tenant):
        return Deal.objects.select_related("stage").get(pk=deal).stage.name.split()[0]


def column(name: str) -> str:
    """The selector of a column by its title."""
    return f".board-column:has(h2:text-matches('^\\\\s*{name}'))"


def test_cards_are_moved_by_mouse_keys_and_menu(
    committed: Tenant, deals: dict[str, UUID], visitor_for: Callable[..., Visitor]
) -> None:
    visitor = visitor_for()
    visitor.log_in()
    visitor.go("/deals/board/")
    visitor.judge("/deals/board/")
    page, chairs = visitor.page, deals["Chairs for the office"]
    if shots := os.environ.get("KITH_SHOTS"):
        page.screenshot(path=f"{shots}/board.png")
    card = f"[data-card='{chairs}']"
    with page.expect_response("**/board/move/**"):
        page.drag_and_drop(card, f"{column('Qualified')} [data-cards]")
    page.wait_for_selector(f"{column('Qualified')} {card}")
    assert stage_of(committed, chairs) == "Qualified"
    page.click(".kith-toast button:has-text('Undo')")
    page.wait_for_selector(f"{column('New')} {card}")
    assert stage_of(committed, chairs) == "New"
    page.focus(card)
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_selector(f"{column('Qualified')} {card}")
    page.focus(card)
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_selector(f"{column('Proposal')} {card}")
    assert stage_of(committed, chairs) == "Proposal"
    assert page.evaluate("document.activeElement.dataset.card") == str(chairs)
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_selector(".kith-toast.is-bad:has-text('Next step')")
    assert stage_of(committed, chairs) == "Proposal"
    assert page.is_visible(f"{column('Proposal')} {card}")
    page.click(f"{card} .card-menu")
    page.click(f"{card} .dropdown-item:has-text('Won')")
    page.wait_for_selector(f"{column('Won')} {card}")
    assert stage_of(committed, chairs) == "Won"
    visitor.wrong = [one for one in visitor.wrong if "422" not in one]  # the refusal above
    assert not visitor.wrong, "\n".join(visitor.wrong)


def test_a_card_dropped_on_lost_asks_why(
    committed: Tenant, deals: dict[str, UUID], visitor_for: Callable[..., Visitor]
) -> None:
    visitor = visitor_for()
    visitor.log_in()
    visitor.go("/deals/board/")
    page, lamps = visitor.page, deals["Lamps"]
    page.set_viewport_size({"width": 1900, "height": 900})
    page.drag_and_drop(f"[data-card='{lamps}']", f"{column('Lost')} [data-cards]")
    page.wait_for_selector("#dialog.show [data-choose-text]")
    assert stage_of(committed, lamps) == "Proposal"
    page.fill("#dialog [data-choose-text]", "Price")
    page.click("#dialog .choose-row")
    page.click("#dialog .modal-footer .btn-danger")
    visitor.settle()
    page.wait_for_selector("#toasts .kith-toast")
    assert page.url.endswith("/deals/board/")
    with inside(committed):
        lost = Deal.objects.get(pk=lamps)
        assert (lost.status, lost.lost_reason) == ("lost", LostReason.objects.get(name__startswith="Price"))
        connection.set_schema_to_public()
    assert not visitor.wrong, "\n".join(visitor.wrong)
