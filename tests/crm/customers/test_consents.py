"""The consent ledger: it only grows, the newest line counts, and profiling follows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.customers.models import ConsentEntry, Customer
from crm.customers.services.consents import consented

CUSTOMERS = registry["customers.customer"]
MAIL = {"purpose": "marketing", "channel": "email"}
GIVEN = {**MAIL, "basis": "consent", "source": "Web form", "proof": "Form 12, 3 March"}


def customer(**values: Any) -> Customer:
    """A customer of these values."""
    return Customer.objects.get(pk=record_save(Customer, {"name": "Agrees to much", **values}, actor=SYSTEM))


def said(one: Customer, verb: str, **inputs: Any) -> None:
    """A line of the ledger."""
    verb_run(CUSTOMERS, verb, one.pk, actor=SYSTEM, inputs=inputs)


def holds(one: Customer, **asked: str) -> bool:
    """Whether somebody has agreed."""
    return consented([one.pk], **{"purpose": "marketing", "channel": "email", **asked})[one.pk]


def test_what_was_never_said_is_no_consent_and_the_newest_line_counts(tenant: Any) -> None:
    one = customer()
    assert not holds(one)
    said(one, "consent", **GIVEN)
    assert holds(one)
    assert not holds(one, channel="sms")
    said(one, "withdraw", **MAIL, source="Telephone")
    assert not holds(one)
    ledger = ConsentEntry.objects.filter(customer=one).order_by("at").values_list("is_given", "source")
    assert list(ledger) == [(True, "Web form"), (False, "Telephone")]


def test_any_way_covers_a_channel_of_which_nothing_was_said(tenant: Any) -> None:
    one = customer()
    said(one, "consent", **{**GIVEN, "channel": "any"})
    assert holds(one, channel="sms")
    said(one, "withdraw", purpose="marketing", channel="sms")
    assert [holds(one, channel=channel) for channel in ("sms", "email")] == [False, True]


def test_it_expires(tenant: Any) -> None:
    one = customer()
    said(one, "consent", **GIVEN, expires_on=timezone.localdate().isoformat())
    assert holds(one)
    ConsentEntry.objects.filter(customer=one).update(expires_on=timezone.localdate() - timedelta(days=1))
    assert not holds(one)
    with pytest.raises(CrmError) as told:
        said(one, "consent", **GIVEN, expires_on="2020-01-01")
    assert told.value.code == "expired"


def test_sensitive_data_needs_consent_of_its_own(tenant: Any) -> None:
    one = customer()
    said(one, "consent", **GIVEN)
    assert not holds(one, purpose="sensitive")
    sensitive = {"purpose": "sensitive", "channel": "any"}
    with pytest.raises(CrmError) as told:
        said(one, "consent", **sensitive, basis="interest")
    assert told.value.code == "basis"
    assert ConsentEntry.objects.filter(customer=one).count() == 1
    said(one, "consent", **sensitive, basis="consent")
    assert holds(one, purpose="sensitive")


def test_who_takes_profiling_back_is_left_out_of_it_and_the_other_way_round(tenant: Any) -> None:
    one = customer()
    said(one, "withdraw", purpose="profiling", channel="any")
    one.refresh_from_db()
    assert one.is_profiling_refused
    said(one, "unrestrict")
    one.refresh_from_db()
    assert not one.is_profiling_refused
    assert holds(one, purpose="profiling")
    said(one, "restrict")
    assert not holds(one, purpose="profiling")


def test_programs_ask_before_they_send(tenant: Any, other: Any, key_client: Any) -> None:
    one, client = customer(), key_client()
    said(one, "consent", **GIVEN)
    asked = {"customer": str(one.pk), "purpose": "marketing"}
    answers = {way: client.get("/api/v1/consents/check", {**asked, "channel": way}).json() for way in ("email", "sms")}
    assert {way: answer["is_given"] for way, answer in answers.items()} == {"email": True, "sms": False}
    assert client.get("/api/v1/consents/check", {**asked, "channel": "smoke"}).status_code == 400
    theirs = key_client(tenant=other).get("/api/v1/consents/check", {**asked, "channel": "email"})
    assert theirs.status_code == 404
    (row,) = client.get(f"/api/v1/customers/{one.pk}/consents").json()["rows"]
    assert (row["purpose"], row["state"], row["source"]) == ("marketing", "given", "Web form")
