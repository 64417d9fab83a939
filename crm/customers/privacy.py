"""What else is known of a customer: behaviour, consents and lists are told with the rest, and forgotten."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from crm.customers.behaviour import lines_of
from crm.customers.models import BehaviourEvent, ConsentEntry, ListMember

LABEL = "customers.customer"


def tell(found: dict[str, list[UUID]]) -> dict[str, Any]:
    """Every event, and every line of the ledger."""
    ids = found.get(LABEL, ())
    said = ConsentEntry.objects.filter(customer__in=ids).order_by("at")
    return {
        "behaviour": lines_of(BehaviourEvent.objects.filter(customer__in=ids).order_by("happened_at")),
        "consents": list(said.values("at", "purpose", "channel", "is_given", "basis", "source", "proof", "expires_on")),
    }


def forget(found: dict[str, list[UUID]], _words: list[str]) -> None:
    """Behaviour and lists go; of the ledger stays that something was agreed to and when, not by whose words."""
    ids = found.get(LABEL, ())
    BehaviourEvent.objects.filter(customer__in=ids).delete()
    ConsentEntry.objects.filter(customer__in=ids).update(source="", proof="")
    ListMember.objects.filter(object_id__in=[pk for pks in found.values() for pk in pks]).delete()
