"""Settings: people from a file, with their teams and managers."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import islice
from typing import Any, BinaryIO, cast

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.exchange.reading.layout import LOOK_AT, header_key, header_row
from crm.exchange.reading.rows import Cell, shown
from crm.exchange.reading.source import table_open
from crm.team.models import Role
from crm.team.newcomers import MOST, USUAL_ROLE, Arrival, Newcomer, newcomer_of, people_add
from crm.team.newcomers_undo import additions, people_undo
from crm.ui.pages import PageRequest, go, page, show, toast_later

HEADERS = {
    "name": ("name", "person", "agent", "sales agent", "employee", "salesperson", "姓名", "名称", "员工", "销售员"),
    "email": ("email", "e mail", "mail", "邮箱", "电子邮箱", "邮件"),
    "role": ("role", "角色"),
    "team": ("team", "office", "regional office", "department", "branch", "团队", "部门", "办公室", "区域"),
    "manager": ("manager", "lead", "supervisor", "经理", "主管", "负责人"),
}
MOST_DIGITS = 19  # of the number of a transaction
WORDS = {word: name for name, words in HEADERS.items() for word in words}


@require_http_methods(["GET", "POST"])
@page
def people_file(request: PageRequest) -> HttpResponse:
    """Drop a list of people; each line says what would become of it, and then, once it is agreed to, what did."""
    permit(request.actor, "team.manage_user")
    if "undo" in request.POST:
        return taken_back(request, request.POST["undo"])
    problem, arrived, is_trial = "", list[tuple[Newcomer, Arrival]](), "lines" not in request.POST
    if request.method == "POST":
        try:
            lines = lines_read(request) if is_trial else lines_kept(request.POST["lines"])
            arrived = list(zip(lines, taken_in(lines, request.actor, is_trial=is_trial), strict=True))
        except CrmError as refusal:
            if refusal.status == 403:
                raise
            problem = str(refusal.message)
    counts = {kind: sum(one.outcome == kind for _line, one in arrived) for kind in ("added", "known", "refused")}
    context: dict[str, Any] = {"problem": problem, "arrived": arrived, "counts": counts, "headers": HEADERS.items()}
    context |= {"additions": additions()}
    context |= {"tab": "people", "is_trial": is_trial, "usual_role": Role.objects.filter(code=USUAL_ROLE).first()}
    if arrived and is_trial:
        context["lines"] = json.dumps([asdict(line) for line, _one in arrived])
    return show(request, "ui/settings/people_file.html", context, status=422 if problem else 200)


def taken_back(request: PageRequest, tx: str) -> HttpResponse:
    """An addition undone; who stays is named."""
    if not (tx.isascii() and tx.isdecimal() and len(tx) < MOST_DIGITS):
        raise CrmError("not_found", _("There is nothing left of it that could be taken back."), status=404)
    count, stay = people_undo(tx, actor=request.actor)
    text = ngettext("%(count)s person is gone again.", "%(count)s people are gone again.", count) % {"count": count}
    names = _("They stay, for they have logged in or own something: %(names)s") % {"names": ", ".join(map(str, stay))}
    toast_later(request, f"{text} {names}" if stay else text)
    return go(request, reverse("ui:people-file"))


def taken_in(lines: list[Newcomer], actor: Actor, *, is_trial: bool) -> list[Arrival]:
    """What becomes of the lines; on trial nothing of it stays."""
    with transaction.atomic():
        arrived = people_add(lines, actor=actor)
        if is_trial:
            transaction.set_rollback(True)
    return arrived


def lines_kept(text: str) -> list[Newcomer]:
    """The lines that were looked at, as the page kept them."""
    try:
        return [newcomer_of({str(name): str(said) for name, said in line.items()}) for line in json.loads(text)]
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise CrmError("bad_value", _("Choose a file first."), status=422) from error


def lines_read(request: PageRequest) -> list[Newcomer]:
    """The lines of the file that was dropped, by the names of its columns."""
    file = request.FILES.get("file")
    if file is None:
        raise CrmError("required", _("Choose a file first."), status=422)
    read = table_open(cast("BinaryIO", file)).rows()
    rows = [cells for _number, cells in islice(read, MOST + LOOK_AT + 1) if isinstance(cells, list)]
    at = header_row(rows[:LOOK_AT], lambda text: header_key(text) in WORDS)
    columns = columns_of(rows[at]) if at >= 0 else {}
    if not columns.keys() & {"name", "email"}:
        raise CrmError("no_name", _("The first row must name the columns; one of them is name or e-mail."), status=422)
    found = (newcomer_of({name: cell_of(row, column) for name, column in columns.items()}) for row in rows[at + 1 :])
    return [line for line in found if line != Newcomer()]


def columns_of(header: list[Cell]) -> dict[str, int]:
    """Which column holds what: the first that says so."""
    found: dict[str, int] = {}
    for at, cell in enumerate(header):
        if name := WORDS.get(header_key(shown(cell))):
            found.setdefault(name, at)
    return found


def cell_of(row: list[Cell], at: int) -> str:
    """A cell's text."""
    return shown(row[at])[:254] if at < len(row) else ""
