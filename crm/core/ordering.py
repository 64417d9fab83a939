"""Records in an order that people set: each keeps its place as a number, those of one target beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import permit, visible
from crm.core.registry import Order, Resource
from crm.core.services import record_save


def order_of(resource: Resource) -> Order:
    """How the noun is put in order."""
    if resource.order is None:
        raise CrmError("not_found", _("These records have no order of their own."), status=404)
    return resource.order


@transaction.atomic
def records_order(resource: Resource, ids: Sequence[UUID], *, actor: Actor) -> int:
    """Put records in this order; those beside them that are not named follow in theirs. How many have moved."""
    order = order_of(resource)
    permit(actor, resource.permission("change"))
    rows = visible(resource.model, actor).select_for_update(of=("self",))
    named = list(rows.filter(pk__any_of=list(ids))) if ids else []
    if not ids or len({row.pk for row in named}) < len(set(ids)):
        raise CrmError("not_found", _("There is no such record."), status=404)
    beside: dict[str, Any] = {}
    if order.within:
        targets = {getattr(row, f"{order.within}_id") for row in named}
        if len(targets) > 1:
            raise CrmError("invalid", _("Only what belongs together has an order."), status=422)
        beside = {f"{order.within}_id": targets.pop()}
    place = {pk: at for at, pk in enumerate(dict.fromkeys(ids))}
    every = list(rows.filter(**beside).order_by(order.by, "pk").values_list("pk", order.by))
    moved = 0
    for at, (pk, now) in enumerate(sorted(every, key=lambda row: place.get(row[0], len(place))), start=1):
        if now != at:
            record_save(resource.model, {order.by: at}, actor=actor, id=pk)
            moved += 1
    return moved
