"""The noun Rule and its fields. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from kith_client.nouns.link import Link


class Rule(TypedDict):
    """As it is read."""

    id: str
    version: int
    name: str
    noun: Literal[
        "activities.call",
        "activities.file",
        "activities.meeting",
        "activities.note",
        "activities.task",
        "customers.address",
        "customers.contact",
        "customers.customer",
        "customers.need",
        "customers.poolrule",
        "customers.relationship",
        "customers.staticlist",
        "customers.tag",
        "messaging.mailbox",
        "messaging.message",
        "messaging.suppression",
        "messaging.template",
        "messaging.thread",
        "sales.approval",
        "sales.assignmentrule",
        "sales.deal",
        "sales.dealcontact",
        "sales.discountlimit",
        "sales.exchangerate",
        "sales.forecastadjustment",
        "sales.holding",
        "sales.lead",
        "sales.letterhead",
        "sales.lostreason",
        "sales.order",
        "sales.payment",
        "sales.pipeline",
        "sales.pricebook",
        "sales.product",
        "sales.quote",
        "sales.stage",
        "sales.subscription",
        "sales.target",
        "sales.territory",
        "team.team",
    ]
    trigger: Literal["change", "event", "schedule"]
    events: list[str]
    field: str
    from_value: str
    to_value: str
    direction: Literal["", "down", "up"]
    threshold: float | None
    every: Literal["", "day", "hours", "month", "week"]
    hours: int | None
    time_of_day: str
    weekday: int | None
    month_day: int | None
    conditions: dict[str, Any] | None
    actions: list[dict[str, Any]]
    is_for_imports: bool
    owner: Link | None
    state: Literal["active", "paused", "stopped"]
    next_at: str | None
    created_at: str
    updated_at: str
    is_sample: bool
    included: NotRequired[dict[str, Any]]


class RuleInput(TypedDict, total=False):
    """As it is written; every field may be left out."""

    name: str
    noun: Literal[
        "activities.call",
        "activities.file",
        "activities.meeting",
        "activities.note",
        "activities.task",
        "customers.address",
        "customers.contact",
        "customers.customer",
        "customers.need",
        "customers.poolrule",
        "customers.relationship",
        "customers.staticlist",
        "customers.tag",
        "messaging.mailbox",
        "messaging.message",
        "messaging.suppression",
        "messaging.template",
        "messaging.thread",
        "sales.approval",
        "sales.assignmentrule",
        "sales.deal",
        "sales.dealcontact",
        "sales.discountlimit",
        "sales.exchangerate",
        "sales.forecastadjustment",
        "sales.holding",
        "sales.lead",
        "sales.letterhead",
        "sales.lostreason",
        "sales.order",
        "sales.payment",
        "sales.pipeline",
        "sales.pricebook",
        "sales.product",
        "sales.quote",
        "sales.stage",
        "sales.subscription",
        "sales.target",
        "sales.territory",
        "team.team",
    ]
    trigger: Literal["change", "event", "schedule"]
    events: list[str] | None
    field: str | None
    from_value: str | None
    to_value: str | None
    direction: str | None
    threshold: float | None
    every: str | None
    hours: int | None
    time_of_day: str | None
    weekday: int | None
    month_day: int | None
    conditions: dict[str, Any] | None
    actions: list[dict[str, Any]]
    is_for_imports: bool
    owner: str | UUID | dict[str, Any] | None
