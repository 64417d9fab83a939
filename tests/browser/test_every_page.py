"""Every page in every dress: no console error, no breach of the policy, axe clean, nothing untranslated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from crm.core.actors import SYSTEM
from crm.core.permissions import visible
from crm.core.registry import registry
from crm.team.models import User
from tenants.context import inside
from tenants.models import Tenant
from tests.browser.conftest import Visitor
from tests.crm.ui.texts import APPS, CONTEXT, texts_of

FIXED = (
    "",
    "call-first/",
    "reports/",
    "reports/new/?object=customers&row=created_at&column=lifecycle&chart=stacked",
    "reports/risk/",
    "dashboards/sales/",
    "duplicates/",
    "calendar/",
    "calendar/?look=week",
    "calendar/?look=agenda",
    "models/",
    "imports/",
    "imports/new/",
    "settings/",
    "settings/profile/",
    "settings/people/",
    "settings/keys/",
    "settings/notifications/",
    "settings/sample/",
    "settings/fields/",
    "settings/layouts/?noun=leads",
    "settings/roles/member/",
    "stages/order/",
    "settings/fields/new/",
    "notifications/",
)
DRESSES: dict[str, dict[str, Any]] = {
    "bright, in English": {},
    "dark, in Chinese, on a phone": {"color_scheme": "dark", "locale": "zh-CN", "phone": True},
}
# The same in both languages
SAME = {"AUC", "Brier", "English", "API", "Kith", "Webhook", "STARTTLS"}

BOARDS = {"deals", "quotes"}  # one by a link, one by a choice: the others are drawn alike


def pages(tenant: Tenant) -> list[tuple[str, int, list[str]]]:
    """Every page of the tenant, numbered, and in which parts it is judged: in its turn, and in the other dress.

    The frame of the fixed ones is the same in both; those of a noun but the first are alike but for the noun."""
    found = [(f"/{path}", place, ["", "main" if place else ""]) for place, path in enumerate(FIXED)]
    with inside(tenant):
        for place, noun in enumerate(registry):
            pk = visible(noun.model, SYSTEM).values_list("pk", flat=True).first()
            paths = ("", "new/", f"{pk}/", f"{pk}/edit/", *(["board/"] if noun.slug in BOARDS else []))
            parts = ["main"] if place else ["", ""]
            found += [(f"/{noun.slug}/{path}", place + n, parts) for n, path in enumerate(paths)]
    return found


@pytest.mark.long(110)
@pytest.mark.parametrize("dress", DRESSES)
def test_every_page_is_clean(dress: str, committed: Tenant, visitor_for: Callable[..., Visitor]) -> None:
    options = DRESSES[dress]
    language = "zh-hans" if options.get("locale") == "zh-CN" else "en"
    with inside(committed):
        User.objects.filter(email="owner@kith.test").update(language=language)
    visitor = visitor_for(**options)
    visitor.go("/log-in/")
    visitor.judge("/log-in/")
    visitor.log_in()
    turn, english = list(DRESSES).index(dress), english_texts() if language != "en" else set()
    for path, number, parts in pages(committed):
        visitor.go(path)
        for within in parts[(number + turn) % 2 :][:1]:
            visitor.judge(path, within=within)
        if english:
            visitor.wrong += [f"{path}: untranslated: {text}" for text in sorted(said(visitor) & english)]
    assert not visitor.wrong, "\n".join(visitor.wrong)
    connection.set_schema_to_public()


def english_texts() -> set[str]:
    """All that would be English if nobody had translated it."""
    return {text.rpartition(CONTEXT)[2] for app in APPS for text in texts_of(app)} - SAME


def said(visitor: Visitor) -> set[str]:
    """Every text that a reader or a listener meets."""
    texts: list[str] = visitor.page.evaluate("""() => {
      const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) found.push(walk.currentNode.textContent.trim());
      for (const one of document.querySelectorAll("[aria-label],[title],[placeholder]"))
        for (const name of ["aria-label", "title", "placeholder"]) found.push((one.getAttribute(name) || "").trim());
      return found; }""")
    return set(texts)


def test_a_dark_page_is_dark_before_its_style_sheets(visitor_for: Callable[..., Visitor]) -> None:
    visitor = visitor_for(color_scheme="dark")
    visitor.page.route("**/*.css", lambda route: route.abort())
    visitor.page.goto(visitor.home + "/log-in/", wait_until="commit")
    visitor.page.wait_for_selector("html[data-bs-theme=dark]", state="attached")
