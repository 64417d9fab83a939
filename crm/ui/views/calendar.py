"""The calendar: month, week and agenda over every noun that has a day, and a feed of it for other programs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from babel.core import Locale
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.core.calendars import Slot, calendars, is_aside, may_move, slot_move, slots_read
from crm.core.errors import CrmError
from crm.core.reading import list_query
from crm.core.registry import Resource, registry
from crm.team.models import User
from crm.ui.cells import babel_locale
from crm.ui.conditions import NOT_FILTERS
from crm.ui.feeds import feed_address, feed_change, feed_find, feed_text
from crm.ui.filters import Chip, chips_of
from crm.ui.hours import week_of
from crm.ui.pages import PageRequest, go, page, part, show, toast_later
from crm.ui.views.boards import key_uuid, said
from crm.ui.views.forms import version_of

LOOKS = ("month", "week", "agenda")
OWN = frozenset({"look", "on", "show", "whose", "csrfmiddlewaretoken"})
AGENDA_DAYS, MOST_A_DAY = 30, 4
FIRST_YEAR, LAST_YEAR = 1970, 2200


@dataclass(frozen=True)
class Day:
    """One day of the calendar."""

    day: date
    slots: list[Slot]
    is_now: bool
    is_beside: bool  # of another month

    @property
    def shown(self) -> list[Slot]:
        """The first of them."""
        return self.slots[:MOST_A_DAY]

    @property
    def rest(self) -> int:
        """How many more there are."""
        return max(0, len(self.slots) - MOST_A_DAY)


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see."""

    look: str
    on: date
    nouns: list[Resource]
    is_mine: bool
    filters: tuple[tuple[str, str], ...] = ()  # of the list whose look it is: of one noun only

    @property
    def noun(self) -> Resource | None:
        """The noun whose list is seen by day."""
        return self.nouns[0] if len(self.nouns) == 1 else None

    def query(self, **other: Any) -> str:
        """The address of this look, or of one beside it."""
        asked = replace(self, **other)
        pairs = [("look", asked.look), ("on", asked.on.isoformat())]
        pairs += [("show", noun.slug) for noun in asked.nouns] + ([] if asked.is_mine else [("whose", "all")])
        return "?" + urlencode([*pairs, *asked.filters])


def asked_of(request: PageRequest) -> Asked:
    """Read the address; what makes no sense is as if nothing had been said."""
    known = calendars(request.actor)
    data = request.GET
    look = data.get("look", "")
    chosen = [noun for noun in known if noun.slug in data.getlist("show")]
    chosen = chosen or [noun for noun in known if not is_aside(noun)]
    try:
        on = date.fromisoformat(data.get("on", ""))
    except ValueError:
        on = timezone.localdate()
    on = on if FIRST_YEAR <= on.year <= LAST_YEAR else timezone.localdate()
    names = [name for name in data if name in ("search", "where") or name not in NOT_FILTERS | OWN]
    filters = tuple((name, str(data[name])) for name in names if data[name]) if len(chosen) == 1 else ()
    return Asked(look if look in LOOKS else "month", on, chosen, data.get("whose") != "all", filters)


def span(asked: Asked) -> tuple[date, date]:
    """The first day that is shown, and the day after the last."""
    if asked.look == "agenda":
        return asked.on, asked.on + timedelta(days=AGENDA_DAYS)
    starts_on = Locale.parse(babel_locale(get_language() or "en")).first_week_day
    first = asked.on if asked.look == "week" else asked.on.replace(day=1)
    first -= timedelta(days=(first.weekday() - starts_on) % 7)
    if asked.look == "week":
        return first, first + timedelta(days=7)
    last = (asked.on.replace(day=1) + timedelta(days=31)).replace(day=1)
    return first, last + timedelta(days=(starts_on - last.weekday()) % 7)


def beside(asked: Asked) -> tuple[date, date]:
    """Where the arrows lead."""
    if asked.look == "month":
        first = asked.on.replace(day=1)
        return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=31)).replace(day=1)
    step = timedelta(days=7 if asked.look == "week" else AGENDA_DAYS)
    return asked.on - step, asked.on + step


def context_of(request: PageRequest, asked: Asked) -> dict[str, Any]:
    """The days with what stands in them."""
    first, end = span(asked)
    mine = (request.user.pk, (request.user.email or "").lower()) if asked.is_mine else None
    noun, chosen = asked.noun, None
    if noun and asked.filters:
        chosen = list_query(noun, dict(asked.filters), actor=request.actor, fields=[noun.title]).rows
    slots = slots_read(asked.nouns, first, end, request.actor, whose=mine, chosen=chosen)
    by_day: dict[date, list[Slot]] = {}
    for slot in slots:
        by_day.setdefault(max(slot.day, first), []).append(slot)
    today = timezone.localdate()
    days = [first + timedelta(days=n) for n in range((end - first).days)]
    shown = [
        Day(day, by_day.get(day, []), day == today, asked.look == "month" and day.month != asked.on.month)
        for day in days
    ]
    if asked.look == "agenda":
        shown = [one for one in shown if one.slots]
    before, after = beside(asked)
    known = calendars(request.actor)
    return {
        "asked": asked,
        "days": shown,
        "heads": shown[:7],
        **(hours_of(request, asked, slots, days) if asked.look == "week" else {}),
        "chips": chips_in(request, noun) if noun and asked.filters else [],
        "list_query": urlencode(asked.filters),
        "title": title_of(asked, first, end),
        "before": asked.query(on=before),
        "after": asked.query(on=after),
        "today": asked.query(on=today),
        "looks": [(name, text, asked.query(look=name)) for name, text in zip(LOOKS, look_names(), strict=True)],
        "nouns": [(noun, noun in asked.nouns) for noun in known if not is_aside(noun)],
        "asides": [(noun, noun in asked.nouns) for noun in known if is_aside(noun)],
        "creatable": [noun for noun in known if request.actor.may(noun.permission("add")) and noun.composer],
        "may_move": {noun.slug for noun in known if may_move(noun, request.actor)},
        "address": asked.query(),
    }


def hours_of(request: PageRequest, asked: Asked, slots: list[Slot], days: list[date]) -> dict[str, Any]:
    """A week by its hours, with the addresses of its days for who sees one at a time, and of what lasts to be made."""
    week = [(column, asked.query(on=column.day)) for column in week_of(slots, days, asked.on)]
    lasting = next((one for one in asked.nouns if lasts(one) and request.actor.may(one.permission("add"))), None)
    begins = lasting.calendar.begins if lasting and lasting.calendar else ""
    makes = f"{reverse('ui:new', args=[lasting])}?{begins}=" if begins else ""
    return {"week": week, "hours": [time(hour) for hour in range(24)], "makes": makes, "lasting": lasting}


def lasts(noun: Resource) -> bool:
    """Whether its records have an end."""
    return bool(noun.calendar and noun.calendar.ends)


def chips_in(request: PageRequest, noun: Resource) -> list[Chip]:
    """The filters in force."""
    params = {name: str(value) for name, value in request.GET.items() if value}
    return chips_of(noun, params, actor=request.actor, language=get_language() or "en", is_whole=True)


def look_names() -> tuple[str, str, str]:
    """The looks as people call them."""
    return _("Month"), _("Week"), pgettext("calendar", "Agenda")


def title_of(asked: Asked, first: date, end: date) -> str:
    """What is shown, in words."""
    if asked.look == "month":
        return date_format(asked.on, "YEAR_MONTH_FORMAT")
    return f"{date_format(first, 'DATE_FORMAT')} – {date_format(end - timedelta(days=1), 'DATE_FORMAT')}"


@require_GET
@page
def calendar(request: PageRequest) -> HttpResponse:
    """The page; asked by HTMX only its days."""
    context = context_of(request, asked_of(request))
    if request.htmx and not request.htmx.boosted:
        return part(request, "ui/calendar/days.html", context)
    return show(request, "ui/calendar/calendar.html", context)


def whither(text: str) -> date:
    """The day that an entry is put on, or the moment that it is to begin at."""
    try:
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError as error:
        raise CrmError("bad_value", _("There is no such day."), status=422) from error


@require_POST
@page
def move(request: PageRequest) -> HttpResponse:
    """Put a record on another day, or at another hour; answers with the days as they are now."""
    noun = registry.by_slug(str(request.POST.get("noun", "")))
    to = whither(str(request.POST.get("to", "")))
    if noun is None or noun not in calendars(request.actor) or not FIRST_YEAR <= to.year <= LAST_YEAR:
        raise CrmError("not_found", _("There is no such record."), status=404)
    record_id = key_uuid(str(request.POST.get("id", "")))
    try:
        slot_move(noun, record_id, to, actor=request.actor, version=version_of(request))
    except CrmError as refusal:
        raise said(refusal) from refusal
    return part(request, "ui/calendar/days.html", context_of(request, asked_of(request)))


# For other programs


@require_http_methods(["GET", "POST"])
@page
def feed_settings(request: PageRequest) -> HttpResponse:
    """GET shows one's calendar's address; POST gives it one, a new one, or none."""
    if request.method == "GET":
        return part(request, "ui/calendar/feed.html", {"feed": feed_shown(request, request.user)})
    feed_change(request.user, str(request.POST.get("do", "")))
    toast_later(request, _("Saved."))
    return go(request, reverse("ui:profile"))


@require_GET
def feed(request: HttpRequest, record_id: UUID, token: str) -> HttpResponse:
    """A person's calendar for another program; the address itself is the proof."""
    user = feed_find(record_id, token)
    if user is None:
        return HttpResponse(status=404)
    return HttpResponse(
        feed_text(user, request.build_absolute_uri),
        content_type="text/calendar; charset=utf-8",
        headers={"Cache-Control": "no-store, private", "Content-Disposition": 'inline; filename="kith.ics"'},
    )


def feed_shown(request: PageRequest, user: User) -> str:
    """The address of one's own calendar, where there is one."""
    path = feed_address(user)
    return request.build_absolute_uri(path) if path else ""
