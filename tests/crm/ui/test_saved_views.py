"""Saved views: a list is kept as it is seen, for oneself, a team or everyone; changes offer Save, Save as, Discard."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from crm.core.actors import SYSTEM
from crm.core.models import Event, SavedView
from crm.core.saved_views import forget
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.team.models import Role, Team, User
from crm.ui.models import ListChoice
from tests.crm.api.asking import hashes, sent

SEEN = "?city=Hangzhou&ordering=-created_at&fields=name,phone&group=kind&widths=200,90"
FORM = {"name": "Hangzhou first", "sharing": "private", "icon": "star", "colour": "red", "look": "list"}


@pytest.fixture(autouse=True)
def _none_yet(tenant: Any) -> None:
    """No view is there."""
    SavedView.objects.all().delete()


def saved(client: Any, query: str = SEEN, **values: str) -> SavedView:
    """A view saved from a page."""
    answer = client.post(f"/customers/views/new/{query}", {**FORM, **values})
    assert answer.status_code == 302, answer.content.decode()[-1500:]
    return SavedView.objects.latest("created_at")


def page(client: Any, address: str) -> str:
    """A page that opens."""
    answer = client.get(address, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_what_a_page_shows_is_kept_whole_and_opened_again(client_for: Any) -> None:
    client = client_for("owner")
    view = saved(client)
    assert (view.filters, view.columns, view.widths) == ({"city": "Hangzhou"}, ["name", "phone"], [200, 90])
    assert (view.ordering, view.group_by, view.look) == ("-created_at", "kind", "table")
    address = client.get(f"/customers/views/{view.pk}/")["Location"]
    assert f"view={view.pk}" in address
    shown = page(client, address)
    assert "Hangzhou first" in shown
    assert "view-acts" not in shown
    assert Event.objects.filter(name="core.savedview.created", object_id=view.pk).count() == 1


def test_changes_are_offered_to_be_saved_or_thrown_away(client_for: Any) -> None:
    client = client_for("owner")
    view = saved(client, "?city=Hangzhou")
    changed = f"?view={view.pk}&city=Rome"
    shown = page(client, f"/customers/{changed}")
    assert all(word in shown for word in (">Discard<", ">Save as<", 'value="save"'))
    client.post(f"/customers/views/{view.pk}/do/{changed}", {"do": "save", "look": "list"})
    view.refresh_from_db()
    assert view.filters == {"city": "Rome"}
    assert "view-acts" not in page(client, f"/customers/views/{view.pk}/")


def test_a_view_is_seen_by_its_owner_its_team_or_everyone(client_for: Any) -> None:
    team = record_save(Team, {"name": "North"}, actor=SYSTEM)
    User.objects.filter(email__in=["owner@kith.test", "member@kith.test"]).update(team=team)
    owner = client_for("owner")
    views = {sharing: saved(owner, name=sharing, sharing=sharing) for sharing in ("private", "team", "everyone")}
    seen = {
        role: [
            name
            for name, view in views.items()
            if client_for(role).get(f"/customers/views/{view.pk}/").status_code == 302
        ]
        for role in ("owner", "member", "manager")
    }
    assert seen == {"owner": list(views), "member": ["team", "everyone"], "manager": ["everyone"]}
    menu = page(client_for("member"), "/customers/views/")
    assert (">team<" in menu, ">private<" in menu) == (True, False)


def test_only_its_owner_changes_a_view_and_who_only_reads_shares_none(client_for: Any, key_client: Any) -> None:
    view, before = saved(client_for("owner"), sharing="everyone"), None
    before = hashes()
    member = client_for("member")
    assert member.post(f"/customers/views/{view.pk}/do/?city=Rome", {"do": "save"}).status_code == 403
    assert member.post(f"/customers/views/{view.pk}/do/", {"do": "delete"}).status_code == 403
    assert member.post(f"/customers/views/{view.pk}/edit/", FORM).status_code == 403
    reader = client_for("read-only")
    assert reader.post(f"/customers/views/new/{SEEN}", {**FORM, "sharing": "everyone"}).status_code == 403
    assert hashes()["core.savedview"] == before["core.savedview"]
    assert saved(reader).owner == User.objects.get(email="read-only@kith.test")
    assert client_for("owner").post(f"/customers/views/{view.pk}/do/", {"do": "delete"}).status_code == 302


def test_a_view_is_pinned_and_opens_first_for_one_person(client_for: Any) -> None:
    owner, member = client_for("owner"), client_for("member")
    view = saved(owner, sharing="everyone")
    for deed in ("pin", "default"):
        assert member.post(f"/customers/views/{view.pk}/do/", {"do": deed}).status_code == 302
    assert "Hangzhou first" in page(member, "/customers/")
    assert "Hangzhou first" in page(member, "/customers/?view=all")
    assert "Hangzhou first" not in page(owner, "/customers/")
    member.post(f"/customers/views/{view.pk}/do/", {"do": "default"})
    assert ListChoice.objects.get(user__email="member@kith.test", label="customers.customer").view is None
    owner.post(f"/customers/views/{view.pk}/do/", {"do": "delete"})
    assert "Hangzhou first" not in page(member, "/customers/")


def test_a_view_that_asks_for_what_is_hidden_is_not_offered(client_for: Any) -> None:
    saved(client_for("owner"), sharing="everyone")
    menu, view, member = "/customers/views/", SavedView.objects.get(name="Hangzhou first").pk, client_for("member")
    direct = (f"{menu}{view}/", f"/api/v1/views/{view}")
    assert "Hangzhou first" in page(member, menu)
    assert "Hangzhou" in page(member, f"/customers/?view={view}")
    assert [member.get(one).status_code for one in direct] == [302, 200]
    member.post(f"{menu}{view}/do/", {"do": "default"})
    assert member.get("/customers/").status_code == 302
    Role.objects.filter(code="member").update(hidden_fields=["customers.customer.city"])
    assert "Hangzhou first" not in page(member, menu)
    assert "Hangzhou" not in page(member, f"/customers/?view={view}")
    assert [member.get(one).status_code for one in direct] == [404, 404]
    assert member.get("/customers/").status_code == 200
    SavedView.objects.filter(pk=view).update(filters={}, ordering="", columns=[], group_by="city")
    assert "Hangzhou first" not in page(member, menu)
    assert member.get("/customers/").status_code == 200
    assert "Hangzhou first" in page(client_for("owner"), menu)


def test_what_cannot_be_shown_is_refused_beside_the_form(client_for: Any) -> None:
    client, before = client_for("owner"), hashes()
    for query, values in (("?nonsense=1", {}), ("?ordering=notes", {})):
        assert client.post(f"/customers/views/new/{query}", {**FORM, **values}).status_code == 400
    for values in ({"name": " "}, {"icon": "skull"}, {"look": "board"}, {"sharing": "world"}):
        assert "alert-danger" in client.post(f"/customers/views/new/{SEEN}", {**FORM, **values}).content.decode()
    assert hashes()["core.savedview"] == before["core.savedview"]


def test_a_board_is_kept_as_a_board(client_for: Any) -> None:
    client = client_for("owner")
    client.post("/deals/views/new/?source=Fair", {**FORM, "look": "board"})
    view = SavedView.objects.get()
    assert client.get(f"/deals/views/{view.pk}/")["Location"].startswith("/deals/board/?")
    assert "Hangzhou first" in page(client, f"/deals/views/{view.pk}/")


def test_programs_read_and_write_views(key_client: Any, client_for: Any) -> None:
    private = saved(client_for("owner"), name="mine")
    program = key_client("manager")
    body = {"object": "customers", "name": "Big", "sharing": "everyone", "filters": {"city": "Hangzhou"}, "where": None}
    made = sent(program.post, "/api/v1/views/", body).json()
    assert (made["object"], made["query"]) == ("customers.customer", {"city": "Hangzhou"})
    assert [one["name"] for one in program.get("/api/v1/views/?object=customers").json()["results"]] == ["Big"]
    assert program.get(f"/api/v1/views/{private.pk}/").status_code == 404
    one = f"/api/v1/views/{made['id']}/"
    assert sent(program.patch, one, {"ordering": "-name"}).json()["query"] == {"city": "Hangzhou", "ordering": "-name"}
    assert sent(program.patch, one, {"filters": {"nonsense": "1"}}).status_code == 400
    assert sent(program.patch, one, {"name": 7, "colour": "mud", "owner": "x"}).status_code == 422
    assert sent(key_client("read-only").patch, one, {"name": "x"}).status_code == 403
    assert program.delete(one).status_code == 204
    assert not SavedView.objects.filter(pk=UUID(made["id"])).exists()


def test_a_view_that_names_an_erased_person_goes(client_for: Any) -> None:
    pk = record_save(Customer, {"name": "Ada Byron"}, actor=SYSTEM)
    client = client_for("owner")
    gone, kept = saved(client, "?name__contains=Ada+Byron"), saved(client, "?city=Rome")
    forget({"customers.customer": [pk]}, ["Ada Byron"])
    assert list(SavedView.objects.values_list("pk", flat=True)) == [kept.pk]
    assert gone.pk != kept.pk


def test_a_row_is_looked_at_beside_its_list(client_for: Any) -> None:
    customer = {"name": "Adalind Voss", "city": "Kiel", "email": "adalind@example.com"}
    pk = record_save(Customer, customer, actor=SYSTEM)
    shown = page(client_for("member"), f"/customers/{pk}/tab/peek/")
    assert all(text in shown for text in ("Adalind Voss", "Kiel", "adalind@example.com", f'href="/customers/{pk}/"'))
    Role.objects.filter(code="member").update(hidden_fields=["customers.customer.city"])
    assert "Kiel" not in page(client_for("member"), f"/customers/{pk}/tab/peek/")


def test_several_orders_are_kept_by_a_view(client_for: Any) -> None:
    client = client_for("owner")
    view = saved(client, "?ordering=-created_at,name&widths=200,90")
    assert view.ordering == "-created_at,name"
    assert '<span class="sort-n num">2</span>' in page(client, f"/customers/views/{view.pk}/")
