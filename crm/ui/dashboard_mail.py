"""Dashboards by mail: everyone chooses for themselves, and reads what they may read on the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import get_script_prefix, reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from analytics.reports.answering import report_answer
from analytics.reports.asking import report_read
from analytics.reports.dashboards import Board, board_open
from analytics.reports.keeping import Opened
from analytics.reports.measuring import Measure
from analytics.reports.narrowing import Days, days_of, finer, narrowed
from analytics.reports.tables import table_of
from crm.core.actors import Actor
from crm.core.days import months_later, today
from crm.core.errors import CrmError
from crm.core.figures import Line, Table
from crm.team.services import actor_of_user
from crm.ui.cells import babel_locale, date_text
from crm.ui.figures_shown import value_text
from crm.ui.models import DashboardMail
from tenants.context import current
from tenants.hosts import tenant_origin
from tenants.leases import Contained
from tenants.tasks import enqueue

TASK = "ui.tasks.dashboard_mail"
Every = DashboardMail.Every
MORNING, MOST_LINES = time(7), 15


def mail_chosen(key: str, actor: Actor) -> str:
    """How often the person gets a dashboard; empty: never."""
    rows = DashboardMail.objects.filter(user=actor.id, dashboard=key)
    return rows.values_list("every", flat=True).first() or ""


def mail_choose(key: str, every: str, *, actor: Actor) -> None:
    """Have a dashboard sent to oneself, or no longer."""
    board = board_open(key, actor=actor)
    if every and every not in Every.values:
        raise CrmError("bad_value", _("There is no such choice."), field="every", allowed=Every.values)
    if (user_id := actor.id) is None or actor.kind != "user":
        return
    with transaction.atomic():
        if not every:
            DashboardMail.objects.filter(user=user_id, dashboard=board.key).delete()
            return
        chosen = {"every": every, "due_at": due_after(every, timezone.now())}
        found, _is_new = DashboardMail.objects.update_or_create(
            user_id=user_id, dashboard=board.key, defaults=chosen, create_defaults=chosen
        )
        enqueue(TASK, at=found.due_at, mail=found.pk, due=found.due_at)


def due_after(every: str, moment: datetime) -> datetime:
    """The next morning, Monday morning, or morning of a first of the month, in the company's own time."""
    zone = ZoneInfo(current().time_zone)
    here = moment.astimezone(zone)
    day = here.date() if here.time() < MORNING else here.date() + timedelta(days=1)
    if every == Every.WEEK:
        day += timedelta(days=-day.weekday() % 7)
    elif every == Every.MONTH and day.day > 1:
        day = months_later(day.replace(day=1), 1)
    return datetime.combine(day, MORNING, tzinfo=zone)


def days_told(every: str) -> Days:
    """The days that a mail is about: all of them over."""
    yesterday = today() - timedelta(days=1)
    month = days_of("last-month")
    if every == Every.MONTH and month is not None:
        return month
    return Days(today() - timedelta(days=7) if every == Every.WEEK else yesterday, yesterday)


def mail_due(pk: int, due: datetime) -> int:
    """The morning has come: the next one is asked for, and then the mail is sent; what goes wrong in it is logged."""
    mail = mail_taken(pk, due)
    if mail is None:
        return 0
    # No transaction is open here: one that writes holds back everybody's feed for as long as a mail server takes.
    with (
        Contained(f"The dashboard {mail.dashboard} by mail {pk} of {due}"),
        translation.override(mail.user.language or "en"),
        timezone.override(ZoneInfo(current().time_zone)),
    ):
        return mail_write(mail)
    return 0


@transaction.atomic
def mail_taken(pk: int, due: datetime) -> DashboardMail | None:
    """The mail of a morning, once, and the next one asked for; None where it was sent or chosen otherwise since."""
    rows = DashboardMail.objects.select_for_update(of=("self",)).select_related("user__role", "user__team")
    mail = rows.filter(pk=pk, due_at=due).first()
    if mail is None:
        return None
    if not mail.user.is_active or not mail.user.email:
        mail.delete()
        return None
    mail.due_at = due_after(mail.every, max(due, timezone.now()))
    mail.save(update_fields=["due_at"])
    enqueue(TASK, at=mail.due_at, mail=mail.pk, due=mail.due_at)
    return mail


def mail_write(mail: DashboardMail) -> int:
    """Read the dashboard as its reader and send it; where it may no longer be read, no other mail comes."""
    try:
        board = board_open(mail.dashboard, actor=actor_of_user(mail.user, via="job"))
    except CrmError:  # it was deleted, or is no longer shared with them
        mail.delete()
        return 0
    return board_send(board, mail)


def board_send(board: Board, mail: DashboardMail) -> int:
    """Write the mail and send it."""
    if not settings.HAS_MAIL:
        return 0
    days, actor = days_told(mail.every), actor_of_user(mail.user, via="job")
    locale = babel_locale(get_language() or "en")
    ends = {"first": date_text(days.first, locale), "last": date_text(days.last, locale)}
    path = reverse("ui:dashboard", args=[board.key]).removeprefix(get_script_prefix())
    there = f"{tenant_origin(current())}{path}?period={days.first}..{days.last}"
    told = [line for placed in board.placed for line in report_lines(placed.opened, days, actor)]
    text = [_("%(first)s to %(last)s") % ends, there, *told, "", _("You chose this mail on the dashboard, under More.")]
    subject = f"{current().name}: {board.name}"
    send_mail(" ".join(subject.split())[:200], "\n".join(text), None, [str(mail.user.email)])
    return 1


def report_lines(opened: Opened, days: Days, actor: Actor) -> Iterator[str]:
    """A report in lines of text: its name, then its number or its first rows."""
    yield from ("", opened.name)
    try:
        answer = report_answer(report_read(narrowed(finer(opened, days), days, "", actor), actor=actor))
    except CrmError as refusal:
        yield f"  {refusal.message}"
        return
    table = table_of(answer)
    lines = [one for one in table.lines if not one.is_total] if answer.report.rows else table.lines
    yield from (f"  {line_text(one, table, answer.report.measures)}" for one in lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        yield f"  {_('… and more on the page.')}"
    elif not lines:
        yield f"  {_('Nothing to tell')}"


def line_text(line: Line, table: Table, measures: Sequence[Measure]) -> str:
    """One row: its title, and what it comes to; of several figures each with its name."""
    pairs = zip(table.columns, measures, strict=False)  # the whole of a row stands before what it is split by
    figures = [(one.label, value_text(column.kind, line.cells[column.name].value)) for column, one in pairs]
    told = [f"{label} {text}" if len(figures) > 1 else text for label, text in figures]
    return " · ".join([*([] if line.is_total else [line.title]), *told])
