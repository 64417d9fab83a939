"""What a receiver is told of an event: who, what, before, after; without what the webhook's author may not see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from crm.automation.models import Delivery, RuleRun, Webhook
from crm.core.actors import Actor
from crm.core.cleaning import json_value
from crm.core.errors import CrmError
from crm.core.including import OUTSIDE
from crm.core.models import Event
from crm.core.outside import external_ids_read
from crm.core.permissions import values_shown
from crm.core.reading import record_read
from crm.core.registry import registry

TEST = "automation.webhook.test"


def payload_of(delivery: Delivery, webhook: Webhook, author: Actor) -> str | None:
    """The body as text; nothing where the event is no longer there."""
    if delivery.run_id is not None:
        return fired_body(delivery, delivery.run_id, author)
    if delivery.event_seq is None:
        return as_body(TEST, delivery.created_at, {"webhook": {"id": str(webhook.pk), "name": webhook.name}})
    event = Event.objects.filter(pk=delivery.event_seq).first()
    return None if event is None else as_body(event.name, event.at, data_of(event, author))


def fired_body(delivery: Delivery, run_id: UUID, author: Actor) -> str | None:
    """The record that a rule acted on, as it is now and as the webhook's author sees it."""
    run = RuleRun.objects.select_related("rule").filter(pk=run_id).first()
    if run is None or run.object_type not in registry:
        return None
    resource = registry[run.object_type]
    try:
        record = record_read(resource, run.object_id, actor=author)
    except CrmError:  # deleted meanwhile, or not theirs to see
        return None
    rule = {"id": str(run.rule_id), "name": run.rule.name}
    data = {**object_told(run.object_type, run.object_id), "rule": rule, "record": json_value(record)}
    return as_body(delivery.event, delivery.created_at, data)


def data_of(event: Event, author: Actor) -> dict[str, Any]:
    """The facts of one event."""
    return {
        **object_told(event.object_type, event.object_id),
        "before": readable_values(event.object_type, event.before, author),
        "after": readable_values(event.object_type, event.after, author),
        "actor": {"kind": event.actor_kind, "id": None if event.actor_id is None else str(event.actor_id)},
        "via": event.via,
        "request_id": event.request_id,
    }


def object_told(label: str, id: UUID) -> dict[str, Any]:
    """Which record it is: by our id, and by those that other systems gave it, the receiver's own perhaps among them."""
    return {"object": label, "id": str(id), OUTSIDE: external_ids_read(label, [id]).get(id, [])}


def readable_values(label: str, values: Mapping[str, Any] | None, author: Actor) -> dict[str, Any] | None:
    """The values that the author may read."""
    resource = registry.get(label)
    if values is None or resource is None:
        return None if values is None else dict(values)
    return values_shown(resource, values, author)


def as_body(name: str, at: datetime, data: Mapping[str, Any]) -> str:
    """The three members that Standard Webhooks proposes."""
    said = {"type": name, "timestamp": json_value(at or timezone.now()), "data": data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
