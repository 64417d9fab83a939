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
from crm.core.deleting import delete_each
from crm.core.errors import CrmError, Problem
from crm.core.further import all_of
from crm.core.models import Event, Record
from crm.core.pointing import pointers
from crm.core.registry import Resource, Row, registry
from crm.core.services import record_save
from crm.core.verbs import asked, asked_new, verb
from crm.customers.choices import Kind
from crm.customers.models import Contact, Customer
from crm.customers.models.customers import MOST_FURTHER
from crm.sales.models import Deal, DealContact, Lead
from crm.sales.services.known import known, known_already

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
CONTACT = {name: name for name in ("name", "position", "email", "phone", "wechat", "owner")}
DEAL = {"amount": "amount", "currency": "currency", "source": "source", "owner": "owner"}
WAYS = ("email", "phone", "wechat")
MADE: tuple[type[Record], ...] = (DealContact, Deal, Contact, Customer)  # in the order in which they go
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


def begin(lead: Lead, actor: Actor) -> Row:
    """The dialog proposes the customer who is known by the lead's e-mail or telephone."""
    found = known(lead, actor)
    title = {"id": found[0].customer, "title": found[0].title} if found else None
    return {"customer": title}


@verb(
    label=gettext_lazy("Convert"),
    description=gettext_lazy(
        "Make a customer, and a contact and a deal where it makes sense; lists what was not taken over."
    ),
    icon="transform",
    inputs={
        "customer": asked(Lead, "customer", is_required=False),
        "is_new": asked_new(
            "is_new",
            models.BooleanField(gettext_lazy("Make a new customer, whoever is known"), default=False, blank=True),
        ),
        "has_deal": asked_new("has_deal", models.BooleanField(gettext_lazy("Make a deal"), default=True, blank=True)),
        "deal_name": asked(Deal, "name", label=gettext_lazy("Name of the deal"), is_required=False),
    },
    when=lambda row: row.get("status") != "converted",
    begin=begin,
)
def lead_convert(
    lead: Lead, *, actor: Actor, customer: UUID | None, is_new: bool, has_deal: bool, deal_name: str
) -> dict[str, Any]:
    """Turn a lead into customer, contact and deal, in one step and once; who is known is not made again."""
    if lead.status == Lead.Status.CONVERTED:
        raise CrmError("already_converted", _("This lead was converted already."), status=409)
    joined = None if is_new else customer
    if joined is None and not is_new and (found := known(lead, actor)):
        raise known_already(found)
    taken, inner = set[str](), actor.authorised()
    kind, names = ("company", COMPANY) if lead.company else ("person", PERSON)
    customer = joined or made(Customer, lead, names, taken, inner, kind=kind)
    if joined:
        noun, is_person = registry["customers.customer"], Customer.objects.filter(pk=joined, kind=Kind.PERSON).exists()
        taken |= held(noun, joined, lead) | (completed(noun, joined, lead, inner) if is_person else set())
    contact = contact_of(lead, customer, taken, actor)
    deal = None
    if has_deal or deal_name:
        said = {"interest": bool(deal_name), "notes": bool(joined)}  # what stands nowhere else
        notes = "\n".join(str(getattr(lead, name)) for name, is_so in said.items() if is_so and getattr(lead, name))
        name = deal_name or named(lead)
        deal = made(Deal, lead, DEAL, taken, inner, name=name, customer=customer, **({"notes": notes} if notes else {}))
        taken |= {"interest", *(["notes"] if joined else [])}
        if contact is not None:
            person = {"deal": deal, "contact": contact, "is_main": True, "owner": lead.owner_id}
            record_save(DealContact, person, actor=inner)
    return {
        "status": Lead.Status.CONVERTED.value,
        "converted_at": timezone.now(),
        "customer": customer,
        "contact": contact,
        "deal": deal,
        "dropped": dropped(lead, taken),
    }


def named(lead: Lead) -> str:
    """What a lead's deal is called: who it is, and what they want."""
    longest = Deal._meta.get_field("name").max_length or 0
    return ": ".join(filter(None, (lead.company or lead.name, lead.interest)))[:longest]


def contact_of(lead: Lead, customer: UUID, taken: set[str], actor: Actor) -> UUID | None:
    """The person at the company: the one who is known there, else a new one; a person who buys has none."""
    there = [one.contact for one in known(lead, actor) if one.contact and one.customer == customer]
    if there:
        noun = registry["customers.contact"]
        taken |= held(noun, there[0], lead) | completed(noun, there[0], lead, actor.authorised())
        return there[0]
    if Customer.objects.filter(pk=customer, kind=Kind.COMPANY).exists():
        return made(Contact, lead, CONTACT, taken, actor.authorised(), customer=customer)
    return None


def held(resource: Resource, pk: UUID, lead: Lead) -> set[str]:
    """What a lead says that a record has already."""
    row = resource.model._default_manager.filter(pk=pk).values().get()
    both = {"company": "name", **{name: name for name in PERSON}}
    said = {own: getattr(lead, own) for own in (*both, "position") if getattr(lead, own, None)}
    return {own for own, value in said.items() if value in all_of(resource, both.get(own, own), row)}


def completed(resource: Resource, pk: UUID, lead: Lead, actor: Actor) -> set[str]:
    """Give a record by which ways its lead can be reached, where it lacks them: a second telephone goes beside the
    first. Which of the lead's fields went over."""
    row: Row = {**resource.model._default_manager.filter(pk=pk).values().get()}
    values: Row = {}
    for name in WAYS:
        value, beside = getattr(lead, name), resource.further.get(name, "")
        if not value or value in all_of(resource, name, row):
            continue
        if not row[name]:
            values[name] = value
        elif beside and len(row[beside]) < MOST_FURTHER:
            values[beside] = [*row[beside], value]
    if values:
        record_save(resource.model, values, actor=actor, id=pk)
    return {name for name in WAYS if not values.keys().isdisjoint((name, resource.further.get(name, "")))}


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


@verb(
    label=gettext_lazy("Take the conversion back"),
    description=gettext_lazy(
        "The lead is open again; customer, contact and deal that were made of it are deleted, unless somebody has "
        "worked with them since."
    ),
    icon="arrow-back-up",
    when=lambda row: row.get("status") == "converted",
    aside=True,
)
def lead_unconvert(lead: Lead, *, actor: Actor) -> dict[str, Any]:
    """Make a conversion undone: what it made goes, whom it joined stays."""
    facts = list(Event.objects.filter(object_id=lead.pk).order_by("-seq"))
    at = next((at for at, fact in enumerate(facts) if fact.name == "sales.lead.convert"), None)
    if lead.status != Lead.Status.CONVERTED or at is None:
        raise CrmError("not_converted", _("This lead was not converted here."), status=409)
    people = DealContact.objects.filter(deal=lead.deal_id, contact=lead.contact_id, deleted_at=None)
    person = people.values_list("pk", flat=True).first()
    ids = (person, lead.deal_id, lead.contact_id, lead.customer_id)
    born = born_between(facts[at], facts[at + 1].seq if facts[at + 1 :] else 0)
    made_then = [(model, pk) for model, pk in zip(MADE, ids, strict=True) if pk in born]
    for model, pk in made_then:
        untouched_check(model, pk, {lead.pk, *(pk for _model, pk in made_then)})
    for model, pk in made_then:
        for refusal in delete_each(model, {pk: 1}, actor=actor.authorised()).values():
            raise refusal
    status = (facts[at].before or {}).get("status") or Lead.Status.WORKING.value
    gone: Row = {"converted_at": None, "customer": None, "contact": None, "deal": None, "dropped": []}
    return {"status": status, **gone}


def born_between(fact: Event, seq: int) -> set[UUID]:
    """The records that were made in the transaction of a fact, after another one and before it."""
    births = Event.objects.filter(tx=fact.tx, seq__gt=seq, seq__lt=fact.seq, name__endswith=".created")
    return set(births.values_list("object_id", flat=True))


def untouched_check(model: type[Record], pk: UUID, mine: set[UUID]) -> None:
    """Refuse what somebody has changed since, or what other records are about."""
    row = model._default_manager.filter(pk=pk).values_list("version", "deleted_at").first()
    others = [pair for one in pointers(model._meta.label_lower) for pair in one.pairs([pk]) if pair[0] not in mine]
    if row != (1, None) or others:
        text = _("Somebody has worked with the %(noun)s since: it stays as it is.")
        raise CrmError("in_use", text % {"noun": model._meta.verbose_name}, status=409)
