"""The operator's commands."""
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client

from crm.team.models import User
from tenants import hosts
from tenants.context import inside
from tenants.models import ReadySchema, Tenant
from tenants.services import host_of

ROOT = Path(__file__).parents[2]


def schemas() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace")
        return {name for (name,) in cursor.fetchall()}


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


def test_a_suspended_company_is_shut_and_opens_again_with_every_row(tenant: Tenant, client_for: Any) -> None:
    people = User.objects.count()
    owner = client_for("owner")
    for state, status in (("suspended", 403), ("active", 200)):
        assert run("tenant_state", tenant.slug, state).strip() == f"{tenant.slug}: {state}"
        hosts.forget()
        assert owner.get("/customers/").status_code == status
    assert User.objects.count() == people


def test_only_a_closed_company_is_dropped_and_the_others_stay(committed: Tenant) -> None:
    for given in ([], ["--yes"]):
        with pytest.raises(CommandError, match=r"Say --yes|Close it first"):
            run("tenant_drop", "tenant-c", *given)
    assert "t_c" in schemas()
    run("tenant_state", "tenant-c", "closing")
    run("tenant_drop", "tenant-c", "--yes")
    assert {"t_a", "t_b"} <= schemas()
    assert "t_c" not in schemas()
    assert not Tenant.objects.filter(slug="tenant-c").exists()
    with inside(committed):
        assert User.objects.exists()


def test_commands_of_libraries_that_would_go_past_the_ledger_are_refused_with_a_word() -> None:
    told = subprocess.run([sys.executable, "manage.py", "delete_tenant"], cwd=ROOT, capture_output=True, text=True)
    assert (told.returncode, "tenant_drop" in told.stderr) == (1, True)


def test_pool_fill_says_what_it_built(committed: Tenant) -> None:
    have = ReadySchema.objects.filter(sample="").count()
    assert run("pool_fill", plain=have + 1, sampled=0) == "1 schemas built.\n"
