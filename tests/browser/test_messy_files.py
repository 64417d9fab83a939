"""A shop, a bank branch and a travel agency: from sign-up, with their own files, to a list to act on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crm.exchange.models import ImportJob
from tenants.context import inside
from tenants.models import Tenant
from tests.browser.conftest import Visitor
from tests.crm.exchange.messy import FILES
from tests.crm.exchange.test_messy_files import check_every_cell

MOST_CLICKS = 12
COMPANIES: dict[str, dict[str, str]] = {
    "shop": {"locale": "en-US", "name": "Maple Supplies", "address": "maple", "call": "Who to call first"},
    "bank": {"locale": "zh-CN", "name": "城东支行", "address": "chengdong", "call": "优先致电"},
    "travel": {"locale": "zh-CN", "name": "春风旅行社", "address": "chunfeng", "call": "优先致电"},
}


@pytest.mark.long(20)
@pytest.mark.parametrize("kind", FILES)
def test_from_a_messy_file_to_a_list_to_act_on(
    kind: str, samples: None, visitor_for: Callable[..., Visitor], worker: object, tmp_path: Path
) -> None:
    company, made = COMPANIES[kind], FILES[kind]()
    (tmp_path / made.name).write_bytes(made.content)
    visitor = visitor_for("", locale=company["locale"])
    page = visitor.page
    visitor.go("/")
    page.fill("[name=name]", company["name"])
    page.fill("[name=email]", f"owner@{company['address']}.example")
    page.fill("[name=password]", "a long enough secret")
    visitor.click("#sign-up [type=submit]")
    page.wait_for_url("**/t/*/")
    visitor.click(".banner a.btn, .head-actions a.btn")
    visitor.clicks += 1  # the file chooser's own
    page.set_input_files("#file", tmp_path / made.name)
    page.wait_for_selector("#import-form")
    judge(visitor, "proposal", kind)
    visitor.click("[data-run]")
    page.wait_for_selector(".import-run .icon.is-good", timeout=180_000)
    judge(visitor, "result", kind)
    address = page.url
    visitor.click(".next-link.is-first")
    page.wait_for_selector(".queue .work")
    assert visitor.clicks <= MOST_CLICKS
    assert company["call"] in page.inner_text("h1")
    assert page.locator(".queue .work").count() > 3
    assert all(text.strip() for text in page.locator(".queue .work-b p:first-of-type").all_inner_texts())
    page.goto(f"{address}problems/")
    judge(visitor, "problems", kind)
    assert not visitor.wrong, "\n".join(visitor.wrong)
    with inside(Tenant.objects.get(name=company["name"])):
        check_every_cell(made, ImportJob.objects.get())


def judge(visitor: Visitor, name: str, kind: str) -> None:
    """Look at a page when it is quiet."""
    visitor.settle()
    visitor.judge(f"{kind} {name}")
