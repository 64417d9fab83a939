"""How much people may take off by themselves, and what somebody must agree to before."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.services import record_save
from crm.sales.models import Approval, Deal, DiscountLimit, Quote
from crm.team.models import User

DECIDE = "sales.approve_approval"


def limit_of(limits: Iterable[DiscountLimit], role: str, category: str) -> Decimal | None:
    """The limit that speaks most exactly of a role and a category; of two alike the lower one; none: no limit."""
    fitting = [one for one in limits if one.role in ("", role) and one.category in ("", category)]
    nearest = sorted(fitting, key=lambda one: (not one.role, not one.category, one.percent))
    return nearest[0].percent if nearest else None


def role_of(actor: Actor) -> str:
    """The code of the role of the person who acts; a program without one has none."""
    if actor.person is None:
        return ""
    return User.objects.filter(pk=actor.person).values_list("role__code", flat=True).first() or ""


def excess_of(record: Deal | Quote, actor: Actor) -> Decimal | None:
    """The largest discount on the record that is beyond what its actor may give."""
    limits = list(DiscountLimit.objects.filter(deleted_at__isnull=True).defer("search"))
    if not limits or actor.may(DECIDE):
        return None
    role = role_of(actor)
    found = record.lines.filter(discount_percent__gt=0).values_list("discount_percent", "product__category")
    beyond = [
        percent
        for percent, category in found
        if (most := limit_of(limits, role, category or "")) is not None and percent > most
    ]
    return max(beyond, default=None)


def subjects_of(record: Deal | Quote) -> list[UUID]:
    """Whose approvals count: of a quote also those of its deal."""
    deal = record.deal_id if isinstance(record, Quote) else None
    return [record.pk, *([deal] if deal else [])]


def discounts_check(record: Deal | Quote, actor: Actor) -> None:
    """Refuse while somebody is still to decide, and where nobody has agreed to what is beyond the limit."""
    about = Approval.objects.filter(object_id__in=subjects_of(record), deleted_at__isnull=True)
    if about.filter(status=Approval.Status.OPEN, object_id=record.pk).exists():
        raise CrmError("approval_open", _("Somebody is still to decide on an approval."), status=409)
    excess = excess_of(record, actor)
    if excess is None:
        return
    agreed = about.filter(status=Approval.Status.APPROVED, kind=Approval.Kind.DISCOUNT, percent__gte=excess)
    if not agreed.exists():
        text = _("A discount of %(percent)s %% needs an approval; ask for it.") % {"percent": f"{excess.normalize():f}"}
        raise CrmError("approval_needed", text, status=409)


def approval_ask(record: Deal | Quote, reason: str, actor: Actor) -> dict[str, Any]:
    """Ask for what is beyond the limit."""
    excess = excess_of(record, actor)
    if excess is None:
        raise CrmError("no_approval_needed", _("You may give these discounts yourself."), status=409)
    values = {"kind": Approval.Kind.DISCOUNT.value, "percent": excess, "reason": reason}
    about = {"object_type": record._meta.label_lower, "object_id": record.pk}
    record_save(Approval, {**values, **about, "owner": record.owner_id}, actor=actor.authorised())
    return {}
