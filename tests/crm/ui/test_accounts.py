"""Coming in, going out, forgotten passwords, invitations: by pages, in the right tenant only."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client, RequestFactory

from crm.team.models import Invitation, Role, User
from crm.team.services import reset_token
from tenants.context import inside
from tenants.models import Tenant
from tenants.rates import Guard
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


def tried(times: int, account: str = "owner@kith.test", what: str = "log-in") -> None:
    """So many tries for an account from where the tests' browsers are, without the work of hashing."""
    assert [Guard(what, account, RequestFactory().post("/")).wait() for _ in range(times)] == [0] * times


def test_after_ten_wrong_tries_it_waits_and_says_how_long(tenant: Tenant) -> None:
    client = stranger(tenant)
    tried(9)
    assert log_in(client, "nonsense").status_code == 403
    waiting = log_in(client, email=" Owner@Kith.test")
    assert waiting.status_code == 429
    assert 0 < int(waiting["Retry-After"]) <= 300
    assert "Wait 5 minutes" in waiting.content.decode()
    assert log_in(client, email="manager@kith.test").status_code == 302
    elsewhere = Client(HTTP_HOST=host_of(tenant.slug), REMOTE_ADDR="192.0.2.7")
    assert log_in(elsewhere).status_code == 302  # a stranger's tries lock nobody out


def test_a_right_password_begins_anew(tenant: Tenant) -> None:
    tried(9)
    assert log_in(stranger(tenant)).status_code == 302
    tried(10)


def test_tries_from_everywhere_bind_no_address_that_the_account_came_from(tenant: Tenant) -> None:
    def guard(address: str) -> Guard:
        return Guard("log-in", "owner@kith.test", RequestFactory(REMOTE_ADDR=address).post("/"))

    usual = guard("198.51.100.1")
    assert usual.wait() == 0
    usual.passed()
    refused = [guard(f"192.0.2.{n // 10}").wait() for n in range(310)]
    assert refused[:300] == [0] * 300
    assert all(refused[300:])
    assert usual.wait() == 0


def test_one_address_cannot_try_account_after_account(tenant: Tenant) -> None:
    request = RequestFactory(REMOTE_ADDR="192.0.2.9").post("/")
    waits = [Guard("log-in", f"{n}@kith.test", request).wait() for n in range(101)]
    assert waits[:100] == [0] * 100
    assert waits[100]


def test_a_forgotten_password_is_not_asked_for_without_end(tenant: Tenant, settings: Any) -> None:
    settings.HAS_MAIL = True
    client = stranger(tenant)
    answers = [client.post("/password/", {"email": "owner@kith.test"}) for _ in range(11)]
    assert [one.status_code for one in answers] == [200] * 10 + [429]
    assert len(mail.outbox) == 10
    assert "Wait 60 minutes" in answers[-1].content.decode()
    unknown = [client.post("/password/", {"email": "nobody@kith.test"}).status_code for _ in range(11)]
    assert unknown == [200] * 10 + [429]  # which does not tell who is known


def test_the_old_password_cannot_be_guessed_by_a_borrowed_browser(tenant: Tenant, client_for: Any) -> None:
    client, owner = client_for("owner"), User.objects.get(email="owner@kith.test")
    tried(9, str(owner.pk), "password")
    assert client.post("/settings/profile/", {"old": "nonsense", "password": NEW}).status_code == 422
    assert "Wait 5 minutes" in client.post("/settings/profile/", {"old": PASSWORD, "password": NEW}).content.decode()
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


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
    assert client.post("/settings/profile/", {"old": "wrong", "password": NEW}).status_code == 422
    assert client.post("/settings/profile/", {"old": PASSWORD, "password": NEW}).status_code == 302
    assert client.get("/").status_code == 200
    assert log_in(stranger(tenant), NEW).status_code == 302
