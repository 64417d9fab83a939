"""What is said beside a mail that is written on a record's page."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.messaging.models import Mailbox
from crm.team.models import User


def composer(client: Any) -> str:
    about = Customer.objects.filter(deleted_at=None)[0]
    answer = client.get(f"/customers/{about.pk}/note/", {"noun": "messaging.message"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_who_cannot_send_hears_of_it_before_writing(tenant: Any, client_for: Any) -> None:
    owner = client_for("owner")
    Mailbox.objects.update(deleted_at=timezone.now())
    assert "No mailbox is set up yet" in composer(owner)
    person = User.objects.get(email="owner@kith.test")
    broken = Mailbox.objects.create(address="own@mill.example", name="Own", owner=person, state=Mailbox.State.FAILING)
    assert "Own does not work" in composer(owner)
    fresh = Mailbox.objects.create(address="new@mill.example", name="New", owner=person)
    assert fresh.state == Mailbox.State.NEW
    Mailbox.objects.filter(pk=broken.pk).update(deleted_at=timezone.now())
    assert "New has no password yet" in composer(owner)
    Mailbox.objects.filter(pk=broken.pk).update(deleted_at=None)
    shared = Mailbox.objects.create(address="all@mill.example", name="All", is_shared=True, state=Mailbox.State.WORKING)
    text = composer(owner)
    assert "alert-warning" not in text, "one that works goes before one's own that does not"
    assert str(shared.pk) in text
    assert str(broken.pk) not in text


def test_an_address_is_all_that_is_asked_where_its_provider_is_known(tenant: Any) -> None:
    made = Mailbox.objects.get(pk=record_save(Mailbox, {"name": "Shop", "address": "shop@QQ.com"}, actor=SYSTEM))
    assert (made.smtp_host, made.smtp_port, made.imap_host) == ("smtp.qq.com", 465, "imap.qq.com")
    own = {"imap_host": "imap.mill.example", "imap_port": 1993, "imap_security": "starttls"}
    other = {"smtp_port": 587, "smtp_security": "starttls"}
    fields = ("smtp_host", *other, *own)
    for name, said, servers in (
        ("me", own, ("smtp.gmail.com", 465, "tls", "imap.mill.example", 1993, "starttls")),
        ("you", other, ("smtp.gmail.com", 587, "starttls", "imap.gmail.com", 993, "tls")),
    ):
        pk = record_save(Mailbox, {"name": name, "address": f"{name}@gmail.com", **said}, actor=SYSTEM)
        assert Mailbox.objects.values_list(*fields).get(pk=pk) == servers, "what was said stays"
    with pytest.raises(CrmError) as told:
        record_save(Mailbox, {"name": "Mill", "address": "shop@mill.example"}, actor=SYSTEM)
    assert told.value.details["errors"][0]["pointer"] == "/smtp_host"
    assert not Mailbox.objects.filter(address="shop@mill.example").exists()
