"""Websites tell what visitors do: only listed ones, only by their key, only of customers who have agreed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.customers.models import BehaviourEvent, Customer, WebSnippet
from crm.customers.services.websites import origin_read, snippet_change
from crm.ui.views.websites import FROM_ADDRESS, MOST_BYTES
from tests.world import host_of

CUSTOMERS = registry["customers.customer"]
SHOP = "https://shop.example"
CONSENT = {
    "purpose": "profiling",
    "channel": "any",
    "basis": "consent",
    "source": "Cookie notice",
    "proof": "",
    "expires_on": None,
}


@pytest.fixture
def visitor(tenant: Any) -> Client:
    """A browser that is on the shop's pages; the shop is listed."""
    snippet_change([SHOP], actor=SYSTEM)
    cache.clear()
    return Client(HTTP_HOST=host_of(tenant.slug), headers={"Origin": SHOP})


@pytest.fixture
def buyer(tenant: Any) -> Customer:
    """A customer who has agreed."""
    values = {"name": "Lin Yi", "email": "lin@visits.example", "number": "V-1"}
    one = Customer.objects.get(pk=record_save(Customer, values, actor=SYSTEM, external=("shop", "4711")))
    verb_run(CUSTOMERS, "consent", one.pk, actor=SYSTEM, inputs=CONSENT)
    return one


def told(client: Client, who: Any = None, events: Any = None, **more: Any) -> Any:
    """The answer to what a page tells."""
    body = {
        "key": WebSnippet.objects.get().key,
        "who": who or {"ext": "shop:4711"},
        "events": events or [{"kind": "view", "subject": "/cups", "key": "a1"}],
        **more,
    }
    return client.post("/web/events/", json.dumps(body), content_type="text/plain")


def kept() -> list[tuple[Any, ...]]:
    """What is stored of websites."""
    return list(BehaviourEvent.objects.filter(source="web").values_list("customer", "kind", "subject", "value"))


@pytest.mark.parametrize("who", [{"ext": "shop:4711"}, {"number": "V-1"}, {"email": "Lin@Visits.example"}])
def test_what_a_customer_who_agreed_does_is_kept_once(visitor: Client, buyer: Customer, who: dict[str, str]) -> None:
    cart = {"kind": "cart", "subject": "Cup", "value": 12.5, "key": "b1"}
    for _again in range(2):
        answer = told(visitor, who, [cart])
        assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (204, SHOP)
        assert not answer.cookies
    assert kept() == [(buyer.pk, "cart", "Cup", 12.5)]
    assert WebSnippet.objects.get().heard_at is not None


def test_of_whoever_has_not_agreed_nothing_is_kept_and_the_answer_is_the_same(visitor: Client, buyer: Customer) -> None:
    silent = record_save(Customer, {"name": "Silent", "email": "silent@visits.example"}, actor=SYSTEM)
    verb_run(CUSTOMERS, "restrict", silent, actor=SYSTEM, inputs={})
    verb_run(CUSTOMERS, "unrestrict", silent, actor=SYSTEM, inputs={})  # objects no longer: that is no consent yet
    known = told(visitor, {"email": "silent@visits.example"})
    nobody = told(visitor, {"email": "nobody@visits.example"})
    assert (known.status_code, known.content) == (nobody.status_code, nobody.content) == (204, b"")
    assert kept() == []
    assert told(visitor).status_code == 204
    verb_run(
        CUSTOMERS,
        "withdraw",
        buyer.pk,
        actor=SYSTEM,
        inputs={k: CONSENT[k] for k in ("purpose", "channel", "source", "proof")},
    )
    assert told(visitor, events=[{"kind": "view", "key": "a2"}]).status_code == 204
    assert len(kept()) == 1


def test_other_websites_other_keys_and_what_cannot_be_read_are_refused(visitor: Client, buyer: Customer) -> None:
    for origin in ("https://evil.example", "null", ""):
        answer = told(Client(HTTP_HOST=visitor.defaults["HTTP_HOST"], headers={"Origin": origin}))
        assert (answer.status_code, answer.get("Access-Control-Allow-Origin")) == (403, None)
    assert told(visitor, key="another").status_code == 403
    assert told(visitor, {"name": "Lin"}).status_code == 422
    assert told(visitor, {"email": "a@b.example", "number": "V-1"}).status_code == 422
    for event in ({"kind": "theft", "key": "x"}, {"kind": "view"}, {"kind": ["view"], "key": "x"}, "view"):
        assert told(visitor, events=[event]).status_code == 422
    assert told(visitor, events=[{"kind": "view", "key": "x", "subject": "s" * MOST_BYTES}]).status_code == 413
    assert visitor.post("/web/events/", b"{", content_type="text/plain").status_code == 403
    assert kept() == []
    assert told(visitor).status_code == 204
    assert len(kept()) == 1


def test_one_address_is_not_heard_without_end(visitor: Client, buyer: Customer) -> None:
    cache.set("rate:visits:127.0.0.1", FROM_ADDRESS - 1, 60)
    assert [told(visitor).status_code for _each in range(2)] == [204, 429]
    assert len(kept()) == 1


def test_the_page_lists_websites_and_shows_what_to_put_into_them(
    tenant: Any, client_for: Callable[..., Client]
) -> None:
    client = client_for("owner")
    assert client_for("member").post("/settings/website/", {"origins": SHOP}).status_code == 403
    assert "kith.js" not in client.get("/settings/website/").content.decode()
    assert client.post("/settings/website/", {"origins": "Shop.example/cups\nhttp://localhost:8080"}).status_code == 302
    row = WebSnippet.objects.get()
    assert row.origins == [SHOP, "http://localhost:8080"]
    assert f"data-key=&quot;{row.key}&quot;" in client.get("/settings/website/").content.decode()
    assert client.post("/settings/website/", {"origins": "http://shop.example"}).status_code == 422
    client.post("/settings/website/", {"new_key": "1"})
    renewed = WebSnippet.objects.get()
    assert (renewed.origins, renewed.key == row.key) == (row.origins, False)
    script = Client(HTTP_HOST=client.defaults["HTTP_HOST"]).get("/web/kith.js")
    assert (script.status_code, script["Content-Type"]) == (200, "text/javascript; charset=utf-8")


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "*", "https://*.shop.example", "https://a@b.example", "ftp://x.example"]
)
def test_what_is_no_website_is_not_listed(text: str) -> None:
    with pytest.raises(CrmError):
        origin_read(text)
