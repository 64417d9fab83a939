"""Which tenant a request is for, and what is told to those who knock at a closed door."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import get_script_prefix

from crm.customers.models import Customer
from tenants import hosts
from tenants.middleware import TenantMiddleware
from tenants.models import Tenant
from tenants.services import host_of
from tests.isolation.defences import whose

HOME = settings.PUBLIC_HOST


def ask(get_response: Callable[[HttpRequest], Any], path: str = "/", host: str = HOME, **extra: Any) -> Any:
    return TenantMiddleware(get_response)(RequestFactory().get(path, HTTP_HOST=host, **extra))


def told(request: HttpRequest) -> HttpResponse:
    tenant = getattr(request, "tenant", None)
    return HttpResponse(f"{tenant and tenant.slug} {connection.schema_name} {request.path_info} {get_script_prefix()}")


@pytest.mark.parametrize(("host", "path", "answer"), [
    ("tenant-a.localhost", "/customers/", b"tenant-a t_a /customers/ /"),
    ("TENANT-A.localhost:8000", "/", b"tenant-a t_a / /"),
    ("tenant-a.localhost.", "/", b"tenant-a t_a / /"),
    ("localhost", "/t/tenant-b/customers/", b"tenant-b t_b /customers/ /t/tenant-b/"),
    ("localhost", "/", b"None public / /"), ("localhost", "/tenant-a/", b"None public /tenant-a/ /"),
    ("127.0.0.1:8000", "/sign-up/", b"None public /sign-up/ /"),
])
def test_host_and_path_lead_to_a_tenant(db: None, host: str, path: str, answer: bytes) -> None:
    assert ask(told, path, host).content == answer
    assert connection.schema_name == "public"
    assert get_script_prefix() == "/"


def test_the_path_form_is_off_in_production(db: None, settings: Any) -> None:
    settings.PATH_TENANTS = False
    assert ask(told, "/t/tenant-a/").content == b"None public /t/tenant-a/ /"


def test_a_path_without_its_slash_is_led_on(db: None) -> None:
    assert ask(told, "/t/tenant-a")["Location"] == "/t/tenant-a/"


@pytest.mark.parametrize(("slug", "state", "status"), [
    ("tenant-a", "suspended", 403), ("tenant-a", "closing", 403), ("tenant-a", "preparing", 503), ("nobody", "", 404),
])
@pytest.mark.parametrize("by_path", [True, False])
def test_closed_doors_say_why(db: None, slug: str, state: str, status: int, by_path: bool) -> None:
    Tenant.objects.filter(slug=slug).update(state=state)
    hosts.forget()
    client = Client(HTTP_HOST=settings.PUBLIC_HOST if by_path else host_of(slug))
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    prefix = f"/t/{slug}" if by_path else ""
    page = client.get(f"{prefix}/customers/", headers={"Accept-Language": "zh-CN"})
    assert page.status_code == status
    assert "工作区" in page.content.decode()
    assert b"kanaria" not in page.content
    program = client.post(f"{prefix}/api/v1/customers/", {})
    assert program.status_code == status
    assert program["Content-Type"] == "application/problem+json"
    assert program.json()["status"] == status


def test_an_unknown_host_is_refused(db: None) -> None:
    assert Client(HTTP_HOST="evil.example").get("/").status_code == 400


def test_the_public_site_has_no_session(db: None) -> None:
    seen: dict[str, str] = {}

    def look(request: HttpRequest) -> HttpResponse:
        seen.update(request.COOKIES)
        return HttpResponse()

    ask(look, HTTP_COOKIE=f"{settings.SESSION_COOKIE_NAME}=abc; other=1")
    assert seen == {"other": "1"}


def test_a_tenants_cookies_stay_below_its_path(db: None) -> None:
    def greet(request: HttpRequest) -> HttpResponse:
        response = HttpResponse()
        response.set_cookie(settings.SESSION_COOKIE_NAME, "s")
        response.set_cookie(settings.CSRF_COOKIE_NAME, "c")
        return response

    cookies = ask(greet, "/t/tenant-a/").cookies
    assert {cookie["path"] for cookie in cookies.values()} == {"/t/tenant-a/"}


def test_a_streamed_answer_is_made_inside(db: None) -> None:
    def stream(request: HttpRequest) -> StreamingHttpResponse:
        def pieces() -> Iterator[str]:
            yield whose()
            yield from (customer.notes[-1] for customer in Customer.objects.iterator())
        return StreamingHttpResponse(pieces())

    response = ask(stream, "/t/tenant-b/")
    assert connection.schema_name == "public"
    assert set(response.getvalue().decode()) == {"b"}
    assert connection.schema_name == "public"


def test_a_suspended_tenant_is_shut_out_within_seconds(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(told, host="tenant-a.localhost").content.startswith(b"tenant-a")
    Tenant.objects.filter(slug="tenant-a").update(state="suspended")
    monkeypatch.setattr(hosts.time, "monotonic", lambda: float("inf"))
    assert ask(told, host="tenant-a.localhost").content.startswith(b"None")


def test_the_address_of_a_tenant_follows_the_form_in_use(db: None, settings: Any) -> None:
    request = RequestFactory().get("/", HTTP_HOST="localhost:8000")
    tenant = Tenant.objects.get(slug="tenant-a")
    assert hosts.tenant_url(request, tenant, "x/") == "/t/tenant-a/x/"
    settings.PATH_TENANTS = False
    assert hosts.tenant_url(request, tenant, "x/") == "http://tenant-a.localhost:8000/x/"


@pytest.mark.parametrize("path", ["/health/", "/ready/"])
def test_a_load_balancer_can_ask(public: Client, path: str) -> None:
    answer = public.get(path)
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_a_process_without_its_broker_is_not_ready(public: Client, settings: Any) -> None:
    assert public.get("/ready/").status_code == 200
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"}}
    answer = public.get("/ready/")
    assert answer.status_code == 503
    assert answer.content.startswith(b"cache: ")
