"""Coming in, going out, forgotten passwords, invitations: by pages, in the right tenant only."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from crm.team.models import Invitation, Role, User
from crm.team.services import reset_token
from tenants.context import inside
from tenants.models import Tenant
from tenants.services import host_of
from tests.world import PASSWORD

NEW = "a brand new secret"


def stranger(tenant: Tenant) -> Client:
    """Somebody at the tenant's door."""
    return Client(HTTP_HOST=host_of(tenant.slug))


def log_in(client: Client, password: str = PASSWORD, email: str = "owner@kith.test", **more: str) -> Any:
    """Fill the log-in page."""
    return client.post("/log-in/", {"email": email, "password": password, **more})


def without_token(answer: Any) -> str:
    """A page but for what protects its forms, which differs each time."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


def test_the_right_password_opens_and_leads_back(tenant: Tenant) -> None:
    client = stranger(tenant)
    answer = log_in(client, next="/customers/?city=Oslo")
    assert (answer.status_code, answer["Location"]) == (302, "/customers/?city=Oslo")
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_it_never_leads_away_from_the_site(tenant: Tenant, where: str) -> None:
    assert log_in(stranger(tenant), next=where)["Location"] == "/"


def test_a_wrong_password_and_an_unknown_address_look_the_same(tenant: Tenant) -> None:
    wrong, unknown = log_in(stranger(tenant), "nonsense"), log_in(stranger(tenant), email="nobody@kith.test")
    assert (wrong.status_code, unknown.status_code) == (403, 403)
    said = [re.search(r'role="alert">.*?</div>', one.content.decode(), re.DOTALL) for one in (wrong, unknown)]
    assert said[0]
    assert said[1]
    assert said[0].group() == said[1].group()


def test_after_ten_wrong_tries_it_waits(tenant: Tenant) -> None:
    client = stranger(tenant)
    for _ in range(10):
        assert log_in(client, "nonsense").status_code == 403
    assert log_in(client).status_code == 429
    assert log_in(client, email="manager@kith.test").status_code == 302


def test_a_session_is_nobody_in_another_tenant(tenant: Tenant, clone: Tenant, client_for: Any) -> None:
    client = client_for("owner")
    assert client.get("/").status_code == 200
    there = stranger(clone)
    there.cookies = client.cookies
    assert there.get("/")["Location"].startswith("/log-in/")


def test_logging_out_ends_the_session(tenant: Tenant, client_for: Any) -> None:
    client = client_for("owner")
    assert client.get("/log-out/").status_code == 405
    client.post("/log-out/")
    assert client.get("/customers/").status_code == 302


def test_a_reset_link_works_once_and_only_at_home(tenant: Tenant, clone: Tenant) -> None:
    user = User.objects.select_related("role").get(email="member@kith.test")
    path = f"/password/{reset_token(user)}/"
    assert stranger(clone).get(path).status_code == 404
    client = stranger(tenant)
    assert client.post(path, {"password": "short"}).status_code == 422
    assert client.post(path, {"password": NEW})["Location"] == "/"
    assert client.get("/").status_code == 200
    assert stranger(tenant).get(path).status_code == 404
    assert log_in(stranger(tenant), NEW, "member@kith.test").status_code == 302


def test_with_mail_the_link_is_sent_without_mail_it_says_who_helps(tenant: Tenant, settings: Any) -> None:
    settings.HAS_MAIL = False
    assert "Ask the owner" in stranger(tenant).get("/password/").content.decode()
    settings.HAS_MAIL = True
    known = stranger(tenant).post("/password/", {"email": "member@kith.test"})
    unknown = stranger(tenant).post("/password/", {"email": "nobody@kith.test"})
    said = [without_token(answer) for answer in (known, unknown)]
    assert said[0].replace("member@", "nobody@") == said[1]
    (letter,) = mail.outbox
    link = re.search(r"/password/\S+", letter.body)
    assert link
    assert stranger(tenant).get(link.group()).status_code == 200


def test_an_invitation_brings_somebody_in_once(tenant: Tenant, clone: Tenant, client_for: Any) -> None:
    page = client_for("owner").post("/settings/people/", {"email": "new@kith.test", "role": "member"})
    link = re.search(r"/invitation/[^\"]+", page.content.decode())
    assert link
    assert stranger(clone).get(link.group()).status_code == 404
    client = stranger(tenant)
    assert client.post(link.group(), {"name": "Nova", "password": NEW})["Location"] == "/"
    assert client.get("/customers/").status_code == 200
    assert User.objects.get(email="new@kith.test").role.code == "member"
    assert stranger(tenant).get(link.group()).status_code == 404


def test_a_member_invites_nobody(tenant: Tenant, client_for: Any) -> None:
    before = Invitation.objects.count()
    assert (
        client_for("member").post("/settings/people/", {"email": "new@kith.test", "role": "member"}).status_code == 403
    )
    assert Invitation.objects.count() == before


def test_a_manager_cannot_make_an_owner_or_reset_one(tenant: Tenant, client_for: Any) -> None:
    manager, owner = client_for("manager"), User.objects.get(email="owner@kith.test")
    before = Invitation.objects.count()
    assert manager.post("/settings/people/", {"email": "new@kith.test", "role": "owner"}).status_code == 403
    assert manager.post(f"/settings/people/{owner.pk}/").status_code == 403
    assert Invitation.objects.count() == before


def test_the_owner_hands_a_reset_link_over(tenant: Tenant, client_for: Any) -> None:
    member = User.objects.get(email="member@kith.test")
    page = client_for("owner").post(f"/settings/people/{member.pk}/").content.decode()
    link = re.search(r"/password/[^\"]+", page)
    assert link
    assert stranger(tenant).get(link.group()).status_code == 200


def test_an_api_key_is_shown_once(tenant: Tenant, client_for: Any) -> None:
    client = client_for("owner")
    page = client.post("/settings/keys/", {"name": "Shop", "scope": "*.view_*", "days": "90"}).content.decode()
    plain = re.search(r"kith_[\w-]{40,}", page)
    assert plain
    assert plain.group() not in client.get("/settings/keys/").content.decode()
    asked = Client(HTTP_HOST=host_of(tenant.slug), headers={"Authorization": f"Bearer {plain.group()}"})
    assert asked.get("/api/v1/customers/").status_code == 200


def test_nobody_gives_a_key_more_than_they_hold(tenant: Tenant, client_for: Any) -> None:
    Role.objects.filter(code="manager").update(permissions=["*.view_*", "team.add_apikey"])
    answer = client_for("manager").post("/settings/keys/", {"name": "Shop", "scope": "*"})
    assert answer.status_code == 422
    assert "kith_" not in answer.content.decode()


def test_the_language_is_kept_for_the_person_and_the_browser(tenant: Tenant, client_for: Any) -> None:
    client = client_for("owner")
    client.post("/language/", {"language": "zh-hans", "next": "/customers/"})
    assert "客户" in client.get("/customers/").content.decode()
    client.post("/log-out/")
    assert "登录" in client.get("/log-in/").content.decode()
    with inside(tenant):
        assert User.objects.get(email="owner@kith.test").language == "zh-hans"


def test_a_new_password_needs_the_old_one(tenant: Tenant, client_for: Any) -> None:
    client = client_for("owner")
    assert client.post("/settings/", {"old": "wrong", "password": NEW}).status_code == 422
    assert client.post("/settings/", {"old": PASSWORD, "password": NEW}).status_code == 302
    assert client.get("/").status_code == 200
    assert log_in(stranger(tenant), NEW).status_code == 302
