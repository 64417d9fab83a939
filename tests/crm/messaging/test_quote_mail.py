"""A quote goes out by mail: its PDF attached, its link in the text, and it is sent from then on."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from crm.activities.models import File
from crm.core.actors import SYSTEM
from crm.core.models import Event
from crm.core.services import record_save
from crm.customers.models import Contact, Customer
from crm.messaging.models import Mailbox, Message
from crm.messaging.sending import mail_send
from crm.sales.models import Quote
from tests.crm.api.asking import sent
from tests.crm.messaging.servers import Outbox

HTMX = {"HX-Request": "true"}


@pytest.fixture
def quote(tenant: Any) -> Quote:
    """A draft for a person at a company."""
    mill = record_save(Customer, {"name": "Mill", "kind": "company", "email": "office@mill.example"}, actor=SYSTEM)
    ada = record_save(Contact, {"name": "Ada", "customer": mill, "email": "ada@mill.example"}, actor=SYSTEM)
    lines = [{"description": "Pot", "quantity": "2", "unit_price": "30"}]
    values = {"number": "Q-77", "customer": mill, "contact": ada, "currency": "EUR", "lines": lines}
    return Quote.objects.get(pk=record_save(Quote, values, actor=SYSTEM))


def form_of(client: Client, quote: Quote) -> dict[str, str]:
    """What the composer on the quote's page begins with."""
    page = client.get(f"/quotes/{quote.pk}/note/?noun=messaging.message").content.decode()
    text = re.search(r'<textarea[^>]*name="text"[^>]*>(.*?)</textarea>', page, re.S)
    fields = dict(re.findall(r'<input[^>]*name="(subject|to)"[^>]*value="([^"]*)"', page))
    assert 'name="has_paper"' in page
    assert text
    return {**fields, "text": unescape(text[1]).strip(), "has_paper": "true", "noun": "messaging.message"}


def test_a_quote_is_mailed_from_its_page(
    quote: Quote, mailbox: Mailbox, outbox: Outbox, client_for: Any
) -> None:
    client = client_for("member")
    form = form_of(client, quote)
    assert (form["to"], form["subject"]) == ("ada@mill.example", "Quote Q-77")
    answer = client.post(f"/quotes/{quote.pk}/note/", form, headers=HTMX)
    assert (answer.status_code, answer.headers.get("HX-Refresh")) == (200, "true"), answer.content
    assert "Quote Q-77" in answer.content.decode(), "it stands on the timeline"
    quote.refresh_from_db()
    assert quote.status == "sent"
    assert Event.objects.filter(object_id=quote.pk, name="sales.quote.send").count() == 1
    message = Message.objects.get(object_id=quote.pk)
    assert mail_send(message.pk) == "sent"
    mime: Any = message_from_bytes(outbox.taken[-1][1], policy=policy.default)
    words = mime.get_body().get_content()
    (paper,) = mime.iter_attachments()
    assert (paper.get_filename(), paper.get_content()[:5]) == ("Q-77.pdf", b"%PDF-")
    assert "{link}" not in words
    link = re.search(r"http://localhost:\d+(/t/tenant-a/paper/\S+)", words)
    assert link, words
    assert b"Q-77" in Client(HTTP_HOST=settings.PUBLIC_HOST).get(link[1]).content


def test_programs_mail_a_quote_too_and_what_has_no_paper_is_refused(
    quote: Quote, mailbox: Mailbox, key_client: Any
) -> None:
    client = key_client()
    values = {"to": ["ada@mill.example"], "subject": "Offer", "text": "See:", "has_paper": True}
    for label, pk, status in (("sales.quote", quote.pk, 200), ("sales.deal", None, 409)):
        about = {"object_type": label, "object_id": str(pk)} if pk else {}
        made = sent(client.post, "/api/v1/messages/", {**values, **about})
        assert made.status_code == 201, made.content
        answer = sent(client.post, f"/api/v1/messages/{made.json()['id']}/send", {})
        assert answer.status_code == status, answer.content
    message = Message.objects.get(object_id=quote.pk)
    assert re.fullmatch(r"See:\n\nhttp://localhost:\d+/t/tenant-a/paper/\S+/", message.text)
    assert File.objects.filter(object_id=message.pk).count() == 1


def test_who_may_not_send_quotes_mails_none(quote: Quote, mailbox: Mailbox, key_client: Any) -> None:
    scopes = ["messaging.*", "sales.view_quote", "sales.share_quote"]
    client = key_client(scopes=scopes)
    place = {"object_type": "sales.quote", "object_id": str(quote.pk)}
    values = {"to": ["ada@mill.example"], "text": "See:", "has_paper": True, **place}
    draft = sent(client.post, "/api/v1/messages/", values).json()["id"]
    assert sent(client.post, f"/api/v1/messages/{draft}/send", {}).status_code == 403
    quote.refresh_from_db()
    assert (quote.status, File.objects.filter(object_id=draft).exists()) == ("draft", False)
    assert Message.objects.get(pk=draft).state == "draft"
