"""What can be done to a lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.core.actors import Actor
from crm.core.errors import CrmError, Problem
from crm.core.registry import Row, registry
from crm.core.services import record_save
from crm.core.verbs import asked, asked_new, verb
from crm.customers.models import Contact, Customer
from crm.sales.models import Deal, Lead

PERSON = {
    name: name
    for name in ("name", "email", "phone", "wechat", "country", "city", "industry", "source", "notes", "owner")
}
COMPANY = {
    "company": "name",
    "country": "country",
    "city": "city",
    "industry": "industry",
    "source": "source",
    "notes": "notes",
    "owner": "owner",
}
CONTACT = {"name": "name", "position": "position", "email": "email", "phone": "phone", "owner": "owner"}
DEAL = {"amount": "amount", "currency": "currency", "source": "source", "interest": "next_step", "owner": "owner"}
NOT_DATA = frozenset({"status", "owner"})
Taken = dict[str, Any]


def leads_follow(rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
    """A new lead may come converted, from another system; later the verb alone says so, and nobody takes it back."""
    for at, row in rows.items():
        is_said = row["status"] == Lead.Status.CONVERTED
        if is_said and at not in was:
            row["converted_at"] = row["converted_at"] or timezone.now()
        elif is_said and row["converted_at"] is None:
            yield at, "status", Problem("not_converted", _("A lead becomes converted by “Convert”, not by its status."))
        elif not is_said and row["converted_at"] is not None:
            yield at, "status", Problem("already_converted", _("This lead was converted already."))


@verb(
    label=gettext_lazy("Convert"),
    description=gettext_lazy(
        "Make a customer, and a contact and a deal where it makes sense; lists what was not taken over."
    ),
    icon="transform",
    inputs={
        "customer": asked(Lead, "customer", is_required=False),
        "has_deal": asked_new("has_deal", models.BooleanField(gettext_lazy("Make a deal"), default=True, blank=True)),
        "deal_name": asked(Deal, "name", label=gettext_lazy("Name of the deal"), is_required=False),
    },
    when=lambda row: row.get("status") != "converted",
)
def lead_convert(lead: Lead, *, actor: Actor, customer: UUID | None, has_deal: bool, deal_name: str) -> dict[str, Any]:
    """Turn a lead into customer, contact and deal, in one step and once."""
    if lead.status == Lead.Status.CONVERTED:
        raise CrmError("already_converted", _("This lead was converted already."), status=409)
    inner, taken = actor.authorised(), set[str]()
    is_company = bool(lead.company)
    if customer is None:
        customer = made(
            Customer, lead, COMPANY if is_company else PERSON, taken, inner, kind="company" if is_company else "person"
        )
    contact = made(Contact, lead, CONTACT, taken, inner, customer=customer) if is_company else None
    deal = None
    if has_deal or deal_name:
        name = deal_name or lead.company or lead.name
        deal = made(Deal, lead, DEAL, taken, inner, name=name, customer=customer)
    return {
        "status": Lead.Status.CONVERTED.value,
        "converted_at": timezone.now(),
        "customer": customer,
        "contact": contact,
        "deal": deal,
        "dropped": dropped(lead, taken),
    }


def made(model: type[Any], lead: Lead, names: dict[str, str], taken: set[str], actor: Actor, **more: Any) -> UUID:
    """A record of what the lead knows; `taken` learns which of its fields went over."""
    values: Taken = {}
    for own, other in names.items():
        value = getattr(lead, f"{own}_id" if own == "owner" else own)
        if value not in (None, "", []):
            values[other] = value
            taken.add(own)
    return record_save(model, {**values, **more}, actor=actor)


def dropped(lead: Lead, taken: set[str]) -> list[str]:
    """The fields whose values went nowhere, by name: the values stay on the lead, for those who may read them there."""
    specs = [
        spec for spec in registry["sales.lead"].specs.values() if spec.writable and spec.name not in NOT_DATA | taken
    ]
    return [spec.name for spec in specs if getattr(lead, spec.name, None) not in (None, "", [])]
