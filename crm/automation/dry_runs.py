"""What a rule would have done: its triggers over past events, its conditions as records are now. Nothing is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from crm.automation.actions import described
from crm.automation.matching import Event
from crm.automation.models import Rule
from crm.automation.triggers import chosen_events, records_due
from crm.core.actors import Actor
from crm.core.feed import COLUMNS
from crm.core.models import Event as StoredEvent
from crm.core.permissions import readable
from crm.core.reading import ListQuery, page_read
from crm.core.registry import Row, registry

MOST_EVENTS, MOST_SHOWN, LONGEST = 20_000, 100, 90


@dataclass(frozen=True)
class Would:
    """One run that would have been."""

    at: datetime
    event: str
    object_id: UUID
    title: str
    actions: list[dict[str, str]]


@dataclass(frozen=True)
class Trial:
    """All of them: how many in how many events, and the newest in detail."""

    days: int
    looked_at: int
    is_whole: bool
    count: int
    shown: list[Would]


def rule_try(rule: Rule, *, actor: Actor, days: int = 30) -> Trial:
    """Look back some days, with the rights of the rule's author and of whoever asks."""
    if rule.trigger == Rule.Trigger.SCHEDULE:
        now, ids = timezone.now(), records_due(rule)
        return Trial(days, len(ids), True, len(ids), would(rule, [(now, "", pk) for pk in ids[:MOST_SHOWN]], actor))
    since = timezone.now() - timedelta(days=days)
    past = StoredEvent.objects.filter(at__gte=since, object_type=rule.noun).order_by("-seq")
    events: list[Event] = list(past.values(*COLUMNS)[: MOST_EVENTS + 1])
    looked_at = [event for event in events[:MOST_EVENTS] if rule.is_for_imports or event["via"] != "import"]
    chosen = chosen_events(rule, looked_at)
    newest = [(event["at"], event["name"], event["object_id"]) for event in reversed(chosen[-MOST_SHOWN:])]
    return Trial(days, len(looked_at), len(events) <= MOST_EVENTS, len(chosen), would(rule, newest, actor))


def would(rule: Rule, causes: list[tuple[datetime, str, UUID]], actor: Actor) -> list[Would]:
    """What would be done for each cause, in words; records that the asker may not see are left out."""
    rows = rows_by_id(rule.noun, {pk for _at, _name, pk in causes}, actor)
    resource = registry[rule.noun]
    return [
        Would(at, name, pk, str(rows[pk][resource.title]), [described(action, rows[pk]) for action in rule.actions])
        for at, name, pk in causes
        if pk in rows
    ]


def rows_by_id(label: str, ids: set[UUID], actor: Actor) -> Mapping[UUID, Row]:
    """The records as the asker sees them, in one query."""
    resource = registry[label]
    names = tuple(spec.name for spec in readable(resource, actor))
    query = ListQuery(resource, actor, Q(pk__in=ids), "", resource.ordering, names)
    return {row["id"]: row for row in page_read(query, size=MOST_SHOWN).rows}
