"""What can be done to a deal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.core.actors import Actor
from crm.core.errors import CrmError, Problem
from crm.core.registry import Row
from crm.core.verbs import asked, verb
from crm.customers.choices import ContactRole
from crm.customers.models import Contact
from crm.sales.models import Approval, Deal, Outcome
from crm.sales.services.discounts import approval_ask
from crm.sales.services.stages import stage_of


def is_open(row: Any) -> bool:
    """Whether it is still worked on."""
    return bool(row.get("status") == Outcome.OPEN)


def must_be_open(deal: Deal) -> None:
    """Refuse what has ended."""
    if deal.status != Outcome.OPEN:
        raise CrmError("deal_closed", _("This deal is closed; reopen it first."), status=409)


@verb(
    label=gettext_lazy("Move"),
    description=gettext_lazy("Put the deal into another stage; the stage says what must be filled in before."),
    icon="arrow-right",
    inputs={"stage": asked(Deal, "stage", is_required=True)},
    aside=True,
)
def deal_move(deal: Deal, *, actor: Actor, stage: UUID) -> dict[str, Any]:
    """Put a deal into another stage, of any pipeline."""
    return {"stage": stage}


@verb(
    label=gettext_lazy("Win"),
    description=gettext_lazy("Close the deal as won."),
    icon="trophy",
    inputs={"closed_on": asked(Deal, "closed_on")},
    when=is_open,
)
def deal_win(deal: Deal, *, actor: Actor, closed_on: date | None) -> dict[str, Any]:
    """Close a deal as won, today unless another day is given."""
    must_be_open(deal)
    return {"stage": stage_of(deal.pipeline_id, Outcome.WON), "closed_on": closed_on}


@verb(
    label=gettext_lazy("Ask for approval"),
    description=gettext_lazy("Ask those who may agree to discounts beyond your limit."),
    icon="user-question",
    inputs={"reason": asked(Approval, "reason", is_required=True)},
    when=is_open,
    aside=True,
    makes=("sales.approval", "object_id"),
)
def deal_ask_approval(deal: Deal, *, actor: Actor, reason: str) -> dict[str, Any]:
    """Ask for discounts beyond the limit."""
    must_be_open(deal)
    return approval_ask(deal, reason, actor)


@verb(
    label=gettext_lazy("Lose"),
    description=gettext_lazy("Close the deal as lost, and keep why."),
    icon="x",
    danger=True,
    inputs={
        "lost_reason": asked(Deal, "lost_reason", is_required=True),
        "competitor": asked(Deal, "competitor"),
        "closed_on": asked(Deal, "closed_on"),
    },
    when=is_open,
)
def deal_lose(
    deal: Deal, *, actor: Actor, lost_reason: UUID, competitor: str, closed_on: date | None
) -> dict[str, Any]:
    """Close a deal as lost, with the reason and whom the customer chose instead."""
    must_be_open(deal)
    stage = stage_of(deal.pipeline_id, Outcome.LOST)
    return {
        "stage": stage,
        "lost_reason": lost_reason,
        "competitor": competitor or deal.competitor,
        "closed_on": closed_on,
    }


@verb(
    label=gettext_lazy("Reopen"),
    description=gettext_lazy("Work on the deal again, from the first stage on."),
    icon="arrow-back-up",
    when=lambda row: not is_open(row),
)
def deal_reopen(deal: Deal, *, actor: Actor) -> dict[str, Any]:
    """Work on a closed deal again."""
    if deal.status == Outcome.OPEN:
        raise CrmError("already_open", _("This deal is open."), status=409)
    return {"stage": stage_of(deal.pipeline_id, Outcome.OPEN)}


def people_follow(rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
    """A new person in a deal bears the contact's name and role, unless others are given; who is there has a say."""
    new = [row for at, row in rows.items() if at not in was]
    known = Contact.objects.filter(pk__any_of={row["contact"] for row in new}).values_list("pk", "name", "role")
    said = {pk: (name, role) for pk, name, role in known}
    for row in new:
        name, role = said[row["contact"]]
        row |= {"name": row["name"] or name, "role": row["role"] or role or ContactRole.INFLUENCES.value}
    return iter(())
