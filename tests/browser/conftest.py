"""A real browser on a live server: every page is watched for console errors and for breaches of the content policy."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from config.launcher.browser import browser_find
from tests.tenants.conftest import Process, worker_running
from tests.world import PASSWORD

ROOT = Path(__file__).parents[2]
CHROMIUM = browser_find() or "/usr/bin/chromium"
AXE = ROOT / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WATCH = """window.__breaches = [];
document.addEventListener("securitypolicyviolation", (e) => window.__breaches.push(e.violatedDirective));"""
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1400, "height": 900}}
# Playwright keeps an event loop in this thread; the tests themselves ask the database from it, one at a time.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@dataclass
class Visitor:
    """A browser window and what went wrong in it."""

    page: Page
    home: str
    clicks: int = 0
    wrong: list[str] = field(default_factory=list)
    asked: set[Request] = field(default_factory=set)  # what the page waits for at this moment

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        self.page.on("request", lambda one: self.asked.add(one))
        self.page.on("requestfinished", lambda one: self.asked.discard(one))
        self.page.on("requestfailed", lambda one: self.asked.discard(one))

    def settle(self) -> None:
        """Wait until the page has loaded and asks for nothing more ("networkidle" would be half a second each time)."""
        self.page.wait_for_load_state("load")
        quiet = 0
        while quiet < 3:
            self.page.wait_for_timeout(20)
            quiet = 0 if self.asked else quiet + 1

    def go(self, path: str) -> None:
        """Open a page and wait until it is quiet."""
        self.asked.clear()
        answer = self.page.goto(self.home + path)
        self.settle()
        if answer is None or answer.status >= 400:
            self.wrong.append(f"{path}: status {answer.status if answer else 'none'}")

    def click(self, selector: str) -> None:
        """Click, and count it."""
        self.clicks += 1
        self.page.click(selector)

    def judge(self, path: str, within: str = "") -> None:
        """Ask for breaches of the policy, faults of accessibility, and whether anything sticks out of the window.

        `within` is the part of the page whose accessibility is judged: the whole of it unless told."""
        self.wrong += [f"{path}: policy: {one}" for one in self.page.evaluate("window.__breaches")]
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "([within, runOnly]) => axe.run(within || document, {runOnly, reporter: 'no-passes', preload: false})"
            ".then((found) => found.violations.map("
            "(v) => v.id + ' at ' + v.nodes.slice(0, 3).map((n) => n.target).join('; ')))",
            [within, RULES],
        )
        self.wrong += [f"{path}: axe: {one}" for one in found]
        if self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
            self.wrong.append(f"{path}: wider than the window")

    def log_in(self, role: str = "owner") -> None:
        """Through the door."""
        self.go("/log-in/")
        self.page.fill("#email", f"{role}@kith.test")
        self.page.fill("#password", PASSWORD)
        self.page.click("main [type=submit].btn-primary")
        self.settle()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    if not Path(CHROMIUM).exists():
        pytest.fail(f"There is no Chromium at {CHROMIUM}: install it, or set KITH_CHROMIUM.")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield started
        started.close()


@pytest.fixture
def visitor_for(browser: Browser, served: str) -> Iterator[Callable[..., Visitor]]:
    """visitor_for(path="/t/tenant-a", phone=False, **options): a window of its own."""
    opened: list[BrowserContext] = []

    def visitor_for(path: str = "/t/tenant-a", *, phone: bool = False, **options: Any) -> Visitor:
        context = browser.new_context(**{**(PHONE if phone else DESKTOP), "locale": "en-US", **options})
        context.add_init_script(WATCH)
        context.set_default_timeout(30_000)
        opened.append(context)
        return Visitor(context.new_page(), served + path)

    yield visitor_for
    for context in opened:
        context.close()


@pytest.fixture
def worker(committed: Any, tmp_path: Path) -> Iterator[Process]:
    """A Celery worker with all queues, on the test's database and broker."""
    with worker_running(tmp_path) as process:
        yield process
