"""What begins a run of a rule: an event, a field that changes, a moment of the clock. Nothing begins itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.automation.authors import author_of
from crm.automation.matching import Event, events_matching
from crm.automation.models import Rule, RuleRun
from crm.automation.schedules import next_moment
from crm.automation.states import rule_stop
from crm.core.errors import CrmError
from crm.core.permissions import visible
from crm.core.querying import where_of_tree
from crm.core.registry import registry
from tenants.context import current
from tenants.tasks import enqueue

TASK, TICK = "automation.tasks.rule_work", "automation.tasks.rule_tick"
Trigger, State = Rule.Trigger, Rule.State
DEEPEST = 5
MARK = "rule-"  # how the request id of a run's own writes begins


def request_id_of(run_id: UUID) -> str:
    """What stands on the events that a run writes: by it the next rule knows where it came from."""
    return f"{MARK}{run_id}"


def rules_hear(events: Sequence[Event]) -> None:
    """The consumer of the feed: runs for what concerns each rule, in the feed's own transaction."""
    arm({event["object_id"] for event in events if event["object_type"] == Rule._meta.label_lower})
    parents = parents_of(events)
    for rule in Rule.objects.filter(deleted_at=None, state=State.ACTIVE).exclude(trigger=Trigger.SCHEDULE):
        runs_for_events(rule, [event for event in events if rule.is_for_imports or event["via"] != "import"], parents)


def parents_of(events: Iterable[Event]) -> dict[str, RuleRun]:
    """The runs whose writes are among the events, by request id."""
    marks = {event["request_id"] for event in events if event["via"] == "rule" and event["request_id"].startswith(MARK)}
    runs = RuleRun.objects.filter(pk__in=[mark.removeprefix(MARK) for mark in marks])
    return {request_id_of(run.pk): run for run in runs}


def chosen_events(rule: Rule, events: Iterable[Event]) -> list[Event]:
    """The events that begin this rule; refused where its author may no longer ask."""
    author = author_of(rule)
    patterns = (rule.events if rule.trigger == Trigger.EVENT else []) or [f"{rule.noun}.*"]
    own = (event for event in events if event["object_type"] == rule.noun)
    if rule.trigger == Trigger.CHANGE:
        own = (event for event in own if has_changed(rule, event))
    return events_matching(patterns, rule.conditions, author, own)


def runs_for_events(rule: Rule, events: Iterable[Event], parents: dict[str, RuleRun]) -> int:
    """A run for each event that begins this rule."""
    try:
        chosen = chosen_events(rule, events)
    except CrmError as refusal:
        rule_stop(rule, str(refusal.message))
        return 0
    made = []
    for event in chosen:
        parent = parents.get(event["request_id"]) if event["via"] == "rule" else None
        if parent is None or not is_in_chain(rule, event["object_id"], parent):
            made.append(run_of(rule, f"event:{event['seq']}", event["object_id"], event["seq"], parent))
    return runs_make(rule, made)


def is_in_chain(rule: Rule, record_id: UUID, run: RuleRun | None) -> bool:
    """Whether this rule has acted on this record further up: then it would only answer itself."""
    while run is not None:
        if run.rule_id == rule.pk and run.object_id == record_id:
            return True
        run = run.parent
    return False


def run_of(rule: Rule, cause: str, record_id: UUID, seq: int | None = None, parent: RuleRun | None = None) -> RuleRun:
    """A run that waits, or, too far down a chain, one that only says so."""
    run = RuleRun(rule=rule, cause=cause, event_seq=seq, object_type=rule.noun, object_id=record_id, parent=parent)
    run.due_at, run.depth = timezone.now(), 0 if parent is None else parent.depth + 1
    if run.depth > DEEPEST:
        run.state, run.finished_at = RuleRun.State.STOPPED, timezone.now()
        run.error = _("Rules set each other off more than %(limit)s times in a row.") % {"limit": DEEPEST}
    return run


def runs_make(rule: Rule, runs: Sequence[RuleRun]) -> int:
    """Store them once by cause; a rule that runs more often than it should is switched off."""
    if not runs:
        return 0
    hour_ago = timezone.now() - timedelta(hours=1)
    left = settings.RULE_RUNS_AN_HOUR - RuleRun.objects.filter(rule=rule, created_at__gt=hour_ago).count()
    RuleRun.objects.bulk_create(runs[: max(left, 0)], ignore_conflicts=True)
    if len(runs) > left:
        text = _("It began more than %(limit)s times in an hour.")
        rule_stop(rule, text % {"limit": settings.RULE_RUNS_AN_HOUR})
    enqueue(TASK, rule=rule.pk)
    return len(runs)


# A field that changes


def has_changed(rule: Rule, event: Event) -> bool:
    """Whether the event moves the rule's field, from and to the values it names, or past its threshold."""
    before, after = event["before"] or {}, event["after"] or {}
    if rule.field not in after or before.get(rule.field) == after[rule.field]:
        return False
    old, new = before.get(rule.field), after[rule.field]
    if rule.threshold is not None:
        return has_crossed(rule, number_of(old), number_of(new))
    return fits(rule.from_value, old) and fits(rule.to_value, new)


def fits(wanted: str, value: Any) -> bool:
    """Whether a value is the one that was named, if one was."""
    if not wanted:
        return True
    return wanted in value if isinstance(value, list) else wanted.lower() == str("" if value is None else value).lower()


def number_of(value: Any) -> float | None:
    """A number as events keep it, money as text."""
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def has_crossed(rule: Rule, old: float | None, new: float | None) -> bool:
    """Whether a number passed the threshold; one that was not known before counts as on the other side."""
    limit = rule.threshold or 0.0
    if new is None:
        return False
    if rule.direction == Rule.Direction.DOWN:
        return new < limit and (old is None or old >= limit)
    return new >= limit and (old is None or old < limit)


def score_thresholds(label: str) -> dict[str, tuple[float, ...]]:
    """Which numbers of a noun rules wait for to pass which thresholds: for those who write scores."""
    rules = Rule.objects.filter(deleted_at=None, state=State.ACTIVE, trigger=Trigger.CHANGE, noun=label)
    found: dict[str, tuple[float, ...]] = {}
    for name, limit in rules.exclude(threshold=None).order_by("pk").values_list("field", "threshold"):
        if limit is not None:
            found[name] = (*found.get(name, ()), limit)
    return found


# The clock


def arm(ids: set[UUID]) -> None:
    """Set the next moment of schedules that were made, changed or resumed."""
    for rule in Rule.objects.filter(pk__in=ids, deleted_at=None, trigger=Trigger.SCHEDULE, state=State.ACTIVE):
        schedule_set(rule, timezone.now())


def schedule_set(rule: Rule, after: datetime) -> None:
    """Note when it comes next, and ask for it."""
    due = next_moment(rule, after, ZoneInfo(current().time_zone))
    Rule.objects.filter(pk=rule.pk).update(next_at=due)
    enqueue(TICK, at=due, rule=rule.pk, due=due)


def tick(rule_id: UUID, due: datetime, now: datetime | None = None) -> int:
    """The moment has come: a run for each record that meets the conditions, then the next moment.

    One that was missed, because nothing ran at the time, is made good once.
    """
    with transaction.atomic():
        rule = Rule.objects.select_for_update().filter(pk=rule_id, deleted_at=None, state=State.ACTIVE).first()
        if rule is None or rule.trigger != Trigger.SCHEDULE or rule.next_at != due:
            return 0
        moment = now or timezone.now()
        schedule_set(rule, max(due, moment))
        try:
            ids = records_due(rule)
        except CrmError as refusal:
            rule_stop(rule, str(refusal.message))
            return 0
        return runs_make(rule, [run_of(rule, f"time:{due.isoformat()}:{pk}", pk) for pk in ids])


def records_due(rule: Rule) -> list[UUID]:
    """The records that meet the conditions now, up to one more than may run in an hour."""
    author, resource = author_of(rule), registry[rule.noun]
    rows = visible(resource.model, author).filter(is_sample=False)
    if rule.conditions is not None:
        rows = rows.filter(where_of_tree(resource, rule.conditions, actor=author))
    return list(rows.order_by("pk").values_list("pk", flat=True)[: settings.RULE_RUNS_AN_HOUR + 1])
