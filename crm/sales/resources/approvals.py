"""How approvals are listed, asked for and decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from crm.core.actors import Actor
from crm.core.errors import Problem
from crm.core.registry import Board, Resource, Row, Waiting, register
from crm.sales.models import Approval
from crm.sales.services.approvals import (
    approval_approve,
    approval_refuse,
    approval_withdraw,
    approvals_forbid,
    person_of,
    undecided,
)


@register
class ApprovalResource(Resource):
    """Approvals: what somebody else has to agree to."""

    model = Approval
    icon = "user-question"
    title = "reason"
    fields = ("reason", "object_type", "object_id")
    computed = ("kind", "percent", "status", "asked_by", "decided_by", "decided_at", "answer")
    hidden = ("terms",)
    columns = ("reason", "object_id", "kind", "percent", "status", "owner", "created_at")
    filters = ("kind", "status", "object_type", "object_id", "asked_by", "decided_at")
    quick = ("status", "kind")
    sortable = ("created_at", "decided_at")
    search = ("reason",)
    personal = ("reason", "answer")
    kinds = {"percent": "number"}
    verbs = (approval_approve, approval_refuse, approval_withdraw)
    groups = (
        (_("About"), ("object_id", "kind", "percent", "status", "owner")),
        (_("Decision"), ("asked_by", "decided_by", "decided_at", "answer")),
        (_("More"), ("is_sample", "created_at", "updated_at")),
    )
    board = Board(
        "status",
        ("object_id", "kind", "percent", "owner", "answer"),
        verbs={"approved": "approve", "refused": "refuse", "withdrawn": "withdraw"},
    )
    timeline_at = "created_at"
    waiting = (Waiting("created_at", undecided, 80, {"status": "open", "asked_by__ne": "me"}, "approve", is_own=False),)

    def forbid(
        self, rows: Mapping[int, Row], was: Mapping[int, Row], actor: Actor
    ) -> Iterator[tuple[int, str, Problem]]:
        """What was asked stays as it was asked."""
        return approvals_forbid(rows, was)

    def settle(self, row: Row, actor: Actor) -> tuple[Row, dict[str, Problem]]:
        """Whoever writes it first has asked."""
        return ({"asked_by": person_of(actor)} if row["asked_by"] is None else {}), {}
