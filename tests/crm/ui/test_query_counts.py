"""How many statements a page costs: committed, the same however many rows there are, and allowed to fall only.

After a fall: KITH_RENEW=1 pytest tests/crm/ui/test_query_counts.py
"""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from crm.core.actors import SYSTEM
from crm.core.registry import Resource
from crm.core.services import Change, records_save
from crm.sales.models import Deal, Stage, Target
from crm.team.models import Role, Team, User
from tests.counting import cost, remember
from tests.crm.ui.asking import editable, made
from tests.examples import count

MOST = 12
FIXED = (
    "", "call-first/", "calendar/", "models/", "imports/", "settings/", "settings/people/", "settings/keys/",
    "palette/",
)  # fmt: skip


@editable
def test_a_list_page_costs_what_was_committed(noun: Resource, tenant: Any, client_for: Any) -> None:
    client, path = client_for("owner"), f"/{noun.slug}/"
    few = cost(client, path)
    for _ in range(12):
        made(noun)
    assert cost(client, path) <= few <= MOST
    if not noun.model.__module__.startswith("tests."):
        remember("page", f"{noun.slug} list", few)


@editable
def test_a_record_page_costs_what_was_committed(noun: Resource, tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    costs = {
        kind: cost(client, f"/{noun.slug}/{made(noun)}/{end}") for kind, end in (("record", ""), ("form", "edit/"))
    }
    assert max(costs.values()) <= MOST
    for kind, asked in costs.items():
        if not noun.model.__module__.startswith("tests."):
            remember("page", f"{noun.slug} {kind}", asked)


def selling(people: int) -> None:
    """People in teams, each with a deal won, one open and a target."""
    named = [Change({"name": f"Team {next(count)}"}) for _ in range(max(people // 3, 1))]
    teams = list(records_save(Team, named, actor=SYSTEM).saved.values())
    stages = dict(Stage.objects.filter(pipeline__is_default=True).order_by("-position").values_list("outcome", "pk"))
    today, role = str(timezone.localdate()), Role.objects.get(code="member").pk
    own = [{"email": f"seller{next(count)}@kith.test", "team_id": teams[at % len(teams)]} for at in range(people)]
    sellers = User.objects.bulk_create([User(name="Seller", role_id=role, **one) for one in own])
    deals, goals = [], []
    for who in sellers:
        common = {"name": "Pots", "amount": "100", "owner": who.pk}
        deals.append(Change({**common, "stage": stages["won"], "closed_on": today}))
        deals.append(Change({**common, "stage": stages["open"], "expected_close_on": today}))
        goals.append(Change({"person": who.pk, "starts_on": today, "goal": "50"}))
    for model, changes in ((Deal, deals), (Target, goals)):
        assert not records_save(model, changes, actor=SYSTEM).errors


def test_a_page_of_figures_costs_the_same_for_few_people_and_many(tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    paths = [f"figures/{name}/?by=teams" for name in ("results", "leaderboard", "forecast")]
    selling(2)
    few = {path: cost(client, f"/{path}") for path in paths}
    selling(25)
    many = {path: cost(client, f"/{path}") for path in paths}
    page = client.get(f"/{paths[0]}").content.decode()
    assert page.count(">Seller<") >= 27
    assert f'<optgroup label="{timezone.localdate().year}">' in page, "periods stand under their year"
    assert many == few
    for path, asked in few.items():
        assert asked <= MOST
        remember("page", path.partition("/?")[0], asked)


@pytest.mark.parametrize("path", FIXED, ids=lambda path: path or "home")
def test_the_other_pages_cost_what_was_committed(path: str, tenant: Any, client_for: Any) -> None:
    asked = cost(client_for("owner"), f"/{path}")
    assert asked <= MOST
    remember("page", path.rstrip("/") or "home", asked)
