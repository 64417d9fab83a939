"""Rules about customers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.verbs import verb
from crm.customers.models import ConsentBasis, ConsentChannel, ConsentPurpose, Customer
from crm.customers.services.consents import entry_write

PROFILING = {
    "purpose": ConsentPurpose.PROFILING.value,
    "channel": ConsentChannel.ANY.value,
    "basis": ConsentBasis.INTEREST.value,
}


@verb(
    label=_("Restrict profiling"),
    description=_("The customer objects: no scores, no training, no recommendations about them."),
    icon="eye-off",
    aside=True,
    when=lambda row: not row.get("is_profiling_refused"),
)
def customer_restrict(customer: Customer, *, actor: Actor) -> dict[str, Any]:
    """Leave a customer out of scoring, training and recommendations."""
    if customer.is_profiling_refused:
        raise CrmError("already_done", _("This customer is restricted already."), status=409)
    entry_write(customer, actor, is_given=False, **PROFILING)
    return {"is_profiling_refused": True}


@verb(
    label=_("Allow profiling again"),
    description=_("The customer no longer objects: scores come back with the next recomputation."),
    icon="eye",
    aside=True,
    when=lambda row: bool(row.get("is_profiling_refused")),
)
def customer_unrestrict(customer: Customer, *, actor: Actor) -> dict[str, Any]:
    """Take a customer's restriction back."""
    if not customer.is_profiling_refused:
        raise CrmError("already_done", _("This customer is not restricted."), status=409)
    entry_write(customer, actor, is_given=True, **PROFILING)
    return {"is_profiling_refused": False}
