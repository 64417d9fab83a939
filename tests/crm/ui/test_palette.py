"""The palette: over a record it offers what can be done to it; reports and pages are found by their names."""

from __future__ import annotations

from typing import Any

from crm.activities.models import Task
from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.sales.models import Deal, Stage


def palette(client: Any, path: str, words: str = "") -> str:
    """What the palette says over a page."""
    over = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{path}"}
    answer = client.get(f"/palette/?q={words}", headers=over)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_over_a_record_it_offers_what_can_be_done_to_it(tenant: Any, client_for: Any) -> None:
    stage = Stage.objects.filter(outcome="open").order_by("pipeline", "position").first()
    assert stage is not None
    deal = record_save(Deal, {"name": "Big one", "pipeline": stage.pipeline_id, "stage": stage.pk}, actor=SYSTEM)
    task = record_save(Task, {"title": "Ring them"}, actor=SYSTEM)
    owner = client_for("owner")
    shown = palette(owner, f"/deals/{deal}/")
    assert "Big one" in shown
    assert f'href="/deals/{deal}/win/"' in shown
    assert f'href="/deals/{deal}/edit/"' in shown
    assert 'data-act="post"' in palette(owner, f"/tasks/{task}/")
    assert "/win/" not in palette(owner, f"/deals/{deal}/", "reopen")
    assert "/win/" not in palette(owner, "/deals/")
    assert "/win/" not in palette(owner, f"/deals/{task}/")
    assert f"/deals/{deal}/" not in palette(client_for("read-only"), f"/deals/{deal}/")
    done = owner.post(f"/tasks/{task}/complete/", headers={"HX-Request": "true"})
    assert done.status_code == 204
    assert f'href="/tasks/{task}/complete/"' not in palette(owner, f"/tasks/{task}/")


def test_reports_and_pages_are_found_by_name(tenant: Any, client_for: Any) -> None:
    assert 'href="/reports/best-customers/"' in palette(client_for("owner"), "/", "best")
    assert 'href="/dashboards/"' in palette(client_for("owner"), "/", "dashb")


def test_customers_stand_above_what_is_about_them(tenant: Any, client_for: Any) -> None:
    record_save(Customer, {"name": "Quillon Mill"}, actor=SYSTEM)
    record_save(Task, {"title": "Ring Quillon"}, actor=SYSTEM)
    shown = palette(client_for("owner"), "/", "quillon")
    assert 0 < shown.index("Quillon Mill") < shown.index("Ring Quillon")


def test_a_page_that_is_called_just_so_stands_first_and_what_one_does_before_where_one_goes(
    tenant: Any, client_for: Any
) -> None:
    record_save(Customer, {"name": "Deals and Sons"}, actor=SYSTEM)
    owner = client_for("owner")
    shown = palette(owner, "/", "deals")
    assert 0 < shown.index('href="/deals/"') < shown.index("Deals and Sons")
    empty = palette(owner, "/")
    at = [empty.index(f'href="/{one}/"') for one in ("customers/new", "dashboards", "customers")]
    assert at == sorted(at)


def test_pools_duplicates_and_figures_are_places_to_go(tenant: Any, client_for: Any) -> None:
    owner = client_for("owner")
    assert 'href="/leads/pool/"' in palette(owner, "/", "pool")
    assert 'href="/duplicates/?noun=customers"' in palette(owner, "/", "duplicates")
    assert 'href="/figures/forecast/"' in palette(owner, "/", "forecast")
