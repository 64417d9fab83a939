"""A lead of somebody who is known makes no second customer, and a conversion can be taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from crm.activities.models import Note
from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.customers.models import Contact, Customer
from crm.sales.models import Deal, Lead

LEADS = registry["sales.lead"]
ADA = {"name": "Ada Byron", "email": "ada@engine.test", "phone": "+442079460188", "interest": "Cards"}


def lead(**values: Any) -> UUID:
    """A lead."""
    return record_save(Lead, {**ADA, "status": "qualified", **values}, actor=SYSTEM)


def run(name: str, pk: UUID, actor: Actor = SYSTEM, **inputs: Any) -> Lead:
    """An action on a lead, which is read again."""
    verb_run(LEADS, name, pk, actor=actor, inputs=inputs)
    return Lead.objects.get(pk=pk)


def counts() -> tuple[int, ...]:
    """How many live customers, contacts and deals there are."""
    return tuple(model.objects.filter(deleted_at=None).count() for model in (Customer, Contact, Deal))


@pytest.fixture
def ada(tenant: Any) -> UUID:
    """A customer with the lead's telephone among others."""
    values = {"name": "Ada B.", "phone": "+442079460199", "other_phones": [ADA["phone"]]}
    return record_save(Customer, values, actor=SYSTEM)


def test_who_is_known_is_named_and_not_made_again(ada: UUID, key_client: Any) -> None:
    pk, before = lead(wechat="ada_b"), counts()
    client, address = key_client(), f"/api/v1/leads/{pk}/convert"
    refused = client.post(address, {}, content_type="application/json")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:kith:problem:known_already")
    assert refused.json()["duplicates"] == [{"id": str(ada), "title": "Ada B."}]
    assert (counts(), Lead.objects.get(pk=pk).status) == (before, "qualified")
    assert client.post(address, {"customer": str(ada)}, content_type="application/json").status_code == 200
    one = Lead.objects.get(pk=pk)
    assert (one.customer_id, one.contact_id, one.dropped) == (ada, None, ["name"])
    known = Customer.objects.get(pk=ada)
    assert (known.name, known.email, known.wechat) == ("Ada B.", ADA["email"], "ada_b")  # what was lacking
    assert counts() == (before[0], before[1], before[2] + 1)


def test_a_new_one_is_made_where_that_is_said(ada: UUID) -> None:
    before = counts()
    assert run("convert", lead(), is_new=True).customer_id != ada
    assert counts() == (before[0] + 1, before[1], before[2] + 1)


def test_the_dialog_proposes_who_is_known_and_says_so_when_left_empty(ada: UUID, client_for: Any) -> None:
    client, address = client_for("member"), f"/leads/{lead()}/convert/"
    assert f'value="{ada}"' in client.get(address).content.decode()
    refused = client.post(address, {"has_deal": "true"})
    assert refused.status_code == 422
    assert "has this e-mail or telephone" in refused.content.decode()


def test_the_contact_who_is_known_stays_the_one_at_the_company(tenant: Any) -> None:
    mill = record_save(Customer, {"name": "Engine Works", "kind": "company"}, actor=SYSTEM)
    known = record_save(Contact, {"name": "Ada Byron", "customer": mill, "email": ADA["email"]}, actor=SYSTEM)
    pk, before = lead(company="Engine Works"), counts()
    with pytest.raises(CrmError, match="Engine Works"):
        run("convert", pk)
    one = run("convert", pk, customer=str(mill))
    assert (one.customer_id, one.contact_id, one.dropped) == (mill, known, [])
    assert Contact.objects.get(pk=known).phone == ADA["phone"]
    assert counts() == (before[0], before[1], before[2] + 1)


def test_a_customer_whom_somebody_may_not_see_is_not_told_of(ada: UUID) -> None:
    may = Actor("user", permissions=frozenset({"sales.convert_lead"}))
    assert run("convert", lead(), may).customer_id != ada


def test_a_conversion_is_taken_back_to_what_was_there(tenant: Any) -> None:
    pk = lead(company="Engine Works", notes="Met in hall 3.")
    left = {"version", "updated_at"}
    names = [f.attname for f in Lead._meta.concrete_fields if f.name not in left]
    was, before = Lead.objects.values(*names).get(pk=pk), counts()
    run("convert", pk)
    assert counts() == tuple(n + 1 for n in before)
    run("unconvert", pk)
    assert (Lead.objects.values(*names).get(pk=pk), counts()) == (was, before)
    assert run("convert", pk).customer, "and it can be converted again"


def test_whom_it_joined_stays_when_it_is_taken_back(ada: UUID) -> None:
    pk, before = lead(), counts()
    run("convert", pk, customer=str(ada))
    run("unconvert", pk)
    assert counts() == before
    assert Customer.objects.get(pk=ada).deleted_at is None


@pytest.mark.parametrize("work", ["changed", "noted"])
def test_what_somebody_has_worked_with_since_is_kept(tenant: Any, work: str) -> None:
    pk = lead()
    one = run("convert", pk)
    if work == "changed":
        record_save(Deal, {"next_step": "Call"}, actor=SYSTEM, id=one.deal_id)
    else:
        about = {"object_type": "customers.customer", "object_id": one.customer_id}
        record_save(Note, {"body": "Called.", **about}, actor=SYSTEM)
    before = counts()
    with pytest.raises(CrmError, match="has worked with") as refused:
        run("unconvert", pk)
    assert (refused.value.status, counts(), Lead.objects.get(pk=pk).status) == (409, before, "converted")
