"""The public pool: who takes what belongs to nobody, who gives it back, and what comes back by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Min, Q
from django.db.models.functions import Coalesce
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.core.registry import Row, registry
from crm.core.verbs import asked_new, verb, verb_run
from crm.customers.models import PoolRule
from crm.team.models import User
from tenants.context import current

MOST_REASON = 200


@verb(
    label=gettext_lazy("Claim"),
    description=gettext_lazy("Take it out of the public pool: you become its owner."),
    icon="hand-grab",
    when=lambda row: not row.get("owner") and not row.get("converted_at"),
)
def record_claim(record: Any, *, actor: Actor) -> dict[str, Any]:
    """Become the owner of what belongs to nobody; of fifty who try at once one does, the others are told who."""
    if record.owner_id is not None:
        text = _("%(name)s was quicker: it is not in the pool any more.") % {"name": record.owner}
        raise CrmError("already_claimed", text, status=409, owner=str(record.owner_id))
    if not record.is_claimable:
        raise CrmError("not_in_pool", _("It is not in the pool: nobody works on it any more."), status=409)
    person = User.objects.select_for_update().filter(pk=actor.person, is_active=True).first() if actor.person else None
    if person is None:
        raise CrmError("no_person", _("Only a person can claim a record."), status=409)
    model = type(record)
    rules = PoolRule.objects.filter(noun=model._meta.label_lower, deleted_at__isnull=True)
    most = rules.aggregate(most=Min("hold_limit"))["most"]
    held = model._default_manager.filter(owner=person, deleted_at__isnull=True).filter(model.returnable())
    if most is not None and held.count() >= most:
        text = _("You hold %(limit)s already, the most that one person may: give one back first.")
        raise CrmError("pool_limit", text % {"limit": most}, status=409, limit=most)
    return {"owner": person.pk}


@verb(
    label=gettext_lazy("Give back"),
    description=gettext_lazy("Put it into the public pool, where somebody else may claim it."),
    icon="arrow-bar-to-down",
    inputs={
        "reason": asked_new("reason", models.CharField(gettext_lazy("Why"), max_length=MOST_REASON, blank=True)),
    },
    when=lambda row: bool(row.get("owner")),
    aside=True,
)
def record_release(record: Any, *, actor: Actor, reason: str) -> dict[str, Any]:
    """Take the owner away, and keep why."""
    if record.owner_id is None:
        raise CrmError("already_done", _("It is in the public pool already."), status=409)
    return {"owner": None, "pool_reason": reason}


def pool_follow(rows: Mapping[int, Row], was: Mapping[int, Row]) -> None:
    """Since when somebody holds a record, or since when nobody does: whoever changed its owner."""
    now = timezone.now()
    for at, row in rows.items():
        before = was[at]["owner"] if at in was else None
        if row["owner"] == before:
            continue
        if row["owner"] is None:
            row["held_at"], row["pooled_at"] = None, now
        else:
            row["held_at"], row["pooled_at"], row["pool_reason"] = now, None, ""


def pool_return(as_of: datetime) -> int:
    """Give back what nobody has followed up for longer than the rules allow; how many came back."""
    rules = PoolRule.objects.filter(return_days__isnull=False, deleted_at__isnull=True).order_by("return_days")
    with translation.override(current().locale):
        return sum(returned(rule, as_of) for rule in rules)


def returned(rule: PoolRule, as_of: datetime) -> int:
    """The records of one noun that are due; one that is followed up meanwhile, or held by another, stays."""
    resource, days = registry[rule.noun], rule.return_days or 0
    reason = _("%(days)s days without follow-up") % {"days": days}
    due = list(due_of(rule, as_of).values_list("pk", flat=True))
    count = 0
    for pk in due:
        if due_of(rule, as_of).filter(pk=pk).exists():
            verb_run(resource, "release", pk, actor=SYSTEM, inputs={"reason": reason})
            count += 1
    return count


def due_of(rule: PoolRule, as_of: datetime) -> models.QuerySet[Any]:
    """What somebody has held for long, neither followed up nor with a follow-up planned."""
    model: Any = apps.get_model(rule.noun)
    limit = as_of - timedelta(days=rule.return_days or 0)
    rows = model._default_manager.filter(model.returnable(), owner__isnull=False, deleted_at__isnull=True)
    rows = rows.alias(since=Coalesce("held_at", "created_at")).filter(since__lt=limit)
    rows = rows.filter(Q(last_follow_up_at__isnull=True) | Q(last_follow_up_at__lt=limit))
    coming = Q(next_follow_up_on__gte=timezone.localdate(as_of))
    return rows.exclude(coming).order_by("pk")  # type: ignore[no-any-return]  # a model found by its name
