"""What goes out: a PDF that has Chinese in it, and a page for whoever holds the link; nothing beside it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.papers import PURPOSE, token_make
from crm.core.registry import registry
from crm.core.services import record_save, records_delete
from crm.core.verbs import verb_run
from crm.sales.models import Letterhead, Order, Quote
from tenants.context import inside
from tenants.models import Tenant
from tenants.services import host_of
from tenants.signing import sign
from tests.crm.api.asking import hashes
from tests.examples import a_customer

QUOTES = registry["sales.quote"]
LINES = [{"description": "紫砂茶壶", "quantity": "2", "unit_price": "1234.50", "tax_percent": "13"}]


def quote(*, is_sent: bool = True, **values: Any) -> Quote:
    """A quote, let out."""
    head = {"name": "西湖茶业有限公司", "mark": "西湖茶业", "address": "杭州市西湖区\n龙井路 1 号"}
    head |= {"phone": "+8657188888888", "is_default": True}
    if not Letterhead.objects.filter(is_default=True).exists():
        record_save(Letterhead, head, actor=SYSTEM)
    given = {"subject": "办公室茶具", "customer": a_customer(), "terms": "款到发货。"}
    given |= {"currency": "CNY", "exchange_rate": "0.14"}
    one = record_save(Quote, {**given, "lines": LINES, **values}, actor=SYSTEM)
    if is_sent:
        verb_run(QUOTES, "send", one, actor=SYSTEM, inputs={})
    return Quote.objects.get(pk=one)


def link(one: Quote) -> str:
    """The address behind which it is."""
    return f"/paper/{token_make(QUOTES, one.pk, actor=SYSTEM)}/"


def stranger(tenant: Tenant) -> Client:
    """Somebody who is not logged in."""
    return Client(HTTP_HOST=host_of(tenant.slug))


def test_the_pdf_brings_its_chinese_font_along(tenant: Any, client_for: Any) -> None:
    one = quote(is_sent=False)
    answer = client_for("owner").get(f"/quotes/{one.pk}/paper/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert b"/FontFile2" in answer.content, "the font lies in the file"
    assert f'filename="{one.number}.pdf"' in answer["Content-Disposition"]


def test_programs_get_the_paper_and_the_link(tenant: Any, key_client: Any) -> None:
    one, client = quote(), key_client()
    assert client.get(f"/api/v1/quotes/{one.pk}/paper").content.startswith(b"%PDF-")
    url = client.get(f"/api/v1/quotes/{one.pk}/link").json()["url"]
    assert stranger(tenant).get("/paper/" + url.partition("/paper/")[2]).status_code == 200
    assert key_client("read-only").get(f"/api/v1/quotes/{one.pk}/link").status_code == 403
    assert client.get(f"/api/v1/quotes/{quote(is_sent=False).pk}/link").json()["code"] == "not_out"


def test_who_holds_the_link_reads_and_accepts_once(tenant: Any) -> None:
    one, client = quote(), stranger(tenant)
    page = client.get(link(one))
    text = page.content.decode()
    assert all(word in text for word in (one.number, "西湖茶业有限公司", "紫砂茶壶", "款到发货。", "2,789.97"))
    assert "+86 571 8888 8888" in text
    assert '<td data-head="Quantity">2</td>' in text, "on a phone each number says what it is"
    assert "no-store" in page["Cache-Control"]
    assert "sessionid" not in str(page.cookies)
    done = client.post(link(one) + "accept/", {"name": "王小明"}, REMOTE_ADDR="203.0.113.9")
    again = client.post(link(one) + "accept/", {"name": "Somebody else"})
    assert (done.status_code, again.status_code) == (302, 302)
    one.refresh_from_db()
    assert (one.status, one.answered_name, one.answered_from) == ("accepted", "王小明", "203.0.113.9")
    (fact,) = Event.objects.filter(object_id=one.pk, name="sales.quote.accept")
    assert (fact.actor_kind, fact.via, fact.actor_id) == ("portal", "page", None)
    after = client.get(link(one)).content.decode()
    assert "王小明" in after
    assert "<form method=\"post\" action=\"/paper/" not in after


def test_a_no_has_its_reason(tenant: Any) -> None:
    one, client = quote(), stranger(tenant)
    before = hashes()
    refused = client.post(link(one) + "decline/", {"name": "Ann", "reason": ""})
    assert (refused.status_code, hashes()) == (422, before)
    assert 'id="decline-reason-error"' in refused.content.decode()
    assert client.post(link(one) + "decline/", {"reason": "Too dear"}).status_code == 302
    one.refresh_from_db()
    assert (one.status, one.decline_reason) == ("declined", "Too dear")


def test_the_link_opens_this_one_thing_and_lets_nothing_else_be_done(tenant: Any) -> None:
    one, other, client = quote(), quote(is_sent=False), stranger(tenant)
    before = hashes()
    for verb in ("order", "revise", "expire", "delete"):
        assert client.post(link(one) + f"{verb}/", {"name": "Ann"}).status_code == 404
    forged = [sign(value, purpose=PURPOSE) for value in (
        ["sales.quote", str(other.pk)], ["sales.quote", str(uuid4())], ["sales.order", str(one.pk)], ["x", str(one.pk)],
    )]  # fmt: skip
    forged += [sign(["sales.quote", str(one.pk)], purpose="reset"), "x", f"{link(one)[7:-1]}x"]
    for token in forged:
        for answer in (client.get(f"/paper/{token}/"), client.post(f"/paper/{token}/accept/", {"name": "Ann"})):
            assert (answer.status_code, one.number in answer.content.decode()) == (404, False)
    assert hashes() == before
    assert client.get(link(one)).status_code == 200


def test_the_link_opens_nothing_at_another_company_not_even_at_its_clone(
    tenant: Tenant, other: Tenant, clone: Tenant
) -> None:
    one = quote()
    address = link(one)
    for elsewhere in (other, clone):
        answer = stranger(elsewhere).post(address + "accept/", {"name": "Ann"})
        assert (answer.status_code, stranger(elsewhere).get(address).status_code) == (404, 404)
    assert stranger(tenant).get(address).status_code == 200


def test_an_old_link_and_one_of_a_deleted_quote_are_dead(tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one, client = quote(), stranger(tenant)
    address = link(one)
    assert client.get(address).status_code == 200
    monkeypatch.setattr("crm.core.papers.LINK_DAYS", -1)
    assert client.get(address).status_code == 404
    monkeypatch.undo()
    records_delete(Quote, [one.pk], actor=SYSTEM)
    assert client.get(address).status_code == 404


def test_what_people_write_is_text_on_the_page_and_on_paper(tenant: Any, client_for: Any) -> None:
    bad = "<script>alert(1)</script> & <b>{{ x }}</b> \U0001f600"
    one = quote(lines=[{"description": bad, "unit_price": "1"}], terms=bad, subject=bad)
    assert "<script>alert" not in stranger(tenant).get(link(one)).content.decode()
    assert client_for("owner").get(f"/quotes/{one.pk}/paper/").content.startswith(b"%PDF-")


def test_fifty_who_accept_at_once_make_one_yes_and_one_order(committed: Tenant) -> None:
    with inside(committed):
        one = quote()
        address = link(one)

    def answer(n: int) -> tuple[int, str]:
        try:
            status = stranger(committed).post(address + "accept/", {"name": f"Ann {n}"}).status_code
            with inside(committed):
                verb_run(QUOTES, "order", one.pk, actor=SYSTEM, inputs={})
            return status, "done"
        except CrmError as refusal:
            return status, refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(answer, range(50)))
    assert {status for status, _code in answers} == {302}
    assert sorted(code for _status, code in answers) == ["already_ordered"] * 49 + ["done"]
    with inside(committed):
        assert Order.objects.filter(quote=one).count() == 1
        assert Event.objects.filter(object_id=one.pk, name="sales.quote.accept").count() == 1
        assert re.fullmatch(r"Ann \d+", Quote.objects.get(pk=one.pk).answered_name)
