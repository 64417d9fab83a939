"""Reports: those that are kept, the builder over any noun, files, and the answer as a tile of a dashboard."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from analytics.reports.answering import Answer, report_answer
from analytics.reports.asking import noun_of, part_of, report_read
from analytics.reports.dashboards import boards_visible, report_place
from analytics.reports.keeping import (
    Opened,
    may_change,
    ready_open,
    report_delete,
    report_open,
    report_save,
    reports_open,
)
from analytics.reports.narrowing import ALL, days_of, finer, narrowed, reaches_back
from analytics.reports.offering import links_of
from analytics.reports.tables import table_of
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.sharing import Sharing
from crm.exchange.exporting.writing import csv_text
from crm.ui.charts.series import picture_of
from crm.ui.charts.shapes import drawings
from crm.ui.figures_shown import address, rows_shown, value_text
from crm.ui.pages import PageRequest, go, page, part, show, toast_later
from crm.ui.reporting import CHART_ICONS, NAMES, NEW, form_of, is_asked, nouns_offered, opened_of, query_of

BOM = "\ufeff"
PAGE_NAMES = frozenset({"edit", "format", "csrfmiddlewaretoken"})


@require_GET
@page
def reports(request: PageRequest) -> HttpResponse:
    """All reports that the reader can open."""
    actor = request.actor
    saved = reports_open(actor)
    mine = [one for one in saved if one.owner_id == actor.person]
    team = [one for one in saved if one not in mine and one.sharing == Sharing.TEAM]
    rest = [one for one in saved if one not in mine and one not in team]
    sections = [(_("Mine"), mine), (_("My team's"), team), (_("Everyone's"), rest)]
    context = {
        "sections": [(label, [line_of(one) for one in found]) for label, found in sections if found],
        "ready": [(one.key, one.name, one.noun, CHART_ICONS[one.chart], one.chart) for one in ready_open(actor)],
        "may_make": bool(nouns_offered(actor)),
    }
    return show(request, "ui/reports/index.html", context)


def line_of(saved: Any) -> tuple[Any, Any, str]:
    """A saved report in the list, the noun it is about, the icon of its chart."""
    opened = Opened(str(saved.pk), saved.name, saved.chart, saved.day, saved.definition, saved)
    return saved, opened.noun, CHART_ICONS[saved.chart]


def opened_by(request: PageRequest, key: str, data: Any) -> Opened:
    """The report of an address: as it is kept, or as the form was changed."""
    base = report_open(key, actor=request.actor) if key != NEW else None
    if strange := sorted(name for name in data if name not in NAMES | PAGE_NAMES and not name.startswith("w-")):
        text = _("There is no parameter %(name)s.") % {"name": strange[0][:80]}
        raise CrmError("unknown_parameter", text, field=strange[0][:80])
    if base is None and set(data) <= {"object", *PAGE_NAMES}:
        return first_of(request.actor, str(data.get("object", "")))
    return opened_of(data, base) if is_asked(data) or base is None else base


def first_of(actor: Actor, slug: str) -> Opened:
    """What the builder begins with: how many there are of a noun, by how they stand or when they came."""
    slug, _dot, name = slug.partition(".")
    nouns = [noun_of(slug)] if slug else nouns_offered(actor)
    if not nouns:
        raise CrmError("forbidden", _("There is nothing that you may see."), status=403)
    noun = next((one for one in nouns if one.slug == "deals"), nouns[0])
    if (part := part_of(noun, name, actor)) is not None:
        rows = [{"field": f"{part.name}.{one.name}"} for one in links_of(part)[:1]]
        return Opened(NEW, "", "bar", "", {"object": noun.label, "part": name, "rows": rows})
    rows = [{"field": "status"}] if "status" in noun.specs else [{"field": "created_at", "by": "month"}]
    return Opened(NEW, "", "bar", "", {"object": noun.label, "rows": rows, "measures": [{"of": "count"}]})


@require_GET
@page
def report(request: PageRequest, report: str) -> HttpResponse:
    """One report: the answer as chart and table, and the form that it is made by."""
    opened = opened_by(request, report, request.GET)
    if request.GET.get("format") == "csv":
        return as_file(opened, request.actor)
    context = {"opened": opened, **answered(opened, request)}
    if request.htmx and not request.htmx.boosted:
        body = render_to_string("ui/reports/answer.html", {"actor": request.actor, **context}, request)
        controls = {"form": form_of(opened, request.actor), "opened": opened, "is_again": True}
        response = HttpResponse(body + render_to_string("ui/reports/controls.html", controls, request))
        response.headers["HX-Push-Url"] = f"{request.path}?{query_of(opened)}&edit=1"
        return response
    base = report_open(report, actor=request.actor) if report != NEW else None
    context |= {
        "form": form_of(opened, request.actor),
        "is_edited": report == NEW or "edit" in request.GET,
        "is_changed": base is not None and query_of(opened) != query_of(base),
        "may_change": bool(opened.saved and may_change(opened.saved, request.actor)),
    }
    return show(request, "ui/reports/report.html", context, status=context.get("status", 200))


def answered(opened: Opened, request: PageRequest) -> dict[str, Any]:
    """The answer, or why there is none: a form that is half filled in is no error of the page."""
    try:
        answer = report_answer(report_read(opened.definition, actor=request.actor))
    except CrmError as refusal:
        if refusal.status == 403 or not is_asked(request.GET):
            raise
        return {"problem": str(refusal.message), "query": query_of(opened), "status": refusal.status}
    return {**told(answer, opened, request.actor), "query": query_of(opened)}


def told(answer: Answer, opened: Opened, actor: Actor) -> dict[str, Any]:
    """Chart, table and number of an answer."""
    table, picture = table_of(answer), picture_of(answer, opened.chart, actor)
    measure = answer.report.measures[0]
    cell = answer.total.total[measure.name]
    return {
        "table": table,
        "rows": rows_shown(table, actor),
        "picture": picture,
        "drawings": drawings(picture) if picture and not picture.is_empty else [],
        "number": None if answer.report.rows and opened.chart != "number" else value_text(measure.kind, cell.value),
        "number_href": address(cell.behind, actor),
        "measure": measure,
        "is_sample": answer.is_sample,
    }


def as_file(opened: Opened, actor: Actor) -> HttpResponse:
    """The table as a file; no cell is a formula."""
    permit(actor, opened.noun.permission("export"))
    answer = report_answer(report_read(opened.definition, actor=actor))
    table = table_of(answer)
    head = [" / ".join(one.label for one in answer.report.rows), *(str(one.label) for one in table.columns)]
    lines = [
        ["\u2003" * line.depth + line.title, *(plain(line.cells[one.name].value) for one in table.columns)]
        for line in table.lines
    ]
    response = HttpResponse(BOM + csv_text([head, *lines]), content_type="text/csv; charset=utf-8")
    name = f"{opened.name or opened.noun.name_plural}.csv"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


def plain(value: Any) -> str | None:
    """A number for a spreadsheet."""
    return None if value is None else format(value, "f") if hasattr(value, "as_tuple") else str(value)


@require_GET
@page
def tile(request: PageRequest, report: str) -> HttpResponse:
    """A report on a dashboard, of the days and the people that its filters say."""
    opened, actor = report_open(report, actor=request.actor), request.actor
    days, owner = days_of(str(request.GET.get("period", "")) or ALL), str(request.GET.get("owner", ""))
    answer = report_answer(report_read(narrowed(finer(opened, days), days, owner, actor), actor=actor))
    context = {"opened": opened, "is_tile": True, **told(answer, opened, actor)}
    if context["number"] is not None and days and opened.day and reaches_back(opened, days.before, actor):
        before = report_answer(report_read(narrowed(opened, days.before, owner, actor), actor=actor))
        context["change"] = change_of(answer, before)
    return part(request, "ui/reports/answer.html", context)


def change_of(answer: Answer, before: Answer) -> dict[str, Any] | None:
    """How a number has changed against the period before; a share in points."""
    measure = answer.report.measures[0]
    now, then = (one.total.total[measure.name].value for one in (answer, before))
    if now is None or then is None or not then:
        return None
    by = (float(now) - float(then)) * 100 if measure.kind == "percent" else (float(now) / float(then) - 1) * 100
    if not round(by):
        return None
    return {"by": abs(round(by)), "is_up": by >= 0, "unit": _("points") if measure.kind == "percent" else "%"}


@require_http_methods(["GET", "POST"])
@page
def report_name(request: PageRequest, report: str) -> HttpResponse:
    """Keep what the page shows under a name, or give a kept report another name and other readers."""
    opened = opened_by(request, report, request.GET)
    is_own = bool(opened.saved and may_change(opened.saved, request.actor))
    is_rename = is_own and "rename" in request.POST
    given = {name: str(request.POST.get(name, "")).replace("\x00", "") for name in ("name", "sharing")}
    problem = ""
    if request.method == "POST":
        values = {"chart": opened.chart, "day": opened.day, "definition": opened.definition, **given}
        try:
            saved = report_save(given if is_rename else values, actor=request.actor,
                                id=opened.saved.pk if is_rename and opened.saved else None)  # fmt: skip
        except CrmError as refusal:
            problem = str(refusal.message)
        else:
            toast_later(request, _("Report saved."))
            return go(request, reverse("ui:report", args=[saved.pk]))
    context = {
        "opened": opened,
        "is_own": is_own,
        "sharings": Sharing.choices,
        "name": given["name"] or opened.name,
        "sharing": given["sharing"] or (opened.saved.sharing if opened.saved else Sharing.PRIVATE),
        "query": query_of(opened),
        "problem": problem,
    }
    if request.htmx:
        return part(request, "ui/reports/name.html", context)
    return show(request, "ui/reports/name_page.html", context, status=422 if problem else 200)


@require_POST
@page
def report_do(request: PageRequest, report: str) -> HttpResponse:
    """Save what the page shows over the kept one, delete it, or put it on a dashboard."""
    deed = str(request.POST.get("do", ""))
    opened = opened_by(request, report, request.GET)
    if deed == "place":
        board = str(request.POST.get("dashboard", ""))
        report_place(board, report, actor=request.actor)
        toast_later(request, _("It is on the dashboard."))
        return go(request, reverse("ui:dashboard", args=[board]))
    if opened.saved is None or deed not in ("save", "delete"):
        raise CrmError("not_found", _("There is no such action."), status=404)
    if deed == "delete":
        report_delete(opened.saved.pk, actor=request.actor)
        toast_later(request, _("Report deleted."))
        return go(request, reverse("ui:reports"))
    values = {"chart": opened.chart, "day": opened.day, "definition": opened.definition}
    report_save(values, actor=request.actor, id=opened.saved.pk)
    toast_later(request, _("Report saved."))
    return go(request, reverse("ui:report", args=[report]))


@require_GET
@page
def report_placing(request: PageRequest, report: str) -> HttpResponse:
    """Asks on which dashboard a report shall stand."""
    opened, actor = report_open(report, actor=request.actor), request.actor
    boards = [one for one in boards_visible(actor) if may_change(one, actor)]
    return part(request, "ui/reports/placing.html", {"opened": opened, "boards": boards})
