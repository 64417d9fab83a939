"""Settings pages about access: keys, apps, usage, limits, people; each with what must not work."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.team.connections import connection_agree
from crm.team.models import ApiKey, ConnectedApp, Connection, Invitation, Role, User
from crm.team.people import user_deactivate
from crm.team.services import actor_of_user, api_key_create, api_key_find
from tenants import hosts
from tenants.models import Plan, Tenant
from tests.crm.api.asking import hashes
from tests.crm.ui.asking import shown_once

BACK = "https://shop.example/back"


def test_a_key_is_made_with_chosen_scopes_pinned_and_renewed(tenant: Tenant, client_for: Any) -> None:
    client = client_for("owner")
    page = client.get("/settings/keys/").content.decode()
    assert 'value="customers.view_customer"' in page
    form = {"name": "Shop", "scope": ["customers.view_customer"], "addresses": "203.0.113.0/24", "burst_limit": "50"}
    plain = shown_once(client.post("/settings/keys/", form), "plain")
    key = ApiKey.objects.get(name="Shop")
    assert (key.addresses, key.burst_limit, key.scopes) == (["203.0.113.0/24"], 50, ["customers.view_customer"])
    assert api_key_find(plain, address="203.0.113.5")
    renewed = shown_once(client.post(f"/settings/keys/{key.pk}/rotate/"), "plain")
    assert api_key_find(plain, address="203.0.113.5") is None
    assert api_key_find(renewed, address="203.0.113.5")
    bad = client.post("/settings/keys/", {**form, "addresses": "here"})
    assert bad.status_code == 422
    assert ApiKey.objects.filter(name="Shop").count() == 1


def test_a_key_whose_maker_left_says_so(tenant: Tenant, client_for: Any) -> None:
    maker = User.objects.create(email="left@a.example", name="Lee", role=Role.objects.get(code="owner"))
    api_key_create("Old", actor=actor_of_user(maker, via="page"), scopes=["*.view_*"])
    User.objects.filter(pk=maker.pk).update(is_active=False)
    assert "Stopped: Lee is deactivated" in client_for("owner").get("/settings/keys/").content.decode()


@pytest.mark.parametrize("role", ["member", "read-only"])
def test_who_may_not_makes_no_key_and_no_app(tenant: Tenant, client_for: Any, role: str) -> None:
    before, client = (ApiKey.objects.count(), ConnectedApp.objects.count()), client_for(role)
    key, app = ApiKey.objects.all()[0], ConnectedApp.objects.all()[0]
    above = ["*.view_*", "team.manage_user"]  # a member makes keys within their own rights
    for path, form in (
        ("/settings/keys/", {"name": "X", "scope": above if role == "member" else ["*.view_*"]}),
        (f"/settings/keys/{key.pk}/rotate/", {}),
        (f"/settings/keys/{key.pk}/revoke/", {}),
        ("/settings/apps/", {"name": "X", "scope": ["*.view_*"], "redirect_uris": BACK}),
        (f"/settings/apps/{app.pk}/secret/", {}),
        (f"/settings/apps/{app.pk}/remove/", {}),
    ):
        assert client.post(path, form).status_code in (403, 422), path
    assert (ApiKey.objects.count(), ConnectedApp.objects.count()) == before


def test_an_app_is_made_agreed_to_and_disconnected(tenant: Tenant, client_for: Any) -> None:
    client = client_for("owner")
    form = {"name": "Shop", "scope": ["customers.view_customer"], "kind": "people", "redirect_uris": BACK}
    answer = client.post("/settings/apps/", form)
    assert shown_once(answer, "secret")
    app = ConnectedApp.objects.get(name="Shop")
    owner = User.objects.select_related("role").get(email="owner@kith.test")
    connection_agree(app, owner, ["customers.view_customer"], actor=actor_of_user(owner, via="page"))
    assert "Disconnect" in client.get("/settings/apps/").content.decode()
    connection = Connection.objects.get(app=app)
    assert client_for("member").post(f"/settings/connections/{connection.pk}/end/").status_code == 403
    assert Connection.objects.filter(pk=connection.pk).exists()
    client.post(f"/settings/connections/{connection.pk}/end/")
    assert not Connection.objects.filter(pk=connection.pk).exists()
    assert shown_once(client.post(f"/settings/apps/{app.pk}/secret/"), "secret")
    client.post(f"/settings/apps/{app.pk}/remove/")
    assert not ConnectedApp.objects.filter(pk=app.pk).exists()
    assert not AccessToken.objects.filter(application__name="Shop").exists()


def test_the_usage_page_shows_bars_callers_and_the_plan(tenant: Tenant, client_for: Any) -> None:
    _key, plain = api_key_create("Counted", actor=SYSTEM, scopes=["*.view_*"])
    caller = Client(HTTP_HOST="tenant-a.localhost", headers={"Authorization": f"Bearer {plain}"})
    caller.get("/api/v1/customers/")
    page = client_for("owner").get("/settings/usage/").content.decode()
    assert "Counted" in page
    assert 'class="bars"' in page
    assert "no limit" in page


@pytest.fixture
def plan(tenant: Tenant) -> Any:
    """Sets limits of the tenant's plan."""

    def limit(**limits: int | None) -> None:
        Plan.objects.filter(pk=tenant.plan_id).update(**limits)
        tenant.plan.refresh_from_db()
        hosts.forget()

    yield limit
    hosts.forget()


def test_a_full_plan_takes_no_more_people_and_says_what_to_do(tenant: Tenant, client_for: Any, plan: Any) -> None:
    plan(people_limit=User.objects.filter(is_active=True).count())
    before = Invitation.objects.count()
    answer = client_for("owner").post("/settings/people/", {"email": "new@a.example", "role": "member"})
    assert answer.status_code == 403
    assert "larger plan" in answer.content.decode()
    assert Invitation.objects.count() == before
    plan(people_limit=None)
    client_for("owner").post("/settings/people/", {"email": "new@a.example", "role": "member"})
    assert Invitation.objects.count() == before + 1


def test_an_invitation_is_sent_again_or_withdrawn(tenant: Any, client_for: Any) -> None:
    owner, member = client_for("owner"), client_for("member")
    form, people = {"email": "new@a.example", "role": "member"}, "/settings/people/"
    links = [re.search(r'value="http://[^/]+(/[^"]+)"', owner.post(people, form).content.decode()) for _ in "ab"]
    first, second = (found[1] for found in links if found)
    assert [owner.get(one).status_code for one in (first, second)] == [404, 200]
    invited = Invitation.objects.get(email="new@a.example", expires_at__gt=timezone.now())
    Role.objects.filter(code="member").update(permissions=["*.view_*", "team.invite_user"])
    above = {"email": "new@a.example", "role": "read-only"}
    Invitation.objects.filter(pk=invited.pk).update(role=Role.objects.get(code="owner"))
    before = hashes()
    assert member.post(people, {"withdraw": invited.pk}).status_code == 403
    assert member.post(people, above).status_code == 403
    assert hashes() == before
    assert str(invited.pk) not in member.get(people).content.decode()
    assert owner.post(people, {"withdraw": "nonsense"}).status_code == 404
    assert owner.post(people, {"withdraw": invited.pk}).status_code == 302
    assert owner.get(second).status_code == 404
    assert f'value="{invited.pk}"' not in owner.get(people).content.decode()


def test_a_program_invites_and_withdraws_as_the_page_does(tenant: Any, client_for: Any, settings: Any) -> None:
    settings.HAS_MAIL = True
    owner, member, address = client_for("owner"), client_for("member"), "/api/v1/invitations/"
    asked = {"data": {"email": "new@a.example", "role": "member"}, "content_type": "application/json"}
    assert owner.post(f"{address}?dry_run=1", **asked).status_code == 204
    assert not mail.outbox
    sent = owner.post(address, **asked).json()
    assert ([one.to for one in mail.outbox], sent["is_mailed"]) == ([["new@a.example"]], True)
    assert sent["url"] in mail.outbox[0].body
    assert owner.get(sent["url"]).status_code == 200
    assert [one["email"] for one in owner.get(address).json()["results"]].count("new@a.example") == 1
    before = hashes()
    for email, role in (("nobody", "member"), ("", "member"), ("two@a.example", "emperor"), (None, "member")):
        wrong = owner.post(address, {"email": email, "role": role}, content_type="application/json")
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) in ((422, "/email"), (422, "/role"))
    assert [one.status_code for one in (member.get(address), member.post(address, **asked))] == [403, 403]
    assert member.delete(f"{address}{sent['id']}/").status_code == 403
    assert hashes() == before
    assert owner.delete(f"{address}{sent['id']}/").status_code == 204
    assert owner.get(sent["url"]).status_code == 404


def test_a_full_plan_takes_no_more_records_but_lets_the_old_ones_change(
    tenant: Tenant, plan: Any, key_client: Any
) -> None:
    plan(records_limit=1)
    before, pk = Customer.objects.count(), Customer.objects.order_by("pk")[0].pk
    with pytest.raises(CrmError) as refused:
        record_save(Customer, {"name": "One more"}, actor=SYSTEM)
    assert refused.value.code == "plan_limit"
    answer = key_client().post("/api/v1/customers/", '{"name": "More"}', content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "plan_limit")
    assert Customer.objects.count() == before
    record_save(Customer, {"name": "Changed"}, id=pk, actor=SYSTEM)
    assert Customer.objects.get(pk=pk).name == "Changed"


def test_a_role_is_changed_a_door_shut_and_opened(tenant: Tenant, client_for: Any) -> None:
    owner, member = client_for("owner"), client_for("member")
    person = User.objects.get(email="member@kith.test")
    path = f"/settings/people/{person.pk}/change/"
    assert member.get("/customers/").status_code == 200
    owner.post(path, {"role": "read-only"})
    assert User.objects.select_related("role").get(pk=person.pk).role.code == "read-only"
    owner.post(path, {"do": "deactivate"})
    assert member.get("/customers/").status_code == 302, "the session ended with the door"
    assert "Activate" in owner.get(f"/settings/people/{person.pk}/").content.decode()
    owner.post(path, {"do": "activate"})
    assert User.objects.get(pk=person.pk).is_active


@pytest.mark.parametrize(
    ("role", "target", "form"),
    [
        ("manager", "member", {"role": "read-only"}),
        ("member", "read-only", {"do": "deactivate"}),
        ("owner", "owner", {"do": "deactivate"}),
        ("owner", "owner", {"role": "member"}),
    ],
)
def test_nobody_changes_whom_they_may_not(
    tenant: Tenant, client_for: Any, role: str, target: str, form: dict[str, str]
) -> None:
    person = User.objects.get(email=f"{target}@kith.test")
    answer = client_for(role).post(f"/settings/people/{person.pk}/change/", form)
    assert answer.status_code == 403
    after = User.objects.get(pk=person.pk)
    assert (after.role_id, after.is_active) == (person.role_id, person.is_active)


def test_a_manager_of_people_neither_gives_nor_touches_a_higher_role(tenant: Tenant, client_for: Any) -> None:
    manager = Role.objects.get(code="manager")
    Role.objects.filter(pk=manager.pk).update(permissions=[*manager.permissions, "team.manage_user"])
    client = client_for("manager")
    member, owner = (User.objects.get(email=f"{name}@kith.test") for name in ("member", "owner"))
    assert client.post(f"/settings/people/{member.pk}/change/", {"role": "owner"}).status_code == 403
    assert client.post(f"/settings/people/{owner.pk}/change/", {"do": "deactivate"}).status_code == 403
    assert User.objects.get(pk=member.pk).role_id == member.role_id
    assert User.objects.get(pk=owner.pk).is_active
    client.post(f"/settings/people/{member.pk}/change/", {"role": "read-only"})
    assert User.objects.select_related("role").get(pk=member.pk).role.code == "read-only"


def test_the_last_owner_stays(tenant: Tenant) -> None:
    owner = User.objects.select_related("role").get(email="owner@kith.test")
    second = User.objects.create(email="two@a.example", role=owner.role)
    actor = actor_of_user(User.objects.select_related("role").get(pk=second.pk), via="page")
    user_deactivate(owner, actor=actor)
    assert not User.objects.get(pk=owner.pk).is_active
    with pytest.raises(CrmError) as refused:
        user_deactivate(User.objects.select_related("role").get(pk=second.pk), actor=SYSTEM)
    assert refused.value.status == 409
    assert User.objects.get(pk=second.pk).is_active


@pytest.mark.parametrize("role", ["manager", "member", "read-only"])
def test_nobody_else_makes_a_reset_link_for_a_colleague(tenant: Tenant, client_for: Any, role: str) -> None:
    colleague = User.objects.create(email="peer@a.example", role=Role.objects.get(code="read-only"))
    path = f"/settings/people/{colleague.pk}/"
    assert client_for(role).post(path).status_code == 403
    assert "/password/" in client_for("owner").post(path).content.decode()


def test_a_limit_of_very_many_digits_is_the_highest(tenant: Tenant, client_for: Any) -> None:
    form = {"name": "Fast", "scope": ["customers.view_customer"], "burst_limit": "9" * 5000}
    assert client_for("owner").post("/settings/keys/", form).status_code == 200
    assert ApiKey.objects.get(name="Fast").burst_limit == 1_000_000
