"""The first hour: from sign-up, with a messy workbook, to a list of customers to act on, in at most twelve clicks."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import Workbook

from crm.customers.models import Customer
from crm.exchange.models import ImportJob
from crm.exchange.services import import_account
from tenants.context import inside
from tenants.models import Tenant
from tests.browser.conftest import Visitor

MOST_CLICKS, PEOPLE = 12, 120
FULL_PAGES = ("/", "/call-first/", "/customers/?is_sample=true&ordering=-churn_probability", "/models/", "/imports/")
WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "locale": "en-US",
        "company": "Acorn Supplies",
        "title": "Customer list 2026, main shop",
        "total": "Total",
        "cities": ["Boston", "Austin"],
        "heads": [
            "Member no",
            "Name",
            "Mobile",
            "E-mail",
            "City",
            "Orders",
            "Total spent",
            "Last order",
            "Favourite colour",
        ],
        "first": ["Ada", "Grace", "Alan", "Linus"],
        "last": [" Okafor", " Moreau", " Tanaka", " Rossi"],
        "phone": 12025550000,
        "call": "Who to call first",
    },
    "zh-hans": {
        "locale": "zh-CN",
        "company": "橡果百货",
        "title": "2026 年会员名单（总店）",
        "total": "合计",
        "cities": ["杭州", "上海"],
        "heads": ["会员号", "姓名", "手机号", "邮箱", "城市", "订单数", "累计消费", "最近下单", "喜欢的颜色"],
        "first": ["王", "李", "张", "刘"],
        "last": ["小明", "静", "伟", "芳"],
        "phone": 13800000000,
        "call": "优先致电",
    },
}


def messy_workbook(place: Path, words: dict[str, Any]) -> Path:
    """A title over the header, a total below, phones as numbers, a double, bad addresses, a column nobody knows."""
    dice, book = random.Random(7), Workbook()
    sheet = book.active
    sheet.append([words["title"]])
    sheet.merge_cells("A1:I1")
    sheet.append([])
    sheet.append(words["heads"])
    spent_in_all = 0
    for n in range(PEOPLE):
        name, spent = dice.choice(words["first"]) + dice.choice(words["last"]), dice.randint(50, 9000)
        spent_in_all += spent
        bought_on = timezone.localdate() - timedelta(days=dice.randint(1, 500))
        mail = f"person{n}@example.com" if n % 9 else "no mail"
        sheet.append(
            [
                f"V{1000 + n}",
                name,
                words["phone"] + n,
                mail,
                dice.choice(words["cities"]),
                dice.randint(1, 20),
                spent,
                bought_on,
                "red",
            ]
        )
    sheet.append(["V1003", "Twice", words["phone"] + 3, "", "", 1, 10, None, ""])
    sheet.append([words["total"], "", "", "", "", "", spent_in_all, "", ""])
    book.save(place)
    return place


@pytest.mark.long(20)
@pytest.mark.parametrize("language", WORDS)
def test_from_sign_up_to_a_list_to_act_on(
    language: str, samples: None, visitor_for: Callable[..., Visitor], worker: object, tmp_path: Path
) -> None:
    words = WORDS[language]
    visitor = visitor_for("", locale=words["locale"])
    page = visitor.page
    visitor.go("/")
    page.fill("[name=name]", words["company"])
    page.fill("[name=email]", "owner@acorn.example")
    page.fill("[name=password]", "a long enough secret")
    visitor.click("#sign-up [type=submit]")
    page.wait_for_url("**/t/*/")
    visitor.click(".banner a.btn, .head-actions a.btn")
    visitor.clicks += 1  # the file chooser's own
    page.set_input_files("#file", messy_workbook(tmp_path / "list.xlsx", words))
    visitor.click("[data-run]")
    page.wait_for_selector(".import-run .icon.is-good", timeout=180_000)
    visitor.click(".next-link.is-first")
    page.wait_for_selector(".queue .work")
    assert visitor.clicks <= MOST_CLICKS
    assert words["call"] in page.inner_text("h1")
    assert page.locator(".queue .work").count() > 3
    assert all(text.strip() for text in page.locator(".queue .work-b p:first-of-type").all_inner_texts())
    home = page.url.removesuffix("/call-first/")
    for path in FULL_PAGES:
        page.goto(home + path)
        visitor.settle()
        visitor.judge(path)
    assert not visitor.wrong, "\n".join(visitor.wrong)
    every_row_is_accounted_for(words)


def every_row_is_accounted_for(words: dict[str, Any]) -> None:
    """What the import says of itself is what the tables hold."""
    with inside(Tenant.objects.get(name=words["company"])):
        job = ImportJob.objects.get()
        account = import_account(job)
        assert account.read == PEOPLE + 2
        assert (account.created, account.merged, account.skipped, account.refused) == (PEOPLE, 1, 1, 0)
        real = Customer.objects.filter(is_sample=False)
        assert real.count() == PEOPLE
        assert all("red" in notes for notes in real.values_list("notes", flat=True))
        assert real.get(number="V1003").phone.endswith(str(words["phone"] + 3)[-10:])
