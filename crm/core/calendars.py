"""Records by day: of every noun that says when it begins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Value
from django.utils import timezone

from crm.core.actors import Actor
from crm.core.cleaning import json_value
from crm.core.errors import CrmError
from crm.core.permissions import is_hidden, permit, visible, writable
from crm.core.registry import Calendar, Resource, registry
from crm.core.rows import is_kept, may_name, title_of, title_within
from crm.core.samples import listed
from crm.core.services import record_save
from crm.core.verbs import verb_run

Person = tuple[UUID, str]  # whoever owns a record, or takes part by this address
LONGEST = timedelta(days=31)  # what lasts longer is shown from its beginning only
ALWAYS = ("pk", "version", "owner", "updated_at", "is_sample", "about_slot")
MOST = 500  # of one noun at once


@dataclass(frozen=True)
class Slot:
    """One record in a calendar."""

    resource: Resource
    id: UUID
    version: int
    title: str
    begins: datetime
    ends: datetime | None
    is_whole_day: bool
    owner: UUID | None
    state: str
    updated_at: datetime
    is_sample: bool

    @property
    def day(self) -> date:
        """The day it stands at, where its reader is."""
        return timezone.localtime(self.begins).date()

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do about it."""
        calendar = self.resource.calendar
        return bool(calendar and self.state and self.state in calendar.over)


def calendars(actor: Actor) -> list[Resource]:
    """The nouns that stand in the calendar and that the actor may see: those of everybody's day first."""
    seen = [
        one for one in registry
        if one.calendar and actor.may(one.permission("view")) and not is_hidden(one, one.calendar.begins, actor)
    ]  # fmt: skip
    return sorted(seen, key=is_aside)


def is_aside(noun: Resource) -> bool:
    """Whether a noun stands in the calendar of everything only for who asks for it."""
    return bool(noun.calendar and noun.calendar.is_aside)


def may_move(noun: Resource, actor: Actor) -> bool:
    """Whether the actor may put records of the noun on other days: a day that follows from others cannot be set."""
    calendar = noun.calendar
    if calendar is None or not actor.may(noun.permission(calendar.verb or "change")):
        return False
    return bool(calendar.verb) or calendar.begins in {one.name for one in writable(noun, actor)}


def moment(day: date) -> datetime:
    """The beginning of a day, where its reader is."""
    return timezone.make_aware(datetime.combine(day, time.min))


def slots_read(
    nouns: Iterable[Resource],
    first: date,
    end: date,
    actor: Actor,
    *,
    whose: Person | None = None,
    chosen: QuerySet[Any] | None = None,
) -> list[Slot]:
    """What begins, or still lasts, from one day until before another; of one person only, where `whose` says so; of
    one noun only `chosen` rows, where they are given."""
    found = [slot for noun in nouns for slot in slots_of(noun, (first, end), actor, whose, chosen)]
    return sorted(found, key=lambda one: (one.begins, str(one.title), one.id))


def slots_of(
    noun: Resource, days: tuple[date, date], actor: Actor, whose: Person | None, chosen: QuerySet[Any] | None = None
) -> Iterator[Slot]:
    """The records of one noun: an index range by their beginning."""
    calendar, (first, end) = noun.calendar, days
    if calendar is None:
        return
    permit(actor, noun.permission("view"))
    is_day = noun.specs[calendar.begins].kind == "date"
    low: Any = first if is_day else moment(first)
    high: Any = end if is_day else moment(end)
    where = Q(**{f"{calendar.begins}__lt": high})
    if calendar.ends:
        where &= Q(**{f"{calendar.begins}__gte": low - LONGEST}) & Q(**{f"{calendar.ends}__gt": low})
    else:
        where &= Q(**{f"{calendar.begins}__gte": low})
    if whose is not None:
        own, address = Q(owner=whose[0]), whose[1]
        where &= own | Q(**{f"{noun.addressed}__contains": [address]}) if noun.addressed and address else own
    names = {"begins": calendar.begins, "ends": calendar.ends, "state": calendar.state, "title": noun.title}
    shown = {key: name for key, name in names.items() if name and not is_hidden(noun, name, actor)}
    among = listed(noun.model, actor) if chosen is None else chosen
    rows = among.filter(where).order_by(calendar.begins, "pk").annotate(about_slot=about_of(noun, actor))
    for row in rows.values(*ALWAYS, *set(shown.values()))[:MOST]:
        yield slot_of(noun, row, shown, is_day=is_day)


def about_of(noun: Resource, actor: Actor) -> Any:
    """What the record is called that stands beside the title: nothing where the actor may not know it."""
    name = noun.calendar.about if noun.calendar else ""
    label = noun.links.get(name, "")
    if not label or is_hidden(noun, name, actor) or not may_name(label, actor):
        return Value("")
    return title_within(name, label, actor) if is_kept(label, actor) else F(f"{name}__{title_of(label)}")


def slot_of(noun: Resource, row: dict[str, Any], shown: dict[str, str], *, is_day: bool) -> Slot:
    """One row as a slot."""
    given = {key: row[name] for key, name in shown.items()}
    begins, ends = given["begins"], given.get("ends")
    title = " · ".join(str(one) for one in (given.get("title") or "—", row["about_slot"]) if one)
    return Slot(
        noun, row["pk"], row["version"], title, moment(begins) if is_day else begins,
        ends if isinstance(ends, datetime) else None, is_day, row["owner"], str(given.get("state") or ""),
        row["updated_at"], row["is_sample"],
    )  # fmt: skip


def slot_move(noun: Resource, id: UUID, to: date, *, actor: Actor, version: int | None) -> None:
    """Put a record on another day, at its own time of day unless a moment is given, and as long as before."""
    calendar = noun.calendar
    if calendar is None:
        raise CrmError("not_found", "", status=404)
    row = visible(noun.model, actor).filter(pk=id).values(*filter(None, (calendar.begins, calendar.ends))).first()
    if row is None or row[calendar.begins] is None:
        raise CrmError("not_found", "", status=404)
    values = moved(calendar, row, to)
    if calendar.verb:
        verb_run(noun, calendar.verb, id, actor=actor, inputs=values, version=version)
    else:
        record_save(noun.model, values, actor=actor, id=id, version=version)


def moved(calendar: Calendar, row: dict[str, Any], to: date) -> dict[str, Any]:
    """Its beginning and end on the other day; over a change of clocks it keeps its time on the wall."""
    begins = row[calendar.begins]
    if not isinstance(begins, datetime):
        return {calendar.begins: (to.date() if isinstance(to, datetime) else to).isoformat()}
    clock = to if isinstance(to, datetime) else timezone.localtime(begins)
    there = timezone.make_aware(datetime.combine(to, clock.time().replace(tzinfo=None)))
    values = {calendar.begins: json_value(there)}
    if calendar.ends and row[calendar.ends]:
        values[calendar.ends] = json_value(there + (row[calendar.ends] - begins))
    return values
