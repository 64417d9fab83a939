"""Which customers a lead is of already: by its e-mail or telephone, or by those of a contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.further import having
from crm.core.permissions import readable, visible
from crm.core.registry import Resource, registry
from crm.sales.models import Lead

MOST = 10
BY = ("email", "phone")


@dataclass(frozen=True)
class Known:
    """A customer whom the lead may be, and the contact there, if it is one."""

    customer: UUID
    title: str
    contact: UUID | None = None


def known(lead: Lead, actor: Actor) -> list[Known]:
    """Customers with the lead's e-mail or telephone before those whose contact has it, the eldest first."""
    own = rows_of(registry["customers.customer"], lead, actor).values_list("pk", "name")
    found = {pk: Known(pk, name) for pk, name in own[:MOST]}
    theirs = rows_of(registry["customers.contact"], lead, actor).filter(customer__deleted_at=None)
    for pk, customer, name in theirs.values_list("pk", "customer_id", "customer__name")[:MOST]:
        found[customer] = Known(customer, name, pk)
    return list(found.values())


def rows_of(resource: Resource, lead: Lead, actor: Actor) -> QuerySet[Any]:
    """The live records that the actor sees with a value of the lead."""
    seen, where = {spec.name for spec in readable(resource, actor)}, Q(pk__in=())
    for name in BY if actor.may(resource.permission("view")) else ():
        if getattr(lead, name) and name in seen:
            where |= having(resource, name, [getattr(lead, name)], seen)
    return visible(resource.model, actor).filter(where, is_sample=lead.is_sample).order_by("pk")


def known_already(found: Sequence[Known]) -> CrmError:
    """The refusal to make a customer who is there, with those who are."""
    text = _("%(names)s has this e-mail or telephone: choose the customer, or say that a new one is to be made.")
    message = text % {"names": ", ".join(one.title for one in found[:3])}
    errors = [{"pointer": "/customer", "code": "known_already", "message": message}]
    told = [{"id": one.customer, "title": one.title} for one in found]
    return CrmError("known_already", message, status=409, errors=errors, duplicates=told)
