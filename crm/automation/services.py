"""What can be done with a webhook, and with a rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.automation.deliveries import LISTENING, TASK, again, deliveries_make, delivery_replay, test_make
from crm.automation.models import Delivery, Rule, RuleRun, Webhook
from crm.automation.runs import run_retry
from crm.automation.secrets import OVERLAP_HOURS, secret_of
from crm.automation.triggers import TASK as RULE_WORK
from crm.core.actors import Actor
from crm.core.cleaning import Refused, cleaner
from crm.core.errors import CrmError
from crm.core.feed import COLUMNS
from crm.core.models import Event
from crm.core.permissions import is_limited, permit, visible, within
from crm.core.registry import registry
from crm.core.specs import FieldSpec
from crm.core.verbs import Input, verb
from tenants.tasks import enqueue

LONGEST_REPLAY = timedelta(days=30)
REPLAYED_AT_ONCE = 10_000


@verb(
    label=gettext_lazy("Pause"),
    description=gettext_lazy("Keep what happens from now on, and send it when you resume."),
    icon="player-pause",
    when=lambda row: row.get("state") == "active",
)
def webhook_pause(webhook: Webhook, *, actor: Actor) -> dict[str, Any]:
    """Collect, but do not send."""
    if webhook.state != Webhook.State.ACTIVE:
        raise CrmError("not_active", _("This webhook is not active."), status=409)
    return {"state": Webhook.State.PAUSED.value}


@verb(
    label=gettext_lazy("Resume"),
    description=gettext_lazy("Send what waits, and what happens from now on."),
    icon="player-play",
    when=lambda row: row.get("state") != "active",
)
def webhook_resume(webhook: Webhook, *, actor: Actor) -> dict[str, Any]:
    """Send again, beginning at once."""
    if webhook.state == Webhook.State.ACTIVE:
        raise CrmError("active", _("This webhook is active."), status=409)
    enqueue(TASK, webhook=webhook.pk)
    return {"state": Webhook.State.ACTIVE.value, "failures_count": 0, "quiet_until": None}


@verb(
    label=gettext_lazy("Send a test"),
    description=gettext_lazy("Send an event that tells of nothing, to see whether it arrives."),
    icon="send",
    when=lambda row: row.get("state") == "active",
)
def webhook_test(webhook: Webhook, *, actor: Actor) -> dict[str, Any]:
    """Send an event that tells of nothing."""
    if webhook.state != Webhook.State.ACTIVE:
        raise CrmError("not_active", _("This webhook is not active."), status=409)
    test_make(webhook)
    return {"quiet_until": None}


@verb(
    label=gettext_lazy("New secret"),
    description=gettext_lazy("Make a new secret. For a day both sign, so that nothing is lost while you change it."),
    icon="refresh",
)
def webhook_rotate(webhook: Webhook, *, actor: Actor) -> dict[str, Any]:
    """Make a new secret; the old one signs, too, for a day."""
    until = timezone.now() + timedelta(hours=OVERLAP_HOURS)
    return {"generation": webhook.generation + 1, "previous_until": until, "is_secret_shown": False}


def since_clean(value: Any) -> datetime:
    """A moment of the last thirty days."""
    moment: datetime = cleaner(Delivery._meta.get_field("created_at"))(value)
    if not timezone.now() - LONGEST_REPLAY <= moment <= timezone.now():
        raise Refused("range", _("Must lie within the last 30 days."))
    return moment


@verb(
    label=gettext_lazy("Send again since …"),
    description=gettext_lazy(
        "Send everything since a moment that was not delivered: what failed, and what was missed."
    ),
    icon="history",
    inputs={"since": Input(FieldSpec("since", gettext_lazy("Since"), "moment", required=True), since_clean)},
)
def webhook_replay(webhook: Webhook, *, actor: Actor, since: datetime) -> dict[str, Any]:
    """Send everything since a moment that was not delivered."""
    if webhook.state in (Webhook.State.FAILING, Webhook.State.GONE):
        raise CrmError("not_active", _("This webhook is switched off; resume it first."), status=409)
    enqueue("automation.tasks.webhook_replay", webhook=webhook.pk, since=since)
    return {}


def secret_show(webhook_id: UUID, *, actor: Actor) -> str:
    """The secret, once; afterwards only a new one can be made."""
    permit(actor, "automation.change_webhook")
    with transaction.atomic():
        webhook = visible(Webhook, actor).select_for_update().filter(pk=webhook_id).first()
        if webhook is None:
            raise CrmError("not_found", _("There is no such record."), status=404)
        if webhook.is_secret_shown:
            raise CrmError("shown", _("The secret was shown already. Make a new one to see it."), status=409)
        Webhook.objects.filter(pk=webhook.pk).update(is_secret_shown=True)
    return secret_of(webhook)


def webhook_find(webhook_id: UUID, *, actor: Actor) -> Webhook:
    """A webhook that the actor may see."""
    permit(actor, "automation.view_webhook")
    found = visible(Webhook, actor).filter(pk=webhook_id).first()
    if found is None:
        raise CrmError("not_found", _("There is no such record."), status=404)
    return found


def deliveries_of(
    webhook: Webhook, *, state: str = "", event: str = "", before: UUID | None = None
) -> QuerySet[Delivery]:
    """The log of a webhook, newest first."""
    rows = Delivery.objects.filter(webhook=webhook).order_by("-id")
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(event__startswith=event) if event else rows
    return rows.filter(pk__lt=before) if before else rows


def delivery_find(webhook: Webhook, delivery_id: UUID) -> Delivery:
    """One delivery of a webhook."""
    found = Delivery.objects.filter(webhook=webhook, pk=delivery_id).first()
    if found is None:
        raise CrmError("not_found", _("There is no such delivery."), status=404)
    return found


def delivery_send_again(webhook: Webhook, delivery_id: UUID, *, actor: Actor) -> Delivery:
    """Send one delivery once more, under the same id."""
    permit(actor, "automation.replay_webhook")
    delivery = delivery_find(webhook, delivery_id)
    if webhook.state in (Webhook.State.FAILING, Webhook.State.GONE):
        raise CrmError("not_active", _("This webhook is switched off; resume it first."), status=409)
    with transaction.atomic():
        delivery_replay(delivery)
    delivery.refresh_from_db()
    return delivery


def replay_since(webhook_id: UUID, since: datetime) -> int:
    """The work of a replay: what failed is due again, what was never made is made."""
    webhook = Webhook.objects.filter(pk=webhook_id, deleted_at=None, state__in=LISTENING).first()
    if webhook is None:
        return 0
    count = again(Delivery.objects.filter(webhook=webhook, state=Delivery.State.FAILED, created_at__gte=since))
    last = 0
    while events := events_since(since, last):
        count += deliveries_make(webhook, events)
        last = events[-1]["seq"]
    enqueue(TASK, webhook=webhook.pk)
    return count


def events_since(since: datetime, after: int) -> list[dict[str, Any]]:
    """The next events of a time in the past, by their numbers."""
    rows = Event.objects.filter(at__gte=since, seq__gt=after).order_by("seq")
    return list(rows.values(*COLUMNS)[:REPLAYED_AT_ONCE])


# Rules


@verb(
    label=gettext_lazy("Pause"),
    description=gettext_lazy("Begin no more runs, and let those that wait stand still."),
    icon="player-pause",
    when=lambda row: row.get("state") == "active",
)
def rule_pause(rule: Rule, *, actor: Actor) -> dict[str, Any]:
    """Begin no more runs."""
    if rule.state != Rule.State.ACTIVE:
        raise CrmError("not_active", _("This rule is not active."), status=409)
    return {"state": Rule.State.PAUSED.value}


@verb(
    label=gettext_lazy("Switch on"),
    description=gettext_lazy("Begin runs from now on, and go on with those that wait."),
    icon="player-play",
    when=lambda row: row.get("state") != "active",
)
def rule_resume(rule: Rule, *, actor: Actor) -> dict[str, Any]:
    """Begin runs from now on."""
    if rule.state == Rule.State.ACTIVE:
        raise CrmError("active", _("This rule is active."), status=409)
    enqueue(RULE_WORK, rule=rule.pk)
    return {"state": Rule.State.ACTIVE.value}


def rule_find(rule_id: UUID, *, actor: Actor) -> Rule:
    """A rule that the actor may see."""
    permit(actor, "automation.view_rule")
    found = visible(Rule, actor).filter(pk=rule_id).first()
    if found is None:
        raise CrmError("not_found", _("There is no such record."), status=404)
    return found


def runs_seen(rule: Rule, actor: Actor) -> QuerySet[RuleRun]:
    """The runs of a rule whose record the actor may see: their steps tell of it."""
    rows, resource = RuleRun.objects.filter(rule=rule), registry.get(rule.noun)
    if resource is None or not actor.may(resource.permission("view")):
        return rows.none()
    if not is_limited(resource.model, actor):
        return rows
    return rows.filter(object_id__in=within(resource.model._default_manager.all(), actor).values("pk"))


def runs_of(rule: Rule, *, actor: Actor, state: str = "", before: UUID | None = None) -> QuerySet[RuleRun]:
    """The log of a rule, newest first."""
    rows = runs_seen(rule, actor).order_by("-id")
    rows = rows.filter(state=state) if state else rows
    return rows.filter(pk__lt=before) if before else rows


def run_find(rule: Rule, run_id: UUID, *, actor: Actor) -> RuleRun:
    """One run of a rule."""
    found = runs_seen(rule, actor).filter(pk=run_id).first()
    if found is None:
        raise CrmError("not_found", _("There is no such run."), status=404)
    return found


def run_again(rule: Rule, run_id: UUID, *, actor: Actor) -> RuleRun:
    """Go on with a run that failed, at the action that failed."""
    permit(actor, "automation.retry_rule")
    run = run_find(rule, run_id, actor=actor)
    if run.state != RuleRun.State.FAILED:
        raise CrmError("not_failed", _("Only a run that failed can be tried again."), status=409)
    with transaction.atomic():
        run_retry(run)
    run.refresh_from_db()
    return run
