"""Rules to begin with: what a sales team asks for first. Offered where the nouns and fields they speak of are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from crm.core.actors import Actor
from crm.core.registry import registry


@dataclass(frozen=True)
class Starter:
    """A rule that is filled in already; its words are in the language of whoever begins with it."""

    code: str
    title: str | Promise
    icon: str
    values: Mapping[str, Any]

    def filled(self) -> dict[str, Any]:
        """The values of the rule."""
        values: dict[str, Any] = spoken(dict(self.values))
        return {"name": str(self.title)[:80], **values}


def spoken(value: Any) -> Any:
    """Lazy texts as texts, all the way down."""
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, dict):
        return {key: spoken(one) for key, one in value.items()}
    return [spoken(one) for one in value] if isinstance(value, list) else value


STARTERS = (
    Starter("risk", gettext_lazy("Tell the owner when a customer's churn risk becomes high"), "alert-triangle", {
        "noun": "customers.customer", "trigger": "change", "field": "churn_band", "to_value": "high",
        "actions": [{"do": "notify", "to": ["owner", "author"],
                     "text": gettext_lazy("{name} may leave: the churn risk is high now.")}],
    }),
    Starter("risk-task", gettext_lazy("Create a call task when a customer's churn risk becomes high"), "phone-call", {
        "noun": "customers.customer", "trigger": "change", "field": "churn_band", "to_value": "high",
        "actions": [{"do": "create", "noun": "activities.task",
                     "values": {"title": gettext_lazy("Call {name}: may leave"), "due_at": "{now+1d}"}}],
    }),
    Starter("after-order", gettext_lazy("Create a task 7 days after an order"), "calendar-time", {
        "noun": "sales.order", "trigger": "event", "events": ["sales.order.created"],
        "actions": [{"do": "wait", "days": 7}, {"do": "create", "noun": "activities.task", "values": {
            "title": gettext_lazy("Ask how order {number} went"), "due_at": "{now+1d}"}}],
    }),
    Starter("deal-out", gettext_lazy("Share new customers among the team"), "users-group", {
        "noun": "customers.customer", "trigger": "event", "events": ["customers.customer.created"],
        "conditions": {"field": "owner", "op": "is_empty", "value": True},
        "actions": [{"do": "assign", "to": []}],
    }),
    Starter("monday", gettext_lazy("Each Monday, tell me which customers are at high risk"), "calendar-week", {
        "noun": "customers.customer", "trigger": "schedule", "every": "week", "weekday": 1, "time_of_day": "09:00",
        "conditions": {"field": "churn_band", "op": "eq", "value": "high"},
        "actions": [{"do": "notify", "to": ["author"], "text": gettext_lazy("At high risk: {name}")}],
    }),
)  # fmt: skip


def starters_for(actor: Actor) -> list[Starter]:
    """Those whose kinds of records the actor sees."""
    return [
        one for one in STARTERS if (noun := registry.get(one.values["noun"])) and actor.may(noun.permission("view"))
    ]


def starter_find(code: str) -> Starter | None:
    """The starter of that code."""
    return next((one for one in STARTERS if one.code == code), None)
