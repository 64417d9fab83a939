"""A person's calendar as other programs read it: RFC 5545, with the time zone spelled out, under a secret address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare
from icalendar import Calendar, Event

from crm.activities.models import CalendarFeed
from crm.core.calendars import Slot, calendars, is_aside, slots_read
from crm.team.models import User
from crm.team.services import actor_of_user
from crm.ui.addresses import record_address
from tenants.context import current
from tenants.signing import keyed_digest

BACK, AHEAD = timedelta(days=90), timedelta(days=400)
GONE = frozenset({"cancelled"})


def token_of(feed: CalendarFeed) -> str:
    """The secret part of the address."""
    return keyed_digest(f"{feed.pk}:{feed.generation}", purpose="calendar-feed")[:40]


def feed_address(user: User) -> str:
    """Where the person's calendar is; empty while nobody has asked for one."""
    feed = CalendarFeed.objects.filter(user=user).first()
    return reverse("ui:calendar-feed", args=[feed.pk, token_of(feed)]) if feed else ""


def feed_change(user: User, do: str) -> None:
    """Make an address, another one, or take it away: what the old one opened is closed at once."""
    if do == "remove":
        CalendarFeed.objects.filter(user=user).delete()
        return
    feed, is_new = CalendarFeed.objects.get_or_create(user=user)
    if not is_new:
        CalendarFeed.objects.filter(pk=feed.pk).update(generation=feed.generation + 1)


def feed_find(id: UUID, token: str) -> User | None:
    """Whose calendar an address opens."""
    feed = CalendarFeed.objects.filter(pk=id, user__is_active=True).select_related("user__role").first()
    return feed.user if feed and constant_time_compare(token, token_of(feed)) else None


def feed_text(user: User, absolute: Callable[[str], str]) -> bytes:
    """The calendar: what the person owns or takes part in, as far as their role lets them see it now."""
    zone = ZoneInfo(current().time_zone)
    with translation.override(user.language or "en"), timezone.override(zone):
        actor, today = actor_of_user(user, via="api"), timezone.localdate()
        mine = (user.pk, (user.email or "").lower())
        nouns = [one for one in calendars(actor) if not is_aside(one)]
        slots = slots_read(nouns, today - BACK, today + AHEAD, actor, whose=mine)
        made = Calendar()
        made.add("prodid", "-//Kith//Kith//EN")
        made.add("version", "2.0")
        made.add("x-wr-calname", current().name)
        for slot in slots:
            made.add_component(event_of(slot, zone, absolute))
        made.add_missing_timezones()
        return bytes(made.to_ical())


def event_of(slot: Slot, zone: ZoneInfo, absolute: Callable[[str], str]) -> Event:
    """One record as an event."""
    event = Event()
    event.add("uid", f"{slot.id}@{current().slug}.kith")
    event.add("dtstamp", slot.updated_at)
    event.add("last-modified", slot.updated_at)
    event.add("sequence", slot.version)
    event.add("summary", slot.title)
    event.add("categories", [str(slot.resource.name)])
    event.add("url", absolute(record_address(slot.resource.label, slot.id)))
    if slot.is_whole_day:
        event.add("dtstart", slot.day)
    else:
        event.add("dtstart", slot.begins.astimezone(zone))
        event.add("dtend", (slot.ends or slot.begins + timedelta(minutes=30)).astimezone(zone))
    event.add("status", "CANCELLED" if slot.state in GONE else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if slot.is_whole_day or slot.is_over else "OPAQUE")
    return event
