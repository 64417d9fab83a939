"""A website with our script in it: it says nothing before it knows who it is, and sets no cookie."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.cache import cache

from crm.core.actors import SYSTEM
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.customers.models import BehaviourEvent, Customer
from crm.customers.services.websites import snippet_change
from tenants.context import inside
from tenants.models import Tenant
from tests.browser.conftest import Visitor

CONSENT = {
    "purpose": "profiling",
    "channel": "any",
    "basis": "consent",
    "source": "Notice",
    "proof": "",
    "expires_on": None,
}


class Shop(BaseHTTPRequestHandler):
    """The same page at every address."""

    script = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f'<!doctype html><link rel="icon" href="data:,"><title>Cups</title>{self.script}'.encode())

    def log_message(self, *_said: object) -> None:
        """Nothing."""


@pytest.fixture
def shop() -> Iterator[str]:
    """A website beside Kith."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_website_tells_what_a_known_visitor_does(
    committed: Tenant, shop: str, visitor_for: Callable[..., Visitor]
) -> None:
    cache.clear()
    with inside(committed):
        snippet = snippet_change([shop], actor=SYSTEM)
        buyer = record_save(Customer, {"name": "Lin Yi", "number": "W-1"}, actor=SYSTEM)
        verb_run(registry["customers.customer"], "consent", buyer, actor=SYSTEM, inputs=CONSENT)
    visitor = visitor_for()
    Shop.script = f'<script async src="{visitor.home}/web/kith.js" data-key="{snippet.key}"></script>'
    sent: list[str] = []
    visitor.page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    visitor.home = shop
    visitor.go("/cups?token=secret")
    assert sent == []
    visitor.page.evaluate('kith.push(["identify", {number: "W-1"}])')
    visitor.page.evaluate('kith.push(["track", "cart", "Cup", 12.5])')
    visitor.settle()
    visitor.go("/basket")  # the tab knows who it is
    visitor.page.evaluate('kith.push(["forget"])')
    visitor.go("/help")
    with inside(committed):
        rows = BehaviourEvent.objects.filter(customer=buyer).values_list("kind", "subject")
        assert sorted(rows) == [("cart", "Cup"), ("view", "/basket"), ("view", "/cups"), ("visit", "127.0.0.1")]
    assert (visitor.page.context.cookies(), visitor.wrong) == ([], [])
