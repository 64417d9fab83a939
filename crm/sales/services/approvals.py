"""How approvals are decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.core.actors import Actor
from crm.core.errors import CrmError, Problem
from crm.core.registry import Row
from crm.core.verbs import asked_new, verb
from crm.sales.models import Approval

Status = Approval.Status
ASKED = ("reason", "object_type", "object_id")
ANSWER = {"answer": asked_new("answer", models.CharField(gettext_lazy("Answer"), max_length=500, blank=True))}


def is_open(row: Mapping[str, Any]) -> bool:
    """Whether somebody is still to decide."""
    return bool(row.get("status") == Status.OPEN)


def decided(approval: Approval, status: str, answer: str, actor: Actor) -> dict[str, Any]:
    """Who decided, when and why; nobody decides what they asked for themselves."""
    must_be_open(approval)
    if actor.person is not None and actor.person == approval.asked_by_id:
        raise CrmError("own_approval", _("Somebody else must decide what you asked for."), status=403)
    return {"status": status, "decided_by": person_of(actor), "decided_at": timezone.now(), "answer": answer}


def person_of(actor: Actor) -> Any:
    """The person who acts, if it is one."""
    return actor.person if actor.kind == "user" or actor.acts_for else None


def undecided(days: int) -> str:
    """Why it stands in the queue of those who may decide."""
    if days <= 0:
        return _("Waits for a decision since today")
    return ngettext("Waits for a decision for %(n)s day", "Waits for a decision for %(n)s days", days) % {"n": days}


def approvals_forbid(rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
    """What was asked of discounts stays as it was asked, and so does all that is decided; it is about a record."""
    for at in (at for at, row in rows.items() if at not in was and row["object_id"] is None):
        yield at, "object_id", Problem("required", _("Say which record it is about."))
    for at, before in was.items():
        is_shut = before["kind"] == Approval.Kind.DISCOUNT or before["status"] != Status.OPEN
        for name in (one for one in ASKED if is_shut and rows[at][one] != before[one]):
            yield at, name, Problem("frozen", _("What was asked stays as it is; withdraw it and ask anew."))


def must_be_open(approval: Approval) -> None:
    """Refuse what was decided."""
    if approval.status != Status.OPEN:
        raise CrmError("already_decided", _("This was decided already."), status=409)


@verb(
    label=gettext_lazy("Approve"),
    description=gettext_lazy("Agree to it."),
    icon="thumb-up",
    inputs=ANSWER,
    when=is_open,
)
def approval_approve(approval: Approval, *, actor: Actor, answer: str) -> dict[str, Any]:
    """Agree."""
    return decided(approval, Status.APPROVED.value, answer, actor)


@verb(
    label=gettext_lazy("Refuse"),
    description=gettext_lazy("Do not agree, and say why."),
    icon="thumb-down",
    danger=True,
    inputs=ANSWER,
    when=is_open,
)
def approval_refuse(approval: Approval, *, actor: Actor, answer: str) -> dict[str, Any]:
    """Do not agree."""
    return decided(approval, Status.REFUSED.value, answer, actor)


@verb(
    label=gettext_lazy("Withdraw"),
    description=gettext_lazy("It is not needed any more."),
    icon="arrow-back-up",
    when=is_open,
)
def approval_withdraw(approval: Approval, *, actor: Actor) -> dict[str, Any]:
    """Nobody needs to decide any more."""
    must_be_open(approval)
    return {"status": Status.WITHDRAWN.value, "decided_by": person_of(actor), "decided_at": timezone.now()}
