"""API keys at the door: what role and scope both allow, from where, and in which company."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client, override_settings

from crm.core.actors import SYSTEM
from crm.customers.models import Customer
from crm.team.models import ApiKey, Role, User
from crm.team.services import actor_of_user, api_key_create
from tenants.context import inside
from tenants.models import Tenant
from tenants.services import host_of

LIST = "/api/v1/customers/?count=none"
PROXIED = override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))


def calling(plain: str, host: str = "tenant-a.localhost", **options: Any) -> Client:
    """A program with this key."""
    return Client(HTTP_HOST=host, headers={"Authorization": f"Bearer {plain}"}, **options)


def test_a_forged_address_opens_no_pinned_key(tenant: Tenant) -> None:
    _key, plain = api_key_create("Shop", actor=SYSTEM, scopes=["*.view_*"], addresses=["203.0.113.0/24"])
    at_home, elsewhere = calling(plain, REMOTE_ADDR="203.0.113.5"), calling(plain, REMOTE_ADDR="198.51.100.7")
    assert at_home.get(LIST).status_code == 200
    for forged in ("203.0.113.5", "203.0.113.5, 198.51.100.7", "198.51.100.7, 203.0.113.5"):
        assert elsewhere.get(LIST, headers={"X-Forwarded-For": forged}).status_code == 401, forged
    assert at_home.get(LIST, headers={"X-Forwarded-For": "198.51.100.7"}).status_code == 200


def test_behind_our_proxy_its_last_word_counts(tenant: Tenant) -> None:
    _key, plain = api_key_create("Shop", actor=SYSTEM, scopes=["*.view_*"], addresses=["203.0.113.0/24"])
    client = calling(plain, REMOTE_ADDR="10.0.0.1")
    with PROXIED:
        assert client.get(LIST, headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.5"}).status_code == 200
        assert client.get(LIST, headers={"X-Forwarded-For": "203.0.113.5, 198.51.100.7"}).status_code == 401
        assert client.get(LIST).status_code == 401


@pytest.mark.parametrize("role", ["owner", "manager", "member", "read-only"])
@pytest.mark.parametrize("scope", ["customers.view_customer", "customers.change_customer", "*.view_*", "customers.*"])
def test_a_key_does_what_role_and_scope_both_allow(tenant: Tenant, role: str, scope: str) -> None:
    maker = User.objects.create(email="maker@a.example", role=Role.objects.get(code="owner"))
    _key, plain = api_key_create("Shop", actor=actor_of_user(maker, via="page"), scopes=[scope])
    User.objects.filter(pk=maker.pk).update(role=Role.objects.get(code=role))
    client, pk = calling(plain), Customer.objects.order_by("pk")[0].pk
    may_read = scope != "customers.change_customer"
    may_write = scope in ("customers.change_customer", "customers.*") and role != "read-only"
    may_delete = scope == "customers.*" and role != "read-only"
    assert client.get(LIST).status_code == (200 if may_read else 403)
    body, before = json.dumps({"name": "Changed"}), Customer.objects.get(pk=pk).name
    assert (
        client.patch(f"/api/v1/customers/{pk}", body, content_type="application/json").status_code != 403
    ) is may_write
    assert (Customer.objects.get(pk=pk).name != before) is may_write
    assert (client.delete(f"/api/v1/customers/{pk}").status_code != 403) is may_delete
    assert (Customer.objects.get(pk=pk).deleted_at is not None) is may_delete


def test_a_key_of_one_company_is_none_in_another_nor_in_its_copy(tenant: Tenant, other: Tenant, clone: Tenant) -> None:
    key, plain = api_key_create("Shop", actor=SYSTEM, scopes=["*.view_*"])
    with inside(clone):
        ApiKey.objects.create(name=key.name, prefix=key.prefix, key_hash=key.key_hash, scopes=key.scopes)
    for elsewhere in (other, clone):
        assert calling(plain, host_of(elsewhere.slug)).get(LIST).status_code == 401
    assert calling(plain).get(LIST).status_code == 200
