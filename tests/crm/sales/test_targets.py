"""Targets and plans are held against what was done; the forecast keeps deals and people's changes apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.services import Change, record_save, records_save
from crm.sales.models import Deal, ForecastAdjustment, LostReason, Order, Payment, Stage, Target
from crm.sales.services.periods import Period, months_in, period_at, period_read
from crm.team.models import Role, Team, User

DAY = date(2026, 5, 20)
QUARTER = "2026-Q2"


@pytest.fixture
def people(tenant: Any) -> dict[str, User]:
    """Two who sell, one of them in a team below another."""
    Deal.objects.all().delete()
    Target.objects.all().delete()
    ForecastAdjustment.objects.all().delete()
    north = record_save(Team, {"name": "North"}, actor=SYSTEM)
    east = record_save(Team, {"name": "North East", "parent": north}, actor=SYSTEM)
    role = Role.objects.get(code="member")
    ann = User.objects.create(name="Ann Oslo", role=role, team_id=east)
    bob = User.objects.create(name="Bob Lund", role=role, team_id=north)
    return {"ann": ann, "bob": bob}


def deals_make(owner: User | None, *values: dict[str, Any]) -> None:
    """Deals of somebody; won ones in the stage that says so."""
    won, opened = (Stage.objects.filter(outcome=one, deleted_at=None)[0] for one in ("won", "open"))
    rows = [
        {"name": "D", "stage": won.pk if "closed_on" in one else opened.pk, "owner": owner and owner.pk, **one}
        for one in values
    ]
    outcome = records_save(Deal, [Change(row) for row in rows], actor=SYSTEM)
    assert not outcome.errors, outcome.errors


def rows_of(client: Client, page: str, **params: str) -> dict[str, dict[str, Any]]:
    """The lines of a page of figures, by title."""
    answer = client.get(f"/api/v1/figures/{page}", {"period": QUARTER, **params})
    assert answer.status_code == 200, answer.content
    return {row["title"]: row["values"] for row in answer.json()["rows"]}


def target(**values: Any) -> Any:
    """A target, of the second quarter unless said."""
    return record_save(Target, {"goal": 1000, "starts_on": DAY, **values}, actor=SYSTEM)


def test_a_period_begins_with_its_first_day_and_names_the_target(tenant: Any) -> None:
    made = Target.objects.get(pk=target(measure="won_count", product_category="Tea"))
    assert (made.starts_on, made.ends_on) == (date(2026, 4, 1), date(2026, 6, 30))
    assert made.name == "Deals won, Tea, Q2 2026"
    record_save(Target, {"period": "month", "starts_on": "2026-12-24"}, actor=SYSTEM, id=made.pk)
    made.refresh_from_db()
    assert (made.starts_on, made.ends_on, made.name) == (
        date(2026, 12, 1),
        date(2026, 12, 31),
        "Deals won, Tea, December 2026",
    )


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", (2024, 1, 1), (2024, 12, 31)),
        ("2024-Q4", (2024, 10, 1), (2024, 12, 31)),
        ("2024-02", (2024, 2, 1), (2024, 2, 29)),
    ],
)
def test_a_period_is_read_as_it_is_written(text: str, first: tuple[int, ...], last: tuple[int, ...]) -> None:
    period = period_read(text)
    assert (period.first, period.last, period.text) == (date(*first), date(*last), text)


def test_the_share_of_a_period_that_is_gone_counts_today() -> None:
    june = Period("month", date(2026, 6, 1))
    assert [june.gone(day) for day in (date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 30), date(2026, 7, 9))] == [
        0,
        1 / 30,
        1,
        1,
    ]


def test_a_second_target_of_the_same_kind_is_refused_and_a_plan_is_another_kind(people: dict[str, User]) -> None:
    target(person=people["ann"].pk)
    with pytest.raises(CrmError) as refused:
        target(person=people["ann"].pk, starts_on="2026-06-30")
    assert "already" in str(refused.value.details)
    target(person=people["ann"].pk, kind="plan")
    assert Target.objects.count() == 2
    with pytest.raises(CrmError):
        target(person=people["ann"].pk, team=Team.objects.get(name="North").pk)
    assert Target.objects.count() == 2


def test_results_stand_against_targets_of_people_teams_and_everybody(people: dict[str, User], key_client: Any) -> None:
    deals_make(people["ann"], {"amount": 600, "closed_on": "2026-04-01"}, {"amount": 50, "closed_on": "2026-07-01"})
    deals_make(people["bob"], {"amount": 300, "closed_on": "2026-06-30"})
    target(person=people["ann"].pk, goal=800)
    target(person=people["bob"].pk, goal=100, period="month")
    target(person=people["bob"].pk, goal=100, period="month", starts_on="2026-04-02")
    target(person=people["bob"].pk, kind="plan", goal=250)
    rows = rows_of(key_client(), "leaderboard")
    ann, bob, every = rows["Ann Oslo"], rows["Bob Lund"], rows["Total"]
    assert [float(ann[name]) for name in ("result", "target", "share")] == [600, 800, 0.75]
    assert [float(bob[name]) for name in ("result", "target", "share", "plan")] == [300, 200, 1.5, 250]
    assert list(rows) == ["Bob Lund", "Ann Oslo", "Total"]
    assert [float(every[name]) for name in ("result", "target")] == [900, 1000]
    teams = rows_of(key_client(), "leaderboard", by="teams")
    assert [float(teams["North"][name]) for name in ("result", "target")] == [900, 1000]
    assert [float(teams["North East"][name]) for name in ("result", "target")] == [600, 800]
    target(team=Team.objects.get(name="North").pk, goal=5000)
    assert float(rows_of(key_client(), "leaderboard", by="teams")["North"]["target"]) == 5000


def test_pace_is_what_is_reached_of_what_should_be_by_today(people: dict[str, User], key_client: Any) -> None:
    today = timezone.localdate()
    period = period_at("quarter", today)
    deals_make(people["ann"], {"amount": 500, "closed_on": period.first.isoformat()})
    target(person=people["ann"].pk, goal=1000, starts_on=today)
    ann = rows_of(key_client(), "leaderboard", period=period.text)["Ann Oslo"]
    assert float(ann["expected"]) == pytest.approx(1000 * period.gone(today), abs=0.01)
    assert ann["pace"] == pytest.approx(0.5 / period.gone(today), rel=1e-4)
    months = [month for month in months_in(today.year) if period.holds(month.first, month.last)]
    for goal, month in zip((100, 10, 1), months, strict=True):
        target(person=people["bob"].pk, goal=goal, period="month", starts_on=month.first)
    due = sum(goal * month.gone(today) for goal, month in zip((100, 10, 1), months, strict=True))
    rows = rows_of(key_client(), "leaderboard", period=period.text)
    assert float(rows["Bob Lund"]["expected"]) == pytest.approx(due, abs=0.01), "each month over its own days"
    assert float(rows["Total"]["expected"]) == pytest.approx(due + 1000 * period.gone(today), abs=0.02)


def test_the_records_behind_a_result_are_those_that_were_counted(people: dict[str, User], key_client: Any) -> None:
    deals_make(people["ann"], {"amount": 600, "closed_on": "2026-04-01"}, {"amount": 50, "closed_on": "2026-07-01"})
    deals_make(None, {"amount": 70, "closed_on": "2026-05-01"})
    client = key_client()
    told = client.get(f"/api/v1/figures/leaderboard?period={QUARTER}").json()["rows"]
    amounts = {
        row["title"]: sum(float(deal["amount_home"]) for deal in client.get(row["records"]["result"]).json()["results"])
        for row in told
    }
    assert amounts == {"Ann Oslo": 600, "Without an owner": 70, "Total": 670}


def test_money_that_came_counts_in_own_currency_less_what_was_given_back(
    people: dict[str, User], key_client: Any
) -> None:
    values = {"number": "T-1", "status": "open", "currency": "USD", "exchange_rate": "2", "owner": people["ann"].pk}
    order = record_save(Order, {**values, "lines": [{"unit_price": "100"}]}, actor=SYSTEM)
    Payment.objects.all().delete()
    money = {"order": order, "owner": people["ann"].pk}
    paid = {"paid_on": DAY}
    for more in ({"amount": "60", **paid}, {"amount": "10", "kind": "refund", **paid}, {"amount": "40"}):
        record_save(Payment, {**money, **more}, actor=SYSTEM)
    target(person=people["ann"].pk, measure="payments", goal=400)
    assert reached(key_client()) == ([100, 400, 0.25], [120, -20])
    record_save(Order, {"exchange_rate": "3"}, actor=SYSTEM, id=order)
    assert reached(key_client()) == ([150, 400, 0.375], [180, -30])


def reached(client: Client) -> tuple[list[float], list[float]]:
    """What Ann's payments come to, and the payments behind it."""
    told = client.get(f"/api/v1/figures/leaderboard?measure=payments&period={QUARTER}").json()["rows"][0]
    behind = client.get(told["records"]["result"]).json()["results"]
    figures = [float(told["values"][name]) for name in ("result", "target", "share")]
    return figures, sorted((float(one["amount_home"]) for one in behind), reverse=True)


def test_the_forecast_keeps_deals_and_changes_apart(people: dict[str, User], key_client: Any, client_for: Any) -> None:
    deals_make(people["ann"], {"amount": 600, "closed_on": "2026-04-01"})
    for category, amount in (("commit", 200), ("best_case", 90), ("pipeline", 40), ("omitted", 7)):
        deals_make(people["ann"], {"amount": amount, "category": category, "expected_close_on": "2026-06-01"})
    deals_make(people["bob"], {"amount": 1}, {"amount": 2, "expected_close_on": "2026-03-31"})
    client = key_client()
    body = {"person": str(people["ann"].pk), "starts_on": "2026-05-05", "amount": "-150", "reason": "The buyer is ill."}
    made = client.post("/api/v1/forecast-adjustments/", body, content_type="application/json")
    assert made.status_code == 201, made.content
    ann = rows_of(client, "forecast")["Ann Oslo"]
    names = ("closed", "commit", "changed", "forecast", "best_case", "at_best", "pipeline", "omitted")
    assert [float(ann[name]) for name in names] == [600, 200, -150, 650, 90, 740, 40, 7]
    notes = client.get(f"/api/v1/figures/forecast?period={QUARTER}").json()["notes"]
    assert [note["text"] for note in notes] == [
        "1 open deal has no expected close.",
        "1 open deal should have closed before.",
        "By history: too few deals were closed to learn from, 1 of 20.",
    ]
    assert [len(client.get(note["records"]).json()["results"]) for note in notes[:2]] == [1, 1]
    User.objects.filter(email="member@kith.test").update(language="zh-hans")
    page = client_for("member").get(f"/figures/forecast/?period={QUARTER}&by=teams").content.decode()
    assert "Ann Oslo" in page
    assert "North East" in page


def test_an_adjustment_needs_a_reason_and_keeps_who_made_it(people: dict[str, User], client_for: Any) -> None:
    form = {"person": str(people["bob"].pk), "period": "quarter", "starts_on": "2026-05-05", "amount": "-150"}
    client = client_for("manager")
    assert client.post("/forecast-adjustments/new/", {**form, "reason": ""}).status_code == 422
    assert not ForecastAdjustment.objects.exists()
    assert client.post("/forecast-adjustments/new/", {**form, "reason": "Holidays"}).status_code == 302
    assert ForecastAdjustment.objects.get().author == User.objects.get(email="manager@kith.test")


def test_figures_refuse_what_they_do_not_know(tenant: Any, key_client: Callable[..., Client]) -> None:
    client = key_client()
    assert client.get("/api/v1/figures/nothing").status_code == 404
    for query, code in (("colour=red", "unknown_parameter"), ("period=2026-Q9", "bad_value")):
        answer = client.get(f"/api/v1/figures/results?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert {one["name"] for one in client.get("/api/v1/figures").json()["results"]} >= {"results", "leaderboard"}


def test_who_may_not_see_deals_sees_no_figures_of_them(tenant: Any, key_client: Callable[..., Client]) -> None:
    client = key_client(scopes=["customers.view_customer"])
    assert client.get("/api/v1/figures/results").status_code == 403
    assert client.get("/api/v1/figures").json()["results"] == []
    assert key_client(scopes=["sales.view_deal"]).get("/api/v1/figures/results").status_code == 200


def closed_by_stage(people: dict[str, User], outcomes: list[tuple[int, bool]]) -> list[Any]:
    """Deals that came through the nth open stage and were won or lost, one a day; the stages."""
    stages = list(Stage.objects.filter(pipeline__is_default=True, outcome="open", deleted_at=None).order_by("position"))
    ends = {one.outcome: one.pk for one in Stage.objects.filter(pipeline__is_default=True, deleted_at=None)}
    why = LostReason.objects.filter(deleted_at=None)[0].pk
    for n, (at, is_won) in enumerate(outcomes):
        pk = record_save(Deal, {"name": "Old", "stage": stages[at].pk, "amount": 1}, actor=SYSTEM)
        day = (date(2025, 1, 1) + timedelta(days=n)).isoformat()
        end = {"stage": ends["won"]} if is_won else {"stage": ends["lost"], "lost_reason": why}
        record_save(Deal, {**end, "closed_on": day}, actor=SYSTEM, id=pk)
    return stages


def test_history_forecasts_beside_people_and_says_how_good_it_was(people: dict[str, User], key_client: Any) -> None:
    stages = closed_by_stage(people, [(n % 2, n % 10 in (1, 2, 3, 5, 7)) for n in range(120)])
    open_deal = {"name": "New", "amount": 100, "owner": people["ann"].pk, "expected_close_on": "2026-06-01"}
    for stage in stages[:2]:
        record_save(Deal, {**open_deal, "stage": stage.pk}, actor=SYSTEM)
    deals_make(people["ann"], {"amount": 30, "closed_on": "2026-04-01"})
    client = key_client()
    ann = rows_of(client, "forecast")["Ann Oslo"]
    base = 61 / 121
    shares = [(won + 10 * base) / 70 for won in (12, 48)]
    middle, spread = 100 * sum(shares), 1.2816 * sum(10_000 * p * (1 - p) for p in shares) ** 0.5
    told = [float(ann[name]) for name in ("history_low", "by_history", "history_high")]
    assert told == pytest.approx([30 + max(middle - spread, 0), 30 + middle, 30 + middle + spread], abs=0.02)
    note = client.get(f"/api/v1/figures/forecast?period={QUARTER}").json()["notes"][-1]["text"]
    assert [float(one) for one in re.findall(r"0\.\d{3}", note)] == pytest.approx([0.16, 0.25], abs=0.03)


def test_history_that_says_nothing_of_stages_says_so(people: dict[str, User], key_client: Any) -> None:
    client = key_client()
    notes = client.get("/api/v1/figures/forecast").json()["notes"]
    assert notes[-1]["text"] == "By history: too few deals were closed to learn from, 0 of 20."
    closed_by_stage(people, [(n % 2, n % 4 < 2) for n in range(120)])
    note = client.get("/api/v1/figures/forecast").json()["notes"][-1]["text"]
    assert "say no more than that 50 % were won" in note


def test_targets_are_set_by_those_who_may_and_plans_by_everybody(tenant: Any, key_client: Any, client_for: Any) -> None:
    Target.objects.all().delete()
    set_for_all = target(measure="calls")
    member, manager = key_client("member"), key_client("manager")
    plan = {"kind": "plan", "measure": "calls", "goal": "5", "starts_on": "2026-05-20"}
    made = member.post("/api/v1/targets/", plan, content_type="application/json")
    assert made.status_code == 201, made.content
    own = made.json()["id"]
    before = list(Target.objects.order_by("pk").values("pk", "version", "deleted_at"))
    as_target = {**plan, "kind": "target", "measure": "tasks"}
    for address, body, status in (
        ("/api/v1/targets/", as_target, 422),
        (f"/api/v1/targets/{own}", {"kind": "target", "measure": "tasks"}, 422),
        (f"/api/v1/targets/{set_for_all}", {"goal": "1"}, 403),
    ):
        call = member.post if body is as_target else member.patch
        assert call(address, body, content_type="application/json").status_code == status, address
    assert member.delete(f"/api/v1/targets/{set_for_all}").status_code == 403
    form = {"kind": "target", "measure": "tasks", "goal": "5", "starts_on": "2026-05-20", "period": "quarter"}
    assert client_for("member").post("/targets/new/", form).status_code == 422
    assert list(Target.objects.order_by("pk").values("pk", "version", "deleted_at")) == before
    assert manager.post("/api/v1/targets/", as_target, content_type="application/json").status_code == 201
    change = {"goal": "1"}
    assert manager.patch(f"/api/v1/targets/{set_for_all}", change, content_type="application/json").status_code == 200
    assert member.delete(f"/api/v1/targets/{own}").status_code == 204
