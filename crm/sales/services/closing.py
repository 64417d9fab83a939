"""How deals end: what must be said and agreed to before, and who may end them; the same by every door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import Problem
from crm.core.permissions import lacking
from crm.core.registry import Row
from crm.sales.models import DealLine, Outcome
from crm.sales.services.discounts import Offer, discounts_refused, lines_stored

ENDING = {Outcome.OPEN: "sales.reopen_deal", Outcome.WON: "sales.win_deal", Outcome.LOST: "sales.lose_deal"}


def deals_forbid(rows: Mapping[int, Row], was: Mapping[int, Row], actor: Actor) -> Iterator[tuple[int, str, Problem]]:
    """Refuse an end that is not explained, not agreed to or not the actor's to decide.

    A new deal that is closed tells what happened elsewhere: nobody decides it here, so it needs no reason."""
    barred = {at: found for at, before in was.items() if (found := list(decided(rows[at], before, actor)))}
    yield from ((at, *refusal) for at, found in barred.items() for refusal in found)
    offers = {at: row for at, row in rows.items() if at not in barred and is_offered(row, was.get(at), actor)}
    stored = lines_stored(DealLine, "deal", [row["id"] for row in offers.values() if "lines" not in row])
    asked = {
        at: Offer(
            row["lines"] if "lines" in row else stored[row["id"]],
            row["id"],
            frozenset({row["id"]}),
            None if row["lines_amount"] else row["amount"],
        )
        for at, row in offers.items()
    }
    yield from ((at, "stage", problem) for at, problem in discounts_refused(asked, actor))


def decided(row: Row, before: Row, actor: Actor) -> Iterator[tuple[str, Problem]]:
    """What stands against how a stored deal ends, or begins again."""
    is_turned = row["status"] != before["status"]
    if is_turned and Outcome.OPEN not in (row["status"], before["status"]):
        yield "stage", Problem("deal_closed", _("This deal is closed; reopen it first."))
    elif is_turned and not actor.may(ENDING[Outcome(row["status"])]):
        yield "stage", Problem("forbidden", lacking(ENDING[Outcome(row["status"])]))
    if row["status"] == Outcome.LOST and row["lost_reason"] is None and (is_turned or before["lost_reason"]):
        yield "lost_reason", Problem("required", _("A lost deal needs its reason."))


def is_offered(row: Row, before: Row | None, actor: Actor) -> bool:
    """Whether somebody answers for a deal's discounts with this write: wins it, or changes what was won."""
    if row["status"] != Outcome.WON or (before is None and actor.via == "import"):
        return False
    is_new = before is None or before["status"] != Outcome.WON
    return is_new or "lines" in row or (before is not None and row["amount"] != before["amount"])
