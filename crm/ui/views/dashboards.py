"""Dashboards: a grid of reports under one choice of days and people, put in order by drag and by keyboard."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from analytics.reports.dashboards import (
    READY_KEY,
    WIDTHS,
    Board,
    board_delete,
    board_open,
    board_save,
    boards_visible,
    place_change,
    places_order,
    report_place,
)
from analytics.reports.keeping import ready_open, reports_open
from analytics.reports.narrowing import BETWEEN, PERIODS, days_of
from crm.core.errors import CrmError
from crm.core.sharing import Sharing
from crm.ui.conditions import uuid_of
from crm.ui.dashboard_mail import mail_choose, mail_chosen
from crm.ui.models import DashboardMail
from crm.ui.pages import PageRequest, go, page, part, show, toast_later
from crm.ui.people import USER, titles_of

FIRST_PERIOD, OWN_DAYS = "12m", "between"


@require_GET
@page
def dashboards(request: PageRequest) -> HttpResponse:
    """The first of one's own, else the one that is there from the first day."""
    own = [one for one in boards_visible(request.actor) if one.owner_id == request.actor.person]
    return HttpResponseRedirect(reverse("ui:dashboard", args=[own[0].pk if own else READY_KEY]))


@require_GET
@page
def dashboard(request: PageRequest, dashboard: str) -> HttpResponse:
    """One dashboard; its reports come right after the page, each by itself."""
    board, actor = board_open(dashboard, actor=request.actor), request.actor
    period, owner = period_asked(request), str(request.GET.get("owner", ""))
    days = days_of(period)
    pk = uuid_of(owner)
    if owner not in ("", "me") and pk is None:
        raise CrmError("bad_value", _("There is no such person."), field="owner")
    is_edited = board.may_change and "edit" in request.GET
    context = {
        "board": board,
        "tabs": [(str(one.pk), one.name) for one in boards_visible(actor)] + [(READY_KEY, _("Sales"))],
        "periods": PERIODS,
        "period": period,
        "days": days if BETWEEN.match(period) else None,
        "owner": owner,
        "owner_title": titles_of([(USER, pk)], actor).get(pk, "") if pk else "",
        "is_edited": is_edited,
        "offered": offered(request) if is_edited else [],
    }
    if request.htmx and not request.htmx.boosted:
        return part(request, "ui/dashboards/grid.html", context)
    return show(request, "ui/dashboards/dashboard.html", context)


def period_asked(request: PageRequest) -> str:
    """The period that is chosen; of a day to a day that is not yet said whole, the first there is."""
    period, ends = str(request.GET.get("period", "")), [str(request.GET.get(name, "")) for name in ("first", "last")]
    if period != OWN_DAYS:
        return period or FIRST_PERIOD
    return "..".join(ends) if all(ends) else FIRST_PERIOD


def offered(request: PageRequest) -> list[tuple[str, list[tuple[str, str]]]]:
    """The reports that may be put on a dashboard."""
    saved = [(str(one.pk), one.name) for one in reports_open(request.actor)]
    ready = [(one.key, one.name) for one in ready_open(request.actor)]
    return [(label, found) for label, found in ((_("Saved reports"), saved), (_("Ready reports"), ready)) if found]


@require_POST
@page
def dashboard_do(request: PageRequest, dashboard: str) -> HttpResponse:
    """Add, move, widen or take away a report; delete the dashboard."""
    actor, deed = request.actor, str(request.POST.get("do", ""))
    there = reverse("ui:dashboard", args=[dashboard])
    if deed == "delete":
        board_delete(dashboard, actor=actor)
        toast_later(request, _("Dashboard deleted."))
        return go(request, reverse("ui:dashboards"))
    if deed == "order":
        places_order(dashboard, [number_of(one) for one in request.POST.getlist("place")], actor=actor)
        return HttpResponse(status=204)
    if deed == "add":
        report_place(dashboard, str(request.POST.get("report", "")), actor=actor)
    elif deed in ("wider", "narrower", "drop"):
        change(request, board_open(dashboard, actor=actor), deed)
    else:
        raise CrmError("not_found", _("There is no such action."), status=404)
    return go(request, f"{there}?edit=1")


def change(request: PageRequest, board: Board, deed: str) -> None:
    """Another width for one place, or none."""
    place = number_of(request.POST.get("place", ""))
    now = next((one.width for one in board.placed if one.place == place), WIDTHS[2])
    by = {"wider": 1, "narrower": -1}.get(deed, 0)
    width = WIDTHS[max(0, min(len(WIDTHS) - 1, WIDTHS.index(now) + by))] if now in WIDTHS else WIDTHS[2]
    place_change(board.key, place, actor=request.actor, width=width, is_dropped=deed == "drop")


def number_of(text: Any) -> int:
    """The number of a place."""
    if not str(text).isascii() or not str(text).isdecimal() or len(str(text)) > 18:
        raise CrmError("bad_value", _("There is no such report."), status=404)
    return int(text)


@require_http_methods(["GET", "POST"])
@page
def dashboard_mail(request: PageRequest, dashboard: str) -> HttpResponse:
    """How often the reader wants this dashboard by mail."""
    board = board_open(dashboard, actor=request.actor)
    if request.method == "POST":
        every = str(request.POST.get("every", ""))
        mail_choose(dashboard, every, actor=request.actor)
        toast_later(request, _("It comes by mail.") if every else _("It no longer comes by mail."))
        return go(request, reverse("ui:dashboard", args=[dashboard]))
    choices = [("", _("Never")), *DashboardMail.Every.choices]
    context = {
        "board": board,
        "choices": choices,
        "chosen": mail_chosen(dashboard, request.actor),
        "has_mail": settings.HAS_MAIL,
    }
    return part(request, "ui/dashboards/mail.html", context)


@require_http_methods(["GET", "POST"])
@page
def dashboard_name(request: PageRequest, dashboard: str) -> HttpResponse:
    """A new dashboard (`new`), a copy of one, or another name and other readers for one's own."""
    board = board_open(dashboard, actor=request.actor) if dashboard != "new" else None
    is_copy = "copy" in request.GET or board is None or not board.may_change
    given = {name: str(request.POST.get(name, "")).replace("\x00", "") for name in ("name", "sharing")}
    problem = ""
    if request.method == "POST":
        key, like = ("", dashboard if board else "") if is_copy else (dashboard, "")
        try:
            stored = board_save(given["name"], given["sharing"], actor=request.actor, key=key, like=like)
        except CrmError as refusal:
            problem = str(refusal.message)
        else:
            return go(request, f"{reverse('ui:dashboard', args=[stored.pk])}?edit=1")
    context = {
        "board": board,
        "key": dashboard,
        "is_copy": is_copy,
        "sharings": Sharing.choices,
        "name": given["name"] or (board.name if board else ""),
        "sharing": given["sharing"] or (board.stored.sharing if board and board.stored else Sharing.PRIVATE),
        "problem": problem,
    }
    if request.htmx:
        return part(request, "ui/dashboards/name.html", context)
    return show(request, "ui/dashboards/name_page.html", context, status=422 if problem else 200)
