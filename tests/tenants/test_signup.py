"""Sign-up by HTTP: one transaction, a way in that opens once, clear refusals, nothing lost."""
from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from crm.team.models import User
from tenants.context import inside
from tenants.models import Domain, ReadySchema, Tenant
from tenants.upkeep import asked_key
from tenants.versions import schema_version
from tenants.views.entering import key_make

pytestmark = pytest.mark.usefixtures("three_ready")
FORM = {
    "name": "Lin Tea", "slug": "lin-tea", "email": "Boss@Lin.example", "password": "a long way home",
    "industry": "shop",
}


@pytest.fixture(autouse=True)
def _pool(db: None) -> None:
    """Plain schemas play the sampled ones: what is in them is another test's question."""
    plain = ReadySchema.objects.filter(sample="")
    ReadySchema.objects.filter(pk=plain.values("pk")[:1]).update(sample="shop-zh")
    plain.update(sample="shop")


def post(public: Client, **changes: Any) -> HttpResponse:
    return public.post("/sign-up/", FORM | changes)


def catalogue() -> tuple[int, int, int]:
    return Tenant.objects.count(), Domain.objects.count(), ReadySchema.objects.count()


def test_a_company_signs_up_and_is_inside(public: Client) -> None:
    answer = post(public)
    assert answer.status_code == 302
    opened = Tenant.objects.get(slug="lin-tea")
    assert (opened.name, opened.state, opened.currency, opened.locale) == ("Lin Tea", "active", "USD", "en")
    assert Domain.objects.get(tenant=opened).domain == f"lin-tea.{settings.PUBLIC_HOST}"
    with inside(opened):
        owner = User.objects.get()
        assert owner.email == "boss@lin.example"
        assert owner.check_password("a long way home")
        assert owner.name == "boss"
    entered = public.get(answer["Location"])
    assert entered.status_code == 302
    assert settings.SESSION_COOKIE_NAME in entered.cookies
    assert entered.cookies[settings.SESSION_COOKIE_NAME]["path"] == "/t/lin-tea/"
    assert "log-in" not in public.get(entered["Location"]).get("Location", "")


def test_whoever_says_their_name_is_called_by_it(public: Client) -> None:
    assert 'name="person"' in public.get("/").content.decode()
    post(public, person=" 单\u200b 晓燕 ")
    with inside(Tenant.objects.get(slug="lin-tea")):
        assert User.objects.get().name == "单 晓燕"


def test_the_way_in_opens_once(public: Client) -> None:
    link = post(public)["Location"]
    assert settings.SESSION_COOKIE_NAME in public.get(link).cookies
    again = Client(HTTP_HOST=settings.PUBLIC_HOST).get(link)
    assert settings.SESSION_COOKIE_NAME not in again.cookies
    assert "log-in" in again["Location"]


@pytest.mark.parametrize("key", ["nonsense", "a:b:c", "eyJ:1"])
def test_a_made_up_key_does_not_open(public: Client, tenant: Tenant, key: str) -> None:
    answer = public.get(f"/t/{tenant.slug}/enter/{key}/")
    assert settings.SESSION_COOKIE_NAME not in answer.cookies


def test_a_key_of_one_tenant_does_not_open_its_clone(public: Client, tenant: Tenant, clone: Tenant) -> None:
    key = key_make(tenant, "owner@kith.test")
    assert settings.SESSION_COOKIE_NAME not in public.get(f"/t/{clone.slug}/enter/{key}/").cookies
    assert settings.SESSION_COOKIE_NAME in public.get(f"/t/{tenant.slug}/enter/{key}/").cookies


def test_an_address_is_found_for_a_chinese_name(public: Client) -> None:
    form = FORM | {"name": "杭州单家茶业", "slug": ""}
    answer = public.post("/sign-up/", form, headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert answer.status_code == 302
    opened = Tenant.objects.get(slug="hangzhoudanjiachaye")
    habits = (opened.locale, opened.currency, opened.region, opened.time_zone)
    assert habits == ("zh-hans", "CNY", "CN", "Asia/Shanghai")


def test_an_address_left_open_is_one_that_is_free(public: Client) -> None:
    assert post(public, slug="").status_code == 302
    assert post(public, slug="", email="two@lin.example").status_code == 302
    assert Tenant.objects.filter(slug="lin-tea-2").exists()


HOSTILE = [
    {"name": ""}, {"name": "\u202e\u200b "}, {"name": "x" * 101}, {"name": "nul\x00byte"},
    {"slug": "A B"}, {"slug": "-a-"}, {"slug": "ab"}, {"slug": "x" * 64}, {"slug": "www"}, {"slug": "a--b"},
    {"slug": "../../etc"}, {"slug": "茶"}, {"slug": "tenant-a"}, {"slug": "<script>"},
    {"email": "no address"}, {"email": ""}, {"email": "a@b"}, {"email": "x" * 300 + "@a.test"},
    {"password": "short"}, {"password": "password123"}, {"password": "12345678901"}, {"password": "x" * 100_000},
    {"industry": "mafia"}, {"industry": ""},
]


@pytest.mark.parametrize("change", HOSTILE, ids=lambda change: repr(change)[:40])
def test_nonsense_is_refused_and_nothing_typed_is_lost(public: Client, change: dict[str, str]) -> None:
    before = catalogue()
    answer = post(public, **change)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert catalogue() == before
    assert "field-error" in page
    for name in {"name", "slug", "email"} - change.keys():
        assert f'value="{FORM[name]}"' in page
    assert FORM["password"] not in page
    assert "<script>" not in re.sub(r"<script (defer )?src=[^>]*>", "", page)


def test_what_is_missing_altogether_is_refused(public: Client) -> None:
    assert public.post("/sign-up/", {}).status_code == 422
    assert public.post("/sign-up/", b"\xff\xfe{", content_type="application/json").status_code == 422
    assert public.get("/sign-up/").status_code == 405


def test_the_same_address_twice_is_refused(public: Client) -> None:
    assert post(public).status_code == 302
    before = catalogue()
    answer = post(public)
    assert answer.status_code == 422
    assert b"taken" in answer.content
    assert catalogue() == before


def test_one_address_may_not_sign_up_for_ever(public: Client, settings: Any) -> None:
    settings.SIGN_UPS_PER_HOUR = 1
    assert post(public).status_code == 302
    before = catalogue()
    assert post(public, slug="lin-tea-two").status_code == 429
    assert catalogue() == before


def test_an_empty_pool_makes_a_page_wait(public: Client) -> None:
    ReadySchema.objects.update(version="old")
    before = catalogue()
    waiting = post(public)
    assert waiting.status_code == 302
    assert not cache.add(asked_key("shop"), 1)
    page = public.get(waiting["Location"])
    assert page.status_code == 200
    assert b'http-equiv="refresh"' in page.content
    assert FORM["password"].encode() not in page.content
    assert catalogue() == before
    ReadySchema.objects.update(version=schema_version())
    entered = public.get(waiting["Location"])
    assert "/t/lin-tea/enter/" in entered["Location"]
    assert public.get(waiting["Location"])["Location"] == "/"


def test_a_ticket_nobody_has_leads_back(public: Client) -> None:
    assert public.get("/sign-up/preparing/nothing/")["Location"] == "/"


@pytest.mark.parametrize(("query", "slug", "is_free"), [
    ({"name": "张三的店"}, "zhangsandedian", True), ({"name": "Café Müller & Söhne"}, "cafe-muller-sohne", True),
    ({"name": "!!!"}, "company", True), ({"name": ""}, "company", True), ({"name": "Tenant A"}, "tenant-a-2", True),
    ({"slug": "tenant-a"}, "tenant-a", False), ({"slug": "fresh-one"}, "fresh-one", True),
    ({"slug": "admin"}, "admin", False), ({"slug": "../x"}, "../x", False),
])
def test_the_form_can_ask_for_an_address(public: Client, query: dict[str, str], slug: str, is_free: bool) -> None:
    answer = public.get("/sign-up/address/", query).json()
    assert (answer["slug"], answer["is_free"]) == (slug, is_free)


@pytest.mark.parametrize(("language", "words"), [("en", "Open your workspace"), ("zh-CN", "开通工作区")])
def test_the_landing_page_speaks_the_browsers_language(public: Client, language: str, words: str) -> None:
    answer = public.get("/", headers={"Accept-Language": language})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert words in page
    assert "<script>" not in page
    assert "style=" not in page
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert not answer.cookies.get(settings.SESSION_COOKIE_NAME)


def test_a_form_of_another_site_is_refused() -> None:
    strict = Client(HTTP_HOST=settings.PUBLIC_HOST, enforce_csrf_checks=True)
    assert strict.post("/sign-up/", FORM).status_code == 403


def test_the_language_can_be_chosen(public: Client) -> None:
    assert public.post("/language/", {"language": "zh-hans", "next": "/"})["Location"] == "/"
    assert "开通工作区" in public.get("/", headers={"Accept-Language": "en"}).content.decode()


def test_the_form_may_lead_to_the_hosts_of_tenants(public: Client) -> None:
    allowed = f"form-action 'self' *.{settings.PUBLIC_HOST}:*"
    assert allowed in public.get("/")["Content-Security-Policy"]
    assert allowed in public.post("/sign-up/", {})["Content-Security-Policy"]


def test_with_hosts_the_way_in_leads_to_the_tenants_own(public: Client, settings: Any) -> None:
    settings.PATH_TENANTS = False
    assert post(public)["Location"].startswith(f"http://lin-tea.{settings.PUBLIC_HOST}/enter/")


def test_who_comes_back_is_led_to_the_door_of_the_workspace(public: Client) -> None:
    assert post(public).status_code == 302
    was = catalogue()
    door = public.get("/", {"workspace": " Lin-Tea "})
    assert (door.status_code, "lin-tea" in door["Location"], door["Location"].endswith("/log-in/")) == (302, True, True)
    for wrong in ("nobody-here", "../etc", "", "x" * 300):
        answer = public.get("/", {"workspace": wrong})
        assert answer.status_code == 404
        assert "There is no workspace at this address." in answer.content.decode()
    assert catalogue() == was
