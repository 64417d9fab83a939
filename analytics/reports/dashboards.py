"""Dashboards: who sees which, what stands on one and how wide, and the one that is there from the first day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from analytics.models import Dashboard, DashboardPlace
from analytics.reports.keeping import (
    Opened,
    judge_name,
    may_change,
    note,
    opened_ready,
    opened_saved,
    report_open,
    reports_open,
    uuid_read,
)
from analytics.reports.ready import DEAL, READY, SALES, SHOP
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import visible
from crm.core.registry import registry
from crm.core.sharing import Sharing, owner_of, shared_with

READY_KEY, MOST_PLACES = "sales", 24
WIDTHS = (3, 4, 6, 8, 12)


@dataclass(frozen=True)
class Placed:
    """A report on a dashboard."""

    opened: Opened
    width: int
    place: int = 0  # the row of a stored place


@dataclass(frozen=True)
class Board:
    """A dashboard as it is read: stored, or the one of the first day."""

    key: str
    name: str
    placed: Sequence[Placed]
    stored: Dashboard | None = None
    may_change: bool = False


def boards_visible(actor: Actor) -> list[Dashboard]:
    """One's own first, then those of others."""
    found = Dashboard.objects.filter(shared_with(actor))
    return sorted(found, key=lambda one: (one.owner_id != actor.person, one.name.casefold()))


def board_open(key: str, *, actor: Actor) -> Board:
    """The dashboard of that key; reports that the actor may not read are left out."""
    if key == READY_KEY:
        return Board(key, _("Sales"), ready_placed(actor))
    stored = board_stored(key, actor)
    known = {one.pk: one for one in reports_open(actor)}
    found = []
    for place in stored.places.order_by("position", "pk"):
        if place.ready in READY:
            opened = opened_ready(place.ready)
            if actor.may(opened.noun.permission("view")):
                found.append(Placed(opened, place.width, place.pk))
        elif place.report_id in known:
            found.append(Placed(opened_saved(known[place.report_id]), place.width, place.pk))
    return Board(key, stored.name, found, stored, may_change(stored, actor))


def ready_placed(actor: Actor) -> list[Placed]:
    """What the dashboard of the first day shows the actor; of deals only where there are any."""
    deals = registry[DEAL]
    has_deals = actor.may(deals.permission("view")) and visible(deals.model, actor).exists()
    placed = [Placed(opened_ready(name), width) for name, width in (SALES if has_deals else SHOP)]
    return [one for one in placed if actor.may(one.opened.noun.permission("view"))]


def board_stored(key: str, actor: Actor) -> Dashboard:
    """A stored dashboard that the actor sees."""
    pk = uuid_read(key)
    stored = Dashboard.objects.filter(shared_with(actor), pk=pk).first() if pk else None
    if stored is None:
        raise CrmError("not_found", _("There is no such dashboard."), status=404)
    return stored


def board_own(key: str, actor: Actor) -> Dashboard:
    """A stored dashboard that the actor may change, locked: two who move things wait for each other."""
    stored = board_stored(key, actor)
    if not may_change(stored, actor):
        raise CrmError("forbidden", _("Only whoever made this dashboard may change it."), status=403)
    return Dashboard.objects.select_for_update().get(pk=stored.pk)


def board_save(name: str, sharing: str, *, actor: Actor, key: str = "", like: str = "") -> Dashboard:
    """Make a dashboard (a copy of one, where `like` names it), or give it another name and other readers."""
    with transaction.atomic():
        stored = board_own(key, actor) if key else Dashboard(owner_id=owner_of(actor))
        is_new = stored._state.adding
        stored.name = name
        stored.sharing = Sharing.EVERYONE if stored.owner_id is None else sharing or Sharing.PRIVATE
        judge_name(stored, actor)
        stored.save()
        if is_new and like:
            for at, one in enumerate(board_open(like, actor=actor).placed):
                place_of(stored, one.opened, at, one.width).save()
        note(stored, "created" if is_new else "changed", actor)
    return stored


def place_of(stored: Dashboard, opened: Opened, at: int, width: int) -> DashboardPlace:
    """A place for a report."""
    ready = "" if opened.saved else opened.key
    return DashboardPlace(dashboard=stored, report=opened.saved, ready=ready, position=at, width=width)


def board_delete(key: str, *, actor: Actor) -> None:
    """Forget a dashboard; its reports stay."""
    with transaction.atomic():
        stored = board_own(key, actor)
        note(stored, "deleted", actor)
        stored.delete()


def report_place(key: str, report: str, *, actor: Actor) -> None:
    """Put a report on a dashboard, after those that are there."""
    with transaction.atomic():
        stored = board_own(key, actor)
        opened = report_open(report, actor=actor)
        n = stored.places.count()
        if n >= MOST_PLACES:
            raise CrmError("too_many", _("A dashboard holds at most %(n)s reports.") % {"n": MOST_PLACES}, status=422)
        place_of(stored, opened, n, 3 if opened.chart == "number" else 6).save()
        note(stored, "changed", actor)


def places_set(key: str, wanted: Any, *, actor: Actor) -> None:
    """Put these reports on a dashboard, in this order, and no others: [{"report": …, "width": 6}]."""
    if not isinstance(wanted, list) or len(wanted) > MOST_PLACES:
        text = _("Takes a list of at most %(limit)s values.") % {"limit": MOST_PLACES}
        raise CrmError("bad_value", text, field="places")
    with transaction.atomic():
        stored = board_own(key, actor)
        stored.places.all().delete()
        DashboardPlace.objects.bulk_create(place_read(stored, one, at, actor) for at, one in enumerate(wanted))
        note(stored, "changed", actor)


def place_read(stored: Dashboard, wanted: Any, at: int, actor: Actor) -> DashboardPlace:
    """One place as a program writes it."""
    if not isinstance(wanted, dict) or not isinstance(wanted.get("report"), str) or wanted.keys() - {"report", "width"}:
        raise CrmError("bad_value", _("A place has a report and perhaps a width."), field="places")
    width = wanted.get("width", WIDTHS[2])
    if type(width) is not int or width not in WIDTHS:
        raise CrmError("bad_value", _("There is no such width."), field="width", allowed=list(WIDTHS))
    return place_of(stored, report_open(wanted["report"], actor=actor), at, width)


def places_order(key: str, order: Sequence[int], *, actor: Actor) -> None:
    """Put the reports in this order; those that are not named come after them."""
    with transaction.atomic():
        stored = board_own(key, actor)
        places = {one.pk: one for one in stored.places.order_by("position", "pk")}
        wanted = [pk for pk in dict.fromkeys(order) if pk in places]
        for at, pk in enumerate([*wanted, *(pk for pk in places if pk not in wanted)]):
            places[pk].position = at
        DashboardPlace.objects.bulk_update(places.values(), ["position"])
        note(stored, "changed", actor)


def place_change(key: str, place: int, *, actor: Actor, width: int = 0, is_dropped: bool = False) -> None:
    """Make a report wider or narrower, or take it away."""
    with transaction.atomic():
        stored = board_own(key, actor)
        found = stored.places.filter(pk=place).first()
        if found is None:
            raise CrmError("not_found", _("There is no such report."), status=404)
        if is_dropped:
            found.delete()
        elif width in WIDTHS:
            found.width = width
            found.save()
        else:
            raise CrmError("bad_value", _("There is no such width."), field="width", allowed=list(WIDTHS))
        note(stored, "changed", actor)
