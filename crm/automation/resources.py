"""How webhooks are listed, edited and found."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.automation.authors import signed
from crm.automation.matching import conditions_problem, one_noun, patterns_problem
from crm.automation.models import Webhook
from crm.automation.services import webhook_pause, webhook_replay, webhook_resume, webhook_rotate, webhook_test
from crm.core.actors import Actor
from crm.core.errors import Problem
from crm.core.outbound import Unreachable, target_of
from crm.core.registry import Resource, Row, register

AUTHOR = ("actor_kind", "actor_id")


@register
class WebhookResource(Resource):
    """Webhooks: who is told of which events."""

    model = Webhook
    icon = "webhook"
    fields = ("name", "url", "events", "conditions")
    computed = ("state", "delivered_at")
    hidden = (*AUTHOR, "generation", "is_secret_shown", "previous_until", "failures_count", "quiet_until")
    columns = ("name", "url", "events", "state", "delivered_at")
    filters = ("name", "state")
    quick = ("state",)
    sortable = ("name", "created_at")
    search = ("name",)
    personal = ()
    verbs = (webhook_test, webhook_pause, webhook_resume, webhook_replay, webhook_rotate)
    in_navigation = False
    groups = (
        (_("About"), ("name", "url", "events", "conditions", "state", "delivered_at", "owner")),
        (_("More"), ("is_sample", "created_at", "updated_at")),
    )

    def settle(self, row: Row, actor: Actor) -> tuple[Row, dict[str, Problem]]:
        """Whoever writes it is who it acts for: nobody turns another's webhook to an address of their own."""
        problems: dict[str, Any] = {
            "url": address_problem(row["url"]),
            "events": patterns_problem(row["events"]),
        }
        if problems["events"] is None:
            problems["conditions"] = conditions_problem(one_noun(row["events"]), row["conditions"], actor)
        return signed(actor), {name: problem for name, problem in problems.items() if problem is not None}


def address_problem(url: str) -> Problem | None:
    """Why the address cannot be called, as far as its text says."""
    try:
        target_of(url)
    except Unreachable as error:
        return Problem(error.code, error.message)
    return None
