"""The calendar: every noun that has a day, by month, week and agenda; moved; and read by other programs."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from icalendar import Calendar

from crm.activities.models import CalendarFeed, Meeting, Task
from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.sales.models import Deal, Lead, Payment
from crm.team.models import User
from tenants.models import Tenant
from tests.examples import EXAMPLES

HTMX = {"HX-Request": "true"}


@pytest.fixture
def owner(tenant: Tenant) -> User:
    """The owner, in a company of Shanghai."""
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="America/New_York")
    tenant.time_zone = "America/New_York"
    return User.objects.get(email="owner@kith.test")


def meeting(title: str, begins: datetime, owner: User | None = None, **values: Any) -> UUID:
    given = {"title": title, "starts_at": begins.isoformat(), "ends_at": None, "attendees": [], **values}
    return record_save(Meeting, {**given, "owner": str(owner.pk) if owner else None}, actor=SYSTEM)


def page(client: Any, query: str = "") -> str:
    answer = client.get(f"/calendar/{query}", headers=HTMX)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_payments_stand_in_the_calendar_of_who_asks_for_them(owner: User, client_for: Any) -> None:
    payment = EXAMPLES["sales.payment"]() | {"due_on": "2026-06-11", "paid_on": None, "owner": str(owner.pk)}
    pk = record_save(Payment, payment, actor=SYSTEM)
    client = client_for("owner")
    assert str(pk) not in page(client, "?on=2026-06-01")
    asked = page(client, "?on=2026-06-01&show=payments&whose=all")
    slot = asked.split(f'data-slot="{pk}"')[1].split(">")[0]
    assert "data-may-move" in slot
    assert f"{Payment.objects.get(pk=pk).number} · " in asked
    sent = {"noun": "payments", "id": str(pk), "to": "2026-06-12", "version": "1"}
    assert client.post("/calendar/move/?on=2026-06-01&show=payments", sent, headers=HTMX).status_code == 200
    assert str(Payment.objects.get(pk=pk).due_on) == "2026-06-12"
    lead = record_save(Lead, EXAMPLES["sales.lead"]() | {"owner": str(owner.pk)}, actor=SYSTEM)
    Lead.objects.filter(pk=lead).update(next_follow_up_on="2026-06-14")
    slot = page(client, "?on=2026-06-01&show=leads").split(f'data-slot="{lead}"')[1].split(">")[0]
    assert "data-may-move" not in slot  # it follows from what is planned


def test_meetings_tasks_and_deals_stand_on_their_days(owner: User, client_for: Any) -> None:
    meeting("Late talk", datetime(2026, 6, 10, 3, 30, tzinfo=UTC), owner)  # the evening before, in New York
    due = {"title": "Call the mill", "due_at": "2026-06-12T15:00:00Z", "owner": str(owner.pk)}
    record_save(Task, due, actor=SYSTEM)
    deal = EXAMPLES["sales.deal"]() | {"name": "Forty kilos", "expected_close_on": "2026-06-20", "owner": str(owner.pk)}
    record_save(Deal, deal, actor=SYSTEM)
    client = client_for("owner")
    for look in ("month", "week", "agenda"):
        text = page(client, f"?look={look}&on=2026-06-08")
        assert "Late talk" in text, look
        assert ("Forty kilos" in text) == (look != "week")
    text = page(client, "?look=month&on=2026-06-01")
    assert text.index('data-day="2026-06-09"') < text.index("Late talk") < text.index('data-day="2026-06-10"')
    assert "23:30" in text
    only = page(client, "?look=month&on=2026-06-01&show=tasks")
    assert "Call the mill" in only
    assert "Late talk" not in only
    assert client.get("/calendar/?look=no&on=9999-99-99&show=x").status_code == 200


def test_mine_is_what_i_own_or_take_part_in(owner: User, client_for: Any) -> None:
    at = datetime(2026, 6, 10, 15, tzinfo=UTC)
    meeting("Of nobody", at)
    meeting("With me", at, attendees=["owner@kith.test"])
    mine = page(client_for("owner"), "?on=2026-06-01")
    assert "With me" in mine
    assert "Of nobody" not in mine
    assert "Of nobody" in page(client_for("owner"), "?on=2026-06-01&whose=all")


def test_an_entry_is_put_on_another_day_and_keeps_its_hour_over_a_change_of_clocks(
    owner: User, client_for: Any
) -> None:
    here = ZoneInfo("America/New_York")
    pk = meeting("Talk", datetime(2026, 3, 6, 9, tzinfo=here), owner, ends_at=datetime(2026, 3, 6, 10, tzinfo=here))
    client = client_for("owner")
    sent = {"noun": "meetings", "id": str(pk), "version": "1", "to": "2026-03-09"}  # summer time began on the 8th
    answer = client.post("/calendar/move/?on=2026-03-01", sent, headers=HTMX)
    assert answer.status_code == 200, answer.content
    assert "Talk" in answer.content.decode()
    stored = Meeting.objects.get(pk=pk)
    assert stored.starts_at.astimezone(here) == datetime(2026, 3, 9, 9, tzinfo=here)
    assert stored.ends_at is not None
    assert stored.ends_at - stored.starts_at == timedelta(hours=1)
    assert client.post("/calendar/move/", sent | {"to": "2026-03-10"}, headers=HTMX).status_code == 409
    assert client.post("/calendar/move/", sent | {"to": "soon"}, headers=HTMX).status_code == 422
    assert client.post("/calendar/move/", sent | {"noun": "notes"}, headers=HTMX).status_code == 404
    denied = client_for("read-only").post("/calendar/move/", sent | {"version": "2"}, headers=HTMX)
    assert denied.status_code == 403
    assert Meeting.objects.get(pk=pk).version == 2
    hour = sent | {"version": "2", "to": "2026-03-10T14:45"}
    answer = client.post("/calendar/move/?look=week&on=2026-03-10", hour, headers=HTMX)
    assert placed(answer.content.decode(), pk) == {"h14", "q3", "t1", "u0", "n0", "of1"}
    stored.refresh_from_db()
    assert stored.starts_at.astimezone(here) == datetime(2026, 3, 10, 14, 45, tzinfo=here)
    assert stored.ends_at == stored.starts_at + timedelta(hours=1)


def placed(text: str, pk: UUID, day: str = "") -> set[str]:
    """Where an entry stands in the hours of a week."""
    before = text.partition(f'data-day="{day}" data-clock')[2] if day else text
    head = before.partition(f'data-slot="{pk}"')[0].rpartition('<li class="')[2].partition('"')[0]
    return set(head.split()) - {"cal-slot", "is-meetings"}


def test_a_week_has_hours_and_what_lasts_at_the_same_time_stands_side_by_side(owner: User, client_for: Any) -> None:
    here = ZoneInfo("America/New_York")

    def lasting(title: str, begins: tuple[int, int, int], ends: tuple[int, int, int]) -> UUID:
        first, last = (datetime(2026, 6, *one, tzinfo=here) for one in (begins, ends))
        return meeting(title, first, owner, ends_at=last.isoformat())

    long, short = lasting("Long", (10, 9, 0), (10, 11, 0)), lasting("Short", (10, 9, 30), (10, 9, 40))
    after = lasting("After", (10, 11, 0), (10, 11, 30))
    night, fair = lasting("Night", (11, 22, 0), (12, 2, 0)), lasting("Fair", (7, 12, 0), (9, 12, 0))
    crowd = [lasting(f"Crowd {n}", (13, 9, 0), (13, 10, 0)) for n in range(6)]
    text = page(client_for("owner"), "?look=week&on=2026-06-10")
    assert placed(text, long, "2026-06-10") == {"h9", "q0", "t2", "u0", "n0", "of2"}
    assert placed(text, short, "2026-06-10") == {"h9", "q2", "t0", "u2", "n1", "of2"}
    assert placed(text, after, "2026-06-10") == {"h11", "q0", "t0", "u2", "n0", "of1"}
    assert placed(text, night, "2026-06-11") == {"h22", "q0", "t2", "u0", "n0", "of1"}
    assert placed(text, night, "2026-06-12") == {"h0", "q0", "t2", "u0", "n0", "of1"}
    assert text.count(f'data-slot="{night}"') == 2
    assert text.count(f'data-slot="{fair}"') == 3  # its first afternoon, a whole day, its last morning
    whole = text.partition('data-day="2026-06-08"')[2].partition("</ol>")[0]
    assert f'data-slot="{fair}"' in whole
    assert sum(f'data-slot="{one}"' in text for one in crowd) == 3
    assert ">+3</a>" in text
    assert 'data-makes="/meetings/new/?starts_at="' in text
    made = client_for("owner").get("/meetings/new/?starts_at=2026-06-10T14:30").content.decode()
    assert 'name="starts_at" value="2026-06-10T14:30"' in made
    assert "data-makes" not in page(client_for("read-only"), "?look=week&on=2026-06-10")


def test_a_deal_is_moved_by_its_day(owner: User, client_for: Any) -> None:
    pk = record_save(Deal, EXAMPLES["sales.deal"]() | {"expected_close_on": "2026-06-20"}, actor=SYSTEM)
    sent = {"noun": "deals", "id": str(pk), "version": "1", "to": "2026-06-27"}
    assert client_for("owner").post("/calendar/move/", sent, headers=HTMX).status_code == 200
    assert Deal.objects.get(pk=pk).expected_close_on == date(2026, 6, 27)


def feed_of(client: Any) -> str:
    """The path of the person's calendar, as the profile shows it."""
    text = client.get("/calendar/feed/").content.decode()
    found = text.partition('id="feed" readonly value="')[2].partition('"')[0]
    return "/" + found.split("/", 3)[3] if found else ""


def test_another_program_reads_the_calendar_with_its_time_zone(owner: User, client_for: Any) -> None:
    here, soon = ZoneInfo("America/New_York"), timezone.now().replace(microsecond=0) + timedelta(days=3)
    title = "茶会, tasting; with \\ and a line of more than seventy-five octets that must be folded somewhere"
    pk = meeting(title, soon, owner)
    gone = meeting("Called off", soon, owner)
    Meeting.objects.filter(pk=gone).update(status="cancelled")
    day = soon.astimezone(here).date() + timedelta(days=9)
    deal = {"name": "Forty kilos", "expected_close_on": day.isoformat(), "owner": str(owner.pk)}
    record_save(Deal, EXAMPLES["sales.deal"]() | deal, actor=SYSTEM)
    CalendarFeed.objects.all().delete()
    client = client_for("owner")
    assert feed_of(client) == ""
    client.post("/calendar/feed/", {"do": "renew"})
    path, stranger = feed_of(client), client_for("owner")
    stranger.logout()
    answer = stranger.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/calendar")
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    read = Calendar.from_ical(answer.content)
    events = {str(event["summary"]): event for event in read.walk("VEVENT")}
    event = events[title]
    assert event["uid"].startswith(str(pk))
    assert event.decoded("dtstart") == soon
    assert event["dtstart"].params["TZID"] == "America/New_York"
    assert [str(zone["tzid"]) for zone in read.walk("VTIMEZONE")] == ["America/New_York"]
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=30)
    assert events["Called off"]["status"] == "CANCELLED"
    assert events["Forty kilos"].decoded("dtstart") == day
    client.post("/calendar/feed/", {"do": "renew"})
    assert stranger.get(path).status_code == 404
    path = feed_of(client)
    assert stranger.get(path).status_code == 200
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert stranger.get(path).status_code == 404
    User.objects.filter(pk=owner.pk).update(is_active=True)
    client = client_for("owner")
    client.post("/calendar/feed/", {"do": "remove"})
    assert stranger.get(path).status_code == 404
    assert not CalendarFeed.objects.filter(user=owner).exists()


def test_a_list_is_seen_by_day_with_its_filters_and_kept_as_a_view(tenant: Any, client_for: Any) -> None:
    day = timezone.localdate()
    due = timezone.now().replace(hour=12)
    for title, priority in (("Ring the bell", "high"), ("Sweep the yard", "low")):
        record_save(Task, {"title": title, "priority": priority, "due_at": due}, actor=SYSTEM)
    client = client_for("owner")
    shown = client.get("/tasks/?priority=high").content.decode()
    address = re.search(r'href="(/calendar/\?[^"]+)"', shown)
    assert address is not None
    there = unescape(address[1])
    page = client.get(there).content.decode()
    assert ("Ring the bell" in page, "Sweep the yard" in page, "filter-chip" in page) == (True, False, True)
    assert 'href="/tasks/?priority=high"' in page
    assert "Sweep the yard" in client.get(f"/calendar/?show=tasks&whose=all&on={day}").content.decode()
    assert client.get("/calendar/?show=tasks&whose=all&colour=red").status_code == 400
    form = {"name": "Loud tasks", "sharing": "private", "icon": "star", "colour": "red", "look": "calendar"}
    saved = client.post("/tasks/views/new/?priority=high&as=calendar", form)
    assert saved.status_code == 302, saved.content.decode()[-800:]
    assert "/calendar/?show=tasks" in saved["Location"]
    opened = client.get(saved["Location"]).content.decode()
    assert ("Ring the bell" in opened, "Sweep the yard" in opened) == (True, False)
