"""Reports: their figures against sums made by hand, the lists behind them, and what they keep to themselves."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.sales.models import Deal, Order, Product, Stage
from crm.team.models import Role, Team, User
from tenants import hosts
from tenants.models import Tenant

RUN = "/api/v1/reports/run"
CLOSED = {"field": "status", "op": "ne", "value": "open"}
WON = {"field": "status", "op": "eq", "value": "won"}
MEASURES = [
    {"of": "count"},
    {"of": "sum", "field": "amount_home", "where": WON, "name": "won_value"},
    {"of": "average", "field": "amount_home", "name": "average"},
    {"of": "share", "where": WON, "among": CLOSED, "name": "win_rate"},
    {"of": "max", "field": "amount_home", "name": "largest"},
]
ROWS = [  # who, amount, currency rate, closed on, outcome, industry
    ("ann", "100.10", "2017-02-01", "won", "Retail"),
    ("ann", "50.05", "2017-03-31", "lost", "Retail"),
    ("ann", "70", "2017-04-01", "won", "Travel"),
    ("ben", "0.30", "2017-03-31", "won", ""),
    ("ben", "0.60", "2017-12-31", "lost", "Travel"),
    (None, "9", "2018-01-01", "won", "Retail"),
    ("ben", "12", "", "open", "Retail"),
]


@pytest.fixture
def people(tenant: Any) -> dict[str | None, Any]:
    """Two sellers; one is in a team."""
    Deal.objects.all().delete()
    team = record_save(Team, {"name": "North"}, actor=SYSTEM)
    ann, ben = User.objects.get(email="owner@kith.test"), User.objects.get(email="member@kith.test")
    User.objects.update(team=None)
    User.objects.filter(pk=ann.pk).update(team=team, name="Ann")
    User.objects.filter(pk=ben.pk).update(name="Ben")
    ann.name, ben.name = "Ann", "Ben"
    return {"ann": ann, "ben": ben, None: None}


@pytest.fixture
def deals(people: dict[str | None, Any]) -> None:
    """Seven deals, closed in several quarters or open."""
    stages = {one.outcome: one.pk for one in Stage.objects.filter(pipeline__is_default=True, deleted_at=None)}
    customers = {
        name: record_save(Customer, {"name": f"In {name or 'nothing'}", "industry": name}, actor=SYSTEM)
        for name in ("Retail", "Travel", "")
    }
    for n, (who, amount, day, outcome, industry) in enumerate(ROWS):
        person = people[who]
        values = {
            "name": f"D {n}", "stage": stages[outcome], "amount": amount, "closed_on": day or None,
            "customer": customers[industry], "owner": person.pk if person else None,
        }  # fmt: skip
        record_save(Deal, values, actor=SYSTEM)


def by_hand(key: Any) -> dict[Any, dict[str, Any]]:
    """The measures of the rows above, put together by what `key` says of each."""
    parts: dict[Any, list[Any]] = defaultdict(list)
    for row in ROWS:
        parts[key(row)].append(row)
    found = {}
    for value, rows in parts.items():
        amounts = [Decimal(row[1]) for row in rows]
        won, closed = [row for row in rows if row[3] == "won"], [row for row in rows if row[3] != "open"]
        found[value] = {
            "count": len(rows),
            "won_value": sum((Decimal(row[1]) for row in won), Decimal(0)),
            "average": (sum(amounts) / len(amounts)).quantize(Decimal("0.0001")),
            "win_rate": len(won) / len(closed) if closed else None,
            "largest": max(amounts),
        }
    return found


def exact(values: dict[str, Any]) -> dict[str, Any]:
    """Figures as they were sent, amounts read exactly."""
    money = ("won_value", "average", "largest")
    return {name: Decimal(value) if name in money and value is not None else value for name, value in values.items()}


def run(client: Any, status: int = 200, **asked: Any) -> dict[str, Any]:
    """The answer to a report about deals."""
    answer = client.post(RUN, {"object": "deals", **asked}, content_type="application/json")
    assert answer.status_code == status, answer.content[:500]
    return dict(answer.json())


def behind(client: Any, address: str) -> int:
    """How many records the list has to which a number leads."""
    answer = client.get(address.replace("?", "?count=exact&", 1) + "&page_size=1")
    assert answer.status_code == 200, (address, answer.content[:300])
    return int(answer.json()["count"])


def quarter(row: Any) -> str:
    """The quarter of a row of the table above."""
    return f"{row[2][:4]} Q{(int(row[2][5:7]) + 2) // 3}" if row[2] else "(none)"


def test_figures_of_two_groupings_and_a_column_are_those_made_by_hand(
    deals: None, people: Any, key_client: Any
) -> None:
    client = key_client()
    asked = {"rows": [{"field": "owner"}], "column": {"field": "closed_on", "by": "quarter"}, "measures": MEASURES}
    told = run(client, **asked)
    names = {person.name if person else "(none)": who for who, person in people.items()}
    assert {names[one["title"]]: exact(one["total"]["values"]) for one in told["rows"]} == by_hand(lambda row: row[0])
    quarters = [one["title"] for one in told["columns"]]
    assert quarters == ["2017 Q1", "2017 Q2", "2017 Q4", "2018 Q1", "(none)"]
    cells = {
        (names[one["title"]], title): exact(cell["values"])
        for one in told["rows"]
        for title, cell in zip(quarters, one["cells"], strict=True)
        if cell["values"]["count"]
    }
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    assert run(client, **asked)["columns"][0]["title"] == "2017 年第 1 季度"
    assert cells == by_hand(lambda row: (row[0], quarter(row)))
    assert exact(told["total"]["total"]["values"]) == by_hand(lambda row: None)[None]
    columns = zip(quarters, told["total"]["cells"], strict=True)
    assert {title: exact(cell["values"]) for title, cell in columns} == by_hand(quarter)


def test_every_number_leads_to_its_records(deals: None, key_client: Any) -> None:
    client = key_client()
    told = run(
        client,
        rows=[{"field": "customer.industry"}, {"field": "owner.team"}],
        column={"field": "closed_on", "by": "month"},
        where={"or": [CLOSED, WON]},
    )
    checked = 0
    assert {one["title"] for one in told["rows"]} == {"Retail", "Travel", "(none)", "North"}
    for row in [*told["rows"], told["total"]]:
        for cell in [*row["cells"], row["total"]]:
            assert behind(client, cell["records"]["count"]) == cell["values"]["count"]
            checked += cell["values"]["count"] > 0
    assert checked > 20


def test_moments_fall_on_the_days_of_the_tenants_own_time_zone(tenant: Any, people: Any, key_client: Any) -> None:
    tenant.time_zone = "Asia/Shanghai"
    tenant.save()
    for n, hour in enumerate((15, 16)):  # 23:59 and the first minute of the year, in Shanghai
        pk = record_save(Deal, {"name": f"Late {n}"}, actor=SYSTEM)
        Deal.objects.filter(pk=pk).update(created_at=datetime(2020, 12, 31, hour, 59 * (1 - n), tzinfo=UTC))
    client = key_client()
    told = run(client, rows=[{"field": "created_at", "by": "year"}])
    assert [(one["title"], one["total"]["values"]["count"]) for one in told["rows"]] == [("2020", 1), ("2021", 1)]
    assert [behind(client, one["total"]["records"]["count"]) for one in told["rows"]] == [1, 1]


def test_what_is_beyond_the_limit_is_told_together(deals: None, people: Any, key_client: Any) -> None:
    client = key_client()
    told = run(client, rows=[{"field": "owner"}], measures=MEASURES, limit=1, ordering="-count")
    first, others = told["rows"]
    assert (others["title"], others["is_others"], others["total"]["values"]["count"]) == ("Others (2)", True, 4)
    assert (first["total"]["values"]["count"], behind(client, others["total"]["records"]["count"])) == (3, 4)
    own = {"ben", None} if first["title"] == people["ann"].name else {"ann", None}
    assert exact(others["total"]["values"]) == by_hand(lambda row: row[0] in own)[True]


def test_columns_of_a_choice_stand_in_the_order_of_its_choices(deals: None, key_client: Any) -> None:
    told = run(key_client(), column={"field": "status"})
    assert [one["key"] for one in told["columns"]] == ["open", "won", "lost"]


def test_samples_and_real_records_are_never_put_together(deals: None, tenant: Any, key_client: Any) -> None:
    client = key_client()
    Deal.objects.filter(name__in=["D 0", "D 1"]).update(is_sample=True)
    counts = [run(client, samples=asked)["total"]["total"]["values"]["count"] for asked in (None, False, True)]
    assert counts == [5, 5, 2]
    Tenant.objects.filter(pk=tenant.pk).update(is_sample_shown=True)
    hosts.forget()
    assert (run(client)["is_sample"], run(client)["total"]["total"]["values"]["count"]) == (True, 2)


def test_what_is_hidden_is_neither_told_nor_added_up(deals: None, client_for: Any) -> None:
    hidden = ["sales.deal.amount_home", "customers.customer.industry", "sales.deal.status"]
    asked: tuple[dict[str, Any], ...] = (
        {"measures": [{"of": "sum", "field": "amount_home"}]},
        {"rows": [{"field": "customer.industry"}]},
        {"column": {"field": "status"}},
        {"measures": [{"of": "share", "where": WON}]},
        {"where": WON},
    )
    for one in asked:
        run(client_for("member"), **one)
    Role.objects.filter(code="member").update(hidden_fields=hidden)
    for one in asked:
        assert run(client_for("member"), 400, **one)["code"] in ("unknown_field", "unknown_filter")


def test_records_out_of_reach_are_in_no_figure_and_on_no_label(deals: None, people: Any, client_for: Any) -> None:
    asked = {"rows": [{"field": "customer"}, {"field": "customer.industry"}], "measures": MEASURES}
    whole = run(client_for("member"), **asked)
    assert whole["total"]["total"]["values"]["count"] == 7
    own = {"see": "own"}
    Role.objects.filter(code="member").update(reach={"sales.deal": own, "customers.customer": own})
    mine = run(client_for("member"), **asked)
    assert mine["total"]["total"]["values"]["count"] == 3
    assert Decimal(mine["total"]["total"]["values"]["won_value"]) == Decimal("0.30")
    assert {one["title"] for one in mine["rows"]} == {"(not named)", "(none)"}


def test_what_there_is_not_is_refused_by_its_name(deals: None, key_client: Any) -> None:
    client = key_client()
    for asked, field in (
        ({"rows": [{"field": "nothing"}]}, "nothing"),
        ({"rows": [{"field": "customer.nothing"}]}, "customer.nothing"),
        ({"rows": [{"field": "closed_on", "by": "century"}]}, "closed_on"),
        ({"rows": [{"field": "status", "by": "year"}]}, "status"),
        ({"measures": [{"of": "sum", "field": "amount"}]}, "amount"),
        ({"measures": [{"of": "sum", "field": "name"}]}, "name"),
        ({"measures": [{"of": "median", "field": "amount_home"}]}, "measures"),
        ({"measures": [{"of": "count"}, {"of": "count"}]}, "measures"),
        ({"where": {"field": "nothing", "op": "eq", "value": "1"}}, "nothing"),
        ({"ordering": "nothing"}, "ordering"),
        ({"limit": 0}, "limit"),
        ({"chart": "pie"}, "chart"),
        ({"object": "nothing"}, "object"),
    ):
        problem = run(client, 400, **asked)
        assert [one["parameter"] for one in problem["errors"]] == [field], problem
    run(key_client("member", scopes=["customers.view_customer"]), 403)


def test_another_tenant_is_told_of_its_own_records_only(deals: None, other: Any, key_client: Any) -> None:
    amount = [{"of": "max", "field": "amount_home"}, {"of": "count"}]
    told = run(key_client(tenant=other), measures=amount, rows=[{"field": "customer.industry"}], samples=False)
    here = run(key_client(), measures=amount, rows=[{"field": "customer.industry"}], samples=False)
    assert here["total"]["total"]["values"]["count"] == 7
    assert {one["title"] for one in told["rows"]}.isdisjoint({"Retail", "Travel"})


def test_ready_reports_are_answered_by_their_name_of_the_days_that_are_asked_for(deals: None, client_for: Any) -> None:
    client = client_for("owner")
    listed = {one["id"]: one for one in client.get("/api/v1/reports").json()["results"]}
    assert {"won", "orders", "risk"} < set(listed)
    of_2017 = client.get("/api/v1/reports/won/answer?period=2017-01-01..2017-12-31").json()
    assert [one["title"] for one in of_2017["columns"]] == ["2017 Q1", "2017 Q2", "2017 Q4"]
    ann = next(one for one in of_2017["rows"] if one["title"] == "Ann")
    assert Decimal(ann["cells"][0]["values"]["won_value"]) == Decimal("100.10")
    whole = of_2017["total"]["total"]
    assert (Decimal(whole["values"]["won_value"]), whole["values"]["win_rate"]) == (Decimal("170.40"), 3 / 5)
    mine = client.get("/api/v1/reports/won/answer?owner=me").json()
    assert [one["title"] for one in mine["rows"]] == ["Ann"]
    for key in listed:
        answer = client.get(listed[key]["answer"]).json()
        behind(client, next(iter(answer["total"]["total"]["records"].values())))
    page = client.get("/reports/won/").content.decode()
    href = page.split('<td class="text-end num"><a href="')[1].split('"')[0].replace("&amp;", "&")
    assert "D 0" in client.get(href).content.decode()
    for asked in ("period=always", "period=2017-02-30..2017-03-01", "period=2018-01-01..2017-01-01", "owner=nobody"):
        assert client.get(f"/api/v1/reports/won/answer?{asked}").status_code == 400


def test_ready_reports_say_no_more_than_their_reader_may_know(deals: None, client_for: Any) -> None:
    def statuses() -> list[int]:
        client = client_for("member")
        return [client.get(f"/api/v1/reports/{one}/answer").status_code for one in ("won", "risk")]

    assert statuses() == [200, 200]
    Role.objects.filter(code="member").update(hidden_fields=["sales.deal.amount_home"])
    assert statuses() == [400, 200]
    Role.objects.filter(code="member").update(permissions=["customers.view_customer", "analytics.view_savedreport"])
    assert statuses() == [403, 200]
    Role.objects.filter(code="member").update(permissions=["customers.view_customer"])
    assert statuses() == [403, 403]


def test_reports_and_dashboards_are_kept_changed_and_forgotten_by_program(deals: None, client_for: Any) -> None:
    owner, member = client_for("owner"), client_for("member")
    asked = {"object": "deals", "rows": [{"field": "owner"}], "where": WON}
    body = {"name": "Wins", "definition": asked, "chart": "pie", "day": "closed_on", "sharing": "private"}
    made = owner.post("/api/v1/reports", body, content_type="application/json")
    assert made.status_code == 201, made.content
    there = made["Location"]
    assert owner.get(there).json()["definition"] == asked
    assert owner.get(made.json()["answer"]).json()["total"]["total"]["values"]["count"] == 4
    for method in ("get", "patch", "delete"):
        assert getattr(member, method)(there, {}, content_type="application/json").status_code == 404
    wrong = {"definition": {"object": "deals", "rows": [{"field": "nothing"}]}}
    assert owner.patch(there, wrong, content_type="application/json").status_code == 400
    assert owner.patch(there, {"sharing": "everyone"}, content_type="application/json").json()["sharing"] == "everyone"
    assert member.patch(there, {"name": "Mine"}, content_type="application/json").status_code == 403
    assert owner.patch("/api/v1/reports/won", {"name": "Mine"}, content_type="application/json").status_code == 403

    places = [{"report": made.json()["id"], "width": 8}, {"report": "orders"}]
    board = owner.post("/api/v1/dashboards", {"name": "Week", "places": places}, content_type="application/json")
    assert board.status_code == 201, board.content
    told = [(one["report"], one["width"]) for one in board.json()["places"]]
    assert told == [(made.json()["id"], 8), ("orders", 6)]
    for bad in ([{"report": "nothing"}], [{"report": "orders", "width": 7}], "orders"):
        refused = owner.patch(board["Location"], {"places": bad}, content_type="application/json")
        assert refused.status_code in (400, 404), bad
    assert len(owner.get(board["Location"]).json()["places"]) == 2
    turned = {"name": "Weeks", "places": places[::-1]}
    changed = owner.patch(board["Location"], turned, content_type="application/json").json()
    assert (changed["name"], changed["places"][0]["report"]) == ("Weeks", "orders")
    assert member.get(board["Location"]).status_code == 404
    assert {one["name"] for one in owner.get("/api/v1/dashboards").json()["results"]} >= {"Weeks", "Sales"}
    assert [owner.delete(one).status_code for one in (there, board["Location"])] == [204, 204]
    assert [owner.get(one).status_code for one in (there, board["Location"])] == [404, 404]


LINES = [  # order (its rate, day, status), product, quantity, price
    ("A", "Tea", "2", "10"), ("A", "Cup", "1", "5.50"), ("A", None, "1", "3"), ("B", "Tea", "1", "10"),
    ("C", "Cup", "4", "5"),
]  # fmt: skip
ORDERS = {"A": ("1", "2019-01-05"), "B": ("1.5", "2019-04-05"), "C": ("2", "2019-04-06")}


@pytest.fixture
def sold(people: Any) -> None:
    """Three orders in three currencies, of two products and a fee."""
    Order.objects.update(is_sample=True)
    products = {
        name: record_save(Product, {"name": name, "sku": f"R-{name}", "category": category}, actor=SYSTEM)
        for name, category in (("Tea", "Leaves"), ("Cup", "Ware"))
    }
    customer = record_save(Customer, {"name": "A buyer"}, actor=SYSTEM)
    for name, (rate, day) in ORDERS.items():
        lines = [
            {"product": products.get(product), "quantity": quantity, "unit_price": price}
            for order, product, quantity, price in LINES if order == name
        ]  # fmt: skip
        values = {
            "number": f"R-{name}", "ordered_at": f"{day}T12:00:00Z", "currency": "EUR", "exchange_rate": rate,
            "customer": customer, "lines": lines,
        }  # fmt: skip
        record_save(Order, values, actor=SYSTEM)


def test_lines_of_orders_are_put_together_by_product_and_what_it_is(sold: None, key_client: Any) -> None:
    client = key_client()
    measures = [
        {"of": "sum", "field": "lines.amount", "name": "value"},
        {"of": "sum", "field": "lines.quantity"},
        {"of": "count"},
    ]
    told = run(
        client, object="orders", part="lines", rows=[{"field": "lines.product.category"}, {"field": "lines.product"}],
        column={"field": "ordered_at", "by": "quarter"}, measures=measures,
    )  # fmt: skip
    category = {"Tea": "Leaves", "Cup": "Ware", None: "(none)"}
    for row in [*(one for one in told["rows"] if one["depth"] == 0), told["total"]]:
        mine = [one for one in LINES if row is told["total"] or category[one[1]] == row["title"]]
        for title, cell in zip(told["columns"], row["cells"], strict=True):
            of = [one for one in mine if (ORDERS[one[0]][1] < "2019-04") == (title["title"] == "2019 Q1")]
            values = {name: Decimal(value) for name, value in cell["values"].items()}
            assert values == {
                "value": sum((Decimal(n) * Decimal(each) * Decimal(ORDERS[o][0]) for o, _p, n, each in of), Decimal(0)),
                "sum_lines_quantity": sum((Decimal(n) for _o, _p, n, _each in of), Decimal(0)),
                "count": len(of),
            }, (row["title"], title["title"])
            if cell["records"]["count"]:
                assert behind(client, cell["records"]["count"]) == len({one[0] for one in of})
    assert [one["title"] for one in told["rows"]] == ["Ware", "Cup", "Leaves", "Tea", "(none)", "(none)"]
    assert told["rows"][-1]["total"]["records"]["value"] is None
    limited = run(client, object="orders", part="lines", rows=[{"field": "lines.product"}], limit=1)
    assert limited["rows"][1]["total"]["records"]["count"] is None
    ready = client.get("/api/v1/reports/best-products/answer").json()
    assert [(one["title"], Decimal(one["total"]["values"]["value"])) for one in ready["rows"][:2]] == [
        ("Cup", Decimal("45.50")), ("Tea", Decimal(35)),
    ]  # fmt: skip


def test_lines_tell_no_more_than_their_reader_may_know(sold: None, client_for: Any) -> None:
    asked = {"object": "orders", "part": "lines", "rows": [{"field": "lines.product.category"}]}
    run(client_for("member"), **asked)
    for wrong in (
        {"part": "nothing"}, {"rows": [{"field": "lines.kind"}]}, {"rows": [{"field": "lines.product.nothing"}]},
        {"measures": [{"of": "sum", "field": "amount_home"}]}, {"measures": [{"of": "sum", "field": "lines.position"}]},
    ):  # fmt: skip
        run(client_for("member"), 400, **{**asked, **wrong})
    run(client_for("member"), 400, **{**asked, "part": None})
    for hidden in (["sales.order.lines"], ["sales.product.category"]):
        Role.objects.filter(code="member").update(hidden_fields=hidden)
        run(client_for("member"), 400, **asked)
    Role.objects.filter(code="member").update(hidden_fields=[], reach={"sales.order": {"see": "own"}})
    assert run(client_for("member"), **asked)["rows"] == []
