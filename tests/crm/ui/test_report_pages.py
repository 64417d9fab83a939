"""Reports and dashboards by page: put together by hand, drawn, kept, shared; every number leads to its list."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone

from analytics.models import Dashboard, DashboardPlace, SavedReport
from analytics.reports.keeping import forget
from crm.core.actors import SYSTEM
from crm.core.models import Event
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.sales.models import Deal, Stage
from crm.team.models import Role, Team, User
from crm.ui.dashboard_mail import TASK, due_after, mail_due
from crm.ui.models import DashboardMail
from tenants.models import Outbox
from tenants.tasks import enqueue, work_off
from tests.crm.api.asking import hashes

ASKED = "object=customers&row=city&column=lifecycle&measure=count&chart=stacked&where="
WHERE = '{"field":"city","op":"in","value":["Kiel","=1%2B1"]}'


@pytest.fixture
def people(tenant: Any) -> None:
    """Three customers in Kiel, one in a city that a spreadsheet would take for a formula; no report is kept."""
    SavedReport.objects.all().delete()
    Dashboard.objects.all().delete()
    for name, city, lifecycle in (
        ("Adalind", "Kiel", "customer"), ("Bosse", "Kiel", "customer"), ("Cyriak", "Kiel", "prospect"),
        ("Dietmar", "=1+1", "customer"),
    ):  # fmt: skip
        record_save(Customer, {"name": name, "city": city, "lifecycle": lifecycle}, actor=SYSTEM)


def page(client: Any, path: str, status: int = 200, **more: Any) -> str:
    """A page."""
    answer = client.get(path, **more)
    assert answer.status_code == status, answer.content.decode()[:1500]
    return str(answer.content.decode())


def kept(client: Any, name: str = "By city", sharing: str = "private") -> SavedReport:
    """A report that was put together and saved."""
    answer = client.post(f"/reports/new/name/?{ASKED}{WHERE}&day=created_at", {"name": name, "sharing": sharing})
    assert answer.status_code == 302, answer.content.decode()[-1500:]
    return SavedReport.objects.latest("created_at")


def test_a_report_is_put_together_and_each_bar_leads_to_its_records(people: None, client_for: Any) -> None:
    client = client_for("owner")
    shown = page(client, f"/reports/new/?{ASKED}{WHERE}")
    drawing = shown.split("<svg class=\"drawing is-wide\"")[1].split("</svg>")[0]
    marks = re.findall(r'<a href="([^"]+)"[^>]*><rect class="mark (\w+)"[^>]*><title>([^<]+)</title>', drawing)
    assert [said for _href, _tone, said in marks] == [
        "Kiel · Prospect: 1", "Kiel · Customer: 2", "=1+1 · Customer: 1",
    ]  # fmt: skip
    behind = page(client, unescape(marks[1][0]))
    assert [name in behind for name in ("Adalind", "Bosse", "Cyriak", "Dietmar")] == [True, True, False, False]
    assert re.search(r'<th scope="row">Kiel</th><td class="text-end num"><a href="[^"]+">3</a>', shown)
    assert "style=" not in shown.split("<main")[1]


@pytest.mark.parametrize("chart", ["bar", "stacked", "line", "pie", "funnel", "number", "table"])
def test_each_chart_is_drawn_of_fields_and_of_periods(chart: str, people: None, client_for: Any) -> None:
    client = client_for("owner")
    for row in ("city", "created_at&row_by=week"):
        shown = page(client, f"/reports/new/?object=customers&row={row}&measure=count&chart={chart}")
        assert ('class="drawing' in shown) == (chart not in ("number", "table"))
        assert ('class="tell-n' in shown) == (chart == "number")
        assert '<th scope="row">Total</th>' in shown


def test_stages_stand_in_the_order_of_the_pipeline(tenant: Any, client_for: Any) -> None:
    Deal.objects.update(is_sample=True)
    for outcome in ("open", "won"):
        for n, stage in enumerate(Stage.objects.filter(pipeline__is_default=True, outcome=outcome, deleted_at=None)):
            record_save(Deal, {"name": f"F {n}", "stage": stage.pk, "amount": 100 * (n + 1)}, actor=SYSTEM)
    client = client_for("owner")
    assert "%</text>" not in page(client, "/reports/open-deals/")  # what stands in a stage is no share of another
    shown = page(client, "/reports/open-deals/?object=deals&row=stage&measure=sum:amount_home&chart=funnel&where="
                         '{"field":"status","value":"open"}&ordering="title"')  # fmt: skip
    drawing = shown.split("<svg class=\"drawing is-wide\"")[1].split("</svg>")[0]
    stages = Stage.objects.filter(pipeline__is_default=True, outcome="open", deleted_at=None).order_by("position")
    assert re.findall(r"<title>([^:<]+): ", drawing) == list(stages.values_list("name", flat=True))
    widths = [float(one) for one in re.findall(r'<rect class="mark c0"[^>]* width="([\d.]+)"', drawing)]
    assert [round(one / widths[0]) for one in widths] == [1, 2, 3, 4]
    assert "· 25%" in drawing


def test_the_form_is_answered_in_place_and_keeps_what_it_says_in_the_address(people: None, client_for: Any) -> None:
    client = client_for("owner")
    form = "object=customers&row=created_at&measure=count&measure=&chart=line&w-0-join=and&w-0-in=&w-1-in=0"
    condition = "&w-1-field=city&w-1-op=eq&w-1-value=Kiel"
    answer = client.get(f"/reports/new/?{form}{condition}", headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert "row_by=month" in answer["HX-Push-Url"]
    assert "where=%7B%22field%22%3A%22city%22" in answer["HX-Push-Url"]
    assert 'id="report-controls"' in text
    assert 'hx-swap-oob="true"' in text
    assert 'name="row_by"' in text
    assert page(client, answer["HX-Push-Url"]).count("Kiel") > 0
    half = client.get(f"/reports/new/?{form}&column=nothing", headers={"HX-Request": "true"})
    assert (half.status_code, "alert-danger" in half.content.decode()) == (200, True)


def test_what_is_not_known_is_refused(people: None, client_for: Any) -> None:
    client = client_for("owner")
    page(client, "/reports/new/?object=customers&colour=red", 400)
    page(client, "/reports/new/?object=nothing", 400)
    page(client, "/reports/new/?object=customers&chart=cake&row=city", 400)
    assert "colour" in page(client, "/reports/new/?object=customers&row=colour&measure=count", 400)
    page(client, "/reports/nothing/", 404)
    page(client, "/dashboards/nothing/", 404)
    page(client, "/dashboards/sales/?period=always", 400)


def test_the_table_is_a_file_in_which_nothing_is_a_formula(people: None, client_for: Any) -> None:
    address = f"/reports/new/?{ASKED}{WHERE}&format=csv"
    client = client_for("owner")
    text = page(client, address)
    assert 'filename="Customers.csv"' in client.get(address)["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0] == ["City", "Total", "Prospect", "Customer"]
    assert rows[1:] == [["Kiel", "3", "1", "2"], ["'=1+1", "1", "0", "1"], ["Total", "4", "1", "3"]]
    Role.objects.filter(code="member").update(permissions=["customers.view_customer"])
    page(client_for("member"), address, 403)


def test_a_report_is_kept_for_oneself_a_team_or_everyone(people: None, client_for: Any) -> None:
    owner, member = client_for("owner"), client_for("member")
    report = kept(owner)
    assert (report.name, report.day, report.definition["object"]) == ("By city", "created_at", "customers.customer")
    assert Event.objects.filter(name="analytics.savedreport.created", object_id=report.pk).count() == 1
    assert "Kiel" in page(owner, f"/reports/{report.pk}/")
    page(member, f"/reports/{report.pk}/", 404)
    page(member, f"/reports/{report.pk}/tile/", 404)
    assert "By city" not in page(member, "/reports/")
    team = Team.objects.create(name="North", name_key="north")
    User.objects.filter(email__in=["owner@kith.test", "member@kith.test"]).update(team=team)
    renamed = owner.post(f"/reports/{report.pk}/name/", {"name": "Cities", "sharing": "team", "rename": "1"})
    assert renamed.status_code == 302
    assert "Cities" in page(member, "/reports/")
    User.objects.filter(email="member@kith.test").update(team=None)
    page(member, f"/reports/{report.pk}/", 404)
    SavedReport.objects.update(sharing="everyone")
    assert "Kiel" in page(member, f"/reports/{report.pk}/")


def test_only_its_maker_changes_a_report(people: None, client_for: Any) -> None:
    owner, member = client_for("owner"), client_for("member")
    report = kept(owner, sharing="everyone")
    before = hashes()
    for body in ({"do": "delete"}, {"do": "save"}):
        assert member.post(f"/reports/{report.pk}/do/?{ASKED}{WHERE}", body).status_code == 403
    assert hashes() == before
    changed = owner.post(f"/reports/{report.pk}/do/?object=customers&row=city&measure=count&chart=pie", {"do": "save"})
    assert changed.status_code == 302
    report.refresh_from_db()
    assert (report.chart, "where" in report.definition) == ("pie", False)
    assert owner.post(f"/reports/{report.pk}/do/", {"do": "delete"}).status_code == 302
    assert not SavedReport.objects.exists()


def test_a_reader_is_told_no_more_than_they_may_know(people: None, client_for: Any) -> None:
    report = kept(client_for("owner"), sharing="everyone")
    Role.objects.filter(code="member").update(hidden_fields=["customers.customer.city"])
    page(client_for("member"), f"/reports/{report.pk}/", 400)
    assert 'value="city"' not in page(client_for("member"), "/reports/new/?object=customers")
    Role.objects.filter(code="member").update(permissions=["sales.view_deal"], hidden_fields=[])
    page(client_for("member"), f"/reports/{report.pk}/", 403)
    assert "By city" not in page(client_for("member"), "/reports/")


def test_a_dashboard_is_arranged_and_read_by_others(people: None, client_for: Any) -> None:
    owner, member = client_for("owner"), client_for("member")
    report = kept(owner, sharing="everyone")
    made = owner.post("/dashboards/sales/name/?copy=1", {"name": "Mine", "sharing": "everyone"})
    board = Dashboard.objects.get()
    assert made["Location"] == f"/dashboards/{board.pk}/?edit=1"
    there = f"/dashboards/{board.pk}/"
    first = list(board.places.values_list("pk", flat=True))
    assert len(first) > 1
    assert owner.post(f"{there}do/", {"do": "add", "report": str(report.pk)}).status_code == 302
    place = board.places.get(report=report)
    owner.post(f"{there}do/", {"do": "order", "place": [str(place.pk), str(first[1])]})
    assert list(board.places.values_list("pk", flat=True)[:3]) == [place.pk, first[1], first[0]]
    owner.post(f"{there}do/", {"do": "wider", "place": str(place.pk)})
    assert board.places.get(pk=place.pk).width == 8
    owner.post(f"{there}do/", {"do": "drop", "place": str(first[0])})
    assert not board.places.filter(pk=first[0]).exists()
    assert "data-handle" in page(owner, f"{there}?edit=1")
    assert "data-handle" not in page(member, f"{there}?edit=1")
    before = hashes()
    for body in ({"do": "delete"}, {"do": "drop", "place": str(place.pk)}, {"do": "order", "place": str(place.pk)}):
        assert member.post(f"{there}do/", body).status_code == 403
    assert hashes() == before
    SavedReport.objects.update(sharing="private")
    assert "By city" not in page(member, there)
    assert owner.post(f"{there}do/", {"do": "delete"}).status_code == 302
    assert (Dashboard.objects.count(), DashboardPlace.objects.count(), SavedReport.objects.count()) == (0, 0, 1)


def test_the_filters_of_a_dashboard_reach_every_report(people: None, client_for: Any) -> None:
    owner = client_for("owner")
    report = kept(owner)
    me = User.objects.get(email="owner@kith.test")
    Customer.objects.filter(name="Adalind").update(owner=me)
    Customer.objects.filter(name="Bosse").update(created_at="2020-02-02T12:00Z")
    tile = f"/reports/{report.pk}/tile/"

    def total(query: str) -> str:
        found = page(owner, f"{tile}?{query}")
        told = re.search(r'Total</th><td class="text-end num"><a href="[^"]+">(\d+)</a>', found)
        return told[1] if told else ""

    assert [total(one) for one in ("period=all", "period=12m", f"owner={me.pk}", "owner=me")] == ["4", "3", "1", "1"]
    assert "owner%22%3A" not in page(owner, f"/dashboards/sales/?owner={me.pk}")
    assert f"owner={me.pk}" in page(owner, f"/dashboards/sales/?owner={me.pk}")
    assert [total(f"period={one}") for one in ("2020-02-01..2020-02-29", "2020-02-03..2020-02-29")] == ["1", ""]
    months = page(owner, "/reports/new-customers/tile/?period=12m")
    assert ("2020-02-02" in months, timezone.now().strftime("%Y-%m<") in months) == (False, True)
    assert ">2020-02-02<" in page(owner, "/reports/new-customers/tile/?period=2020-02-01..2020-02-29")
    days = "period=between&first=2020-02-01&last=2020-02-29"
    assert "tile/?period=2020-02-01..2020-02-29" in page(owner, f"/dashboards/sales/?{days}")
    assert "tile/?period=12m" in page(owner, "/dashboards/sales/?period=between&first=2020-02-01&last=")
    page(owner, "/dashboards/sales/?period=between&first=2020-02-09&last=2020-02-01", 400)


def test_a_number_is_told_beside_the_period_before(people: None, client_for: Any) -> None:
    owner = client_for("owner")
    Customer.objects.filter(name="Adalind").update(created_at="2020-02-02T12:00Z")
    query = "object=customers&measure=count&chart=number&day=created_at&where="
    answer = owner.post(f"/reports/new/name/?{query}{WHERE}", {"name": "How many", "sharing": "private"})
    assert answer.status_code == 302
    report = SavedReport.objects.get()
    assert "goes-" not in page(owner, f"/reports/{report.pk}/tile/?period=30d")

    Customer.objects.filter(name="Adalind").update(created_at=timezone.now() - timedelta(days=40))
    assert "goes-" not in page(owner, f"/reports/{report.pk}/tile/?period=30d")  # nobody knows what was before her
    Customer.objects.filter(name="Dietmar").update(created_at="2020-02-02T12:00Z")
    shown = page(owner, f"/reports/{report.pk}/tile/?period=30d")
    assert (">2<" in shown, "goes-up" in shown, "100 %" in shown) == (True, True, True)


def test_reports_that_name_an_erased_person_go(people: None, client_for: Any) -> None:
    report = kept(client_for("owner"))
    forget({}, ["Nobody"])
    assert SavedReport.objects.filter(pk=report.pk).exists()
    forget({}, ["Kiel"])
    assert not SavedReport.objects.exists()


def test_a_dashboard_comes_by_mail_as_its_reader_may_read_it(people: None, client_for: Any, settings: Any) -> None:
    settings.HAS_MAIL = True
    owner, member = client_for("owner"), client_for("member")
    assert owner.post("/dashboards/new/name/", {"name": "All", "sharing": "everyone"}).status_code == 302
    board = Dashboard.objects.get()
    address = f"/dashboards/{board.pk}/"
    for asked, sent in (("by city", {"report": kept(owner, sharing="everyone").pk}), ("orders", {"report": "ordered"})):
        assert owner.post(f"{address}do/", {"do": "add", **sent}).status_code == 302, asked
    Role.objects.filter(code="member").update(permissions=["customers.view_customer"])
    assert 'value="week"' in page(member, f"{address}mail/", headers={"HX-Request": "true"})
    assert owner.post(f"{address}mail/", {"every": "hour"}).status_code == 400
    for client in (owner, member):
        assert client.post(f"{address}mail/", {"every": "day"}).status_code == 302
    days = timezone.localdate() - timedelta(days=1)
    Customer.objects.filter(name="Adalind").update(created_at=timezone.now() - timedelta(days=1))
    for one in DashboardMail.objects.filter(dashboard=board.pk).order_by("pk"):
        assert Outbox.objects.filter(task=TASK, ids__mail=one.pk, send_after=one.due_at).exists()
        assert [mail_due(one.pk, one.due_at) for _twice in range(2)] == [1, 0]
    texts = {one.to[0]: one.body for one in mail.outbox}
    assert [("Kiel · 1" in texts[f"{name}@kith.test"], "Number of orders" in texts[f"{name}@kith.test"])
            for name in ("owner", "member")] == [(True, True), (True, False)]  # fmt: skip
    assert f"period={days}..{days}" in texts["owner@kith.test"]
    assert DashboardMail.objects.filter(dashboard=board.pk, due_at__gt=timezone.now()).count() == 2
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT, mine = 1, DashboardMail.objects.get(user__email="owner@kith.test", dashboard=board.pk)
    DashboardMail.objects.filter(pk=mine.pk).update(due_at=(missed := mine.due_at - timedelta(days=1)))
    Outbox.objects.filter(task=TASK, ids__mail=mine.pk).delete()
    enqueue(TASK, mail=mine.pk, due=missed)
    assert work_off(TASK) >= 1, "nobody listens on port 1"
    assert DashboardMail.objects.get(pk=mine.pk).due_at == mine.due_at, "a bad morning does not stop the next"
    waits = Outbox.objects.filter(task=TASK, ids__mail=mine.pk, state=Outbox.State.WAITING)
    assert [one.send_after for one in waits] == [mine.due_at]
    Dashboard.objects.update(sharing="private")
    last = DashboardMail.objects.get(user__email="member@kith.test", dashboard=board.pk)
    assert (mail_due(last.pk, last.due_at), DashboardMail.objects.filter(pk=last.pk).exists()) == (0, False)
    assert owner.post(f"{address}mail/", {"every": ""}).status_code == 302
    assert not DashboardMail.objects.filter(dashboard=board.pk).exists()


def test_mails_come_in_the_morning_of_the_companys_own_day(tenant: Any) -> None:
    monday = datetime(2026, 3, 2, 6, 59, tzinfo=ZoneInfo(tenant.time_zone))
    told = {every: [due_after(every, monday + timedelta(minutes=n)).date() for n in (0, 1)]
            for every in DashboardMail.Every.values}  # fmt: skip
    days = [[date(2026, 3, n), date(2026, 3, m)] for n, m in ((2, 3), (2, 9))]
    assert told == {"day": days[0], "week": days[1], "month": [date(2026, 4, 1)] * 2}
