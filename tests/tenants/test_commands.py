"""The operator's commands."""
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from crm.team.models import User
from tenants.context import inside
from tenants.models import ReadySchema, Tenant
from tenants.services import host_of


def run(*args: str, **options: Any) -> str:
    told = StringIO()
    call_command(*args, stdout=told, **options)
    return told.getvalue()


def test_tenant_open_prints_a_log_in_that_works(db: None) -> None:
    told = run("tenant_open", "retail", name="Retail Ltd", currency="GBP")
    email, password = told.splitlines()[1].removeprefix("log-in: ").split()
    opened = Tenant.objects.get(slug="retail")
    assert (opened.name, opened.currency) == ("Retail Ltd", "GBP")
    with inside(opened):
        assert User.objects.get(email=email).check_password(password)


def test_tenant_open_builds_a_schema_when_none_is_ready(committed: Tenant) -> None:
    ReadySchema.objects.update(version="old")
    run("tenant_open", "retail")
    assert Tenant.objects.filter(slug="retail").exists()


@pytest.mark.parametrize(("slug", "words"), [("tenant-a", "taken"), ("A B", "small letters"), ("www", "reserved")])
def test_tenant_open_refuses_an_address_in_words(db: None, slug: str, words: str) -> None:
    before = Tenant.objects.count()
    with pytest.raises(CommandError, match=words):
        run("tenant_open", slug)
    assert Tenant.objects.count() == before


def test_a_reset_link_of_the_operator_opens_once(tenant: Tenant) -> None:
    link = run("reset_link", tenant.slug, "Owner@kith.test").strip()
    there = Client(HTTP_HOST=host_of(tenant.slug))
    path = "/password/" + link.partition("/password/")[2]
    assert there.get(path).status_code == 200
    assert there.post(path, {"password": "a brand new secret"}).status_code == 302
    assert there.get(path).status_code == 404


@pytest.mark.parametrize(("slug", "email"), [("tenant-a", "nobody@kith.test"), ("nowhere", "owner@kith.test")])
def test_a_reset_link_is_for_somebody_who_is_there(tenant: Tenant, slug: str, email: str) -> None:
    with pytest.raises(CommandError, match=r"Nobody|no active company"):
        run("reset_link", slug, email)


def test_pool_fill_says_what_it_built(committed: Tenant) -> None:
    have = ReadySchema.objects.filter(sample="").count()
    assert run("pool_fill", plain=have + 1, sampled=0) == "1 schemas built.\n"
