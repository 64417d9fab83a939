"""Refusals: one shape, the right status, every fault at once, and nothing written."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError
from django.test import Client, RequestFactory
from rest_framework.request import Request

from crm.api.errors import exception_handler
from crm.api.tracing import request_id_make
from crm.core.registry import registry
from crm.team.models import Role
from tenants.models import Tenant
from tests.crm.api.asking import hashes, made, sent

CUSTOMERS = "/api/v1/customers"
MEMBERS = {"type", "title", "status", "detail", "code", "request_id", "errors"}


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, once its frame is right."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    body: dict[str, Any] = answer.json()
    assert body.keys() >= MEMBERS
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:kith:problem:{code}")
    assert body["request_id"] == answer["X-Request-Id"]
    return body


def test_all_faults_come_at_once(tenant: Any, key_client: Any) -> None:
    values = {"email": "no mail", "kind": "ghost", "born_on": "soon", "colour": "red", "parent": "nobody"}
    client = key_client()
    before = hashes()
    body = problem(sent(client.post, f"{CUSTOMERS}/", values), 422, "invalid")
    found = {error["pointer"]: error for error in body["errors"]}
    assert found.keys() == {"/name", "/email", "/kind", "/born_on", "/colour", "/parent"}
    assert set(found["/kind"]["allowed"]) == {"person", "company"}
    assert all(error["message"] and error["code"] for error in body["errors"])
    assert hashes() == before


def test_faults_inside_parts_say_where(tenant: Any, key_client: Any) -> None:
    noun = registry["sales.order"]
    values = {
        "number": "O-x",
        "currency": "EUR",
        "lines": [{"quantity": "1", "unit_price": "2"}, {"quantity": "many", "unit_price": "2"}],
    }
    body = problem(sent(key_client().post, f"/api/v1/{noun.slug}/", values), 422, "invalid")
    assert "/lines/1/quantity" in [error["pointer"] for error in body["errors"]]


def test_a_stale_version_shows_both_values(tenant: Any, key_client: Any) -> None:
    client = key_client()
    pk = sent(client.post, f"{CUSTOMERS}/", {"name": "Ann", "city": "Oslo"}).json()["id"]
    sent(client.patch, f"{CUSTOMERS}/{pk}", {"city": "Bergen"})
    body = problem(
        sent(client.patch, f"{CUSTOMERS}/{pk}", {"city": "Voss"}, HTTP_IF_MATCH='"1"'), 412, "precondition_failed"
    )
    assert body["version"] == 2
    assert {key: body["errors"][0][key] for key in ("pointer", "yours", "theirs")} == {
        "pointer": "/city",
        "yours": "Voss",
        "theirs": "Bergen",
    }
    assert client.get(f"{CUSTOMERS}/{pk}").json()["city"] == "Bergen"


@pytest.mark.parametrize("header", ['"1', "abc", '"1", "2"', '"-1"', "W/1", '"99999999999"'])
def test_an_unreadable_if_match_is_refused(tenant: Any, key_client: Any, header: str) -> None:
    pk, client = made(registry["customers.customer"]), key_client()
    problem(sent(client.patch, f"{CUSTOMERS}/{pk}", {"city": "Voss"}, HTTP_IF_MATCH=header), 400, "bad_value")


@pytest.mark.parametrize("header", ["*", '"1"', 'W/"1"', "1"])
def test_a_fitting_if_match_lets_through(tenant: Any, key_client: Any, header: str) -> None:
    pk, client = made(registry["customers.customer"]), key_client()
    assert sent(client.patch, f"{CUSTOMERS}/{pk}", {"city": "Voss"}, HTTP_IF_MATCH=header).status_code == 200


def test_methods_that_an_address_does_not_take_are_named(tenant: Any, key_client: Any) -> None:
    answer = key_client().delete(f"{CUSTOMERS}/")
    problem(answer, 405, "method_not_allowed")
    assert {word.strip() for word in answer["Allow"].split(",")} == {"GET", "POST", "HEAD", "OPTIONS"}


def test_only_json_comes_out(tenant: Any, key_client: Any) -> None:
    client = key_client()
    problem(client.get(f"{CUSTOMERS}/", HTTP_ACCEPT="text/csv"), 406, "not_acceptable")
    problem(client.get(f"{CUSTOMERS}/", HTTP_ACCEPT="application/json;q=0"), 406, "not_acceptable")
    for taken in ("*/*", "application/*;q=0.1", "application/json; charset=utf-8", "text/csv, application/json", ""):
        assert client.get(f"{CUSTOMERS}/", HTTP_ACCEPT=taken).status_code == 200


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "application/xml", "application/json; charset=latin-1", ""],
)
def test_only_json_goes_in(tenant: Any, key_client: Any, kind: str) -> None:
    sent_so = key_client().post(f"{CUSTOMERS}/", b'{"name": "Ann"}', content_type=kind)
    assert "Send application/json." in problem(sent_so, 415, "unsupported_media_type")["detail"]


def test_a_body_that_is_too_large_is_refused(tenant: Any, key_client: Any) -> None:
    body = problem(sent(key_client().post, f"{CUSTOMERS}/", {"notes": "x" * 6_000_000}), 413, "too_large")
    assert body["max"] == 5 * 1024 * 1024


@pytest.mark.parametrize(
    "header", ["Bearer kith_wrong", "Bearer ", "Basic a2l0aDp4", "kith_x", "Bearer kith_ä", "Bearer " + "x" * 4000, ""]
)
def test_a_wrong_key_is_never_passed_over_for_the_session(tenant: Any, client_for: Any, header: str) -> None:
    client = client_for("owner")
    answer = client.get(f"{CUSTOMERS}/", HTTP_AUTHORIZATION=header)
    problem(answer, 401, "authentication_failed")
    assert answer["WWW-Authenticate"] == 'Bearer realm="kith"'


def test_a_session_needs_the_token_of_a_page_to_write(tenant: Any, client_for: Any) -> None:
    person = client_for("owner")
    strict = Client(enforce_csrf_checks=True, HTTP_HOST=person.defaults["HTTP_HOST"])
    strict.cookies = person.cookies
    before = hashes()
    assert strict.get(f"{CUSTOMERS}/").status_code == 200
    problem(sent(strict.post, f"{CUSTOMERS}/", {"name": "Ann"}), 403, "csrf_failed")
    assert hashes() == before


def test_details_follow_the_callers_language(tenant: Any, key_client: Any) -> None:
    client = key_client()
    english, chinese = (
        client.get(f"{CUSTOMERS}/nope", HTTP_ACCEPT_LANGUAGE=one).json() for one in ("en", "zh-CN,zh;q=0.9")
    )
    assert (english["title"], chinese["title"]) == ("Nothing is here", "这里什么都没有")
    assert english["code"] == chinese["code"]


def test_the_callers_request_id_is_kept_where_it_is_a_plain_word(tenant: Any, key_client: Any) -> None:
    client = key_client()
    assert client.get("/api/v1/me", HTTP_X_REQUEST_ID="abc-1").headers["X-Request-Id"] == "abc-1"
    assert len(client.get("/api/v1/me", HTTP_X_REQUEST_ID="<script>").headers["X-Request-Id"]) == 36
    assert "db;dur=" in client.get("/api/v1/me").headers["Server-Timing"]


def test_parameters_are_refused_all_at_once_and_twice_is_none(tenant: Any, key_client: Any) -> None:
    client = key_client()
    body = problem(client.get("/api/v1/me?a=1&b=2"), 400, "unknown_parameter")
    assert [error["parameter"] for error in body["errors"]] == ["a", "b"]
    problem(client.get(f"{CUSTOMERS}/?city=Oslo&city=Rome"), 400, "bad_value")
    for query in ("page_size=0", "page_size=201", "page_size=x", "count=maybe", "cursor=x"):
        assert client.get(f"{CUSTOMERS}/?{query}").status_code == 400, query
    wrong = "page_size=x&count=maybe&cursor=x&ordering=shoe&city__near=3&deleted=perhaps&fields=shoe&include=shoe"
    told = client.get(f"{CUSTOMERS}/?{wrong}").json()["errors"]
    assert {error["parameter"] for error in told} == {pair.partition("=")[0] for pair in wrong.split("&")}
    wrong = "page_size=x&include=shoe&types=shoe.sold&object=shoe&after=x"
    told = client.get(f"/api/v1/events?{wrong}").json()["errors"]
    assert {error["parameter"] for error in told} == {pair.partition("=")[0] for pair in wrong.split("&")}
    body = {"shoe": 1, "count": True, "page_size": "x", "where": {"field": "shoe", "op": "eq", "value": 1}}
    told = sent(client.post, f"{CUSTOMERS}/search", body).json()["errors"]
    assert {error["pointer"] for error in told} == {"/shoe", "/count", "/page_size", "/where"}
    assert sent(client.post, f"{CUSTOMERS}/?dry_run=perhaps", {"name": "Ann"}).status_code == 400


def test_who_may_write_but_not_read_learns_only_the_id(tenant: Any, key_client: Any) -> None:
    client = key_client(scopes=["customers.add_customer"])
    answer = sent(client.post, f"{CUSTOMERS}/", {"name": "Ann"})
    assert (answer.status_code, set(answer.json())) == (201, {"id"})


def test_what_a_role_hides_cannot_be_asked_for_either(tenant: Any, client_for: Any) -> None:
    Role.objects.filter(code="read-only").update(hidden_fields=["customers.customer.email"])
    pk, client = made(registry["customers.customer"]), client_for("read-only")
    for path in (f"{CUSTOMERS}/{pk}", f"{CUSTOMERS}/?page_size=200", f"{CUSTOMERS}/{pk}?fields=name"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "lin@shop.example" not in answer.content.decode()
    for path in (
        f"{CUSTOMERS}/{pk}?fields=email",
        f"{CUSTOMERS}/?fields=email",
        f"{CUSTOMERS}/?email=lin@shop.example",
    ):
        assert client.get(path).status_code == 400
    assert "email" not in [field["name"] for field in client.get("/api/v1/schema/customers").json()["fields"]]


def test_an_outside_name_reaches_no_record_of_others(tenant: Any, key_client: Any, client_for: Any) -> None:
    Role.objects.filter(code="member").update(reach={"customers.customer": {"see": "own"}})
    owner, member, path = key_client(), client_for("member"), f"{CUSTOMERS}/ext:erp:7"
    pk = sent(owner.put, path, {"name": "Ann", "city": "Oslo"}).json()["id"]
    problem(sent(member.put, path, {"city": "Rome"}), 404, "not_found")
    problem(sent(member.patch, path, {"city": "Rome"}), 404, "not_found")
    problem(member.get(path), 404, "not_found")
    assert owner.get(f"{CUSTOMERS}/{pk}").json()["city"] == "Oslo"
    assert str(pk) not in member.get(f"{CUSTOMERS}/?page_size=200").content.decode()


def test_unknown_addresses_are_problems_too(tenant: Any, client: Any) -> None:
    problem(client.get("/api/v1/nope/nothing", HTTP_HOST="tenant-a.localhost"), 404, "not_found")


def test_a_failure_nobody_foresaw_is_told_by_its_id_only() -> None:
    request = Request(RequestFactory().get("/"))
    request_id = request_id_make(request.META)
    answer = exception_handler(KeyError("a secret"), {"request": request})
    assert (answer.status_code, answer.data["code"], answer.data["request_id"]) == (500, "internal_error", request_id)
    assert "a secret" not in str(answer.data)


@pytest.mark.parametrize(
    ("failure", "status"), [(OperationalError("gone"), 503), (IntegrityError("race"), 409), (DataError("range"), 400)]
)
def test_what_the_database_refuses_is_never_our_failure(failure: Exception, status: int) -> None:
    answer = exception_handler(failure, {"request": Request(RequestFactory().get("/"))})
    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, "2" if status == 503 else None)


def places(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Where each fault was sent, and its code."""
    return [(one.get("parameter") or one["pointer"], one["code"]) for one in body["errors"]]


def test_all_faults_of_a_query_come_at_once_under_the_names_of_their_parameters(tenant: Any, key_client: Any) -> None:
    query = "foo=1&bar=2&fields=name,fix,fox&ordering=baz&include=cats&city=Oslo"
    body = problem(key_client().get(f"{CUSTOMERS}/?{query}"), 400, "unknown_relation")
    found = [("include", "unknown_relation"), ("fields", "unknown_field"), ("fields", "unknown_field"),
             ("ordering", "unknown_ordering"), ("foo", "unknown_filter"), ("bar", "unknown_filter")]  # fmt: skip
    assert places(body) == found
    where = '{"and":[{"field":"city","op":"eq","value":"Oslo"},{"field":"fox","op":"eq","value":"1"}]}'
    assert places(problem(key_client().get(f"{CUSTOMERS}/", {"where": where}), 400, "unknown_filter")) == [
        ("where", "unknown_filter")
    ]


def test_all_faults_of_a_search_come_at_once_with_their_place_in_the_body(tenant: Any, key_client: Any) -> None:
    wrong = {"field": "fox", "op": "eq", "value": "1"}
    below = {"or": [wrong, {"not": {"field": "kind", "value": "ghost"}}]}
    tree = {"and": [{"field": "city", "value": "Oslo"}, wrong, below]}
    answer = sent(key_client().post, f"{CUSTOMERS}/search", {"where": tree, "fields": ["name", "nix"]})
    assert places(problem(answer, 400, "unknown_field")) == [
        ("/fields", "unknown_field"), ("/where/and/1", "unknown_filter"), ("/where/and/2/or/0", "unknown_filter"),
        ("/where/and/2/or/1/not", "bad_value"),
    ]  # fmt: skip


@pytest.mark.parametrize("op", ["eq", "ne", "is_empty", "in"])
def test_a_condition_without_a_value_is_refused(tenant: Any, key_client: Any, op: str) -> None:
    answer = sent(key_client().post, f"{CUSTOMERS}/search", {"where": {"field": "city", "op": op}})
    assert places(problem(answer, 400, "bad_value")) == [("/where", "bad_value")]
    null = {"where": {"field": "city", "op": "eq", "value": None}, "page_size": 1}
    assert sent(key_client().post, f"{CUSTOMERS}/search", null).status_code == 200


def test_the_title_says_the_type_and_the_detail_the_case(tenant: Any, key_client: Any) -> None:
    one, two = (key_client().get(f"{CUSTOMERS}/?ordering={name}").json() for name in ("foo", "bar"))
    assert (one["type"], one["title"]) == (two["type"], two["title"])
    assert one["detail"] != two["detail"]


def test_a_moment_without_a_time_zone_is_the_companys(tenant: Any, key_client: Any) -> None:
    tenant.time_zone = "Asia/Tokyo"
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="Asia/Tokyo")
    client, values = key_client(), {"number": "TZ-1", "ordered_at": "2026-03-05T08:00:00"}
    made_one = sent(client.post, "/api/v1/orders/", values).json()
    assert made_one["ordered_at"].startswith("2026-03-04T23:00:00")
    assert client.get("/api/v1/orders/?number=TZ-1&ordered_at=2026-03-05").json()["count"] == 1
    other = sent(client.post, "/api/v1/orders/", {"number": "TZ-2", "ordered_at": "2026-03-05T08:00:00Z"}).json()
    assert other["ordered_at"].startswith("2026-03-05T08:00:00")
