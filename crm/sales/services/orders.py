"""How orders end."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.services import record_save
from crm.core.verbs import verb
from crm.sales.models import Order, Payment

Status = Order.Status


def must_be_open(order: Order) -> None:
    """Refuse what has ended."""
    if order.status != Status.OPEN:
        raise CrmError("order_closed", _("This order is closed; reopen it first."), status=409)


@verb(
    label=gettext_lazy("Complete"),
    description=gettext_lazy("Everything was delivered; what is not paid yet stays open."),
    icon="check",
    when=lambda row: row.get("status") == Status.OPEN,
)
def order_complete(order: Order, *, actor: Actor) -> dict[str, Any]:
    """Everything was delivered; money that is still owed is due today, so that it is not forgotten."""
    must_be_open(order)
    if order.due_on is None and (order.open_amount or 0) > 0:
        values = {"order": order.pk, "amount": order.open_amount, "owner": order.owner_id}
        record_save(Payment, values, actor=actor.authorised())
        return {"status": Status.COMPLETED.value, "due_on": timezone.localdate()}
    return {"status": Status.COMPLETED.value}


@verb(
    label=gettext_lazy("Cancel"),
    description=gettext_lazy("Nothing will be delivered; what was paid is to be given back."),
    icon="x",
    danger=True,
    when=lambda row: row.get("status") == Status.OPEN,
)
def order_cancel(order: Order, *, actor: Actor) -> dict[str, Any]:
    """Nothing will be delivered."""
    must_be_open(order)
    return {"status": Status.CANCELLED.value}


@verb(
    label=gettext_lazy("Reopen"),
    description=gettext_lazy("Work on the order again."),
    icon="arrow-back-up",
    when=lambda row: row.get("status") != Status.OPEN,
    aside=True,
)
def order_reopen(order: Order, *, actor: Actor) -> dict[str, Any]:
    """Work on an order again."""
    if order.status == Status.OPEN:
        raise CrmError("already_open", _("This order is open."), status=409)
    return {"status": Status.OPEN.value}
