"""How webhooks and rules are listed, edited and found."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from crm.automation.actions import ACTIONS, actions_problem
from crm.automation.authors import signed
from crm.automation.matching import conditions_problem, labels_of, one_noun, patterns_problem
from crm.automation.models import Rule, Webhook
from crm.automation.services import (
    rule_pause,
    rule_resume,
    webhook_pause,
    webhook_replay,
    webhook_resume,
    webhook_rotate,
    webhook_test,
)
from crm.core.actors import Actor
from crm.core.errors import Problem
from crm.core.outbound import Unreachable, private_refuse, target_of
from crm.core.permissions import is_hidden
from crm.core.registry import Resource, Row, register, registry

AUTHOR = ("actor_kind", "actor_id")


@register
class WebhookResource(Resource):
    """Webhooks: who is told of which events."""

    model = Webhook
    icon = "webhook"
    fields = ("name", "url", "events", "conditions")
    conditions: ClassVar = {"conditions": "events"}
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
    in_settings = True
    purpose = _("Which programs are told of which events")
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
    """Why the address cannot be called, as far as its text says: what is private is known now, not after days."""
    try:
        private_refuse(target_of(url))
    except Unreachable as error:
        return Problem(error.code, error.message)
    return None


@register
class RuleResource(Resource):
    """Rules: when this happens, and if that is true, do these things."""

    model = Rule
    icon = "bolt"
    fields = (
        "name", "noun", "trigger", "events", "field", "from_value", "to_value", "direction", "threshold", "every",
        "hours", "time_of_day", "weekday", "month_day", "conditions", "actions", "is_for_imports",
    )  # fmt: skip
    conditions: ClassVar = {"conditions": "noun"}
    shapes: ClassVar = {"actions": ACTIONS}
    computed = ("state", "next_at")
    hidden = (*AUTHOR, "turns_count")
    columns = ("name", "noun", "trigger", "state", "next_at", "owner")
    filters = ("name", "noun", "trigger", "state")
    quick = ("state", "trigger")
    sortable = ("name", "created_at")
    search = ("name",)
    personal = ()
    verbs = (rule_pause, rule_resume)
    in_navigation = False
    in_settings = True
    purpose = _("When this happens, do that")
    groups = (
        (_("About"), ("name", "state", "noun", "conditions", "actions", "is_for_imports", "owner")),
        (_("Begins when"), (
            "trigger", "events", "field", "from_value", "to_value", "direction", "threshold", "every", "hours",
            "time_of_day", "weekday", "month_day", "next_at",
        )),
        (_("More"), ("is_sample", "created_at", "updated_at")),
    )  # fmt: skip

    def settle(self, row: Row, actor: Actor) -> tuple[Row, dict[str, Problem]]:
        """Whoever writes it is who it acts for; what could not work is refused here, not at night."""
        resource = registry.get(row["noun"])
        if resource is None or resource.module == self.module or not actor.may(resource.permission("view")):
            labels = tuple(one.label for one in registry if one.module != self.module)
            return {}, {"noun": Problem("unknown_noun", str(_("There is no noun of that name.")), labels)}
        problems: dict[str, Problem | None] = {
            "conditions": conditions_problem(resource.label, row["conditions"], actor),
            "actions": actions_problem(row["actions"], resource, actor),
            **trigger_problems(row, resource, actor),
        }
        return signed(actor), {name: problem for name, problem in problems.items() if problem is not None}


def trigger_problems(row: Row, resource: Resource, actor: Actor) -> dict[str, Problem | None]:
    """What the beginning of a rule lacks."""
    if row["trigger"] == Rule.Trigger.EVENT:
        problem = patterns_problem(row["events"]) if row["events"] else None
        if problem is None and labels_of(row["events"]) not in ([], [resource.label]):
            problem = Problem("other_noun", str(_("Name events of the rule's own kind of record.")))
        return {"events": problem}
    if row["trigger"] == Rule.Trigger.CHANGE:
        spec = resource.specs.get(row["field"])
        if spec is None or is_hidden(resource, spec.name, actor):
            return {"field": Problem("unknown_field", str(_("Name a field of the record.")), tuple(resource.specs))}
        lacks_way = row["threshold"] is not None and not row["direction"]
        return {"direction": Problem("required", str(_("Must not be empty."))) if lacks_way else None}
    return {"every": None if row["every"] else Problem("required", str(_("Must not be empty.")))}
