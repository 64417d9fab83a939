"""OAuth 2: the whole round, and everything that must not work, each beside what does."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application, Grant, RefreshToken
from psycopg import sql

from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.customers.models import Customer
from crm.team.connections import app_create, app_delete, app_rotate, connection_end
from crm.team.models import ConnectedApp, Connection, Role, User
from crm.team.reach import reach_of
from crm.team.services import actor_of_user, actor_restore
from tenants.context import inside
from tenants.rates import Guard
from tenants.services import host_of
from tests.counting import cost
from tests.crm.team.asking import BACK, LIST, Shop, code_of
from tests.world import PASSWORD


def test_the_whole_round_from_asking_to_calling(shop: Shop, client_for: Any) -> None:
    client = client_for("owner")
    page = client.get(shop.asking())
    assert page.status_code == 200
    assert "customers.view_customer" in page.content.decode()
    assert "form-action 'self' https://shop.example;" in page["Content-Security-Policy"] + ";"
    answer = client.post(shop.asking(), {"answer": "allow"})
    query = parse_qs(urlsplit(answer["Location"]).query)
    assert answer["Location"].startswith(BACK + "?")
    assert query["state"] == ["s1"]
    told = Client(HTTP_HOST=shop.host).get("/.well-known/oauth-authorization-server").json()
    assert query["iss"] == [told["issuer"]]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert "code" in query, query
    given = shop.redeem(query["code"][0])
    assert given["Cache-Control"] == "no-store"
    assert given.json()["expires_in"] == 3600
    caller = shop.caller(given.json()["access_token"])
    assert caller.get(LIST).status_code == 200
    me = caller.get("/api/v1/me").json()
    assert (me["kind"], me["scopes"]) == ("app", ["customers.change_customer", "customers.view_customer"])
    assert caller.get("/api/v1/orders/").status_code == 403, "outside the scopes, though the owner may"


def test_who_says_no_gives_nothing(shop: Shop, client_for: Any) -> None:
    answer = client_for("owner").post(shop.asking(), {"answer": "deny"})
    assert parse_qs(urlsplit(answer["Location"]).query)["error"] == ["access_denied"]
    assert (Grant.objects.count(), Connection.objects.count()) == (0, 0)


def test_a_stranger_is_sent_to_log_in_and_comes_back(shop: Shop) -> None:
    answer = Client(HTTP_HOST=shop.host).get(shop.asking())
    assert answer.status_code == 302
    assert "/log-in/?next=" in answer["Location"]


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://shop.example/back/"},
        {"redirect_uri": "https://shop.example/back?x=1"},
        {"redirect_uri": "https://shop.example/back#x"},
        {"redirect_uri": "https://shop.example:8443/back"},
        {"redirect_uri": "https://SHOP.example/back"},
        {"redirect_uri": "https://shop.example@evil.example/back"},
        {"redirect_uri": "https://shop.example.evil.example/back"},
        {"redirect_uri": "https://shop.example/back/../other"},
        {"redirect_uri": "http://shop.example/back"},
        {"redirect_uri": "//shop.example/back"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": f"{BACK} https://evil.example/"},
        {"client_id": "nobody"},
        {"client_id": "a\x00b"},
    ],
)
def test_a_wrong_address_is_told_to_the_person_and_never_followed(
    shop: Shop, client_for: Any, changes: dict[str, str]
) -> None:
    for answer in (
        client_for("owner").get(shop.asking(**changes)),
        client_for("owner").post(shop.asking(**changes), {"answer": "allow"}),
    ):
        assert answer.status_code == 400
        assert "Location" not in answer
    assert Grant.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": "", "code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"response_type": "token"}, "unauthorized_client"),
        ({"scope": "sales.delete_order"}, "invalid_scope"),
        ({"scope": "*"}, "invalid_scope"),
    ],
)
def test_asking_for_less_safety_or_more_rights_is_refused(
    shop: Shop, client_for: Any, changes: dict[str, str], error: str
) -> None:
    for answer in (
        client_for("owner").get(shop.asking(**changes)),
        client_for("owner").post(shop.asking(**changes), {"answer": "allow"}),
    ):
        assert answer.status_code == 302, answer.content
        assert answer["Location"].startswith(BACK)
        assert f"error={error}" in answer["Location"]
    assert Grant.objects.count() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "another-verifier-of-more-than-forty-three-characters"},
        {"code_verifier": ""},
        {"redirect_uri": "https://shop.example/other"},
        {"client_secret": "wrong"},
        {"client_secret": ""},
        {"code": "made-up"},
    ],
)
def test_a_code_opens_nothing_to_whoever_overheard_it(shop: Shop, code: str, changes: dict[str, str]) -> None:
    refused = shop.redeem(code, **changes)
    assert refused.status_code in (400, 401)
    assert AccessToken.objects.count() == 0
    assert shop.redeem(code).status_code == 200, "the app itself still gets its tokens"


def test_a_code_is_too_old_after_a_minute(shop: Shop, code: str) -> None:
    Grant.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert shop.redeem(code).status_code == 400
    assert AccessToken.objects.count() == 0


def test_a_code_that_comes_twice_ends_what_it_gave(shop: Shop, code: str) -> None:
    given = shop.redeem(code).json()
    caller = shop.caller(given["access_token"])
    assert caller.get(LIST).status_code == 200
    assert shop.redeem(code).status_code == 400
    assert caller.get(LIST).status_code == 401
    assert shop.refresh(given["refresh_token"]).status_code == 400


def test_refresh_tokens_rotate_and_an_old_one_ends_the_family(shop: Shop, tokens: dict[str, Any]) -> None:
    second = shop.refresh(tokens["refresh_token"]).json()
    assert shop.caller(second["access_token"]).get(LIST).status_code == 200
    assert shop.caller(tokens["access_token"]).get(LIST).status_code == 401
    assert shop.refresh(tokens["refresh_token"]).status_code == 400, "used up"
    assert shop.refresh(second["refresh_token"]).status_code == 400, "and its use by somebody ended the rest"


def test_a_refresh_widens_nothing(shop: Shop, tokens: dict[str, Any]) -> None:
    assert shop.refresh(tokens["refresh_token"], scope="customers.delete_customer").status_code == 400
    less = shop.refresh(tokens["refresh_token"], scope="customers.view_customer").json()
    assert less["scope"] == "customers.view_customer"


def test_a_revoked_token_is_dead_at_once_with_its_pair(shop: Shop, tokens: dict[str, Any]) -> None:
    client, credentials = Client(HTTP_HOST=shop.host), {"client_id": shop.app.application.client_id}
    body = {**credentials, "token": tokens["access_token"], "client_secret": "wrong"}
    assert client.post("/oauth/revoke/", body).status_code in (400, 401)
    assert shop.caller(tokens["access_token"]).get(LIST).status_code == 200
    assert client.post("/oauth/revoke/", {**body, "client_secret": shop.secret}).status_code == 200
    assert shop.caller(tokens["access_token"]).get(LIST).status_code == 401
    assert shop.refresh(tokens["refresh_token"]).status_code == 400


def test_an_access_token_expires(shop: Shop, tokens: dict[str, Any]) -> None:
    AccessToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert shop.caller(tokens["access_token"]).get(LIST).status_code == 401
    assert shop.refresh(tokens["refresh_token"]).status_code == 200


def test_tokens_codes_and_secrets_are_kept_as_digests(shop: Shop, code: str) -> None:
    given = shop.redeem(code).json()
    with connection.cursor() as cursor:
        for table in ("accesstoken", "refreshtoken", "grant", "application"):
            name = sql.Identifier(f"oauth2_provider_{table}")
            cursor.execute(sql.SQL("SELECT coalesce(string_agg(t::text, ' '), '') FROM {} t").format(name))
            kept = cursor.fetchone()[0]
            assert kept, table
            for secret in (given["access_token"], given["refresh_token"], code, shop.secret):
                assert secret not in kept, table


def rows_copied(clone: Any) -> None:
    """What a copy of the tables would hold: the rows of A in the clone."""
    with inside(clone):
        Application.objects.all().delete()
    tables = ("oauth2_provider_application", "team_connectedapp", "team_connection", "oauth2_provider_grant")
    with connection.cursor() as cursor:
        for table in (*tables, "oauth2_provider_accesstoken", "oauth2_provider_refreshtoken"):
            there, here = sql.Identifier(clone.schema_name, table), sql.Identifier(table)
            cursor.execute(sql.SQL("INSERT INTO {} SELECT * FROM {}").format(there, here))


def test_nothing_of_a_company_opens_another_not_even_its_copy(
    shop: Shop, client_for: Any, tokens: dict[str, Any], other: Any, clone: Any
) -> None:
    fresh = code_of(client_for("owner").post(shop.asking(), {"answer": "allow"}))
    rows_copied(clone)
    for elsewhere in (other, clone):
        host = host_of(elsewhere.slug)
        assert shop.caller(tokens["access_token"], host).get(LIST).status_code == 401
        assert shop.refresh(tokens["refresh_token"], host=host).status_code in (400, 401)
        assert shop.redeem(fresh, host=host).status_code in (400, 401)
        body = {"client_id": shop.app.application.client_id, "client_secret": shop.secret}
        refused = Client(HTTP_HOST=host).post("/oauth/revoke/", {**body, "token": tokens["access_token"]})
        assert refused.status_code in (400, 401)
    with inside(clone):
        assert AccessToken.objects.count() == 1
    assert shop.caller(tokens["access_token"]).get(LIST).status_code == 200
    assert shop.redeem(fresh).status_code == 200


def test_no_password_is_told_right_or_wrong(shop: Shop) -> None:
    asked = [shop.ask(grant_type="password", username="owner@kith.test", password=one) for one in (PASSWORD, "wrong")]
    assert [one.status_code for one in asked] == [400, 400]
    assert asked[0].json() == asked[1].json()


def test_a_secret_is_not_guessed_without_end(tenant: Any) -> None:
    app, secret = app_create("Nightly", actor=SYSTEM, scopes=["customers.*"], acts_for_people=False)
    right, wrong = (Shop(app, one, host_of(tenant.slug)) for one in (secret, "nonsense"))
    caller = RequestFactory().post("/")
    assert [Guard("secret", app.application.client_id, caller, most=30).wait() for _ in range(29)] == [0] * 29
    assert wrong.ask(grant_type="client_credentials").status_code == 401
    waiting = right.ask(grant_type="client_credentials")
    assert waiting.status_code == 429
    assert 0 < int(waiting["Retry-After"]) <= 300
    other, its = app_create("Other", actor=SYSTEM, scopes=["customers.*"], acts_for_people=False)
    assert Shop(other, its, host_of(tenant.slug)).ask(grant_type="client_credentials").status_code != 429


def test_an_app_for_itself_acts_within_its_makers_role(tenant: Any, client_for: Any) -> None:
    maker = User.objects.create(email="maker@a.example", role=Role.objects.get(code="owner"))
    actor = actor_of_user(maker, via="page")
    app, secret = app_create("Nightly", actor=actor, scopes=["customers.*"], acts_for_people=False)
    nightly = Shop(app, secret, host_of(tenant.slug))
    given = nightly.ask(grant_type="client_credentials").json()
    assert "refresh_token" not in given
    caller, body = nightly.caller(given["access_token"]), json.dumps({"name": "Lin Yi"})
    assert caller.post("/api/v1/customers/", body, content_type="application/json").status_code == 201
    assert caller.get("/api/v1/orders/").status_code == 403
    User.objects.filter(pk=maker.pk).update(role=Role.objects.get(code="read-only"))
    before = Customer.objects.count()
    assert caller.post("/api/v1/customers/", body, content_type="application/json").status_code == 403
    assert caller.get(LIST).status_code == 200
    User.objects.filter(pk=maker.pk).update(is_active=False)
    assert caller.get(LIST).status_code == 401
    assert Customer.objects.count() == before
    assert nightly.ask(grant_type="client_credentials", scope="sales.view_order").status_code == 400
    assert nightly.ask(grant_type="password", username="owner@kith.test", password="x").status_code in (400, 401)


@pytest.mark.parametrize("role", ["owner", "manager", "member", "read-only"])
@pytest.mark.parametrize("scope", ["customers.view_customer", "customers.change_customer", "*.view_*", "customers.*"])
def test_a_person_s_app_may_what_role_and_scope_both_allow(shop: Shop, client_for: Any, role: str, scope: str) -> None:
    code = code_of(client_for(role).post(shop.asking(scope=scope), {"answer": "allow"}))
    caller = shop.caller(shop.redeem(code).json()["access_token"])
    may_read = scope != "customers.change_customer"
    may_write = scope in ("customers.change_customer", "customers.*") and role != "read-only"
    pk, name = Customer.objects.values_list("pk", "name").order_by("pk")[0]
    assert caller.get(LIST).status_code == (200 if may_read else 403)
    body, kind = json.dumps({"name": "Changed"}), "application/json"
    answer = caller.patch(f"/api/v1/customers/{pk}", body, content_type=kind)
    assert (answer.status_code != 403) is may_write
    after = Customer.objects.values_list("name", flat=True).get(pk=pk)
    assert after == ("Changed" if may_write else name)


def test_an_app_ends_when_the_person_leaves_or_says_so(shop: Shop, client_for: Any, tokens: dict[str, Any]) -> None:
    caller = shop.caller(tokens["access_token"])
    owner = User.objects.get(email="owner@kith.test")
    held = actor_restore("app", Connection.objects.get().pk, via="job")
    assert held.may("customers.view_customer")
    assert not held.may("sales.view_order"), "work in the background is held to the scopes, too"
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert caller.get(LIST).status_code == 401
    assert shop.refresh(tokens["refresh_token"]).status_code == 400
    User.objects.filter(pk=owner.pk).update(is_active=True)
    assert caller.get(LIST).status_code == 200
    connection_end(Connection.objects.get(), actor=actor_of_user(owner, via="page"))
    assert caller.get(LIST).status_code == 401
    assert (AccessToken.objects.count(), RefreshToken.objects.count()) == (0, 0)


def test_a_new_secret_ends_the_old_one_and_deletion_ends_everything(shop: Shop, tokens: dict[str, Any]) -> None:
    new = app_rotate(shop.app, actor=SYSTEM)
    assert shop.refresh(tokens["refresh_token"]).status_code == 401
    shop.secret = new
    given = shop.refresh(tokens["refresh_token"]).json()
    assert shop.caller(given["access_token"]).get(LIST).status_code == 200
    app_delete(shop.app, actor=SYSTEM)
    assert shop.caller(given["access_token"]).get(LIST).status_code == 401
    assert AccessToken.objects.count() == 0


def test_a_changed_app_may_less_at_once_and_returns_elsewhere(
    shop: Shop, tokens: dict[str, Any], client_for: Any
) -> None:
    caller, page = shop.caller(tokens["access_token"]), f"/settings/apps/{shop.app.pk}/"
    assert caller.get(LIST).status_code == 200
    form = {"name": "Till", "scope": ["sales.view_order"], "redirect_uris": "https://till.example/back"}
    assert client_for("member").post(page, form).status_code == 403
    assert client_for("owner").post(page, {**form, "redirect_uris": "http://till.example"}).status_code == 422
    assert caller.get(LIST).status_code == 200, "nothing of it was taken"
    assert 'value="customers.*" checked' in client_for("owner").get(page).content.decode()
    assert client_for("owner").post(page, form).status_code == 302
    assert caller.get(LIST).status_code == 403
    application = Application.objects.get(pk=shop.app.application_id)
    assert (application.name, application.redirect_uris) == ("Till", "https://till.example/back")
    assert client_for("owner").get(shop.asking()).status_code == 400, "the old address is none any more"


@pytest.mark.parametrize("limits", [{"reach": reach_of({"customers.customer": {"see": "own"}})},
                                    {"hidden_fields": frozenset({"customers.customer.phone"})}])  # fmt: skip
def test_whoever_sees_less_than_an_app_gets_no_new_secret(shop: Shop, limits: dict[str, Any]) -> None:
    everything = Actor("user", User.objects.get(email="member@kith.test").pk, frozenset({"*"}))
    before = shop.app.application.client_secret
    with pytest.raises(CrmError) as refused:
        app_rotate(shop.app, actor=replace(everything, **limits))
    assert refused.value.status == 403
    assert Application.objects.get(pk=shop.app.application_id).client_secret == before
    assert app_rotate(shop.app, actor=everything)


@pytest.fixture
def member(tenant: Any) -> Any:
    """Somebody who may make apps but not delete customers."""
    user = User.objects.select_related("role").get(email="member@kith.test")
    Role.objects.filter(pk=user.role_id).update(permissions=["*.view_*", "team.manage_connectedapp"])
    user.refresh_from_db()
    return actor_of_user(User.objects.select_related("role").get(pk=user.pk), via="page")


@pytest.mark.parametrize(
    "values",
    [
        {"scopes": ["customers.delete_customer"]},
        {"scopes": ["*"]},
        {"scopes": []},
        {"name": " "},
        {"redirect_uris": []},
        {"redirect_uris": ["http://shop.example/back"]},
        {"redirect_uris": ["https://*.example/back"]},
        {"redirect_uris": ["https://shop.example/back#top"]},
        {"redirect_uris": ["https://user@shop.example/back"]},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": ["https://shop.example/a b"]},
        {"is_public": True, "acts_for_people": False},
    ],
)
def test_nobody_makes_an_app_above_their_own_or_with_an_odd_address(member: Any, values: dict[str, Any]) -> None:
    good: dict[str, Any] = {"name": "Shop", "scopes": ["customers.view_customer"], "redirect_uris": [BACK]}
    before = ConnectedApp.objects.count()
    with pytest.raises(CrmError):
        app_create(**{"actor": member, **good, **values})
    assert ConnectedApp.objects.count() == before
    assert app_create(**{"actor": member, **good})[1]


def test_a_public_app_has_no_secret_and_needs_its_verifier(tenant: Any, client_for: Any) -> None:
    local = "http://127.0.0.1:8765/back"
    app, secret = app_create("Phone", actor=SYSTEM, scopes=["*.view_*"], redirect_uris=[local], is_public=True)
    phone = Shop(app, secret, host_of(tenant.slug))
    assert secret == ""
    asking = phone.asking(redirect_uri=local, scope="*.view_*")
    code = code_of(client_for("owner").post(asking, {"answer": "allow"}))
    assert phone.redeem(code, redirect_uri=local, code_verifier="x" * 50).status_code == 400
    code = code_of(client_for("owner").post(asking, {"answer": "allow"}))
    given = phone.redeem(code, redirect_uri=local).json()
    assert phone.caller(given["access_token"]).get(LIST).status_code == 200


def test_a_call_with_a_token_costs_one_statement_more_than_the_list(shop: Shop, tokens: Any, key_client: Any) -> None:
    caller = shop.caller(tokens["access_token"])
    caller.get(LIST), key_client().get(LIST)
    assert cost(caller, LIST) <= cost(key_client(), LIST)


@pytest.mark.parametrize("token", ["kitha_", "kitha_x.y", "kitha_" + "é" * 9, "kitha_" + "x" * 5000, "kithr_a.b"])
def test_nonsense_is_no_token(tenant: Any, token: str) -> None:
    client = Client(
        HTTP_HOST=host_of(tenant.slug), headers={"Authorization": f"Bearer {token}".encode().decode("latin-1")}
    )
    assert client.get(LIST).status_code == 401
