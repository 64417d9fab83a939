"""Runs at work: each action and the note that it is done are one transaction, so a killed worker doubles nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.automation.actions import DEEDS, Doing, wait_of
from crm.automation.authors import author_of
from crm.automation.matching import records_meeting
from crm.automation.models import Rule, RuleRun, RuleStep
from crm.automation.states import rule_stop
from crm.automation.triggers import TASK, request_id_of
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.team.models import User
from tenants.leases import Contained
from tenants.tasks import enqueue

State = RuleRun.State
TURN_SECONDS = 30


def rule_work(rule_id: UUID, seconds: float = TURN_SECONDS) -> int:
    """Do what is due of one rule, action after action; after a while others have their turn."""
    done, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        run_id = next_due(rule_id)
        if run_id is None:
            return done
        with Contained(f"The run {run_id} of a rule") as outcome:
            step(run_id)
            done += 1
        if outcome.error:
            RuleRun.objects.filter(pk=run_id, state=State.WAITING).update(
                state=State.FAILED, error=outcome.error[-2000:], finished_at=timezone.now()
            )
    enqueue(TASK, rule=rule_id)
    return done


def next_due(rule_id: UUID) -> UUID | None:
    """A run with an action that is due; of a rule that is not active, none."""
    runs = RuleRun.objects.filter(rule=rule_id, rule__state=Rule.State.ACTIVE, rule__deleted_at=None)
    due = runs.filter(state=State.WAITING, due_at__lte=timezone.now()).order_by("due_at", "pk")
    return due.values_list("pk", flat=True).first()


def step(run_id: UUID) -> None:
    """The next action of a run, under lock; then where the run stands."""
    with transaction.atomic():
        run = RuleRun.objects.select_for_update().filter(pk=run_id, state=State.WAITING).first()
        if run is None or run.due_at > timezone.now():
            return
        rule, began = run.rule, time.monotonic()
        if run.position >= len(rule.actions):
            end(run, State.DONE)
            return
        action = rule.actions[run.position]
        try:
            with transaction.atomic(), translation.override(language_of(rule)):
                author = author_of(rule, request_id=request_id_of(run.pk))
                text = act(action, Doing(rule, run, registry[rule.noun], author))
        except CrmError as refusal:
            reason = in_words(refusal)
            note(run, action, reason, began, is_done=False)
            end(run, State.FAILED, reason)
            if not is_author_there(rule):
                rule_stop(rule, reason)
            return
        note(run, action, text, began)
        go_on(run, action)


def language_of(rule: Rule) -> str:
    """The language of the log: the author's."""
    return User.objects.filter(pk__in=[rule.actor_id or rule.pk]).values_list("language", flat=True).first() or "en"


def in_words(refusal: CrmError) -> str:
    """Why, with the fields that are to blame."""
    errors: Any = refusal.details.get("errors") or []
    named = [f"{str(one.get('pointer', '')).strip('/')}: {one['message']}" for one in errors if "message" in one]
    return " ".join([str(refusal.message), *named])


def is_author_there(rule: Rule) -> bool:
    """Whether the author may still act at all."""
    try:
        author_of(rule)
    except CrmError:
        return False
    return True


def act(action: Mapping[str, Any], doing: Doing) -> str:
    """Do it, if after a wait the conditions still hold; what its author may no longer do, the services refuse."""
    if is_after_wait(doing) and not still_holds(doing.rule, doing.run, doing.author):
        doing.run.state = State.STOPPED
        return _("The conditions no longer hold.")
    deed = DEEDS.get(action["do"])
    return deed(action, doing) if deed else ""


def is_after_wait(doing: Doing) -> bool:
    """Whether the action before was a wait."""
    at = doing.run.position
    return at > 0 and doing.rule.actions[at - 1]["do"] == "wait"


def still_holds(rule: Rule, run: RuleRun, author: Actor) -> bool:
    """Whether the record is still there and meets the conditions."""
    resource = registry[rule.noun]
    is_alive = resource.model._default_manager.filter(pk=run.object_id, deleted_at=None).exists()
    return is_alive and bool(records_meeting(resource, {run.object_id}, rule.conditions, author))


def note(run: RuleRun, action: Mapping[str, Any], text: str, began: float, *, is_done: bool = True) -> None:
    """A line of the log."""
    milliseconds = int((time.monotonic() - began) * 1000)
    RuleStep.objects.create(
        run=run,
        number=run.position + 1,
        action=str(action.get("do", ""))[:10],
        is_done=is_done,
        text=text[:2000],
        milliseconds=milliseconds,
    )


def go_on(run: RuleRun, action: Mapping[str, Any]) -> None:
    """The next action: at once, after a wait, or none."""
    if run.state == State.STOPPED or action["do"] == "stop":
        end(run, State.STOPPED)
        return
    run.position += 1
    if run.position >= len(run.rule.actions):
        end(run, State.DONE)
        return
    if action["do"] == "wait":
        run.due_at = timezone.now() + wait_of(action)
        enqueue(TASK, at=run.due_at, rule=run.rule_id)
    run.save(update_fields=["position", "due_at"])


def end(run: RuleRun, state: RuleRun.State, error: str = "") -> None:
    """The run is over."""
    run.state, run.error, run.finished_at = state, error, timezone.now()
    run.save(update_fields=["state", "error", "finished_at", "position"])


def run_retry(run: RuleRun) -> None:
    """Go on with the action that failed; those before it are not done again."""
    RuleRun.objects.filter(pk=run.pk, state=State.FAILED).update(
        state=State.WAITING, error="", finished_at=None, due_at=timezone.now()
    )
    enqueue(TASK, rule=run.rule_id)
