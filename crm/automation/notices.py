"""Telling people: one line each, in their language, on the page and, where they want it, by mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.automation.matching import Event
from crm.automation.mentions import mentions_tell
from crm.automation.models import Notification, NotificationChoice
from crm.core.actors import Actor
from crm.core.permissions import within
from crm.core.registry import registry
from crm.core.rows import may_name, titles_of
from crm.team.models import User
from crm.team.services import actor_of_user
from tenants.context import current
from tenants.tasks import enqueue

Way = NotificationChoice.Way
TOGETHER = timedelta(minutes=2)  # what comes within it is one mail
MOST_SINGLE, MOST_IN_MAIL = 5, 50
MESSAGE, LOST = "messaging.message", ("failed", "bounced")
FINISHED = ("exchange.importjob.finished", "exchange.exportjob.finished")


def notify(
    users: Iterable[User], kind: Notification.Kind, say: Callable[[], str], *, about: tuple[str, UUID] | None = None
) -> int:
    """Tell these people, each in their language and in the way they chose; how many will hear of it."""
    people = {user.pk: user for user in users if user.is_active}
    chosen = dict(NotificationChoice.objects.filter(user__in=people, kind=kind).values_list("user_id", "way"))
    made = []
    for pk, user in people.items():
        way = chosen.get(pk, Way.PAGE)
        if way != Way.OFF:
            with translation.override(user.language or "en"):
                text = say()[:300]
            label, record_id = about or ("", None)
            made.append(Notification(user=user, kind=kind, text=text, object_type=label, object_id=record_id,
                                     is_for_mail=way == Way.MAIL and settings.HAS_MAIL))  # fmt: skip
    Notification.objects.bulk_create(made)
    for one in made:
        if one.is_for_mail:
            enqueue("automation.tasks.notifications_mail", at=timezone.now() + TOGETHER, user=one.user_id)
    return len(made)


def owners() -> QuerySet[User]:
    """The people who may do everything: they hear of what broke."""
    return User.objects.filter(role__code="owner", is_active=True)


def mail_send(user_id: UUID) -> int:
    """One mail with all that waits for one person."""
    with transaction.atomic():
        waiting = Notification.objects.filter(user=user_id, is_for_mail=True, mailed_at=None).order_by("-id")
        rows = list(waiting.select_for_update()[: MOST_IN_MAIL + 1])
        user = User.objects.filter(pk=user_id, is_active=True).first()
        if not rows or user is None or not user.email:
            return 0
        waiting.update(mailed_at=timezone.now())
        with translation.override(user.language or "en"):
            lines = [row.text for row in rows[:MOST_IN_MAIL]]
            more = [_("… and more on the page.")] if len(rows) > MOST_IN_MAIL else []
            count = len(lines)
            title = lines[0] if count == 1 else ngettext("%(n)s notification", "%(n)s notifications", count)
            subject = f"{current().name}: {title % {'n': count} if count > 1 else title}"
            send_mail(" ".join(subject.split())[:200], "\n".join([*lines, *more]), None, [user.email])
    return len(rows)


# What is told by itself


def notices_hear(events: Sequence[Event]) -> None:
    """The consumer of the feed: records given to somebody by somebody else, and work that is finished."""
    assigned_tell(events)
    mentions_tell(events, notify)
    shared_tell(events)
    lost_mail_tell(events)
    for event in events:
        if event["name"] in FINISHED and event["actor_kind"] == "user":
            finished_tell(event)


def assigned_tell(events: Sequence[Event]) -> None:
    """Who was given which records; many of one noun at once are one line."""
    given: dict[tuple[UUID, str], dict[UUID, None]] = defaultdict(dict)
    for event in events:
        owner = (event["after"] or {}).get("owner")
        is_new = owner and owner != (event["before"] or {}).get("owner")
        if is_new and event["via"] != "import" and str(event["actor_id"]) != owner and event["object_type"] in registry:
            given[UUID(owner), event["object_type"]][event["object_id"]] = None
    people = User.objects.select_related("role").in_bulk({user_id for user_id, _label in given})
    for (user_id, label), records in given.items():
        if user := people.get(user_id):
            assigned_say(user, label, list(records))


def shared_tell(events: Sequence[Event]) -> None:
    """With whom somebody has shared a record; of a team, everybody in it."""
    for event in events:
        said = (event["after"] or {}).get("shared_with") if event["name"].endswith(".shared") else None
        if isinstance(said, dict) and event["object_type"] in registry:
            whom = Q(team=said["id"]) if said["kind"] == "team" else Q(pk=said["id"])
            for user in User.objects.select_related("role").filter(whom, is_active=True).exclude(pk=event["actor_id"]):
                shared_say(user, event["object_type"], event["object_id"])


def shared_say(user: User, label: str, pk: UUID) -> None:
    """The line itself."""
    resource, actor = registry[label], actor_of_user(user, via="job")
    if not may_name(label, actor):
        return
    titles = dict(titles_of(within(resource.model._default_manager.all(), actor), {pk}))
    if pk in titles:
        values = {"noun": resource.name, "title": str(titles[pk])[:120]}
        notify([user], Notification.Kind.ASSIGNED, lambda: _("%(noun)s “%(title)s” was shared with you.") % values,
               about=(label, pk))  # fmt: skip


def assigned_say(user: User, label: str, records: list[UUID]) -> None:
    """The line itself."""
    resource, actor = registry[label], actor_of_user(user, via="job")
    if not may_name(label, actor):
        return
    if len(records) > MOST_SINGLE:
        values: dict[str, Any] = {"n": len(records)}
        notify([user], Notification.Kind.ASSIGNED,
               lambda: _("%(n)s %(nouns)s were given to you.") % {**values, "nouns": resource.name_plural})  # fmt: skip
        return
    titles = dict(titles_of(within(resource.model._default_manager.all(), actor), set(records)))
    for pk, title in titles.items():
        notify([user], Notification.Kind.ASSIGNED, lambda title=title: _("%(noun)s “%(title)s” was given to you.") % {
            "noun": resource.name, "title": str(title)[:120]}, about=(label, pk))  # type: ignore[misc]  # fmt: skip


def finished_tell(event: Event) -> None:
    """To whoever began it."""
    after = event["after"] or {}
    name = str(after.get("filename") or nouns_of(after.get("object", "")))[:120]
    users = User.objects.filter(pk=event["actor_id"])
    notify(users, Notification.Kind.WORK, lambda: _("“%(name)s” is finished.") % {"name": name},
           about=(event["object_type"], event["object_id"]))  # fmt: skip


def lost_mail_tell(events: Sequence[Event]) -> None:
    """To whoever wrote it: a mail could not be sent, or came back."""
    for event in events:
        after = event["after"] or {}
        if event["object_type"] == MESSAGE and after.get("state") in LOST:
            lost_mail_say(event["object_id"], str(after.get("error") or ""))


def lost_mail_say(pk: UUID, why: str) -> None:
    """The line itself."""
    message = registry[MESSAGE].model._default_manager.filter(pk=pk).first()
    if message is not None and message.owner_id:
        values = {"subject": str(message)[:120], "why": why[:150]}
        people = User.objects.filter(pk=message.owner_id)
        notify(people, Notification.Kind.MAIL, lambda: _("Your mail “%(subject)s” did not arrive: %(why)s") % values,
               about=(MESSAGE, pk))  # fmt: skip


def nouns_of(label: str) -> str:
    """What people call the records of a noun."""
    return str(registry[label].name_plural) if label in registry else ""


# The page


def notifications_of(actor: Actor) -> QuerySet[Notification]:
    """One's own, newest first; programs have none."""
    return Notification.objects.filter(user=actor.id if actor.kind == "user" else None).order_by("-id")


def unread_count(actor: Actor, most: int = 100) -> int:
    """How many are unread, up to a hundred."""
    return notifications_of(actor).filter(read_at=None).order_by()[:most].count()


def notifications_read(actor: Actor, ids: Iterable[UUID] | None = None) -> int:
    """Mark some, or all, as read."""
    rows = notifications_of(actor).filter(read_at=None)
    return (rows if ids is None else rows.filter(pk__in=list(ids))).update(read_at=timezone.now())


def ways_of(actor: Actor) -> dict[str, str]:
    """How the person hears of each kind."""
    chosen = dict(NotificationChoice.objects.filter(user=actor.id).values_list("kind", "way"))
    return {kind: chosen.get(kind, Way.PAGE.value) for kind in Notification.Kind.values}


def ways_set(actor: Actor, ways: dict[str, str]) -> None:
    """Choose, for oneself only; programs hear nothing."""
    if (user_id := actor.id) is None or actor.kind != "user":
        return
    rows = [NotificationChoice(user_id=user_id, kind=kind, way=way) for kind, way in ways.items()
            if kind in Notification.Kind.values and way in Way.values]  # fmt: skip
    NotificationChoice.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["user", "kind"], update_fields=["way"]
    )
